// The few things that are said in JavaScript, because said in Rust each would be a dozen crossings.
// Conversions only: what a name or a header means is decided in Rust (`judge`), once for each
// distinct value, and remembered here.

const REMEMBERED = 1024;
let judge;
let nameVerdicts = new Map();
let cacheVerdicts = new Map();

// `judged` has: name(headerName) -> 0 keep | 1 strip | 2 cookie; cookie(value) -> value | undefined;
// caching(cacheControl, vary) -> [cacheControl | undefined, vary | undefined];
// failed(route, message) -> Response.
export function install(judged) {
  judge = judged;
  nameVerdicts = new Map();
  cacheVerdicts = new Map();
}

export function judgement(name, cookie, caching, failed) {
  return { name, cookie, caching, failed };
}

function remember(verdicts, key, verdict) {
  if (verdicts.size < REMEMBERED) verdicts.set(key, verdict);
  return verdict;
}

// What the origin gets: the request without the headers that are ours to say, and ours in their
// place. `url` is undefined where the request's own is kept; `identity` is four lines, or undefined.
// Without `Authorization`, a cache between us and the origin could take the response for everyone's:
// `uncached` keeps it out of there.
export function outgoing(request, url, identity, bodiless, uncached) {
  const init = { redirect: "manual" };
  if (uncached) init.cache = "no-store";
  if (bodiless) init.body = null;
  const out = url === undefined ? new Request(request, init) : new Request(new Request(url, request), init);
  const headers = out.headers;
  for (const name of request.headers.keys()) {
    let verdict = nameVerdicts.get(name);
    if (verdict === undefined) verdict = remember(nameVerdicts, name, judge.name(name));
    if (verdict === 1) {
      headers.delete(name);
    } else if (verdict === 2) {
      const kept = judge.cookie(headers.get(name));
      if (kept === undefined) headers.delete(name);
      else headers.set(name, kept);
    }
  }
  if (url !== undefined) headers.delete("host");
  if (identity !== undefined) {
    const [subject, client, scope, session] = identity.split("\n");
    headers.set("x-postern-subject", subject);
    headers.set("x-postern-client", client);
    headers.set("x-postern-scope", scope);
    headers.set("x-postern-session", session);
  }
  return out;
}

// What the client gets of a protected route: never for a shared cache. A WebSocket passes untouched.
function guarded(response) {
  if (response.status === 101 || response.webSocket) return response;
  const cacheControl = response.headers.get("cache-control") ?? undefined;
  const vary = response.headers.get("vary") ?? undefined;
  const key = `${cacheControl}\n${vary}`;
  let verdict = cacheVerdicts.get(key);
  if (verdict === undefined) {
    verdict = remember(cacheVerdicts, key, judge.caching(cacheControl, vary));
  }
  const out = new Response(response.body, response);
  if (verdict[0] !== undefined) out.headers.set("cache-control", verdict[0]);
  if (verdict[1] !== undefined) out.headers.set("vary", verdict[1]);
  out.headers.delete("cdn-cache-control");
  out.headers.delete("cloudflare-cdn-cache-control");
  out.headers.delete("surrogate-control");
  return out;
}

// Sends a request on. `fetcher` is undefined for the network; a promise of the response.
export function forward(fetcher, out, isProtected, route) {
  try {
    const response = fetcher === undefined ? fetch(out) : fetcher.fetch(out);
    return response.then(isProtected ? guarded : undefined).catch((error) => judge.failed(route, `${error}`));
  } catch (error) {
    return judge.failed(route, `${error}`);
  }
}

// `request.url` throws where the Host header makes none.
export function url(request) {
  try {
    return request.url;
  } catch {
    return "";
  }
}

export function authorization(request) {
  return request.headers.get("authorization") ?? undefined;
}

export function header(request, name) {
  return request.headers.get(name) ?? undefined;
}

// The whole body as bytes; null where it is longer than `limit` or could not be read.
export async function body(request, limit) {
  if (Number(request.headers.get("content-length")) > limit) return null;
  if (request.body === null) return new Uint8Array();
  const chunks = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.byteLength;
    if (length > limit) return null;
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

// The value of `work()`, or an error after `milliseconds`.
function within(milliseconds, work) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
    work().then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

export function kvGet(env, binding, key, cacheTtl, milliseconds) {
  return within(milliseconds, async () => {
    const value = await env[binding].get(key, { type: "arrayBuffer", cacheTtl });
    return value === null ? null : new Uint8Array(value);
  });
}

export function kvPut(env, binding, key, value, expiration, milliseconds) {
  return within(milliseconds, async () => env[binding].put(key, value, { expiration }));
}

export function kvDelete(env, binding, key, milliseconds) {
  return within(milliseconds, async () => env[binding].delete(key));
}

// Posts bytes to the Durable Object `name`; the bytes that it answers with 200.
export function ask(env, binding, name, path, body, milliseconds) {
  return within(milliseconds, async () => {
    const stub = env[binding].getByName(name);
    const response = await stub.fetch(`https://postern.internal${path}`, { method: "POST", body });
    const answer = new Uint8Array(await response.arrayBuffer());
    if (response.status !== 200) throw new Error(`it answered ${response.status}`);
    return answer;
  });
}

export function answer(status, names, values, body) {
  const headers = new Headers();
  for (let at = 0; at < names.length; at++) headers.append(names[at], values[at]);
  return new Response(body, { status, headers });
}
