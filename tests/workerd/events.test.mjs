// Tokens of another issuer that are ended here, in real workerd: by one call of the admin API, by a security event and a
// logout token that an independent library has signed, and by a request of Global Token Revocation. Two gates are two isolates
// that follow one log: `a` is told, and `b` refuses.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";

import { startScripted } from "../issuers/scripted.mjs";
import { API, bearer } from "./fixture.mjs";
import { digest, newKeys, newSecret, start } from "./harness.mjs";

const ISSUER = "https://gate.example.com";
const ADMIN = { id: "admin", secret: newSecret() };
const ENDPOINT = `${ISSUER}/_postern/events/acme`;
const REVOCATION = `${ISSUER}/_postern/global-token-revocation`;
const REVOKED = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const DISABLED = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";
const SECRET = "Bearer what-the-stream-sends";
/** The `max_staleness` of /weak/*, in seconds. */
const BUDGET = 2;

const keys = await generateKeyPair("RS256");
const other = await generateKeyPair("RS256");
let acme, world, a, b, admin, count;
before(async () => {
  acme = await startScripted({ "/jwks": { keys: [{ ...(await exportJWK(keys.publicKey)), kid: "k", alg: "RS256" }] } });
  acme.documents["/.well-known/ssf-configuration"] = { issuer: acme.issuer, jwks_uri: `${acme.issuer}/jwks` };
  const route = { access: "token", accept: ["acme"], audience: API, origin: "service:ORIGIN" };
  const config = {
    issuer: ISSUER,
    clients: [
      {
        id: ADMIN.id,
        secret_sha256: digest(ADMIN.secret),
        grants: ["client_credentials"],
        scopes: ["postern:admin"],
      },
    ],
    issuers: [{ id: "acme", issuer: acme.issuer, tokens: "jwt", audiences: [API] }],
    transmitters: [{ id: "acme", issuer: acme.issuer, authorization: "env:ACME_EVENTS" }],
    routes: [
      { ...route, match: "/strong/*", max_staleness: 0 },
      { ...route, match: "/weak/*", max_staleness: BUDGET },
    ],
  };
  const gate = { config, secrets: { POSTERN_KEYS: newKeys(), ACME_EVENTS: SECRET } };
  world = await start({ gates: { a: gate, b: gate }, servers: [new URL(acme.issuer).origin] });
  ({ a, b } = world.gates);
  admin = await a.token(ADMIN, { scope: "postern:admin" });
  count = 0;
});
after(async () => {
  await world?.stop();
  await acme?.stop();
});
beforeEach(() => {
  count += 1;
});

/** A token of this kind, signed by `acme`, or by another. */
async function signed(typ, claims, { key = keys.privateKey, lives = "5m", header = {} } = {}) {
  const jwt = new SignJWT({ iss: acme.issuer, jti: `${typ} ${count}`, ...claims });
  jwt.setProtectedHeader({ alg: "RS256", kid: "k", typ, ...header });
  if (claims.iat === undefined) jwt.setIssuedAt();
  if (lives) jwt.setExpirationTime(lives);
  return jwt.sign(key);
}

/** An access token of a person of this test, in a session of theirs. */
const access = (more = {}) =>
  signed("at+jwt", { aud: API, sub: `person ${count}`, sid: `session ${count}`, client_id: "app", ...more });

const subject = () => ({ format: "iss_sub", iss: acme.issuer, sub: `person ${count}` });
const session = () => ({ format: "complex", session: { format: "opaque", id: `session ${count}` }, user: subject() });

/** A security event token; SETs have no `exp`. */
const event = (type, sub_id, more = {}, options = {}) =>
  signed("secevent+jwt", { aud: ENDPOINT, sub_id, events: { [type]: {} }, ...more }, { lives: null, ...options });

const push = (token, headers = {}) =>
  a.send(
    "POST",
    "/_postern/events/acme",
    { "Content-Type": "application/secevent+jwt", Authorization: SECRET, ...headers },
    token,
  );

async function end(fields) {
  const reply = await a.form("/_postern/admin/sessions", fields, null, bearer(admin));
  assert.equal(reply.status, 200, reply.text);
}

const status = async (gate, path, token) => (await gate.get(path, bearer(token))).status;

async function isTaken(token) {
  for (const gate of [a, b]) {
    for (const path of ["/strong/x", "/weak/x"]) assert.equal(await status(gate, path, token), 200);
  }
}

/** A strong check in the other isolate refuses from the answer on, and then both know it; how long it took, in milliseconds. */
async function isRefused(token) {
  const ended = performance.now();
  const since = () => Math.round(performance.now() - ended);
  assert.equal(await status(b, "/strong/x", token), 401);
  const strong = since();
  for (const gate of [a, b]) assert.equal(await status(gate, "/weak/x", token), 401);
  return { strong };
}

/** Asks an isolate that has not asked the log since, until it refuses. */
async function becomesRefused(token) {
  const ended = performance.now();
  for (const deadline = Date.now() + 20_000; (await status(b, "/weak/x", token)) !== 401; ) {
    assert.ok(Date.now() < deadline, "it is still let in");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return Math.round(performance.now() - ended);
}

describe("one call of the admin API ends a JWT of another issuer", () => {
  const ways = {
    "by its jti": () => ({ issuer: "acme", jti: `at+jwt ${count}` }),
    "by the token itself": (token) => ({ token }),
    "by its session": () => ({ issuer: acme.issuer, sid: `session ${count}` }),
    "by its subject": () => ({ sub: `acme:person ${count}` }),
  };
  for (const [name, fields] of Object.entries(ways)) {
    test(name, async (t) => {
      const token = await access();
      await isTaken(token);
      await end(fields(token));
      // First, because a strong check brings the isolate's copy of the log up to now for both.
      const weak = await becomesRefused(token);
      const { strong } = await isRefused(token);
      t.diagnostic(`another isolate refused after ${weak} ms with max_staleness = ${BUDGET}, in ${strong} ms with 0`);
      await isTaken(await access({ jti: "other", sub: "somebody else", sid: "another" }));
    });
  }

  test("a whole issuer, until now", async () => {
    const token = await access();
    await isTaken(token);
    await end({ issuer: "acme" });
    await isRefused(token);
    await isTaken(await access({ jti: "later" }));
  });
});

describe("a security event that is pushed", () => {
  test("ends a session, and is taken again without an effect", async () => {
    const token = await access();
    const elsewhere = await access({ jti: "elsewhere", sid: "elsewhere" });
    await isTaken(token);
    const set = await event(REVOKED, session());
    for (const _ of "12") {
      const reply = await push(set);
      assert.deepEqual([reply.status, reply.text], [202, ""]);
    }
    await isRefused(token);
    await isTaken(elsewhere);
  });

  test("ends a person", async () => {
    const token = await access();
    const another = await access({ jti: "elsewhere", sid: "elsewhere" });
    await isTaken(token);
    assert.equal((await push(await event(DISABLED, subject()))).status, 202);
    for (const ended of [token, another]) await isRefused(ended);
  });

  test("is refused if it is none", async () => {
    const token = await access();
    const claims = { aud: ENDPOINT, sub_id: subject(), events: { [REVOKED]: {} } };
    const now = Math.floor(Date.now() / 1000);
    const unsecured = new UnsecuredJWT({ iss: acme.issuer, jti: "1", iat: now, ...claims }).encode();
    const bad = {
      "another audience": [
        await event(REVOKED, subject(), { aud: `${ISSUER}/_postern/events/other` }),
        "invalid_audience",
      ],
      "another issuer": [await event(REVOKED, subject(), { iss: ISSUER }), "invalid_issuer"],
      "another key": [await event(REVOKED, subject(), {}, { key: other.privateKey }), "invalid_key"],
      "alg none": [unsecured, "invalid_key"],
      "an access token": [
        await access({ events: { [REVOKED]: {} }, sub_id: subject(), aud: ENDPOINT }),
        "invalid_request",
      ],
      "an ID token": [await signed("JWT", claims), "invalid_request"],
      "of the future": [await event(REVOKED, subject(), { iat: now + 3_600 }), "invalid_request"],
      huge: [await event(REVOKED, subject(), { padding: "x".repeat(40_000) }), "invalid_request"],
    };
    for (const [name, [set, err]] of Object.entries(bad)) {
      const reply = await push(set);
      assert.equal(reply.status, 400, `${name}: ${reply.text}`);
      assert.equal(reply.json.err, err, name);
    }
    const good = await event(REVOKED, subject());
    for (const Authorization of ["Bearer else", ""]) {
      const reply = await push(good, { Authorization });
      assert.equal(reply.json.err, "authentication_failed");
    }
    await isTaken(token);
  });
});

test("a logout token of the issuer ends its session", async () => {
  const token = await access();
  await isTaken(token);
  const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
  const logout = (more) => signed("logout+jwt", { aud: API, sid: `session ${count}`, events, ...more });
  const tell = async (token) => (await a.form("/_postern/backchannel/acme", { logout_token: await token })).status;
  assert.equal(await tell(logout({ aud: "another" })), 400);
  assert.equal(await tell(logout({ nonce: "n" })), 400);
  assert.equal(await tell(access()), 400);
  await isTaken(token);
  assert.equal(await tell(logout({})), 200);
  await isRefused(token);
});

test("a request of Global Token Revocation ends a person", async () => {
  const token = await access();
  await isTaken(token);
  const ask = (bearer) =>
    a.send(
      "POST",
      "/_postern/global-token-revocation",
      { "Content-Type": "application/json", Authorization: `Bearer ${bearer}` },
      JSON.stringify({ sub_id: subject() }),
    );
  const type = "global-token-revocation+jwt";
  assert.equal((await ask(await signed(type, { aud: ENDPOINT }))).status, 401);
  assert.equal((await ask(token)).status, 401);
  await isTaken(token);
  assert.equal((await ask(await signed(type, { aud: REVOCATION, sub: "an app there" }))).status, 204);
  await isRefused(token);
});
