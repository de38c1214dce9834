// CORS (the Fetch Standard, "CORS protocol"): what scripts of other web origins may read, of the origin behind the gate and
// of Postern's own endpoints. `tests/browser` has a browser's own verdict.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { arrived, withoutTrace } from "./assertions.mjs";
import { bearer, clients, config, files, secrets } from "./fixture.mjs";
import { start } from "./harness.mjs";

const { reports, server } = clients;
const APP = { Origin: "https://app.example.com" };
const EVIL = { Origin: "https://evil.example" };
const EXPOSED = "WWW-Authenticate, Retry-After";

let world, gate, token;
before(async () => {
  const answered = { preflight: "answer", cors_origins: [APP.Origin], origin: "service:ORIGIN" };
  const routes = [{ match: "/open/*", access: "public", ...answered }, ...config.routes];
  world = await start({ gates: { gate: { config: { ...config, routes }, secrets } }, files });
  gate = world.gate;
  token = bearer(await gate.token(reports));
});
after(() => world?.stop());
beforeEach(() => gate.reset());

/** The headers of an answer about CORS. */
const cors = (reply) =>
  Object.fromEntries(
    ["origin", "credentials", "methods", "headers"]
      .map((name) => [name, reply.header(`access-control-allow-${name}`)])
      .concat([["exposed", reply.header("access-control-expose-headers")]])
      .filter(([, value]) => value !== null),
  );

describe('preflight = "answer"', () => {
  const get = async (path, headers) => (await arrived(world.origin, () => gate.get(path, headers))).reply;

  test("what the origin answers is readable for those who may call", async () => {
    for (const path of ["/browser/answer/x", "/open/x", "/browser/answer/x?do=status&status=404"]) {
      const reply = await get(path, { ...token, ...APP });
      assert.deepEqual(cors(reply), { origin: APP.Origin, exposed: EXPOSED }, path);
      assert.match(reply.header("vary"), /(^|, )Origin$/, path);
    }
  });

  test("and not for others, and caches are told that it depends", async () => {
    for (const headers of [token, { ...token, ...EVIL }, { ...token, Origin: "null" }]) {
      const reply = await get("/browser/answer/x", headers);
      assert.deepEqual(cors(reply), {});
      assert.match(reply.header("vary"), /(^|, )Origin$/);
    }
    const open = await get("/open/x?header=Cache-Control:public&header=Vary:Accept", EVIL);
    assert.equal(open.header("vary"), "Accept, Origin");
    assert.equal(open.header("cache-control"), "public");
  });

  test("an origin that says something itself decides by itself", async () => {
    const own = await get("/browser/answer/x?header=Access-Control-Allow-Origin:https://other.example", {
      ...token,
      ...APP,
    });
    assert.deepEqual(cors(own), { origin: "https://other.example" });
    assert.doesNotMatch(own.header("vary"), /Origin/);
    // Its credentials and Postern's permission must not add up to more than either of them says.
    const half = await get("/browser/answer/x?header=Access-Control-Allow-Credentials:true", { ...token, ...APP });
    assert.deepEqual(cors(half), { credentials: "true" });
    const exposing = await get("/browser/answer/x?header=Access-Control-Expose-Headers:X-Total", { ...token, ...APP });
    assert.deepEqual(cors(exposing), { origin: APP.Origin, exposed: "X-Total" });
  });

  test("an origin that fails is a readable 502", async () => {
    const reply = await get("/browser/answer/x?do=throw", { ...token, ...APP });
    assert.equal(reply.status, 502);
    // As every refusal of the gate, which may name the login too.
    assert.deepEqual(cors(reply), { origin: APP.Origin, exposed: `${EXPOSED}, Postern-Login` });
    assert.deepEqual(cors(await get("/browser/answer/x?do=throw", { ...token, ...EVIL })), {});
  });

  test("pass leaves all that to the origin", async () => {
    assert.deepEqual(cors(await get("/browser/pass/x", { ...token, ...APP })), {});
    const own = await get(`/browser/pass/x?header=Access-Control-Allow-Origin:${APP.Origin}`, { ...token, ...APP });
    assert.deepEqual(cors(own), { origin: APP.Origin });
  });
});

describe("Postern's own endpoints", () => {
  const preflight = (path, method, headers = "authorization,content-type") =>
    withoutTrace(world.origin, () =>
      gate.send("OPTIONS", path, {
        ...APP,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
      }),
    );
  const DOCUMENTS = ["/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource"];
  const FORMS = ["/oauth/token", "/oauth/revoke"];

  test("anyone may read the metadata, whoever asks", async () => {
    for (const path of DOCUMENTS) {
      for (const headers of [{}, APP]) {
        const reply = await gate.get(path, { Host: "auth.example.com", ...headers });
        assert.equal(reply.status, 200, path);
        assert.deepEqual(cors(reply), { origin: "*", exposed: EXPOSED }, path);
      }
    }
    const missing = await gate.get("/.well-known/oauth-protected-resource/nothing", APP);
    assert.equal(missing.status, 404);
    assert.equal(cors(missing).origin, "*");
  });

  test("preflights are answered, with any header and never with credentials", async () => {
    for (const [path, methods] of [...DOCUMENTS.map((path) => [path, "GET, HEAD"]), ...FORMS.map((p) => [p, "POST"])]) {
      const reply = await preflight(path, methods.split(",")[0], "authorization,mcp-protocol-version");
      assert.equal(reply.status, 204, path);
      assert.deepEqual(cors(reply), { origin: "*", methods, headers: "Authorization, *" }, path);
      assert.match(reply.header("access-control-max-age"), /^\d+$/);
      assert.equal(reply.body.length, 0);
    }
  });

  test("a token, and every error on the way to one", async () => {
    const form = { grant_type: "client_credentials" };
    const issued = await gate.form("/oauth/token", form, reports, APP);
    assert.equal(issued.status, 200);
    assert.deepEqual(cors(issued), { origin: "*", exposed: EXPOSED });
    const url = { "Content-Type": "application/x-www-form-urlencoded" };
    for (const [status, ...request] of [
      [401, "POST", "/oauth/token", url, "grant_type=client_credentials&client_id=nobody"],
      [401, "POST", "/oauth/revoke", url, "token=x"],
      [400, "POST", "/oauth/token", {}, "{}"],
      [413, "POST", "/oauth/token", url, `a=${"x".repeat(100_000)}`],
      [415, "POST", "/oauth/token", { ...url, "Content-Encoding": "gzip" }, "x"],
      [405, "GET", "/oauth/token", {}],
      [405, "OPTIONS", "/oauth/token", {}],
    ]) {
      const reply = await gate.send(request[0], request[1], { ...APP, ...request[2] }, request[3]);
      assert.equal(reply.status, status, `${request}`.slice(0, 80));
      assert.deepEqual(cors(reply), { origin: "*", exposed: EXPOSED }, `${request}`.slice(0, 80));
    }
    await gate.faults({ "kv.put": "throw" });
    const failed = await gate.form("/oauth/token", form, reports, APP);
    assert.equal(failed.status, 503);
    assert.deepEqual(cors(failed), { origin: "*", exposed: EXPOSED });
  });

  test("introspection, authorization and people's pages are for no other web origin", async () => {
    for (const [path, method] of [
      ["/oauth/introspect", "POST"],
      ["/oauth/authorize", "GET"],
      ["/_postern/admin/sessions", "POST"],
      ["/_postern/login", "POST"],
      ["/_postern/sessions", "GET"],
      ["/_postern/nothing", "GET"],
    ]) {
      const reply = await preflight(path, method);
      assert.ok(reply.status >= 400, `${path}: ${reply.status}`);
      assert.deepEqual(cors(reply), {}, path);
    }
    const asked = await gate.form("/oauth/introspect", { token: "x" }, server, APP);
    assert.equal(asked.status, 200);
    assert.deepEqual(cors(asked), {});
  });
});
