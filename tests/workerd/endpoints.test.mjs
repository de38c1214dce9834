// The endpoints over HTTP: each success and each error. What they all ask of a request is in
// forms.test.mjs.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { assertError, assertNoSecrets } from "./assertions.mjs";
import { API, clients, config, files, ISSUER, OTHER_API, secrets } from "./fixture.mjs";
import { start } from "./harness.mjs";

const GRANT = { grant_type: "client_credentials" };
const { reports, reader, brief, elsewhere, both, server, other_server } = clients;

let world, gate;
before(async () => {
  world = await start({ gates: { gate: { config, secrets } }, files });
  gate = world.gate;
});
after(() => world?.stop());
beforeEach(() => gate.reset());

const token = (fields, client, headers) => gate.form("/oauth/token", fields, client, headers);
const INACTIVE = '{"active":false}';

async function assertActive(plain, client = server) {
  const reply = await gate.introspect(plain, client);
  assert.equal(reply.status, 200);
  assert.equal(reply.json.active, true);
  return reply.json;
}
async function assertInactive(plain, client = server, fields = {}) {
  const reply = await gate.introspect(plain, client, fields);
  assert.equal(reply.status, 200);
  assert.equal(reply.text, INACTIVE, "RFC 7662 section 2.2: and nothing else");
}

/** What is left of a lifetime, in whole seconds: it began in the second in which the token was issued. */
function assertLeft(seconds, lifetime) {
  assert.ok(Number.isInteger(seconds) && seconds <= lifetime && seconds > lifetime - 10, `${seconds} of ${lifetime} s`);
}

describe("token", () => {
  test("success (RFC 6749 section 5.1)", async () => {
    const reply = await token(GRANT, reports);
    assert.equal(reply.status, 200);
    assert.equal(reply.header("content-type"), "application/json");
    assert.equal(reply.header("cache-control"), "no-store");
    const { access_token, expires_in, ...rest } = reply.json;
    assert.deepEqual(rest, { token_type: "Bearer", scope: "orders:read orders:write" });
    assertLeft(expires_in, 3600);
    assert.match(access_token, /^pst_at_[A-Za-z0-9_-]{87}$/);
    assertLeft((await token(GRANT, reader)).json.expires_in, 7200);
  });

  test("a lifetime shorter than the minute that KV takes at least", async () => {
    const reply = await token(GRANT, brief);
    assertLeft(reply.json.expires_in, 30);
    await assertActive(reply.json.access_token);
    await gate.clock(31);
    await assertInactive(reply.json.access_token);
  });

  test("tokens are never the same", async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => gate.token(reports)));
    assert.equal(new Set(tokens).size, 20);
  });

  test("a requested scope is narrowed, in any order; one that it may not have is invalid_scope", async () => {
    const scope = async (asked) => (await token({ ...GRANT, scope: asked }, reports)).json.scope;
    assert.equal(await scope("orders:read"), "orders:read");
    assert.deepEqual((await scope("orders:write orders:read")).split(" ").sort(), ["orders:read", "orders:write"]);
    for (const asked of ["orders:delete", "orders:read orders:delete", "Orders:read", "orders:", "*"]) {
      assertError(await token({ ...GRANT, scope: asked }, reports), 400, "invalid_scope", asked);
    }
    assert.equal(await scope(" orders:read  orders:write "), "orders:read orders:write");
    for (const malformed of ["  ", "orders:read\t", 'a"b', "a\\b", "é", "a\0"]) {
      assertError(
        await token({ ...GRANT, scope: malformed }, reports),
        400,
        "invalid_scope",
        JSON.stringify(malformed),
      );
    }
  });

  test("resource indicators (RFC 8707)", async () => {
    const audience = async (fields, client = both) => {
      const reply = await gate.form("/oauth/token", fields, client);
      assert.equal(reply.status, 200, reply.text);
      return (await assertActive(reply.json.access_token)).aud;
    };
    assert.deepEqual(await audience(GRANT), [API, OTHER_API], "all of them where it names none");
    assert.equal(await audience({ ...GRANT, resource: OTHER_API }), OTHER_API);
    assert.equal(await audience({ ...GRANT, resource: `${OTHER_API}/` }), OTHER_API, "RFC 3986 section 6.2.3");
    const twice = `grant_type=client_credentials&resource=${encodeURIComponent(API)}&resource=${encodeURIComponent(OTHER_API)}`;
    assert.deepEqual(await audience(twice), [API, OTHER_API], "section 2: it may be there several times");
    for (const resource of [
      "https://third.example.com",
      `${API}//`,
      `${API}/x`,
      `${API}#x`,
      "api",
      "/api",
      "https://",
      API.toUpperCase(),
    ]) {
      assertError(await token({ ...GRANT, resource }, reports), 400, "invalid_target", resource);
    }
    assertError(await token({ ...GRANT, resource: OTHER_API }, reports), 400, "invalid_target");
  });

  test("grant types", async () => {
    assertError(await token({ scope: "orders:read" }, reports), 400, "invalid_request", "none");
    assertError(await token({ grant_type: "" }, reports), 400, "invalid_request", "empty");
    for (const grant_type of ["password", "implicit", "Client_Credentials", "x"]) {
      assertError(
        await token({ grant_type, username: "u", password: "p" }, reports),
        400,
        "unsupported_grant_type",
        grant_type,
      );
    }
    for (const grant_type of ["authorization_code", "refresh_token"]) {
      assertError(await token({ grant_type }, reports), 400, "unauthorized_client", grant_type);
    }
    assertError(await token(GRANT, server), 400, "unauthorized_client", "a client without the grant");
  });

  test("an error never repeats what was sent", async () => {
    for (const fields of [
      { grant_type: "<b>pst_cs_x" },
      { ...GRANT, scope: "<b>pst_cs_x" },
      { ...GRANT, resource: "https://<b>pst_cs_x" },
    ]) {
      assert.doesNotMatch((await token(fields, reports)).text, /<b>|%3Cb|pst_cs_x/);
    }
  });
});

describe("introspect", () => {
  let plain;
  before(async () => {
    plain = await gate.token(reports, { scope: "orders:read" });
  });

  test("active (RFC 7662 section 2.2)", async () => {
    const at = Math.floor(Date.now() / 1000);
    const reply = await gate.introspect(await gate.token(reports, { scope: "orders:read" }), server);
    assert.equal(reply.header("content-type"), "application/json");
    assert.equal(reply.header("cache-control"), "no-store");
    const { iat, nbf, exp, jti, ...rest } = reply.json;
    assert.deepEqual(rest, {
      active: true,
      scope: "orders:read",
      client_id: "reports",
      token_type: "Bearer",
      sub: "reports",
      aud: API,
      iss: ISSUER,
    });
    assert.ok(iat >= at && iat <= at + 60, `${iat}`);
    assert.equal(nbf, iat);
    assert.equal(exp, iat + 3600);
    assert.match(jti, /^[A-Za-z0-9_-]{16,}$/);
  });

  test("a jti is of one token, and stays", async () => {
    const jti = async (plain) => (await assertActive(plain)).jti;
    assert.equal(await jti(plain), await jti(plain));
    assert.notEqual(await jti(plain), await jti(await gate.token(reports)));
  });

  test("inactive is one answer for everything (section 2.2)", async () => {
    const body = plain.slice(7);
    const flip = (text, at) => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
    const dead = {
      unknown: "x",
      "a JWT": "eyJhbGciOiJub25lIn0.e30.",
      "one of another kind": `pst_rt_${body}`,
      "a ticket": `pst_st_${body}`,
      "odd case": `PST_AT_${body}`,
      "no prefix": body,
      cut: plain.slice(0, -1),
      longer: `${plain}A`,
      "with space": ` ${plain}`,
      "with padding": `${plain}=`,
      "first byte flipped": flip(plain, 7),
      "middle flipped": flip(plain, 50),
      "end flipped": flip(plain, plain.length - 2),
      "non-ASCII": `${plain}é`,
      NUL: `${plain}\0`,
      long: "x".repeat(10_000),
    };
    await gate.resetCounts();
    for (const text of Object.values(dead)) await assertInactive(text);
    const counts = await gate.counts();
    assert.equal(counts["kv.get"], undefined, "what is not sealed by us costs no KV read");
  });

  test("expired: at the very second", async () => {
    const { exp } = await assertActive(plain);
    const left = exp - Math.floor(Date.now() / 1000);
    await gate.clock(left - 5);
    await assertActive(plain);
    await gate.clock(left);
    await assertInactive(plain);
    await gate.clock(left + 86_400);
    await assertInactive(plain);
  });

  test("no token", async () => {
    assertError(
      await gate.form("/oauth/introspect", { token_type_hint: "access_token" }, server),
      400,
      "invalid_request",
    );
    assertError(await gate.form("/oauth/introspect", { token: "" }, server), 400, "invalid_request");
  });

  test("no hint changes the answer (section 2.1)", async () => {
    for (const token_type_hint of ["access_token", "refresh_token", "nonsense", ""]) {
      assert.equal((await gate.introspect(plain, server, { token_type_hint })).json.active, true, token_type_hint);
      await assertInactive("x", server, { token_type_hint });
    }
  });

  test("a client that may not introspect gets no answer about any token (section 2.1)", async () => {
    const replies = [];
    for (const text of [plain, "x", await gate.token(elsewhere)]) {
      const reply = await gate.introspect(text, reports);
      assertError(reply, 401, "invalid_client");
      replies.push(`${reply.status} ${reply.text}`);
    }
    assert.equal(new Set(replies).size, 1, "the refusal depends on the token");
  });

  test("a token for another audience is inactive for a server that has its own (section 4)", async () => {
    await assertInactive(plain, other_server);
    assert.equal((await assertActive(await gate.token(elsewhere), other_server)).aud, OTHER_API);
    await assertActive(await gate.token(both), other_server);
    await assertInactive(await gate.token(both, { resource: API }), other_server);
  });

  test("a token in the query is not read", async () => {
    assertError(await gate.form(`/oauth/introspect?token=${plain}`, { x: "1" }, server), 400, "invalid_request");
  });
});

describe("revoke", () => {
  let plain;
  before(async () => {
    plain = await gate.token(reports);
  });

  test("a revoked token is inactive, and no other (RFC 7009 section 2.1)", async () => {
    const [one, other] = [await gate.token(reports), await gate.token(reports)];
    const reply = await gate.revoke(one, reports);
    assert.equal(reply.status, 200);
    assert.equal(reply.text, "");
    await assertInactive(one);
    await assertActive(other);
    assert.equal((await gate.revoke(one, reports)).status, 200, "again");
  });

  test("unknown, mangled and expired tokens get 200 (section 2.2)", async () => {
    const old = await gate.token(reports);
    for (const text of ["x", `${plain}A`, plain.slice(0, -3), `pst_rt_${plain.slice(7)}`]) {
      assert.equal((await gate.revoke(text, reports)).status, 200);
    }
    await assertActive(plain);
    await gate.clock(3_601);
    assert.equal((await gate.revoke(old, reports)).status, 200);
  });

  test("no hint keeps a token from being found (section 2.1)", async () => {
    for (const token_type_hint of ["access_token", "refresh_token", "nonsense"]) {
      const one = await gate.token(reports);
      assert.equal((await gate.revoke(one, reports, { token_type_hint })).status, 200);
      await assertInactive(one);
    }
  });

  test("another client's token is refused and stays good (section 2.1)", async () => {
    for (const other of [reader, server]) {
      const reply = await gate.revoke(plain, other);
      assert.equal(reply.status, 400, other.id);
      await assertActive(plain);
    }
  });

  test("no token", async () => {
    assertError(await gate.form("/oauth/revoke", { x: "1" }, reports), 400, "invalid_request");
  });

  test("a token that is revoked after it settled is found too", async () => {
    const one = await gate.token(reader);
    await gate.clock(3_000);
    await assertActive(one);
    assert.equal((await gate.revoke(one, reader)).status, 200);
    await assertInactive(one);
  });
});

describe("metadata and health", () => {
  const SERVER = "/.well-known/oauth-authorization-server";
  const RESOURCE = "/.well-known/oauth-protected-resource";

  test("of the authorization server (RFC 8414)", async () => {
    const reply = await gate.get(SERVER);
    assert.equal(reply.status, 200);
    assert.equal(reply.header("content-type"), "application/json");
    const metadata = reply.json;
    assert.equal(metadata.issuer, ISSUER);
    assert.equal(metadata.token_endpoint, `${ISSUER}/oauth/token`);
    assert.equal(metadata.introspection_endpoint, `${ISSUER}/oauth/introspect`);
    assert.equal(metadata.revocation_endpoint, `${ISSUER}/oauth/revoke`);
    for (const endpoint of ["token", "introspection", "revocation"]) {
      assert.deepEqual(
        metadata[`${endpoint}_endpoint_auth_methods_supported`].toSorted(),
        ["client_secret_basic", "client_secret_post"],
        endpoint,
      );
    }
    assert.ok(Array.isArray(metadata.response_types_supported));
    assert.deepEqual(metadata.grant_types_supported, ["client_credentials"]);
    for (const scope of ["orders:read", "orders:write"]) assert.ok(metadata.scopes_supported.includes(scope));
    for (const absent of ["authorization_endpoint", "jwks_uri", "registration_endpoint", "userinfo_endpoint"]) {
      assert.equal(metadata[absent], undefined, `${absent}: only what works is listed`);
    }
  });

  test("whatever host the request names, the issuer is the configured one", async () => {
    for (const headers of [
      { Host: "evil.example" },
      { "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http" },
    ]) {
      const reply = await gate.get(SERVER, headers);
      assert.equal(reply.json.issuer, ISSUER);
      assert.doesNotMatch(reply.text, /evil/);
    }
  });

  test("of the protected resource (RFC 9728)", async () => {
    const reply = await gate.get(RESOURCE, { Host: new URL(API).host });
    assert.equal(reply.status, 200);
    assert.equal(reply.json.resource, API);
    assert.deepEqual(reply.json.authorization_servers, [ISSUER]);
    assert.deepEqual(reply.json.bearer_methods_supported, ["header"]);
    assert.deepEqual(reply.json.scopes_supported.toSorted(), ["orders:read", "orders:write"]);
    assert.equal((await gate.get(`${RESOURCE}/no/such/resource`)).status, 404);
  });

  test("HEAD answers as GET without a body", async () => {
    for (const path of [SERVER, RESOURCE, "/_postern/health"]) {
      const reply = await gate.send("HEAD", path, { Host: new URL(ISSUER).host });
      assert.equal(reply.status, 200, path);
      assert.equal(reply.body.length, 0, path);
      assert.equal(reply.header("content-type"), "application/json", path);
    }
  });

  test("other methods get 405", async () => {
    for (const path of [SERVER, RESOURCE, "/_postern/health"]) {
      for (const method of ["POST", "PUT", "DELETE", "PROPFIND"]) {
        const reply = await gate.send(method, path, {}, "");
        assert.equal(reply.status, 405, `${method} ${path}`);
        assert.equal(reply.header("allow"), "GET, HEAD");
      }
    }
  });

  test("a query does not change whose path it is", async () => {
    assert.equal((await gate.get(`${SERVER}?x=1`)).json.issuer, ISSUER);
  });

  test("health", async () => {
    const reply = await gate.get("/_postern/health");
    assert.equal(reply.status, 200);
    assert.match(reply.header("cache-control"), /no-store/);
  });

  test("a path kept for Postern is not a route, even where one would match", async () => {
    for (const path of ["/_postern/", "/_postern/nothing", "/_postern/health/"]) {
      assert.equal((await gate.get(path)).status, 404, path);
    }
  });
});

test("the log has no token and no secret", () => assertNoSecrets(world.logs));
