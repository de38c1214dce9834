// Opaque tokens of another issuer, which is asked what they mean (RFC 7662): an issuer that answers as ZITADEL does, with a
// key file of its form, and one that signs its answers (RFC 9701). And what becomes of it when an issuer is slow, down, lies,
// changes its mind, or is to be flooded.

import assert from "node:assert/strict";
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, beforeEach, describe, test } from "node:test";

import { arrived, assertGateUnavailable, challenge, had, withoutTrace } from "./assertions.mjs";
import { bearer, secrets, config as whole } from "./fixture.mjs";
import { start } from "./harness.mjs";
import { Connection, request } from "./http.mjs";

const PROJECT = "284615012345678901";
const ROLES = "urn:zitadel:iam:org:project:roles";
const TIMEOUT = 400;

const client = generateKeyPairSync("rsa", { modulusLength: 2048 });
const KEY_FILE = JSON.stringify({
  type: "application",
  keyId: "81693565968962154",
  key: client.privateKey.export({ type: "pkcs1", format: "pem" }),
  appId: "78366403256846242",
  clientId: "78366401571920522@acme",
});
const signing = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** What an issuer says of a token, and what it was asked. */
const said = new Map();
const asked = [];
/** What goes wrong with it: `(response) => ...` answers in its place. */
let trouble;

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (part) => JSON.parse(Buffer.from(part, "base64url"));

/** Whether the issuer would take this assertion, as ZITADEL's own code looks at it. */
function isClient(form, base) {
  const [header, claims, signature] = (form.get("client_assertion") ?? "..").split(".");
  const signed = Buffer.from(`${header}.${claims}`);
  const holds = verify("RSA-SHA256", signed, client.publicKey, Buffer.from(signature, "base64url"));
  const { iss, sub, aud, exp, iat, jti } = decode(claims);
  return (
    holds &&
    decode(header).kid === "81693565968962154" &&
    form.get("client_assertion_type") === "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" &&
    [iss, sub].every((id) => id === "78366401571920522@acme") &&
    aud === base &&
    iat <= gate.now &&
    exp > gate.now &&
    exp - iat < 120 &&
    jti.length > 20
  );
}

const server = createServer(async (incoming, response) => {
  const base = `http://127.0.0.1:${server.address().port}`;
  const json = (status, body) =>
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  const path = incoming.url;
  if (path === "/.well-known/openid-configuration")
    return json(200, { issuer: base, introspection_endpoint: `${base}/introspect`, jwks_uri: `${base}/keys` });
  if (path === "/keys")
    return json(200, { keys: [{ ...signing.publicKey.export({ format: "jwk" }), kid: "s1", alg: "ES256" }] });
  const form = new URLSearchParams(Buffer.concat(await incoming.toArray()).toString());
  const token = form.get("token");
  asked.push({ token, path, accept: incoming.headers.accept });
  if (trouble) return trouble(response);
  const isSigned = path === "/signed";
  const basic = `Basic ${Buffer.from("gate:s%3Acret").toString("base64")}`;
  if (isSigned ? incoming.headers.authorization !== basic : !isClient(form, base))
    return json(400, { error: "unauthorized_client" });
  const answer = said.get(token) ?? { active: false };
  if (!isSigned) return json(200, answer);
  const claims = { iss: `${base}/signing`, aud: "gate", iat: gate.now, token_introspection: answer };
  const text = `${encode({ alg: "ES256", kid: "s1", typ: "token-introspection+jwt" })}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(text), { key: signing.privateKey, dsaEncoding: "ieee-p1363" });
  return response.writeHead(200).end(`${text}.${signature.toString("base64url")}`);
});

let world, gate;
before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${server.address().port}`;
  const opaque = { tokens: "opaque", audiences: [PROJECT] };
  const api = { access: "token", accept: ["postern", "zitadel"], max_staleness: 30, origin: "service:ORIGIN" };
  const config = {
    ...whole,
    outage_grace: 120,
    store_timeout_ms: TIMEOUT,
    issuers: [
      {
        ...opaque,
        id: "zitadel",
        issuer: base,
        client_key: "env:ZITADEL_KEY",
        scope_claim: ["scope", ROLES],
        claims: [ROLES],
      },
      {
        ...opaque,
        id: "signing",
        issuer: `${base}/signing`,
        client_id: "gate",
        client_secret: "env:SIGNING_SECRET",
        introspection_endpoint: `${base}/signed`,
        jwks_uri: `${base}/keys`,
        signed_introspection: true,
      },
    ],
    routes: [
      { match: "/api/*", ...api },
      { match: "/reader/*", ...api, scopes: ["reader"] },
      { match: "/strong/*", ...api, max_staleness: 0 },
      { match: "/cached/*", ...api, on_outage: "allow_cached" },
      { match: "/signed/*", ...api, accept: ["signing"] },
      { match: "/own/*", access: "token", origin: "service:ORIGIN" },
      { match: "/stream/*", ...api, max_staleness: 1, cut_streams: true },
    ],
  };
  const issuerSecrets = { ZITADEL_KEY: KEY_FILE, SIGNING_SECRET: "s:cret" };
  world = await start({ gates: { gate: { config, secrets: { ...secrets, ...issuerSecrets } } }, servers: [base] });
  ({ gate } = world);
});
after(async () => {
  await world?.stop();
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  trouble = undefined;
  said.clear();
  await world.begin();
  world.logs.clear();
  asked.length = 0;
});

let number = 0;
/** A token that the issuer has given out, and what it says of it. */
function given(change = {}) {
  const token = `opaque-${number++}`;
  const now = gate.now;
  said.set(token, {
    active: true,
    scope: "openid profile",
    client_id: "78366401571920999@acme",
    token_type: "Bearer",
    exp: now + 3_600,
    iat: now,
    nbf: now,
    sub: "163840776835432705",
    aud: ["78366401571920999@acme", PROJECT],
    iss: `http://127.0.0.1:${server.address().port}`,
    jti: `V1_${token}`,
    username: "ann@acme.example",
    [ROLES]: { reader: { 284615012345670000: "acme.example" } },
    ...change,
  });
  return token;
}

const from = (address, token) => ({ ...bearer(token), "CF-Connecting-IP": address });
const get = (target, token, address = "192.0.2.1") => gate.get(target, from(address, token));
const status = async (target, token, address) => (await get(target, token, address)).status;

describe("a token of ZITADEL", () => {
  test("opens what its scopes and roles open, and says who it is", async () => {
    const token = given();
    const { entry } = await arrived(world.origin, () => get("/reader/x", token));
    assert.equal(had(entry, "x-postern-subject"), "zitadel:163840776835432705");
    assert.equal(had(entry, "x-postern-client"), "zitadel:78366401571920999@acme");
    assert.equal(await status("/api/x", token), 200);
    assert.deepEqual(
      asked.map(({ token, accept }) => [token, accept]),
      [[token, "application/json"]],
      "it is asked once",
    );
    assert.equal(await status("/own/x", token), 401, "where it is not accepted");
    const without = given({ [ROLES]: null });
    const reply = await withoutTrace(world.origin, () => get("/reader/x", without));
    assert.equal(reply.status, 403);
    assert.equal(challenge(reply).error, "insufficient_scope");
  });

  test("that is new is asked about once, however many requests bring it", async () => {
    const token = given();
    trouble = (response) => setTimeout(() => response.end(JSON.stringify(said.get(token))), 100);
    const statuses = await Promise.all(Array.from({ length: 40 }, () => status("/api/x", token)));
    assert.deepEqual(new Set(statuses), new Set([200]));
    assert.equal(asked.length, 1);
  });

  test("is asked about beside a request at half its age, and refused when the issuer has changed its mind", async () => {
    const token = given();
    assert.equal(await status("/api/x", token), 200);
    await gate.clock(14);
    assert.equal(await status("/api/x", token), 200);
    assert.equal(asked.length, 1);
    said.set(token, { active: false });
    await gate.clock(16);
    assert.equal(await status("/api/x", token), 200, "what was said 16 seconds ago");
    for (const deadline = Date.now() + 10_000; (await status("/api/x", token)) === 200; )
      assert.ok(Date.now() < deadline, "the answer that came beside it is never heard");
    assert.equal(asked.length, 2);
    assert.equal(await status("/api/x", token), 401);
    assert.equal(asked.length, 2, "a no is remembered");
  });

  test("is asked about each time where the route says 0", async () => {
    const token = given();
    for (let n = 0; n < 3; n++) assert.equal(await status("/strong/x", token), 200);
    said.set(token, { active: false });
    const reply = await withoutTrace(world.origin, () => get("/strong/x", token));
    assert.equal(reply.status, 401);
    assert.equal(challenge(reply).error, "invalid_token");
    assert.equal(asked.length, 4);
  });

  test("that is for others, or of another kind, opens nothing", async () => {
    for (const [change, reason] of [
      [{ aud: ["another"] }, "wrong_audience"],
      [{ aud: null }, "missing_claim"],
      [{ iss: "https://evil.example" }, "unknown_issuer"],
      [{ exp: gate.now }, "expired"],
      [{ token_use: "refresh_token" }, "wrong_type"],
    ]) {
      world.logs.clear();
      const reply = await withoutTrace(world.origin, () => get("/api/x", given(change)));
      assert.equal(reply.status, 401, JSON.stringify(change));
      assert.equal((await world.logs.event("gate_refused")).reason, reason);
    }
  });

  test("ends a stream when the issuer says so", async () => {
    const token = given();
    const connection = new Connection(gate.url);
    connection.write(request("GET", "/stream/x?do=events", bearer(token)));
    await connection.until((received) => received.includes("200"));
    said.set(token, { active: false });
    const received = await connection.until((bytes, closed) => closed && bytes.toString("latin1"));
    assert.match(received, /^HTTP\/1.1 200/);
    assert.equal((await world.logs.event("stream_cut")).reason, "inactive");
  });
});

describe("an issuer in trouble", () => {
  const troubles = {
    "that hangs": [() => {}, /no answer within/],
    "that is down": [(response) => response.destroy(), /introspection/],
    "with an error of its own": [(response) => response.writeHead(500).end('{"active":false}'), /status 500/],
    "with a page": [(response) => response.end("<html>"), /not a JSON object/],
    "that redirects": [(response) => response.writeHead(302, { Location: "/x" }).end(), /redirect/],
    "that does not know Postern": [
      (response) => response.writeHead(401).end('{"error":"invalid_client"}'),
      /does not take client_id/,
    ],
    "that contradicts itself": [(response) => response.end('{"active":false,"active":true}'), /there once/],
    "that does not say yes or no": [(response) => response.end('{"active":"true"}'), /true or false/],
  };
  for (const [name, [answer, cause]] of Object.entries(troubles)) {
    test(`${name}: 503, and never a no`, async () => {
      const [known, unknown] = [given(), given()];
      assert.equal(await status("/cached/x", known), 200);
      trouble = answer;
      assertGateUnavailable(await withoutTrace(world.origin, () => get("/api/x", unknown)));
      const event = await world.logs.event("dependency_unavailable");
      assert.match(event.cause, /^zitadel: /);
      assert.match(event.cause, cause);
      assert.equal(await status("/api/x", known), 200, "what is known needs nobody");
      await gate.clock(40);
      assertGateUnavailable(await withoutTrace(world.origin, () => get("/api/x", known)));
      assert.equal(await status("/cached/x", known), 200, "as the route says");
      assert.ok(await world.logs.event("cached_session_allowed"));
      trouble = undefined;
      await gate.clock(55);
      assert.equal(await status("/api/x", unknown), 200, "afterwards");
    });
  }

  test("is not asked ever more often", async () => {
    trouble = (response) => response.writeHead(502).end();
    for (let n = 0; n < 100; n++) assertGateUnavailable(await get("/api/x", given()));
    assert.ok(asked.length <= 10, `${asked.length}`);
  });
});

test("a flood of made-up tokens is none at the issuer, and touches nobody else", async () => {
  const [known, good] = [given(), given()];
  assert.equal(await status("/strong/x", known), 200);
  asked.length = 0;
  const replies = [];
  for (let n = 0; n < 300; n++) replies.push(await get("/api/x", `made-up-${n}`, "2001:db8:0:1::1"));
  const few = asked.length;
  assert.ok(few >= 30 && few < 60, `${few}`);
  const limited = replies.filter((reply) => reply.status === 429);
  assert.equal(limited.length, 300 - few);
  for (const reply of limited) {
    assert.match(reply.header("retry-after"), /^[1-9]\d*$/);
    assert.equal(reply.header("www-authenticate"), null, "it is not said that the token is wrong");
  }
  assert.equal(await status("/api/x", good, "2001:db8:0:1:ffff::2"), 429, "the same network");
  assert.equal(await status("/strong/x", known, "2001:db8:0:1::1"), 200, "a token that is known");
  assert.equal(await status("/api/x", good, "2001:db8:0:2::1"), 200, "another network");
});

test("answers that the issuer has signed", async () => {
  const iss = `http://127.0.0.1:${server.address().port}/signing`;
  const token = given({ iss });
  assert.equal(await status("/signed/x", token), 200);
  assert.equal(asked[0].accept, "application/token-introspection+jwt");
  assert.equal(await status("/signed/x", "made-up"), 401);
  trouble = (response) => response.end(JSON.stringify(said.get(token)));
  assertGateUnavailable(await get("/signed/x", given({ iss })));
  assert.match((await world.logs.event("dependency_unavailable")).cause, /is not signed/);
});
