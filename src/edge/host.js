// The few things that are said in JavaScript, because said in Rust each would be a dozen crossings.
// Conversions only: what a name or a header means is decided in Rust (`judge`), once for each
// distinct value, and remembered here.

const REMEMBERED = 1024;
let judge;
let routes = [];
let nameVerdicts = new Map();
let cacheVerdicts = new Map();

// What a route's guard may be: the sum of what it takes. 0 is open to everyone.
const SESSIONS = 2;

// `judged` has: name(headerName) -> 0 keep | 1 strip | 2 cookie; cookie(value) -> value | undefined;
// caching(guard, cacheControl, vary, contentType, isNotModified) -> [cacheControl | undefined, vary | undefined];
// failed(route, message) -> Response. What was installed before is forgotten: after a panic it belongs
// to a Wasm instance that is gone.
export function install(judged) {
  judge = judged;
  routes = [];
  nameVerdicts = new Map();
  cacheVerdicts = new Map();
}

export function judgement(name, cookie, caching, failed) {
  return { name, cookie, caching, failed };
}

// The next route: which binding is its origin (undefined: the network), and its guard.
export function declare(binding, guard) {
  const failed = judge.failed.bind(undefined, routes.length);
  routes.push({ binding, guard, failed: (error) => failed(`${error}`) });
}

function remember(verdicts, key, verdict) {
  if (verdicts.size < REMEMBERED) verdicts.set(key, verdict);
  return verdict;
}

// What the origin gets: the request without the headers that are ours to say, and ours in their place.
// A copy of the request whose headers are then changed costs less than new headers beside the request,
// and `forEach` less than an iterator (measured: 31 against 50 and 34 us above a pass-through).
function outgoing(request, identity, init) {
  const out = init === undefined ? new Request(request) : new Request(request, init);
  const headers = out.headers;
  request.headers.forEach((_, name) => {
    let verdict = nameVerdicts.get(name);
    if (verdict === undefined) verdict = remember(nameVerdicts, name, judge.name(name));
    if (verdict === 1) {
      headers.delete(name);
    } else if (verdict === 2) {
      const kept = judge.cookie(headers.get(name));
      if (kept === undefined) headers.delete(name);
      else headers.set(name, kept);
    }
  });
  if (identity !== undefined) {
    headers.set("x-postern-subject", identity[0]);
    headers.set("x-postern-client", identity[1]);
    headers.set("x-postern-scope", identity[2]);
    headers.set("x-postern-session", identity[3]);
  }
  return out;
}

// What the client gets of a protected route: never for a shared cache. A WebSocket passes untouched.
function guarded(response, guard, cookie) {
  if (response.status === 101) return response;
  const out = new Response(response.body, response);
  const headers = out.headers;
  const cacheControl = headers.get("cache-control");
  const vary = headers.get("vary");
  let contentType = null;
  let isNotModified = false;
  let key = `${guard}${cacheControl}\n${vary}`;
  if (guard & SESSIONS) {
    contentType = headers.get("content-type");
    isNotModified = out.status === 304;
    key += `\n${contentType}\n${isNotModified}`;
  }
  let verdict = cacheVerdicts.get(key);
  if (verdict === undefined) {
    const judged = judge.caching(
      guard,
      cacheControl ?? undefined,
      vary ?? undefined,
      contentType ?? undefined,
      isNotModified,
    );
    verdict = remember(cacheVerdicts, key, judged);
  }
  if (verdict[0] !== undefined) headers.set("cache-control", verdict[0]);
  if (verdict[1] !== undefined) headers.set("vary", verdict[1]);
  headers.delete("cdn-cache-control");
  headers.delete("cloudflare-cdn-cache-control");
  headers.delete("surrogate-control");
  if (cookie !== undefined) headers.append("set-cookie", cookie);
  return out;
}

// Who a session stands for, as `send` takes it: made once for each session.
export function identity(lines) {
  return lines.split("\n");
}

// Sends a request to the origin of a route; a promise of the response, which never rejects. `identity`
// is undefined where nobody is known, `url` where the request's own is kept, `cookie` where none is to be set.
export function send(request, env, index, identity, url, isPreflight, cookie) {
  const route = routes[index];
  try {
    const init = isPreflight ? { body: null } : undefined;
    let response;
    if (route.binding !== undefined) {
      response = env[route.binding].fetch(outgoing(request, identity, init));
    } else {
      const there = url === undefined ? request : new Request(url, request);
      // Without `Authorization`, a cache between us and the origin could take the response for everyone's.
      const out = outgoing(there, identity, route.guard ? { ...init, cache: "no-store" } : init);
      if (url !== undefined) out.headers.delete("host");
      response = fetch(out);
    }
    if (!route.guard) return response.catch(route.failed);
    return response.then((response) => {
      try {
        return guarded(response, route.guard, cookie);
      } catch (error) {
        return route.failed(error);
      }
    }, route.failed);
  } catch (error) {
    return route.failed(error);
  }
}

// Method, URL and `Authorization` in one string, for one crossing: `GET https://host/path\nBearer ...`.
// `request.url` throws where the Host header makes none; then it is empty.
export function head(request) {
  let url;
  try {
    url = request.url;
  } catch {
    url = "";
  }
  return `${request.method} ${url}\n${request.headers.get("authorization") ?? ""}`;
}

export function header(request, name) {
  return request.headers.get(name) ?? undefined;
}

// Two headers for one crossing. No value has a line break in it.
export function twoHeaders(request, one, other) {
  const headers = request.headers;
  return `${headers.get(one) ?? ""}\n${headers.get(other) ?? ""}`;
}

// The whole body as bytes; null where it is longer than `limit`. Where the length is announced, the
// platform holds the sender to it and reads natively; a stream through JavaScript costs three times as much.
export async function body(request, limit) {
  const announced = request.headers.get("content-length");
  if (announced !== null) {
    return Number(announced) > limit ? null : new Uint8Array(await request.arrayBuffer());
  }
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

// What a promise gives, or an error after `milliseconds`.
function within(milliseconds, promise) {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`no answer within ${milliseconds} ms`));
    const timer = setTimeout(late, milliseconds);
    const settle = (done) => (value) => {
      clearTimeout(timer);
      done(value);
    };
    promise.then(settle(resolve), settle(reject));
  });
}

export async function kvGet(env, binding, key, cacheTtl, milliseconds) {
  const value = await within(milliseconds, env[binding].get(key, { type: "arrayBuffer", cacheTtl }));
  return value === null ? null : new Uint8Array(value);
}

export async function kvPut(env, binding, key, value, expiration, milliseconds) {
  return within(milliseconds, env[binding].put(key, value, { expiration }));
}

export async function kvDelete(env, binding, key, milliseconds) {
  return within(milliseconds, env[binding].delete(key));
}

// A note is a key whose metadata says it all, so that one list reads all of them. Its base64 is in an object,
// because KV takes no other metadata everywhere.
export async function kvNote(env, binding, key, note, expiration, milliseconds) {
  return within(milliseconds, env[binding].put(key, "", { expiration, metadata: { note } }));
}

export async function kvList(env, binding, prefix, milliseconds) {
  const { keys } = await within(milliseconds, env[binding].list({ prefix, limit: 1000 }));
  return keys.flatMap(({ name, metadata }) => [name, metadata?.note ?? ""]);
}

async function bounded(response, limit) {
  const bytes = await body(response, limit);
  if (bytes === null) throw new Error(`its answer is larger than ${limit} bytes`);
  return [response.status, response.headers.get("cache-control") ?? "", bytes];
}

export async function httpSend(url, form, authorization, limit, milliseconds) {
  const headers = { accept: "application/json" };
  if (form !== undefined) headers["content-type"] = "application/x-www-form-urlencoded";
  if (authorization !== undefined) headers.authorization = authorization;
  const sent = fetch(url, { method: form === undefined ? "GET" : "POST", headers, body: form, redirect: "manual" });
  return within(milliseconds, sent.then((response) => bounded(response, limit)));
}

const RSA = "RSASSA-PKCS1-v1_5";
const ALGORITHMS = {
  RS256: { name: RSA, hash: "SHA-256" },
  RS384: { name: RSA, hash: "SHA-384" },
  RS512: { name: RSA, hash: "SHA-512" },
  PS256: { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 },
  ES256: { name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" },
  ES384: { name: "ECDSA", hash: "SHA-384", namedCurve: "P-384" },
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

export async function attempt(env, binding, key, milliseconds) {
  const { success } = await within(milliseconds, env[binding].limit({ key }));
  return success === true;
}

export function place(request) {
  const { city, country } = request.cf ?? {};
  return [city, country].filter((part) => typeof part === "string").join(", ") || undefined;
}

async function post(stub, url, body) {
  const response = await stub.fetch(url, { method: "POST", body });
  const answer = new Uint8Array(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`it answered ${response.status}`);
  return answer;
}

// Posts bytes to the Durable Object `name`; the bytes that it answers with 200.
export async function ask(env, binding, name, path, body, milliseconds) {
  const stub = env[binding].getByName(name);
  return within(milliseconds, post(stub, `https://postern.internal${path}`, body));
}

// A response. `headers` are lines of a name, a colon and a value: one string crosses faster than many.
export function answer(status, headers, body) {
  const pairs = [];
  for (const line of headers === "" ? [] : headers.split("\n")) {
    const colon = line.indexOf(":");
    pairs.push([line.slice(0, colon), line.slice(colon + 1)]);
  }
  return new Response(body, { status, headers: pairs });
}
