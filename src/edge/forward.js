// Sends on what the gate admits: to another server or Worker, to static assets, or to the handler in this isolate.
// Conversions only: what a name or a header means is decided in Rust (`callbacks.rs`), once for each
// distinct value, and remembered here.

// The modules that `main.js` imports too (tools/bundle.mjs).
import { Admitted, introduce } from "postern-app";
import { isOwnCookie, judgeAuthorization, judgeCaching, judgeCookie, judgeName, originFailed } from "postern-wasm";

// How many verdicts of one kind are kept, and the longest key of each kind, in characters. That is 64 KB of names, as much
// again for each route with an allow list, and 512 KB of what origins say: nobody can fill the memory of an isolate with
// what they make up.
const REMEMBERED = 1024;
const LONGEST_NAME = 64;
const LONGEST_CACHING = 512;
// Parts of a guard, which is the sum of what the route takes. 0 is open to everyone. The last one is added for an answer
// that gets CORS headers.
const SESSIONS = 2;
const CORS = 4;
// What shared caches obey rather than `Cache-Control`.
const FOR_CDN = new Set(["cdn-cache-control", "cloudflare-cdn-cache-control", "surrogate-control"]);
// Verdicts on a header's name.
const STRIP = 1;
const COOKIE = 2;
const nameVerdicts = new Map();
const cacheVerdicts = new Map();
let routes = [];

// A new instance declares its routes anew. The verdicts depend on no instance.
export function forgetRoutes() {
  routes = [];
}

// The next route: what its origin is ("app", "assets", undefined for any other), the binding of its origin (undefined: the
// network), its guard, whether it has an allow list of headers or takes tokens from one, the web origins, one a line, for which Postern answers CORS
// (undefined: for none), whether its answers may be cut (`streams.js`), and whether its origin gets the client's
// `Authorization`. With a list of headers of its own it has verdicts of its own; all others share theirs.
export function addRoute(kind, binding, guard, hasList, origins, isCut, passesAuthorization) {
  const index = routes.length;
  routes.push({
    index,
    kind,
    binding,
    guard,
    isCut,
    passesAuthorization,
    list: hasList ? index : undefined,
    names: hasList ? new Map() : nameVerdicts,
    origins: origins === undefined ? undefined : new Set(origins.split("\n")),
    failed: (error, request) => originFailed(index, `${error}`, request.body !== null, request),
  });
}

// A key without a length is a number. When there is no room any more, it starts over: what is ordinary comes back at once,
// what was made up does not.
function remember(verdicts, longest, key, verdict) {
  if (key.length > longest) return verdict;
  if (verdicts.size >= REMEMBERED) verdicts.clear();
  verdicts.set(key, verdict);
  return verdict;
}

function verdictOn(name, route) {
  return route.names.get(name) ?? remember(route.names, LONGEST_NAME, name, judgeName(name, route.list));
}

// The headers that the origin gets: the request's, without those that only Postern may set, and with Postern's own.
// `forEach` costs less than an iterator (measured: 31 against 34 us above a pass-through).
function outgoing(request, route, identity, asserted) {
  const received = request.headers;
  const headers = new Headers(received);
  const { names } = route;
  received.forEach((_, name) => {
    const verdict = names.get(name) ?? verdictOn(name, route);
    if (verdict === STRIP) {
      headers.delete(name);
    } else if (verdict === COOKIE) {
      const kept = judgeCookie(headers.get(name), route.index);
      if (kept === undefined) headers.delete(name);
      else headers.set(name, kept);
    }
  });
  if (route.passesAuthorization) {
    const own = received.get("authorization");
    if (own !== null && judgeAuthorization(own)) headers.set("authorization", own);
  }
  if (identity !== undefined) {
    for (let at = 0; at < identity.length; at += 2) headers.set(identity[at], identity[at + 1]);
  }
  if (asserted !== undefined) headers.set("x-postern-assertion", asserted);
  return headers;
}

// The request that the handler in this isolate gets: this one where it carries nothing that must go, or else a copy without
// that. A copy is the only request whose headers can be changed. Whoever presented a credential has it in a header, so there
// the copy comes first: what is gone by then need not be looked at.
function incoming(request, route, isKnown, isPreflight) {
  let given = request;
  if (isPreflight && request.body !== null) given = new Request(request, { body: null });
  else if (isKnown) given = new Request(request);
  let { headers } = given;
  if (isKnown) headers.delete("authorization");
  const { names } = route;
  let changes;
  headers.forEach((value, name) => {
    const verdict = names.get(name) ?? verdictOn(name, route);
    if (verdict === STRIP) {
      if (name === "authorization" && route.passesAuthorization && judgeAuthorization(value)) return;
      changes ??= [];
      changes.push(name, undefined);
    } else if (verdict === COOKIE) {
      const kept = judgeCookie(value, route.index);
      if (kept === value) return;
      changes ??= [];
      changes.push(name, kept);
    }
  });
  if (changes === undefined) return given;
  if (given === request) {
    given = new Request(request);
    headers = given.headers;
  }
  for (let at = 0; at < changes.length; at += 2) {
    const [name, value] = [changes[at], changes[at + 1]];
    if (value === undefined) headers.delete(name);
    else headers.set(name, value);
  }
  return given;
}

// No origin sets Postern's own cookies. The other ones stay, in order.
function dropOwnCookies(headers) {
  const lines = headers.getSetCookie();
  const kept = lines.filter((line) => !isOwnCookie(line));
  if (kept.length === lines.length) return;
  headers.delete("set-cookie");
  for (const line of kept) headers.append("set-cookie", line);
}

// Whether an origin answers CORS by itself. Then it decides: its credentials and Postern's permission must not add up.
function saysCors(headers) {
  return headers.has("access-control-allow-origin") || headers.has("access-control-allow-credentials");
}

// What the client gets of what an origin answered. A WebSocket passes untouched, except for cookies.
function passed(response, request, route, cookie) {
  const { guard, origins } = route;
  const isOpen = (guard === 0 && origins === undefined) || response.status === 101;
  if (isOpen && !response.headers.has("set-cookie")) return response;
  const out = new Response(response.body, response);
  const headers = out.headers;
  // Files set none of Postern's cookies: who puts files there configures Postern too.
  if (route.kind !== "assets" && headers.has("set-cookie")) dropOwnCookies(headers);
  if (out.status === 101) return out;
  if (origins === undefined || saysCors(headers)) {
    if (guard !== 0) limitCaching(out, guard);
  } else {
    limitCaching(out, guard | CORS);
    const origin = request.headers.get("origin");
    if (origin !== null && origins.has(origin)) {
      headers.set("access-control-allow-origin", origin);
      if (!headers.has("access-control-expose-headers"))
        headers.set("access-control-expose-headers", "WWW-Authenticate, Retry-After");
    }
  }
  if (cookie !== undefined) headers.append("set-cookie", cookie);
  return out;
}

// The same of what the handler in this isolate answered: its response itself, wherever that may be changed. It may give the
// same one again to somebody else, so what is only for whoever asks goes into a copy.
function answered(response, request, route, cookie) {
  // What is no response, the platform complains about.
  if (!(response instanceof Response)) return response;
  const { guard, origins } = route;
  const isForAll = guard !== 0 && cookie === undefined && origins === undefined && response.status !== 101;
  if (!isForAll) return passed(response, request, route, cookie);
  const { headers } = response;
  let cacheControl = null;
  let vary = null;
  let contentType = null;
  let hasCookies = false;
  let isForCdn = false;
  // A handler sets few headers, so this costs less than asking for each.
  headers.forEach((value, name) => {
    if (name === "content-type") contentType = value;
    else if (name === "cache-control") cacheControl = value;
    else if (name === "vary") vary = value;
    else if (name === "set-cookie") hasCookies = true;
    else if (FOR_CDN.has(name)) isForCdn = true;
  });
  const verdict = verdictOnCaching(guard, cacheControl, vary, contentType, guard & SESSIONS ? response.status : 0);
  try {
    if (verdict[0] !== undefined) headers.set("cache-control", verdict[0]);
    if (verdict[1] !== undefined) headers.set("vary", verdict[1]);
    if (isForCdn) for (const name of FOR_CDN) headers.delete(name);
    if (hasCookies) dropOwnCookies(headers);
    return response;
  } catch {
    // It was fetched, so its headers stay as they are.
    return passed(response, request, route, cookie);
  }
}

// The answer of a protected route is never for a shared cache, and one that depends on who asks says so.
function limitCaching(out, guard) {
  const headers = out.headers;
  const [cacheControl, vary] = [headers.get("cache-control"), headers.get("vary")];
  const isForPeople = (guard & SESSIONS) !== 0;
  const contentType = isForPeople ? headers.get("content-type") : null;
  const verdict = verdictOnCaching(guard, cacheControl, vary, contentType, isForPeople ? out.status : 0);
  if (verdict[0] !== undefined) headers.set("cache-control", verdict[0]);
  if (verdict[1] !== undefined) headers.set("vary", verdict[1]);
  if (guard === CORS) return;
  headers.delete("cdn-cache-control");
  headers.delete("cloudflare-cdn-cache-control");
  headers.delete("surrogate-control");
}

// What `Cache-Control` and `Vary` become: undefined for as they are. Only behind a login do type and status decide.
function verdictOnCaching(guard, cacheControl, vary, contentType, status) {
  // An origin that says nothing needs no text made for it.
  let key = cacheControl === null && vary === null ? guard : `${guard}${cacheControl}\n${vary}`;
  if (guard & SESSIONS) key += `\n${contentType}\n${status}`;
  else contentType = null;
  const known = cacheVerdicts.get(key);
  if (known !== undefined) return known;
  const judged = judgeCaching(guard, cacheControl ?? undefined, vary ?? undefined, contentType ?? undefined, status);
  return remember(cacheVerdicts, LONGEST_CACHING, key, judged);
}

// The identity headers of a session, as `send` takes them for another server or Worker: each name, and its value behind it.
export function identity(lines) {
  return lines.split("\n");
}

// The same request for a server of its own name.
function to(url, request, headers) {
  headers.delete("host");
  return new Request(url, request);
}

// Static assets read no header of ours, and none that must not go on. What is cut on the way stays as it is encoded.
const AS_ENCODED = { encodeResponseBody: "manual" };

// Sends a request to the origin of a route; a promise of the response, which never rejects. `identity` and
// `asserted` are undefined where nobody is known, `url` where the request's own is kept, `cookie` where none is to be set. For the handler in this isolate
// it only says what is to be done: that is called when the Wasm is left.
// The request is not copied here: `fetch` makes a copy of what it is given anyway, with its headers and all of its
// `cf`, and takes the headers that stand beside it in place of the request's.
export function send(request, env, index, identity, asserted, url, isPreflight, cookie) {
  const route = routes[index];
  if (route.kind === "app") return new Admitted(call, route, identity, isPreflight, cookie);
  try {
    const response =
      route.kind === "assets" && !isPreflight
        ? env[route.binding].fetch(request, route.isCut ? AS_ENCODED : undefined)
        : away(request, env, route, outgoing(request, route, identity, asserted), url, isPreflight);
    const failed = (error) => route.failed(error, request);
    return response.then((response) => {
      try {
        return passed(response, request, route, cookie);
      } catch (error) {
        return failed(error);
      }
    }, failed);
  } catch (error) {
    return route.failed(error, request);
  }
}

// What another server or Worker answers.
function away(request, env, route, headers, url, isPreflight) {
  const init = isPreflight ? { headers, body: null } : { headers };
  // What passes through a stream here stays as its origin has encoded it.
  if (route.isCut) init.encodeResponseBody = "manual";
  if (route.binding !== undefined) {
    if (url !== undefined) init.cache = "no-store";
    return env[route.binding].fetch(url === undefined ? request : to(url, request, headers), init);
  }
  // A protected request has no `Authorization`, so a cache on the way could take its response to be for everyone.
  if (route.guard || route.passesAuthorization) init.cache = "no-store";
  return fetch(url === undefined ? request : to(url, request, headers), init);
}

// Calls the handler in this isolate. What it throws is the platform's, as it would be without Postern.
function call(handler, request, env, context, { route, identity, isPreflight, cookie }) {
  const given = incoming(request, route, identity !== undefined, isPreflight);
  if (identity !== undefined) introduce(given, identity);
  const response = handler.fetch(given, env, context);
  if (response instanceof Response) return answered(response, given, route, cookie);
  return Promise.resolve(response).then((response) => answered(response, given, route, cookie));
}

// The site's own page for what is not there: what the assets of this route have at `url`, or else `otherwise`. Nothing of
// the visitor's request goes along.
export async function ownNotFound(env, index, url, isHead, otherwise) {
  try {
    const page = await env[routes[index].binding].fetch(url);
    if (page.status !== 200) return otherwise;
    const headers = new Headers(page.headers);
    headers.delete("etag");
    headers.set("cache-control", "no-store");
    return new Response(isHead ? null : page.body, { status: 404, headers });
  } catch {
    return otherwise;
  }
}
