// The few things that are said in JavaScript: in Rust, each would be a dozen crossings.
// Conversions only. `forward.js` sends requests on.

// `postern-wasm` is the Wasm with its glue (tools/bundle.mjs). `instance` gives the number of its instance,
// after it has put a new one in the place of one that broke.
import { instance, settle } from "postern-wasm";

// Modules that `main.js` imports too (tools/bundle.mjs).
export { person } from "postern-app";
export { configurationRefused, configurationTable, hasHandler, isDeveloped } from "postern-configuration";

let bindings;
let place;
let relay;
let prepared = [];

// A new instance prepares anew.
export function setBindings(records, log, relays) {
  bindings = { records, log, relays };
  place = undefined;
  relay = undefined;
  prepared = [];
}

// Where the Durable Objects are: the jurisdiction of all of them, and where the log is best put (undefined: not said).
export function setPlace(jurisdiction, logHint) {
  place = { jurisdiction, logHint };
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

const utf8 = new TextEncoder();

// Writes a text into the memory of the Wasm: how many bytes, or a number beyond what there is room for.
function into(bytes, text) {
  const { read, written } = utf8.encodeInto(text, bytes);
  return read === text.length ? written : bytes.length + 1;
}

export function headInto(request, bytes) {
  return into(bytes, head(request));
}

export function twoHeadersInto(request, one, other, bytes) {
  return into(bytes, twoHeaders(request, one, other));
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

export function httpSend(url, form, authorization, accept, limit, milliseconds) {
  const headers = { accept };
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

// Public keys, under their algorithm and their JSON. They come from those who are named in the configuration, and not from
// tokens. Importing one takes as long as checking a signature.
const publicKeys = new Map();
const MOST_PUBLIC_KEYS = 512;

// A key that cannot be imported for this algorithm signs nothing. As with signing, the promise of one is not kept.
export async function verify(algorithm, jwk, message, signature) {
  const parameters = ALGORITHMS[algorithm];
  const id = `${algorithm} ${jwk}`;
  let key = publicKeys.get(id);
  if (key === undefined) {
    const { kty, n, e, crv, x, y } = JSON.parse(jwk);
    try {
      key = await crypto.subtle.importKey("jwk", { kty, n, e, crv, x, y }, parameters, false, ["verify"]);
    } catch {
      return false;
    }
    if (publicKeys.size >= MOST_PUBLIC_KEYS) publicKeys.clear();
    publicKeys.set(id, key);
  }
  return crypto.subtle.verify(parameters, key, signature, message);
}

// Private keys to sign with, under their names. They come from the configuration, so there are never many.
const signingKeys = new Map();
const MOST_SIGNING_KEYS = 512;

// `pkcs8` lies in the memory of the Wasm, so it is read before anything is waited for. The promise of a key is not kept: it
// belongs to the request that asked for it.
export async function sign(algorithm, name, pkcs8, message) {
  const parameters = ALGORITHMS[algorithm];
  const id = `${algorithm} ${name}`;
  let key = signingKeys.get(id);
  if (key === undefined) {
    key = await crypto.subtle.importKey("pkcs8", pkcs8, parameters, false, ["sign"]);
    if (signingKeys.size >= MOST_SIGNING_KEYS) signingKeys.clear();
    signingKeys.set(id, key);
  }
  return crypto.subtle.sign(parameters, key, message);
}

// The platform works out the public point of a P-256 key of which only the scalar is there.
export async function publicJwk(algorithm, pkcs8) {
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, ALGORITHMS[algorithm], true, ["sign"]);
  const { kty, n, e, crv, x, y } = await crypto.subtle.exportKey("jwk", key);
  return JSON.stringify({ kty, n, e, crv, x, y });
}

export function country(request) {
  const country = request.cf?.country;
  return typeof country === "string" ? country : undefined;
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
