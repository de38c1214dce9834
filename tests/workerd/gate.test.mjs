// The gate over HTTP: who gets in, with which method, and what a refusal says.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { arrived, assertNoSecrets, challenge, had, withoutTrace } from "./assertions.mjs";
import { API, bearer, clients, config, files, IDENTITY, ISSUER, OTHER_API, secrets } from "./fixture.mjs";
import { start } from "./harness.mjs";

const { reports, reader, elsewhere, both } = clients;
/** Where the resource of most routes is. */
const AT_API = { Host: new URL(API).host };
const METADATA = "https://api.example.com/.well-known/oauth-protected-resource";

let world, gate, plain, read_only;
before(async () => {
  const audience = "urn:example:api";
  const routes = [{ match: "/urn/*", access: "token", audience, origin: "service:ORIGIN" }, ...config.routes];
  const withUrn = config.clients.map((client) =>
    client.id === clients.brief.id ? { ...client, audiences: [...client.audiences, audience] } : client,
  );
  world = await start({
    gates: {
      gate: { config: { ...config, routes, clients: withUrn }, secrets },
      quiet: { config: { ...config, log_refusals: false }, secrets },
    },
    files,
  });
  gate = world.gate;
  plain = await gate.token(reports);
  read_only = await gate.token(reader);
});
after(() => world?.stop());
beforeEach(() => gate.reset());

const refused = (act) => withoutTrace(world.origin, act);

/** Sends one request; the answer, and what the origin got of it. */
const sent = (...request) => arrived(world.origin, () => gate.send(...request));

describe("who gets in", () => {
  test("public: everyone, and nobody is named", async () => {
    const { reply, entry } = await sent("GET", "/public/x");
    assert.equal(reply.status, 200);
    for (const name of IDENTITY) assert.equal(had(entry, name), null);
    assert.equal(reply.header("cache-control"), null, "a public answer stays as it is");
  });

  test("public: a token that came along is neither looked at nor handed on", async () => {
    for (const value of [`Bearer ${plain}`, "Bearer nonsense", "Basic YTpi"]) {
      const { reply, entry } = await sent("GET", "/public/x", { Authorization: value });
      assert.equal(reply.status, 200);
      assert.equal(had(entry, "authorization"), null);
      for (const name of IDENTITY) assert.equal(had(entry, name), null);
    }
  });

  test("token: a good one, and the origin sees whose it is", async () => {
    const { reply, entry } = await sent("GET", "/api/read/orders?from=1&to=%202", bearer(plain));
    assert.equal(reply.status, 200);
    assert.equal(new URL(entry.url).pathname + new URL(entry.url).search, "/api/read/orders?from=1&to=%202");
    assert.equal(had(entry, "x-postern-subject"), "reports");
    assert.equal(had(entry, "x-postern-client"), "reports");
    assert.deepEqual(had(entry, "x-postern-scope").split(" ").toSorted(), ["orders:read", "orders:write"]);
    assert.match(had(entry, "x-postern-session"), /^[A-Za-z0-9_-]{22}$/);
    assert.equal(had(entry, "authorization"), null);
    assert.ok(!JSON.stringify(entry).includes(plain.slice(10, 40)), "the token reached the origin");
  });

  test("the scheme is compared without case (RFC 9110 section 11.1)", async () => {
    for (const scheme of ["bearer", "BEARER", "bEaReR", "Bearer  "]) {
      const { reply } = await sent("GET", "/api/read/x", { Authorization: `${scheme} ${plain}` });
      assert.equal(reply.status, 200, scheme);
    }
  });

  test("nothing presented: 401 with a bare challenge (RFC 6750 section 3.1, RFC 9728 section 5.1)", async () => {
    for (const headers of [{}, { Authorization: "" }]) {
      const reply = await refused(() => gate.get("/api/read/x", { ...AT_API, ...headers }));
      assert.equal(reply.status, 401);
      const { error, error_description, resource_metadata } = challenge(reply);
      assert.equal(error, undefined);
      assert.equal(error_description, undefined);
      assert.equal(resource_metadata, METADATA);
      assert.match(reply.header("cache-control") ?? "", /no-store/);
    }
  });

  test("a credential of another scheme is not a token", async () => {
    for (const value of ["Basic YTpi", "DPoP x", "Bearerx y", `Token ${plain}`]) {
      const reply = await refused(() => gate.get("/api/read/x", { Authorization: value }));
      assert.equal(reply.status, 401, value);
      challenge(reply);
    }
  });

  test("a bad token: 401 invalid_token, the same for every reason", async () => {
    const dead = await gate.token(reports);
    assert.equal((await gate.revoke(dead, reports)).status, 200);
    const flipped = plain.slice(0, 50) + (plain[50] === "A" ? "B" : "A") + plain.slice(51);
    const answers = new Set();
    for (const text of [dead, flipped, "x", `pst_rt_${plain.slice(7)}`, plain.slice(0, -1)]) {
      const reply = await refused(() => gate.get("/api/strong/x", { ...AT_API, ...bearer(text) }));
      assert.equal(reply.status, 401);
      assert.equal(challenge(reply).error, "invalid_token");
      assert.equal(challenge(reply).resource_metadata, METADATA);
      answers.add(`${reply.header("www-authenticate")} ${reply.text}`);
    }
    assert.equal(answers.size, 1, "a client can tell why");
  });

  test("an expired token", async () => {
    const { json } = await gate.introspect(plain, clients.server);
    await gate.clock(json.exp - Math.floor(Date.now() / 1000));
    const reply = await refused(() => gate.get("/api/read/x", bearer(plain)));
    assert.equal(reply.status, 401);
    assert.equal(challenge(reply).error, "invalid_token");
  });

  test("a scope missing: 403 insufficient_scope with what is needed (section 3.1)", async () => {
    const headers = { ...AT_API, ...bearer(read_only) };
    const reply = await refused(() => gate.send("POST", "/api/write/x", headers, "body"));
    assert.equal(reply.status, 403);
    const { error, scope, resource_metadata } = challenge(reply);
    assert.equal(error, "insufficient_scope");
    assert.deepEqual(scope.split(" ").toSorted(), ["orders:read", "orders:write"], "all of them are needed");
    assert.equal(resource_metadata, METADATA);
    assert.equal((await sent("POST", "/api/write/x", bearer(plain), "body")).reply.status, 200);
  });

  test("an audience that is another one", async () => {
    const theirs = await gate.token(elsewhere);
    for (const [target, token] of [
      ["/api/read/x", theirs],
      ["/api/any/x", theirs],
      ["/api/other/x", plain],
    ]) {
      const reply = await refused(() => gate.get(target, bearer(token)));
      assert.equal(reply.status, 401, target);
      assert.equal(challenge(reply).error, "invalid_token");
    }
    assert.equal((await sent("GET", "/api/other/x", bearer(theirs))).reply.status, 200);
    const wide = await gate.token(both);
    for (const target of ["/api/read/x", "/api/other/x"])
      assert.equal((await sent("GET", target, bearer(wide))).reply.status, 200);
    const reply = await refused(() => gate.get("/api/other/x", { Host: "other.example.com" }));
    assert.equal(challenge(reply).resource_metadata, `${OTHER_API}/.well-known/oauth-protected-resource`);
  });

  test("deny: whatever it brings", async () => {
    for (const headers of [{}, bearer(plain), bearer("x")]) {
      const reply = await refused(() => gate.get("/denied/x", headers));
      assert.equal(reply.status, 403);
    }
  });

  test("no route: refused, not passed on", async () => {
    for (const target of [
      "/",
      "/api",
      "/api/",
      "/api/read",
      "/public",
      "/publicx/y",
      "/nothing",
      "/API/read/x",
      "/oauth/tokens",
    ]) {
      const reply = await refused(() => gate.get(target, bearer(plain)));
      assert.ok([403, 404].includes(reply.status), `${target}: ${reply.status}`);
    }
  });
});

describe("methods", () => {
  test("one that the route does not take: 405 with Allow", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY"]) {
      const reply = await refused(() => gate.send(method, "/api/read/x", bearer(plain), ""));
      assert.equal(reply.status, 405, method);
      assert.deepEqual(reply.header("allow").split(", ").toSorted(), ["GET", "HEAD", "PROPFIND"], method);
    }
  });

  test("GET admits HEAD; a method is the one that was sent", async () => {
    for (const method of ["GET", "HEAD", "PROPFIND"]) {
      const { reply, entry } = await sent(method, "/api/read/x", bearer(plain));
      assert.equal(reply.status, 200, method);
      assert.equal(entry.method, method);
    }
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "QUERY", "TRACE"]) {
      const { entry } = await sent(method, "/api/any/x", bearer(plain));
      assert.equal(entry.method, method);
    }
  });

  test("HEAD answers as GET without a body, where it is refused too", async () => {
    const { reply } = await sent("HEAD", "/api/read/x?do=conditional&header=Content-Length:18", bearer(plain));
    assert.equal(reply.header("content-length"), "18");
    assert.equal(reply.body.length, 0);
    const [head, get] = [await gate.send("HEAD", "/api/read/x"), await gate.get("/api/read/x")];
    assert.equal(head.status, get.status);
    assert.equal(head.header("www-authenticate"), get.header("www-authenticate"));
    assert.equal(head.body.length, 0);
  });

  test("an OPTIONS request without credentials does not get past the gate", async () => {
    for (const target of ["/api/any/x", "/browser/pass/x", "/browser/answer/x"]) {
      const reply = await refused(() => gate.send("OPTIONS", target));
      assert.equal(reply.status, 401, target);
    }
  });
});

describe("preflight", () => {
  const preflight = {
    Origin: "https://app.example.com",
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "authorization",
  };

  test("refused, unless the route says otherwise", async () => {
    const reply = await refused(() => gate.send("OPTIONS", "/api/any/x", preflight));
    assert.equal(reply.status, 401);
    assert.equal(reply.header("access-control-allow-origin"), null);
  });

  test("passed on, without identity and without body", async () => {
    const spoof = { "X-Postern-Subject": "admin", ...bearer(plain) };
    const { reply, entry } = await sent("OPTIONS", "/browser/pass/x", { ...preflight, ...spoof }, "a body");
    assert.equal(reply.status, 200);
    for (const name of [...IDENTITY, "authorization"]) assert.equal(had(entry, name), null, name);
    assert.equal(had(entry, "origin"), "https://app.example.com");
    assert.ok(!entry.bytes, "the body went on");
  });

  test("answered for the origins that may call", async () => {
    const reply = await refused(() => gate.send("OPTIONS", "/browser/answer/x", preflight));
    assert.equal(reply.status, 204);
    assert.equal(reply.header("access-control-allow-origin"), "https://app.example.com");
    assert.match(reply.header("access-control-allow-headers") ?? "", /authorization/i);
    assert.match(reply.header("access-control-allow-methods") ?? "", /PUT/);
    assert.match(reply.header("vary") ?? "", /Origin/i);
    assert.equal(reply.body.length, 0);
  });

  test("not answered for others", async () => {
    for (const origin of [
      "https://evil.example",
      "https://app.example.com.evil.example",
      "http://app.example.com",
      "null",
      "https://app.example.com:8443",
      "HTTPS://APP.EXAMPLE.COM",
    ]) {
      const reply = await refused(() => gate.send("OPTIONS", "/browser/answer/x", { ...preflight, Origin: origin }));
      assert.equal(reply.header("access-control-allow-origin"), null, origin);
    }
  });

  test("a request that only looks like a preflight needs a token like any other", async () => {
    const almost = [
      ["OPTIONS", { Origin: preflight.Origin }],
      ["OPTIONS", { "Access-Control-Request-Method": "PUT" }],
      ["GET", preflight],
      ["POST", preflight],
    ];
    for (const [method, headers] of almost) {
      for (const target of ["/browser/pass/x", "/browser/answer/x"]) {
        const reply = await refused(() => gate.send(method, target, headers));
        assert.equal(reply.status, 401, `${method} ${target}`);
      }
    }
  });

  test("the gate's own refusals can be read by a web origin that may call", async () => {
    const allowed = await refused(() => gate.get("/browser/answer/x", { Origin: "https://app.example.com" }));
    assert.equal(allowed.status, 401);
    assert.equal(allowed.header("access-control-allow-origin"), "https://app.example.com");
    const other = await refused(() => gate.get("/browser/answer/x", { Origin: "https://evil.example" }));
    assert.equal(other.header("access-control-allow-origin"), null);
  });
});

test("where the resource is said to be is where its metadata is, and nothing is said anywhere else", async () => {
  for (const [target, resource] of [
    ["/api/read/x", API],
    ["/api/other/x", OTHER_API],
  ]) {
    const { host } = new URL(resource);
    const url = new URL(challenge(await gate.get(target, { Host: host })).resource_metadata);
    assert.equal(url.host, host);
    const metadata = (await gate.get(url.pathname, { Host: url.host })).json;
    assert.equal(metadata.resource, resource);
    assert.deepEqual(metadata.authorization_servers, [ISSUER]);
  }
  // A resource that has no URL, or not this one (RFC 9728 section 3.3).
  for (const [target, host] of [
    ["/urn/x", "auth.example.com"],
    ["/api/read/x", "other.example.com"],
    ["/api/other/x", "auth.example.com"],
  ]) {
    assert.deepEqual(challenge(await gate.get(target, { Host: host })), { realm: ISSUER }, `${host}${target}`);
  }
  assert.equal((await gate.get("/.well-known/oauth-protected-resource", { Host: "third.example.com" })).status, 404);
});

test("with log_refusals each refusal has a line, without the token", async () => {
  world.logs.clear();
  await gate.get("/api/read/x?y=z", bearer(`pst_at_${"x".repeat(87)}`));
  const event = await world.logs.event("gate_refused");
  assert.equal(event.status, 401);
  assert.equal(event.route, "/api/read/*");
  assert.deepEqual([event.method, event.path], ["GET", "/api/read/x"]);
  assert.doesNotMatch(JSON.stringify(world.logs.lines), /xxxx|pst_at_/);
});

test("without it there is none", async () => {
  world.logs.clear();
  assert.equal((await world.gates.quiet.get("/api/read/x")).status, 401);
  await gate.get("/api/read/x");
  await world.logs.event("gate_refused"); // the one of the other gate, which came later
  assert.equal(world.logs.events("gate_refused").length, 1);
});

test("the log has no token and no secret", () => assertNoSecrets(world.logs));
