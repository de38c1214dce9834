// What `host.js` remembers of what clients and origins send: it must not grow with what anyone can make up. The module
// is loaded by itself here, with a stand-in for the Wasm that counts how often it is asked.

import assert from "node:assert/strict";
import { register } from "node:module";
import { beforeEach, test } from "node:test";

const asked = { names: [], caching: 0 };
globalThis.asked = asked;
const standIn = `
  export const judgeName = (name) => (globalThis.asked.names.push(name), 0);
  export const judgeCookie = (value) => value;
  export const judgeCaching = () => (globalThis.asked.caching++, [undefined, undefined]);
  export const instance = () => 1, originFailed = (_, cause) => { throw new Error(cause); }, settle = () => {};
`;
// `host.js` exports a function `then`, so `import()` would take the module for a promise: one in between holds it.
const between = `import * as host from ${JSON.stringify(new URL("../../src/edge/host.js", import.meta.url).href)}; export { host };`;
const hooks = `
  const modules = ${JSON.stringify({ "postern-wasm": standIn, between })};
  export const resolve = (name, context, next) =>
    name in modules ? { url: "test:" + name, shortCircuit: true } : next(name, context);
  export const load = (url, context, next) =>
    url.startsWith("test:") ? { format: "module", source: modules[url.slice(5)], shortCircuit: true } : next(url, context);
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
const { host } = await import("between");

const PUBLIC = 0;
const TOKENS = 1;
host.setBindings("KV", "LOG");
host.addRoute("ORIGIN", PUBLIC);
host.addRoute("ORIGIN", TOKENS);

/** Sends a request with these headers, and has the origin answer with those. */
async function send(route, headers, received = {}) {
  const env = { ORIGIN: { fetch: async () => new Response("", { headers: received }) } };
  await host.send(new Request("https://a.example/", { headers }), env, route, undefined, undefined, false, undefined);
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
