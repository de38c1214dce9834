// The few things that are said in JavaScript: in Rust, each would be a dozen crossings.
// Conversions only: what a name or a header means is decided in Rust (`callbacks.rs`), once for each
// distinct value, and remembered here.

// `postern-wasm` is the Wasm with its glue (tools/bundle.mjs). `instance` gives the number of its instance,
// after it has put a new one in the place of one that broke.
import {
  instance,
  isOwnCookie,
  judgeAuthorization,
  judgeCaching,
  judgeCookie,
  judgeName,
  originFailed,
  settle,
} from "postern-wasm";

// The module that `main.js` imports too (tools/bundle.mjs).
export { configurationRefused, configurationTable, isDeveloped } from "postern-configuration";

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
const nameVerdicts = new Map();
const cacheVerdicts = new Map();
let bindings;
let place;
let relay;
let routes = [];
let prepared = [];

// A new instance declares and prepares anew. The verdicts depend on no instance.
export function setBindings(records, log, relays) {
  bindings = { records, log, relays };
  place = undefined;
  relay = undefined;
  routes = [];
  prepared = [];
}

// Where the Durable Objects are: the jurisdiction of all of them, and where the log is best put (undefined: not said).
export function setPlace(jurisdiction, logHint) {
  place = { jurisdiction, logHint };
}

// The next route: which binding is its origin (undefined: the network), its guard, whether it has an allow list of
// headers, the web origins, one a line, for which Postern answers CORS (undefined: for none), whether its answers may be cut
// (`streams.js`), and whether its origin gets the client's `Authorization`. With a list of headers of its own it has
// verdicts of its own; all others share theirs.
export function addRoute(binding, guard, hasList, origins, isCut, passesAuthorization) {
  const index = routes.length;
  routes.push({
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

// The headers that the origin gets: the request's, without those that only Postern may set, and with Postern's own.
// `forEach` costs less than an iterator (measured: 31 against 34 us above a pass-through).
function outgoing(request, route, identity) {
  const received = request.headers;
  const headers = new Headers(received);
  const { names } = route;
  received.forEach((_, name) => {
    let verdict = names.get(name);
    if (verdict === undefined) verdict = remember(names, LONGEST_NAME, name, judgeName(name, route.list));
    if (verdict === 1) {
      headers.delete(name);
    } else if (verdict === 2) {
      const kept = judgeCookie(headers.get(name));
      if (kept === undefined) headers.delete(name);
      else headers.set(name, kept);
    }
  });
  if (route.passesAuthorization) {
    const own = received.get("authorization");
    if (own !== null && judgeAuthorization(own)) headers.set("authorization", own);
  }
  if (identity !== undefined) {
    headers.set("x-postern-subject", identity[0]);
    headers.set("x-postern-client", identity[1]);
    headers.set("x-postern-scope", identity[2]);
    headers.set("x-postern-session", identity[3]);
  }
  return headers;
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
  if (headers.has("set-cookie")) dropOwnCookies(headers);
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

// The answer of a protected route is never for a shared cache, and one that depends on who asks says so.
function limitCaching(out, guard) {
  const headers = out.headers;
  const cacheControl = headers.get("cache-control");
  const vary = headers.get("vary");
  let contentType = null;
  let status = 0;
  // An origin that says nothing needs no text made for it.
  let key = cacheControl === null && vary === null ? guard : `${guard}${cacheControl}\n${vary}`;
  if (guard & SESSIONS) {
    contentType = headers.get("content-type");
    status = out.status;
    key += `\n${contentType}\n${status}`;
  }
  let verdict = cacheVerdicts.get(key);
  if (verdict === undefined) {
    const judged = judgeCaching(guard, cacheControl ?? undefined, vary ?? undefined, contentType ?? undefined, status);
    verdict = remember(cacheVerdicts, LONGEST_CACHING, key, judged);
  }
  if (verdict[0] !== undefined) headers.set("cache-control", verdict[0]);
  if (verdict[1] !== undefined) headers.set("vary", verdict[1]);
  if (guard === CORS) return;
  headers.delete("cdn-cache-control");
  headers.delete("cloudflare-cdn-cache-control");
  headers.delete("surrogate-control");
}

// The identity of a session, as `send` takes it: made once for each session.
export function identity(lines) {
  return lines.split("\n");
}

// The same request for a server of its own name.
function to(url, request, headers) {
  headers.delete("host");
  return new Request(url, request);
}

// Sends a request to the origin of a route; a promise of the response, which never rejects. `identity`
// is undefined where nobody is known, `url` where the request's own is kept, `cookie` where none is to be set.
// The request is not copied here: `fetch` makes a copy of what it is given anyway, with its headers and all of its
// `cf`, and takes the headers that stand beside it in place of the request's.
export function send(request, env, index, identity, url, isPreflight, cookie) {
  const route = routes[index];
  try {
    const headers = outgoing(request, route, identity);
    const init = isPreflight ? { headers, body: null } : { headers };
    // What passes through a stream here stays as its origin has encoded it.
    if (route.isCut) init.encodeResponseBody = "manual";
    let response;
    if (route.binding !== undefined) {
      if (url !== undefined) init.cache = "no-store";
      response = env[route.binding].fetch(url === undefined ? request : to(url, request, headers), init);
    } else {
      // A protected request has no `Authorization`, so a cache on the way could take its response to be for everyone.
      if (route.guard || route.passesAuthorization) init.cache = "no-store";
      response = fetch(url === undefined ? request : to(url, request, headers), init);
    }
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

// Method, URL, `Authorization`, and of a POST the `Content-Type`, in one string, for one crossing:
// `GET https://host/path\nBearer ...\n`.
// `request.url` throws where the Host header makes none; then it is empty.
export function head(request) {
  let url;
  try {
    url = request.url;
  } catch {
    url = "";
  }
  const { method, headers } = request;
  const contentType = method === "POST" ? (headers.get("content-type") ?? "") : "";
  return `${method} ${url}\n${headers.get("authorization") ?? ""}\n${contentType}`;
}

export function header(request, name) {
  return request.headers.get(name) ?? undefined;
}

// Two headers for one crossing. No value has a line break in it.
export function twoHeaders(request, one, other) {
  const headers = request.headers;
  return `${headers.get(one) ?? ""}\n${headers.get(other) ?? ""}`;
}

function nothing() {}

// Has a task go on when its promise `at` settles; a promise of what comes of that. A task of an instance that
// broke is lost with it. The request, where it is one, is kept alive until then: a promise of a request that the platform
// has dropped never settles, and a body whose client is gone only breaks off if the request is kept.
export function then(promise, context, place, number, at) {
  const home = instance();
  const goOn = (isOk, value) => {
    if (instance() !== home) throw new Error("the Worker broke while this was waited for");
    return settle(place, number, at, isOk, value);
  };
  if (context !== undefined) context.waitUntil(promise.then(nothing, nothing));
  return promise.then(
    (value) => goOn(true, value),
    (error) => goOn(false, error),
  );
}

// Keeps a request alive until this has settled, even if its client is gone.
export function keepAlive(context, promise) {
  context.waitUntil(promise.catch(nothing));
}

// What the last of several of these gives: the others give nothing.
export async function lastResult(promises) {
  return (await Promise.all(promises)).find((given) => given !== undefined);
}

// A wait that ends when it is woken, or by itself after so many milliseconds. Another request may wake it: the platform
// runs what follows this promise as part of the request that made it.
export function wait(milliseconds) {
  const { promise, resolve } = Promise.withResolvers();
  const timer = setTimeout(resolve, milliseconds);
  return { promise: promise.then(() => clearTimeout(timer)), wake: resolve };
}

// The whole body as an ArrayBuffer; null where it is longer than `limit`. Where the length is announced, the
// platform holds the sender to it and reads natively; a stream through JavaScript costs three times as much.
export function body(request, limit) {
  const announced = request.headers.get("content-length");
  if (announced === null) return streamed(request.body, limit);
  return Number(announced) > limit ? Promise.resolve(null) : request.arrayBuffer();
}

// Bodies that are waited for, oldest first: what gives each of them up.
const awaited = new Set();

// The same of a body that anyone may send, with a time limit. When too many are waited for, the oldest makes room. The
// platform runs what follows a promise as part of the request that made it.
export function bodyInTime(request, limit, milliseconds, most) {
  return new Promise((resolve, reject) => {
    if (awaited.size >= most) {
      const [giveUp] = awaited;
      awaited.delete(giveUp);
      giveUp("crowded");
    }
    awaited.add(resolve);
    const settled = (done) => (value) => {
      clearTimeout(timer);
      awaited.delete(resolve);
      done(value);
    };
    const come = settled(resolve);
    const timer = setTimeout(come, milliseconds, "late");
    body(request, limit).then(come, settled(reject));
  });
}

async function streamed(stream, limit) {
  const chunks = [];
  let length = 0;
  for await (const chunk of stream ?? []) {
    length += chunk.byteLength;
    if (length > limit) return null;
    chunks.push(chunk);
  }
  return new Blob(chunks).arrayBuffer();
}

// What `begin` promises, or an error after so many milliseconds.
function within(milliseconds, begin) {
  return new Promise((resolve, reject) => {
    const promise = begin();
    const late = () => reject(new Error(`no answer within ${milliseconds} ms`));
    const timer = setTimeout(late, milliseconds);
    const settled = (done) => (value) => {
      clearTimeout(timer);
      done(value);
    };
    promise.then(settled(resolve), settled(reject));
  });
}

// The same of a promise that there is already.
export function inTime(milliseconds, promise) {
  return within(milliseconds, () => promise);
}

export function kvGet(env, key, cacheTtl, milliseconds) {
  return within(milliseconds, () => env[bindings.records].get(key, { type: "arrayBuffer", cacheTtl }));
}

// A copy: the Wasm goes on, and KV may read later.
export function kvPut(env, key, bytes, expiration, expirationTtl, milliseconds) {
  const value = bytes.slice();
  return within(milliseconds, () => env[bindings.records].put(key, value, { expiration, expirationTtl }));
}

export function kvDelete(env, key, milliseconds) {
  return within(milliseconds, () => env[bindings.records].delete(key));
}

// Whether one more is allowed.
export function limit(env, binding, key, milliseconds) {
  return within(milliseconds, async () => (await env[binding].limit({ key })).success);
}

// Status, `Cache-Control` and body. The body is counted as it comes: it may have been announced compressed.
async function exchanged(url, init, limit) {
  const response = await fetch(url, init);
  const bytes = await streamed(response.body, limit);
  if (bytes === null) throw new Error(`its answer is larger than ${limit} bytes`);
  return [response.status, response.headers.get("cache-control") ?? "", bytes];
}

export function httpSend(url, form, authorization, limit, milliseconds) {
  const headers = { accept: "application/json" };
  if (form !== undefined) headers["content-type"] = "application/x-www-form-urlencoded";
  if (authorization !== undefined) headers.authorization = authorization;
  const init = { method: form === undefined ? "GET" : "POST", headers, body: form, redirect: "manual" };
  return within(milliseconds, () => exchanged(url, init, limit));
}

const RSA = "RSASSA-PKCS1-v1_5";
const ALGORITHMS = {
  RS256: { name: RSA, hash: "SHA-256" },
  RS384: { name: RSA, hash: "SHA-384" },
  RS512: { name: RSA, hash: "SHA-512" },
  PS256: { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 },
  PS384: { name: "RSA-PSS", hash: "SHA-384", saltLength: 48 },
  PS512: { name: "RSA-PSS", hash: "SHA-512", saltLength: 64 },
  ES256: { name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" },
  ES384: { name: "ECDSA", hash: "SHA-384", namedCurve: "P-384" },
  ES512: { name: "ECDSA", hash: "SHA-512", namedCurve: "P-521" },
  EdDSA: { name: "Ed25519" },
};

// A key that cannot be imported for this algorithm signs nothing.
export async function verify(algorithm, jwk, message, signature) {
  const parameters = ALGORITHMS[algorithm];
  const { kty, n, e, crv, x, y } = JSON.parse(jwk);
  let key;
  try {
    key = await crypto.subtle.importKey("jwk", { kty, n, e, crv, x, y }, parameters, false, ["verify"]);
  } catch {
    return false;
  }
  return crypto.subtle.verify(parameters, key, signature, message);
}

export function location(request) {
  const { city, country } = request.cf ?? {};
  return [city, country].filter((part) => typeof part === "string").join(", ") || undefined;
}

// The Durable Object of this name. Every question to one goes through here: a jurisdiction is part of which object it is.
function object(env, binding, name) {
  const { jurisdiction, logHint } = place;
  const namespace = jurisdiction === undefined ? env[binding] : env[binding].jurisdiction(jurisdiction);
  if (binding !== bindings.log || logHint === undefined) return namespace.getByName(name);
  return namespace.getByName(name, { locationHint: logHint });
}

// Posts bytes to a Durable Object: what it answers with 200, as an ArrayBuffer. No name is looked up for its URL.
export async function askObject(env, binding, name, path, body) {
  const response = await object(env, binding, name).fetch(`https://postern.internal${path}`, { method: "POST", body });
  const answer = await response.arrayBuffer();
  if (response.status === 200) return answer;
  // As the platform marks what it throws when an object has more to do than it can.
  throw Object.assign(new Error(`it answered ${response.status}`), { overloaded: response.status === 429 });
}

// The relay of the revocation log in the place of the network that a request came in at.
export function setRelay(request) {
  relay = `at ${request.cf?.colo}`;
}

// How many relays carry what can wait.
const CARRIERS = 8;

// Asks the revocation log: by the relay of this place, by one that lets changes wait for others, or the log itself, which
// is one object. Where the site binds no relays, everything goes to the log.
export function askLog(env, way, path, body, milliseconds) {
  const direct = way === 2 || env[bindings.relays] === undefined;
  if (direct) return within(milliseconds, () => askObject(env, bindings.log, "log", path, body));
  const later = way === 1;
  const name = later ? `carrier ${Math.floor(Math.random() * CARRIERS)}` : (relay ?? "at undefined");
  return within(milliseconds, () => askObject(env, bindings.relays, name, later ? `${path}?later` : path, body));
}

// Runs `step` as one transaction of a Durable Object's storage, which undoes all of it when something is thrown.
export function transaction(storage, step) {
  const undone = {};
  try {
    storage.transactionSync(() => {
      if (!step()) throw undone;
    });
  } catch (error) {
    // What went wrong in the step, its caller knows.
    if (error !== undone) throw error;
  }
}

// A response's parts. `headers` are lines of a name, a colon and a value: one string crosses faster than many.
function parts(status, lines, body) {
  const headers = new Headers();
  for (const line of lines === "" ? [] : lines.split("\n")) {
    const colon = line.indexOf(":");
    headers.append(line.slice(0, colon), line.slice(colon + 1));
  }
  return { body: body === "" ? null : body, init: { status, headers } };
}

export function answer(status, headers, text) {
  const { body, init } = parts(status, headers, text);
  return new Response(body, init);
}

// Keeps one of Postern's own responses, which will be sent again and again.
export function keepPrepared(status, headers, body) {
  prepared.push(parts(status, headers, body));
}

export function sendPrepared(index, body) {
  const known = prepared[index];
  return new Response(body ?? known.body, known.init);
}
