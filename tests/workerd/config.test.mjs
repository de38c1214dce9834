// A wrong configuration: every request gets 500 with a body that never varies, and the log says what
// to write. Run on the entry as it is deployed.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { bearer, clients, config, files, secrets } from "./fixture.mjs";
import { start } from "./harness.mjs";

const { reports } = clients;
const [route] = config.routes;
const withRoute = (changes) => ({
  ...config,
  routes: [...config.routes, { match: "/new/*", access: "public", origin: "assets", ...changes }],
});
const withClient = (changes) => ({
  ...config,
  clients: [{ ...config.clients[0], ...changes }, ...config.clients.slice(1)],
});
const last = `routes[${config.routes.length}]`;

const ANN = "ann:$argon2id$v=19$m=19456,t=2,p=1$y3MrEhW9s3dnJOCCLfQRuw$Omz1wW4n2SKbgBGewG6Hgmy45vZf5Bh2hXKYXs5j1hs";

/** Wrong configurations, and the key that the log must name. */
const wrong = {
  "no configuration at all": [{ config: undefined }, "postern.toml"],
  "a configuration that is not a table": [{ config: "issuer" }, "postern.toml"],
  "an unknown key": [{ config: { ...config, isuer: "x" } }, "isuer"],
  "an unknown key in a route": [{ config: withRoute({ acess: "token" }) }, `${last}.acess`],
  "an unknown key in a client": [{ config: withClient({ secret: "x" }) }, "clients[0].secret"],
  "an issuer over http": [{ config: { ...config, issuer: "http://auth.example.com" } }, "issuer"],
  "an issuer with a path": [{ config: { ...config, issuer: "https://auth.example.com/" } }, "issuer"],
  "no routes": [{ config: { ...config, routes: [] } }, "routes"],
  "an unknown kind of access": [{ config: withRoute({ access: "pubic" }) }, `${last}.access`],
  "no access": [{ config: withRoute({ access: undefined }) }, `${last}.access`],
  "a scope that no client may have": [
    { config: withRoute({ access: "token", scopes: ["orders:raed"] }) },
    `${last}.scopes`,
  ],
  "an audience that no client may have": [
    { config: withRoute({ access: "token", audience: "https://third.example.com" }) },
    `${last}.audience`,
  ],
  "a route that can never match": [
    { config: { ...config, routes: [...config.routes, { ...route, match: "/public/more/*" }] } },
    `${last}.match`,
  ],
  "a route for what Postern answers itself": [{ config: withRoute({ match: "/oauth/token" }) }, `${last}.match`],
  "a bad glob": [{ config: withRoute({ match: "new/*" }) }, `${last}.match`],
  "an unknown origin": [{ config: withRoute({ origin: "asets" }) }, `${last}.origin`],
  "an origin over http": [{ config: withRoute({ origin: "http://origin.example.net" }) }, `${last}.origin`],
  "a service that is not bound": [{ config: withRoute({ origin: "service:ORIGNI" }) }, `${last}.origin`],
  "a staleness beyond the limit": [
    { config: withRoute({ access: "token", max_staleness: 301 }) },
    `${last}.max_staleness`,
  ],
  "a secret instead of its digest": [
    { config: withClient({ secret_sha256: clients.reports.secret }) },
    "clients[0].secret_sha256",
  ],
  "a digest in a secret that does not exist": [
    { config: withClient({ secret_sha256: "env:NOWHERE" }) },
    "clients[0].secret_sha256",
  ],
  "two clients with one id": [{ config: { ...config, clients: [...config.clients, config.clients[0]] } }, "clients["],
  "no keys": [{ secrets: {} }, "POSTERN_KEYS"],
  "malformed keys": [{ secrets: { POSTERN_KEYS: "1:c2hvcnQ" } }, "POSTERN_KEYS"],
  "no KV namespace": [{ without: ["POSTERN_SESSIONS"] }, "POSTERN_SESSIONS"],
  "no coordinators": [{ without: ["POSTERN_COORDINATORS"] }, "POSTERN_COORDINATORS"],
  "no people": [{ without: ["POSTERN_PEOPLE"] }, "POSTERN_PEOPLE"],
  "no revocation log": [{ without: ["POSTERN_REVOCATION_LOG"] }, "POSTERN_REVOCATION_LOG"],
  "accounts, and no object that checks passwords": [
    { secrets: { ...secrets, POSTERN_USERS: ANN }, without: ["POSTERN_ACCOUNTS"] },
    "POSTERN_ACCOUNTS",
  ],
  "accounts, and nothing that counts attempts": [
    { secrets: { ...secrets, POSTERN_USERS: ANN }, without: ["POSTERN_LOGIN_LIMIT"] },
    "POSTERN_LOGIN_LIMIT",
  ],
  "no assets": [{ without: ["ASSETS"] }, "origin"],
  "no service": [{ without: ["ORIGIN"] }, "origin"],
};

const NAMES = Object.keys(wrong);
const REQUESTS = [
  ["GET", "/public/x"],
  ["GET", "/api/any/x"],
  ["GET", "/site/page.html"],
  ["GET", "/nothing"],
  ["GET", "/a//b"],
  ["POST", "/oauth/token"],
  ["POST", "/oauth/introspect"],
  ["GET", "/.well-known/oauth-authorization-server"],
  ["GET", "/_postern/health"],
  ["OPTIONS", "/api/any/x"],
];

let world;
before(async () => {
  const gates = { right: { config, secrets, entry: "built" } };
  NAMES.forEach((name, at) => {
    gates[`wrong${at}`] = { config, secrets, ...wrong[name][0], entry: "built" };
  });
  world = await start({ gates, files });
});
after(() => world?.stop());

const bodies = new Set();

describe("every request is refused, and the log says why", () => {
  NAMES.forEach((name, at) => {
    test(name, async () => {
      const gate = world.gates[`wrong${at}`];
      world.logs.clear();
      await world.origin.clear();
      for (const [method, target] of REQUESTS) {
        const reply = await gate.send(method, target, bearer("x"));
        assert.equal(reply.status, 500, `${method} ${target}: ${reply.text}`);
        assert.equal(reply.header("content-type"), "application/json");
        assert.match(reply.header("cache-control") ?? "", /no-store/);
        bodies.add(reply.text);
      }
      assert.deepEqual(await world.origin.seen(), []);
      const { problems } = await world.logs.event("configuration_refused");
      const key = wrong[name][1];
      assert.ok(
        problems.some((problem) => problem.startsWith(key) || problem.split(":")[0].endsWith(key)),
        `${key} is not named: ${problems.join("\n")}`,
      );
      for (const secret of [clients.reports.secret, secrets.POSTERN_KEYS.slice(2)]) {
        assert.ok(!JSON.stringify(world.logs.lines).includes(secret), "the log has a secret");
      }
    });
  });

  test("with one body for all of them", () => {
    assert.equal(bodies.size, 1, [...bodies].join("\n"));
    assert.doesNotMatch([...bodies][0], /POSTERN|issuer|routes|clients\[/);
  });
});

test("the right one works beside them, on the entry as it is deployed", async () => {
  const gate = world.gates.right;
  const token = await gate.token(reports);
  assert.equal((await gate.get("/api/strong/x", bearer(token))).status, 200);
  assert.equal((await gate.revoke(token, reports)).status, 200);
  assert.equal((await gate.get("/api/strong/x", bearer(token))).status, 401);
  assert.deepEqual(
    world.logs.events("configuration_refused").filter((event) => event.problems.length === 0),
    [],
  );
});

test("many requests at once, from the first one on", async () => {
  const gate = world.gates.right;
  const tokens = await Promise.all(Array.from({ length: 10 }, () => gate.token(reports)));
  const replies = await Promise.all(
    tokens.flatMap((token) => Array.from({ length: 5 }, () => gate.get("/api/any/x", bearer(token)))),
  );
  assert.deepEqual(new Set(replies.map((reply) => reply.status)), new Set([200]));
});
