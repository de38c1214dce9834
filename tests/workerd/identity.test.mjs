// What origins are told of who is there: in headers, and in a signed statement that `jose` verifies with the published keys.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";

import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";

import { newKey, signed, startScripted } from "../issuers/scripted.mjs";
import { arrived, assertGateUnavailable, assertUnavailable, had, withoutTrace } from "./assertions.mjs";
import { bearer, clients, files, ISSUER, secrets, config as whole } from "./fixture.mjs";
import { newKeys, start } from "./harness.mjs";
import { Connection, request } from "./http.mjs";
import { ticket } from "./tickets.mjs";

const { reports, server } = clients;

const [OLD, NEW] = [newKeys(1), newKeys(2)];
const URL_ORIGIN = "https://origin.example.net";
const ASSERTION = "x-postern-assertion";

const config = {
  ...whole,
  session_idle: 3_600,
  // Nobody logs in with it here: the tickets are made beside the Worker.
  providers: [{ id: "acme", issuer: "https://id.example.com", client_id: "postern", allow: "anyone" }],
};
const routes = [
  {
    match: "/told/*",
    access: "any",
    origin: "service:ORIGIN",
    identity: { "X-User": "subject", My_Client: "client", "X-Name": "username", "X-Issuer": "issuer" },
  },
  { match: "/untold/*", access: "token", origin: "service:ORIGIN", identity: {} },
  { match: "/signed/*", access: "any", max_staleness: 60, origin: "service:ORIGIN", assertion: true },
  { match: "/signed-url/*", access: "token", max_staleness: 60, origin: URL_ORIGIN, assertion: true },
  { match: "/signed-as/*", access: "token", origin: "zone", assertion: "orders" },
  { match: "/strong/*", access: "token", max_staleness: 0, origin: "service:ORIGIN", assertion: true },
  { match: "/streams/*", access: "any", cut_streams: true, origin: "service:ORIGIN", assertion: true },
  ...config.routes,
];

let world, gate, rotated, unsigned, plain, person;
before(async () => {
  const signing = (keys) => ({ config: { ...config, routes }, secrets: { ...secrets, POSTERN_SIGNING_KEYS: keys } });
  world = await start({
    gates: {
      gate: signing(OLD),
      rotated: signing(`${NEW},${OLD}`),
      unsigned: {
        config: { ...config, routes: [...config.routes, { match: "/*", access: "public", origin: "service:ORIGIN" }] },
        secrets,
        own: true,
      },
    },
    files,
  });
  ({ gate, rotated, unsigned } = world.gates);
  plain = await gate.token(reports);
});
after(() => world?.stop());
beforeEach(async () => {
  await world.begin();
  person = await ticket(world, 0, 3_600);
});

const sent = (at, ...request) => arrived(world.origin, () => at.send(...request));

/** The assertion that the origin got for a request. */
async function asserted(at, target, headers = bearer(plain)) {
  const { reply, entry } = await sent(at, "GET", target, headers);
  assert.equal(reply.status, 200);
  return had(entry, ASSERTION);
}

const keysOf = async (at) => createLocalJWKSet((await at.get("/.well-known/jwks.json")).json);

/** What an origin makes of an assertion: its claims, once everything about it is right. */
async function verified(at, jws, audience) {
  const options = { issuer: ISSUER, audience, typ: "postern-assertion+jwt", algorithms: ["ES256"] };
  const currentDate = new Date(at.now * 1000);
  return (await jwtVerify(jws, await keysOf(at), { ...options, currentDate })).payload;
}

describe("headers by name", () => {
  test("say what the route says, and nothing of what is not known", async () => {
    const { entry } = await sent(gate, "GET", "/told/x", { ...bearer(plain), "X-Name": "eve" });
    assert.equal(had(entry, "x-user"), "reports");
    assert.equal(had(entry, "my_client"), "reports");
    assert.equal(had(entry, "x-issuer"), ISSUER);
    assert.equal(had(entry, "x-name"), null);
    assert.equal(had(entry, "x-postern-subject"), null);
    const empty = await sent(gate, "GET", "/untold/x", bearer(plain));
    assert.deepEqual(
      empty.entry.headers.filter(([name]) => /^x-(postern|user)/.test(name)),
      [],
    );
  });

  test("of a person too, whose cookie stays here", async () => {
    const { entry } = await sent(gate, "GET", "/told/x", person.headers);
    assert.equal(had(entry, "x-user"), "person-0");
    assert.equal(had(entry, "my_client"), "postern");
    assert.equal(had(entry, "cookie"), null);
  });

  test("a client cannot send them, on any route and in any spelling", async () => {
    const spellings = [
      "X-User",
      "X_User",
      "x.user",
      "X~USER",
      "My-Client",
      "my_client",
      "X_Issuer",
      "X-Postern_Assertion",
    ];
    for (const target of ["/public/x", "/api/any/x", "/untold/x", "/url/x", "/told/x"]) {
      for (const name of spellings) {
        const { entry } = await sent(gate, "GET", target, { ...bearer(plain), [name]: "eve" });
        assert.ok(!entry.headers.some(([, value]) => value.includes("eve")), `${name} on ${target}`);
      }
    }
    const { entry } = await sent(gate, "GET", "/public/x", { "X-Users": "eve" });
    assert.equal(had(entry, "x-users"), "eve");
  });
});

describe("an assertion", () => {
  test("says who a program is, and verifies with the published keys", async () => {
    const jws = await asserted(gate, "/signed/x");
    assert.deepEqual(decodeProtectedHeader(jws), { alg: "ES256", kid: "1", typ: "postern-assertion+jwt" });
    const { iat, exp, sid, ...claims } = await verified(gate, jws, "service:ORIGIN");
    assert.deepEqual(claims, {
      iss: ISSUER,
      aud: "service:ORIGIN",
      sub: "reports",
      client_id: "reports",
      scope: "orders:read orders:write",
    });
    assert.ok(Math.abs(iat - gate.now) <= 1 && exp - iat === 60, `${iat} to ${exp}, at ${gate.now}`);
    assert.match(sid, /^[\w-]{22}$/);
  });

  test("says who a person is", async () => {
    const claims = await verified(gate, await asserted(gate, "/signed/x", person.headers), "service:ORIGIN");
    assert.equal(claims.sub, "person-0");
    assert.equal(claims.client_id, "postern");
    assert.equal(claims.sid, person.session);
  });

  test("is for one origin alone", async () => {
    for (const [target, audience] of [
      ["/signed/x", "service:ORIGIN"],
      ["/signed-url/x", URL_ORIGIN],
      ["/signed-as/x", "orders"],
    ]) {
      const jws = await asserted(gate, target);
      assert.equal((await verified(gate, jws, audience)).aud, audience);
      await assert.rejects(verified(gate, jws, "another"), /aud/);
    }
  });

  test("lasts five seconds at least, and no longer than it says", async () => {
    const jws = await asserted(gate, "/strong/x");
    const { iat, exp } = await verified(gate, jws, "service:ORIGIN");
    assert.equal(exp - iat, 5);
    await gate.clock(6);
    await assert.rejects(verified(gate, jws, "service:ORIGIN"), /exp/);
    await verified(gate, await asserted(gate, "/strong/x"), "service:ORIGIN");
  });

  test("a forged one never arrives", async () => {
    for (const name of ["X-Postern-Assertion", "x_postern_assertion", "X-Postern.Assertion"]) {
      for (const target of ["/signed/x", "/public/x", "/api/any/x"]) {
        const { entry } = await sent(gate, "GET", target, { ...bearer(plain), [name]: "forged" });
        assert.ok(!entry.headers.some(([, value]) => value.includes("forged")), `${name} on ${target}`);
      }
    }
  });

  test("is made once for a session and origin, and beside a request when half of its life is over", async () => {
    const token = await gate.token(reports);
    await gate.resetCounts();
    const first = await asserted(gate, "/signed/x", bearer(token));
    const all = await Promise.all(Array.from({ length: 20 }, () => gate.get("/signed/x", bearer(token))));
    assert.ok(all.every(({ status }) => status === 200));
    assert.equal((await gate.counts()).sign, 1);
    await gate.clock(29);
    assert.equal(await asserted(gate, "/signed/x", bearer(token)), first);
    assert.equal((await gate.counts()).sign, 1);
    await gate.clock(31);
    assert.equal(await asserted(gate, "/signed/x", bearer(token)), first, "nobody waits for the next one");
    await gate.counted("sign", 2);
    const second = await asserted(gate, "/signed/x", bearer(token));
    assert.notEqual(second, first);
    assert.equal((await gate.counts()).sign, 2);
    // The record is opened again after a minute.
    await gate.clock(95);
    assert.notEqual(await asserted(gate, "/signed/x", bearer(token)), second);
    assert.equal((await gate.counts()).sign, 3);
    assert.ok(((await gate.counts())["import of pkcs8"] ?? 0) <= 1, "the key is imported once");
  });

  test("that cannot be signed is 503, and nothing reaches the origin", async () => {
    const token = await gate.token(reports);
    await gate.faults({ sign: "throw" });
    const reply = await withoutTrace(world.origin, () => gate.get("/signed/x", bearer(token)));
    assertGateUnavailable(reply);
    await world.logs.event("dependency_unavailable", ({ dependency }) => dependency === "platform cryptography");
    assert.equal((await gate.get("/api/any/x", bearer(token))).status, 200, "other routes go on");
    await gate.faults();
    await verified(gate, await asserted(gate, "/signed/x", bearer(token)), "service:ORIGIN");
  });

  test("goes along with a ticket that is renewed, and with an answer that is cut", async () => {
    const half = await ticket(world, -1_800, 1_800);
    await half.begin();
    await gate.clock(61);
    const { reply, entry } = await sent(gate, "GET", "/signed/x", half.headers);
    assert.match(reply.header("set-cookie") ?? "", /^__Host-postern-session=/);
    await verified(gate, had(entry, ASSERTION), "service:ORIGIN");
    await verified(gate, await asserted(gate, "/streams/x"), "service:ORIGIN");
  });

  test("goes along with a WebSocket", async () => {
    const upgrade = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version": "13",
    };
    for (const target of ["/signed/ws", "/streams/ws"]) {
      await world.origin.clear();
      const connection = new Connection(gate.url);
      try {
        connection.write(request("GET", target, { ...upgrade, ...bearer(plain) }));
        const opened = await connection.until((got) => got.includes("\r\n\r\n") && got.toString("latin1"));
        assert.match(opened, /^HTTP\/1\.1 101 /, target);
        const [entry] = await world.origin.seen();
        await verified(gate, had(entry, ASSERTION), "service:ORIGIN");
      } finally {
        connection.close();
      }
    }
  });
});

test("a token of another issuer: who issued it", async () => {
  const theirs = await startScripted();
  const key = newKey("ec", "theirs");
  theirs.documents["/jwks"] = { keys: [key.jwk] };
  const accept = ["elsewhere"];
  const other = await start({
    gates: {
      gate: {
        config: {
          ...config,
          issuers: [{ id: "elsewhere", issuer: theirs.issuer, tokens: "jwt", audiences: ["https://api.example.com"] }],
          routes: [
            {
              match: "/told/*",
              access: "token",
              accept,
              origin: "service:ORIGIN",
              identity: { "X-User": "subject", "X-Issuer": "issuer" },
              assertion: true,
            },
            ...config.routes,
          ],
        },
        secrets: { ...secrets, POSTERN_SIGNING_KEYS: OLD },
      },
    },
    servers: [theirs.issuer],
  });
  try {
    const claims = { iss: theirs.issuer, aud: "https://api.example.com", sub: "7", client_id: "app" };
    const iat = other.gate.now;
    const token = signed(key, { typ: "at+jwt", alg: "ES256", kid: "theirs" }, { ...claims, iat, exp: iat + 600 });
    const { reply, entry } = await arrived(other.origin, () => other.gate.get("/told/x", bearer(token)));
    assert.equal(reply.status, 200, reply.text);
    assert.equal(had(entry, "x-user"), "elsewhere:7");
    assert.equal(had(entry, "x-issuer"), theirs.issuer);
    const said = await verified(other.gate, had(entry, ASSERTION), "service:ORIGIN");
    assert.deepEqual([said.iss, said.token_iss, said.sub], [ISSUER, theirs.issuer, "elsewhere:7"]);
    assert.equal(said.client_id, "elsewhere:app");
  } finally {
    await other.stop();
    await theirs.stop();
  }
});

describe("keys", () => {
  test("all are published, for everyone and for a while", async () => {
    const reply = await rotated.get("/.well-known/jwks.json");
    assert.equal(reply.status, 200);
    assert.equal(reply.header("cache-control"), "public, max-age=300");
    assert.equal(reply.header("access-control-allow-origin"), "*");
    assert.deepEqual(
      reply.json.keys.map(({ kid, kty, crv, use, alg }) => ({ kid, kty, crv, use, alg })),
      ["2", "1"].map((kid) => ({ kid, kty: "EC", crv: "P-256", use: "sig", alg: "ES256" })),
    );
    assert.doesNotMatch(reply.text, /"d"/);
    const metadata = (await rotated.get("/.well-known/oauth-authorization-server")).json;
    assert.equal(metadata.jwks_uri, `${ISSUER}/.well-known/jwks.json`);
    assert.deepEqual(metadata.introspection_signing_alg_values_supported, ["ES256"]);
    assert.equal((await rotated.send("POST", "/.well-known/jwks.json")).status, 405);
  });

  test("rotate: what the old one has signed and what the new one signs both verify", async () => {
    const [before, after] = [await asserted(gate, "/signed/x"), await asserted(rotated, "/signed/x")];
    assert.equal(decodeProtectedHeader(before).kid, "1");
    assert.equal(decodeProtectedHeader(after).kid, "2");
    await verified(rotated, before, "service:ORIGIN");
    await verified(rotated, after, "service:ORIGIN");
    await assert.rejects(verified(gate, after, "service:ORIGIN"), { code: "ERR_JWKS_NO_MATCHING_KEY" });
  });

  test("where there are none, their path is the site's own", async () => {
    const { entry } = await sent(unsigned, "GET", "/.well-known/jwks.json");
    assert.equal(new URL(entry.url).pathname, "/.well-known/jwks.json");
    const metadata = (await unsigned.get("/.well-known/oauth-authorization-server")).json;
    assert.equal(metadata.jwks_uri, undefined);
  });

  test("one that is none is refused with the whole configuration", async () => {
    const wrong = await start({
      gates: {
        gate: { config, secrets: { ...secrets, POSTERN_SIGNING_KEYS: `1:${Buffer.alloc(32).toString("base64url")}` } },
      },
    });
    try {
      assert.equal((await wrong.gate.get("/public/x")).status, 500);
      const { problems } = await wrong.logs.event("configuration_refused");
      assert.match(problems[0], /^POSTERN_SIGNING_KEYS: .*P-256/);
    } finally {
      await wrong.stop();
    }
  });
});

describe("a signed answer of introspection (RFC 9701)", () => {
  const SIGNED = "application/token-introspection+jwt";
  const asked = (at, token) => at.form("/oauth/introspect", { token }, server, { Accept: SIGNED });

  test("verifies, and is for the caller alone", async () => {
    const reply = await asked(gate, plain);
    assert.equal(reply.header("content-type"), SIGNED);
    const options = {
      issuer: ISSUER,
      audience: "server",
      typ: "token-introspection+jwt",
      currentDate: new Date(gate.now * 1000),
    };
    const { payload } = await jwtVerify(reply.text, await keysOf(gate), options);
    assert.deepEqual(Object.keys(payload).sort(), ["aud", "iat", "iss", "token_introspection"]);
    assert.deepEqual(payload.token_introspection, (await gate.introspect(plain, server)).json);
    const unknown = await asked(gate, `pst_at_${randomBytes(60).toString("base64url")}`);
    const { payload: inactive } = await jwtVerify(unknown.text, await keysOf(gate), options);
    assert.deepEqual(inactive.token_introspection, { active: false });
    await assert.rejects(jwtVerify(reply.text, await keysOf(gate), { ...options, audience: "reader" }));
  });

  test("is plain where there is no key, and 503 where it cannot be signed", async () => {
    const reply = await unsigned.form("/oauth/introspect", { token: "x" }, server, { Accept: SIGNED });
    assert.deepEqual(reply.json, { active: false });
    await gate.faults({ sign: "throw" });
    assertUnavailable(await asked(gate, plain));
  });
});
