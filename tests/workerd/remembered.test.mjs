// What `forward.js` remembers of what clients and origins send: it must not grow with what anyone can make up. The module
// is loaded by itself here, with a stand-in for the Wasm that counts how often it is asked.

import assert from "node:assert/strict";
import { register } from "node:module";
import { beforeEach, test } from "node:test";

const asked = { names: [], caching: 0 };
globalThis.asked = asked;
const standIn = `
  export const judgeName = (name, list) => (globalThis.asked.names.push(name), list === undefined ? 0 : 1);
  export const judgeCookie = (value) => value, isOwnCookie = () => false, judgeAuthorization = () => false;
  export const judgeCaching = () => (globalThis.asked.caching++, [undefined, undefined]);
  export const originFailed = (_, cause) => { throw new Error(cause); };
`;
const app = `export * from ${JSON.stringify(new URL("../../src/edge/app.js", import.meta.url).href)};`;
const hooks = `
  const modules = ${JSON.stringify({ "postern-wasm": standIn, "postern-app": app })};
  export const resolve = (name, context, next) =>
    name in modules ? { url: "test:" + name, shortCircuit: true } : next(name, context);
  export const load = (url, context, next) =>
    url.startsWith("test:") ? { format: "module", source: modules[url.slice(5)], shortCircuit: true } : next(url, context);
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
const host = await import("../../src/edge/forward.js");

const PUBLIC = 0;
const TOKENS = 1;
/** The route with an allow list. */
const LISTED = 2;
for (const [guard, hasList] of [
  [0, false],
  [1, false],
  [0, true],
])
  host.addRoute(undefined, "ORIGIN", guard, hasList);

/** Sends a request with these headers, and has the origin answer with those. */
async function send(route, headers, received = {}) {
  let got;
  const answer = async (_, init) => {
    got = init.headers;
    return new Response("", { headers: received });
  };
  const env = { ORIGIN: { fetch: answer } };
  const request = new Request("https://a.example/", { headers });
  await host.send(request, env, route, undefined, undefined, undefined, false, undefined);
  return got;
}
const named = (name) => asked.names.filter((one) => one === name).length;

beforeEach(() => {
  asked.names.length = 0;
  asked.caching = 0;
});

test("an ordinary header's name is judged once", async () => {
  for (let i = 0; i < 3; i++) await send(PUBLIC, { "x-ordinary": "1" });
  assert.equal(named("x-ordinary"), 1);
});

test("a long name is not kept", async () => {
  const long = `x-${"a".repeat(60_000)}`;
  for (let i = 0; i < 3; i++) await send(PUBLIC, { [long]: "1" });
  assert.equal(named(long), 3);
});

test("however many names were made up, an ordinary one is judged once again", async () => {
  for (let i = 0; i < 3_000; i++) await send(PUBLIC, { [`x-made-up-${i}`]: "1" });
  asked.names.length = 0;
  for (let i = 0; i < 3; i++) await send(PUBLIC, { "x-late": "1" });
  assert.equal(named("x-late"), 1);
});

test("what origins say of caching is kept likewise: not where it is long, and never for want of room", async () => {
  for (let i = 0; i < 3; i++) await send(TOKENS, {}, { "cache-control": `max-age=1, x="${"a".repeat(60_000)}"` });
  assert.equal(asked.caching, 3);
  for (let i = 0; i < 3_000; i++) await send(TOKENS, {}, { "cache-control": `max-age=${i}` });
  asked.caching = 0;
  for (let i = 0; i < 3; i++) await send(TOKENS, {}, { "cache-control": "max-age=86400, public" });
  assert.equal(asked.caching, 1);
});

test("a route with an allow list has verdicts of its own, which are bounded as well", async () => {
  const header = { "x-on-both": "1" };
  for (let i = 0; i < 3; i++) {
    assert.equal((await send(PUBLIC, header)).get("x-on-both"), "1");
    assert.equal((await send(LISTED, header)).get("x-on-both"), null);
    assert.equal((await send(TOKENS, header)).get("x-on-both"), "1");
  }
  assert.equal(named("x-on-both"), 2, "once for the list, and once for all routes without one");
  for (let i = 0; i < 3_000; i++) await send(LISTED, { [`x-made-up-${i}`]: "1" });
  asked.names.length = 0;
  for (let i = 0; i < 3; i++) await send(LISTED, { "x-later": "1" });
  assert.equal(named("x-later"), 1);
  for (let i = 0; i < 3; i++) await send(PUBLIC, header);
  assert.equal(named("x-on-both"), 0, "the others’ verdicts are still there");
});
