// What a route may choose: paths as they were sent, `Authorization` for its origin, an origin behind a binding, and files
// that a browser keeps.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { arrived, had, withoutTrace } from "./assertions.mjs";
import { bearer, clients, files, secrets, config as whole } from "./fixture.mjs";
import { start } from "./harness.mjs";

const { reports } = clients;
const sent = { paths: "as-sent", origin: "service:ORIGIN" };
const config = {
  ...whole,
  // Nobody logs in with it here.
  providers: [{ id: "acme", issuer: "https://id.example.com", client_id: "postern", allow: "anyone" }],
  routes: [
    { match: "/npm/-/admin/*", access: "deny" },
    { match: "/npm/*", access: "public", authorization: "pass", ...sent },
    { match: "/proxy/*", access: "public", ...sent, origin: "https://images.example.net" },
    { match: "/api/v4/*", access: "token", ...sent },
    { match: "/listed/*", access: "public", authorization: "pass", headers: [], origin: "https://origin.example.net" },
    {
      match: "/bound/*",
      access: "token",
      origin: "service:ORIGIN",
      origin_url: "https://db.internal:8443",
    },
    { match: "/plain/*", access: "public", origin: "service:ORIGIN" },
    { match: "/kept/*", access: "any", keep: true, origin: "service:ORIGIN" },
    { match: "/asked/*", access: "any", origin: "service:ORIGIN" },
  ],
};

let world, gate, token;
before(async () => {
  world = await start({ gates: { gate: { config, secrets } }, files });
  gate = world.gate;
  token = await gate.token(reports);
});
after(() => world?.stop());
beforeEach(() => gate.reset());

const reached = (...request) => arrived(world.origin, () => gate.send(...request));
const refused = (act) => withoutTrace(world.origin, act);

describe('paths = "as-sent"', () => {
  test("the origin gets the very path", async () => {
    for (const [path, headers] of [
      ["/npm/@scope%2fpkg", {}],
      ["/npm/a;b=c/d", {}],
      ["/proxy/https://images.example/a//b.png?x=//y", {}],
      ["/proxy/a%3Fb%23c", {}],
      ["/api/v4/projects/group%2Fproject/files/src%2Fmain.rs/raw?ref=main", bearer(token)],
    ]) {
      const { reply, entry } = await reached("GET", path, headers);
      assert.equal(reply.status, 200, path);
      assert.ok(entry.url.endsWith(path), `${path}: ${entry.url}`);
    }
  });

  test("what decides stays what decides, and a credential is needed as ever", async () => {
    for (const [path, status] of [
      ["/npm/-%2Fadmin/x", 400],
      ["/npm//-/admin/x", 400],
      ["/npm/-;a/admin/x", 400],
      ["/npm/..%2Fapi/v4/x", 400],
      ["/npm/x%2f..%2f..%2fapi", 400],
      ["/npm%2Fx", 400],
      ["/plain/a%2Fb", 400],
      ["/plain//a", 400],
      ["/api/v4/a%2Fb", 401],
    ]) {
      assert.equal((await refused(() => gate.get(path))).status, status, path);
    }
  });
});

describe('authorization = "pass"', () => {
  test("the origin gets a credential of its own, with an allow list of headers too", async () => {
    for (const target of ["/npm/x", "/listed/x"]) {
      for (const value of ["Basic YWxpY2U6c2VjcmV0", "Bearer npm_0123456789", 'Signature keyId="a"']) {
        const { entry } = await reached("GET", target, { Authorization: value });
        assert.equal(had(entry, "authorization"), value, target);
      }
    }
    const { entry } = await reached("GET", "/plain/x", { Authorization: "Basic YWxpY2U6c2VjcmV0" });
    assert.equal(had(entry, "authorization"), null, "elsewhere it stops");
  });

  test("what Postern has issued never gets there", async () => {
    const pair = `${reports.id}:${reports.secret}`;
    for (const value of [`Bearer ${token}`, `token ${token}`, `Basic ${Buffer.from(pair).toString("base64")}`]) {
      for (const target of ["/npm/x", "/listed/x"]) {
        const { entry } = await reached("GET", target, { Authorization: value });
        assert.equal(had(entry, "authorization"), null, `${target}: ${value.slice(0, 6)}`);
      }
    }
  });
});

test("a binding with a URL of its own gets the origin's URL, whatever the client says", async () => {
  const headers = { ...bearer(token), Host: "evil.example" };
  const { reply, entry } = await reached("POST", "/bound/a%20b?c=%2F", headers, "hello");
  assert.equal(reply.status, 200);
  assert.equal(entry.url, "https://db.internal:8443/bound/a%20b?c=%2F");
  assert.ok([null, "db.internal:8443"].includes(had(entry, "host")), `Host: ${had(entry, "host")}`);
  assert.equal(had(entry, "x-postern-subject"), "reports");
  assert.equal(reply.json.body, "hello");
  assert.equal((await refused(() => gate.get("/bound/x"))).status, 401);
});

describe("what a browser keeps from behind a login", () => {
  const cacheControl = async (target, headers) => {
    const query = headers.map((header) => `header=${encodeURIComponent(header)}`).join("&");
    return (await gate.get(`${target}?${query}`, bearer(token))).header("cache-control");
  };
  const SCRIPT = "Content-Type:text/javascript";

  test("an answer does not contradict itself", async () => {
    const lasting = "Cache-Control:public, max-age=31536000, immutable";
    assert.equal(await cacheControl("/asked/x.js", [SCRIPT, lasting]), "private, no-cache");
    assert.equal(await cacheControl("/asked/x", ["Content-Type:text/html", lasting]), "private, no-store");
  });

  test("with keep = true, hashed files are kept, and pages are not", async () => {
    const lasting = "Cache-Control:public, max-age=3600, immutable";
    assert.equal(await cacheControl("/kept/x.js", [SCRIPT, lasting]), "private, max-age=3600, immutable");
    assert.equal(await cacheControl("/kept/x.js", [SCRIPT]), "private, max-age=31536000, immutable");
    assert.equal(await cacheControl("/kept/x", ["Content-Type:text/html", lasting]), "private, no-store");
    const missing = await gate.get(
      `/kept/x.js?do=status&status=404&header=${encodeURIComponent(SCRIPT)}`,
      bearer(token),
    );
    assert.equal(missing.header("cache-control"), "private, no-cache");
  });
});

test("a script whose login has ended is told where the login is", async () => {
  const reply = await refused(() =>
    gate.get("/kept/x.js", { "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin" }),
  );
  assert.equal(reply.status, 401);
  const login = reply.header("postern-login");
  assert.match(login, /^(https:\/\/auth\.example\.com)?\/_postern\/login$/);
});
