// Tokens of another issuer at the gate: a small issuer on this machine signs them with the platform's own cryptography.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";

import { arrived, assertGateUnavailable, challenge, had, withoutTrace } from "./assertions.mjs";
import { API, bearer, clients, config, files, secrets } from "./fixture.mjs";
import { freePort, start } from "./harness.mjs";

const { subtle } = globalThis.crypto;
const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const RSA = { ...RS256, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
const ES256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** An issuer that signs whatever it is told to, and counts what it is asked. */
async function startIssuer() {
  const [rsa, ec] = await Promise.all([
    subtle.generateKey(RSA, true, ["sign", "verify"]),
    subtle.generateKey(ES256, true, ["sign", "verify"]),
  ]);
  const keys = { rsa, ec };
  const published = async (kid, { publicKey }) => ({ ...(await subtle.exportKey("jwk", publicKey)), kid });
  const issuer = {
    url: `http://127.0.0.1:${await freePort()}`,
    /** How often each path was asked for. */
    asked: {},
    /** Whether it gives no answer. */
    isDown: false,
    set: [await published("rsa", rsa), await published("ec", ec)],
    /** What it would say of a token that was given out now. */
    claims: (now, more) => ({
      iss: issuer.url,
      aud: API,
      sub: "ann",
      client_id: "shop",
      iat: now,
      exp: now + 600,
      jti: crypto.randomUUID(),
      scope: "orders:read",
      ...more,
    }),
    async sign(claims, { kid = "rsa", header = {}, key = keys[kid] } = {}) {
      const algorithm = key.privateKey.algorithm.name === "ECDSA" ? "ES256" : "RS256";
      const head = { alg: algorithm, kid, typ: "at+jwt", ...header };
      const signed = `${encode(head)}.${encode(claims)}`;
      const signature = await subtle.sign(algorithm === "ES256" ? ES256 : RS256, key.privateKey, Buffer.from(signed));
      return `${signed}.${Buffer.from(signature).toString("base64url")}`;
    },
    keys,
  };
  const server = createServer((request, response) => {
    issuer.asked[request.url] = (issuer.asked[request.url] ?? 0) + 1;
    if (issuer.isDown) return request.socket.destroy();
    const documents = {
      "/.well-known/openid-configuration": { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` },
      "/keys": { keys: issuer.set },
    };
    const document = documents[request.url];
    response.writeHead(document === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(document ?? {}));
  });
  await new Promise((resolve) => server.listen(Number(new URL(issuer.url).port), "127.0.0.1", resolve));
  issuer.stop = () => server.close();
  return issuer;
}

let issuer, world, gate;
before(async () => {
  issuer = await startIssuer();
  const issuers = [{ id: "acme", issuer: issuer.url, tokens: "jwt", audiences: [API], types: ["at+jwt", "JWT"] }];
  issuers[0].claims = ["groups"];
  const foreign = { access: "token", accept: ["postern", "acme"], origin: "service:ORIGIN" };
  const routes = [
    { match: "/foreign/read/*", ...foreign, scopes: ["orders:read"] },
    { match: "/foreign/write/*", ...foreign, scopes: ["orders:write"] },
    { match: "/foreign/strong/*", ...foreign, max_staleness: 0 },
    { match: "/foreign/only/*", ...foreign, accept: ["acme"] },
    { match: "/foreign/staff/*", ...foreign, require: [{ claim: "groups", has: "staff" }], max_auth_age: 600 },
    { match: "/moved/header/*", ...foreign, token_from: { header: "x-api-token" } },
    { match: "/moved/cookie/*", ...foreign, token_from: { cookie: "session" } },
    ...config.routes,
  ];
  const gates = { gate: { config: { ...config, issuers, routes }, secrets }, other: null };
  gates.other = { ...gates.gate };
  world = await start({ gates, files, servers: [issuer.url] });
  gate = world.gate;
});
after(async () => {
  await world?.stop();
  issuer?.stop();
});
beforeEach(() => world.begin());

const refused = (act) => withoutTrace(world.origin, act);
const sent = (...request) => arrived(world.origin, () => gate.send(...request));

test("a JWT of an issuer that the route accepts opens it, and the origin sees whose it is", async () => {
  for (const kid of ["rsa", "ec"]) {
    const token = await issuer.sign(issuer.claims(gate.now), { kid });
    const { reply, entry } = await sent("GET", "/foreign/read/1", bearer(token));
    assert.equal(reply.status, 200, kid);
    assert.equal(had(entry, "x-postern-subject"), "acme:ann");
    assert.equal(had(entry, "x-postern-client"), "acme:shop");
    assert.equal(had(entry, "x-postern-scope"), "orders:read");
    assert.equal(had(entry, "authorization"), null);
  }
  assert.equal(issuer.asked["/keys"], 1, "the keys were asked for once");
});

test("it opens nothing where its issuer is not accepted, and our own open nothing where only it is", async () => {
  const token = await issuer.sign(issuer.claims(gate.now));
  const elsewhere = await refused(() => gate.get("/api/any/1", bearer(token)));
  assert.equal(elsewhere.status, 401);
  const own = await gate.token(clients.reader);
  assert.equal((await gate.get("/foreign/read/1", bearer(own))).status, 200);
  const only = await refused(() => gate.get("/foreign/only/1", bearer(own)));
  assert.equal(only.status, 401);
  assert.equal((await gate.get("/foreign/only/1", bearer(token))).status, 200);
});

test("what it may not do is refused as with our own tokens", async () => {
  const token = await issuer.sign(issuer.claims(gate.now));
  const reply = await refused(() => gate.get("/foreign/write/1", bearer(token)));
  assert.equal(reply.status, 403);
  assert.equal(challenge(reply).error, "insufficient_scope");
});

test("rules look at what its issuer says of a person, and the challenge says how to log in anew", async () => {
  const staff = (more) => ({ ...issuer.claims(gate.now), groups: ["staff"], auth_time: gate.now - 60, ...more });
  const ask = async (more) => gate.get("/foreign/staff/1", bearer(await issuer.sign(staff(more))));
  assert.equal((await ask({})).status, 200);
  for (const groups of [["guests"], [], null, "staff of another", { staff: null }]) {
    const reply = await refused(() => ask({ groups }));
    assert.deepEqual([reply.status, reply.json.error], [403, "access_denied"], JSON.stringify(groups));
  }
  for (const auth_time of [gate.now - 601, undefined]) {
    const reply = await refused(() => ask({ auth_time }));
    assert.equal(reply.status, 401);
    const { error, max_age } = challenge(reply);
    assert.deepEqual([error, max_age], ["insufficient_user_authentication", "600"]);
  }
});

test("what is not an access token of this issuer for this site is refused, and no log shows it", async () => {
  const good = issuer.claims(gate.now);
  const ours = issuer.keys.rsa;
  const other = await subtle.generateKey(RSA, true, ["sign", "verify"]);
  const publicKey = Buffer.from(await subtle.exportKey("spki", ours.publicKey));
  const hmac = await subtle.importKey("raw", publicKey, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const hs256 = `${encode({ alg: "HS256", kid: "rsa", typ: "at+jwt" })}.${encode(good)}`;
  const byHmac = Buffer.from(await subtle.sign("HMAC", hmac, Buffer.from(hs256))).toString("base64url");
  const none = `${encode({ alg: "none", typ: "at+jwt" })}.${encode(good)}.`;
  const twice = JSON.stringify(good).replace("{", `{"aud":"${API}",`);
  const jwk = await subtle.exportKey("jwk", other.publicKey);
  const tokens = {
    "alg none": none,
    "an HMAC with the public key": `${hs256}.${byHmac}`,
    "a key in the header": await issuer.sign(good, { key: other, header: { jwk, jku: `${issuer.url}/evil` } }),
    "another key under its name": await issuer.sign(good, { key: other }),
    "an unknown key": await issuer.sign(good, { kid: "new", key: other }),
    "another audience": await issuer.sign({ ...good, aud: "https://other.example.com" }),
    "an ID token": await issuer.sign({ ...good, nonce: "n" }, { header: { typ: "JWT" } }),
    "a logout token": await issuer.sign(good, { header: { typ: "logout+jwt" } }),
    "an assertion of Postern's": await issuer.sign(good, { header: { typ: "postern-assertion+jwt" } }),
    "an end as text": await issuer.sign({ ...good, exp: String(good.exp) }),
    "one that is over": await issuer.sign({ ...good, exp: gate.now - 1 }),
    "a member that is there twice": await issuer.sign(twice),
    "an extension": await issuer.sign(good, { header: { crit: ["exp"] } }),
    "a long name of a key": await issuer.sign(good, { kid: "x".repeat(8_000), key: ours }),
    "a token in a token": await issuer.sign(await issuer.sign(good), { header: { cty: "JWT" } }),
  };
  for (const [what, token] of Object.entries(tokens)) {
    const reply = await refused(() => gate.get("/foreign/read/1", bearer(token)));
    assert.equal(reply.status, 401, what);
    assert.equal(challenge(reply).error, "invalid_token", what);
    assert.equal((await world.logs.event("gate_refused", ({ path }) => path === "/foreign/read/1")).status, 401);
  }
  await world.logs.event("gate_refused", ({ reason, issuer }) => reason === "wrong_signature" && issuer === "acme");
  assert.equal(issuer.asked["/evil"], undefined);
  const log = JSON.stringify(world.logs.lines);
  for (const [what, token] of Object.entries(tokens)) {
    for (const part of token.split(".").slice(1)) assert.ok(part.length < 20 || !log.includes(part), what);
  }
});

test("while the issuer is down, the keys that are known count; before they are, nobody knows", async () => {
  issuer.isDown = true;
  try {
    const token = await issuer.sign(issuer.claims(gate.now));
    assert.equal((await gate.get("/foreign/read/1", bearer(token))).status, 200);
    const { other } = world.gates;
    assertGateUnavailable(await refused(() => other.get("/foreign/read/1", bearer(token))));
  } finally {
    issuer.isDown = false;
  }
});

test("for those who migrate, a token may be in another header, which the origin does not get", async () => {
  const token = await issuer.sign(issuer.claims(gate.now));
  const { reply, entry } = await sent("GET", "/moved/header/1", { "X-API-Token": token });
  assert.equal(reply.status, 200);
  assert.equal(had(entry, "x-postern-subject"), "acme:ann");
  assert.equal(had(entry, "x-api-token"), null);
  const two = await refused(() => gate.get("/moved/header/1", { "X-API-Token": token, ...bearer(token) }));
  assert.equal(two.status, 400);
  assert.equal(challenge(two).error, "invalid_request");
  const query = await refused(() => gate.get(`/moved/header/1?access_token=${token}`));
  assert.equal(query.status, 400);
  // On another route it is any header.
  const open = await sent("GET", "/public/1", { "X-API-Token": "mine" });
  assert.equal(had(open.entry, "x-api-token"), "mine");
});

test("or in a cookie, which counts only from pages of this site where something is changed", async () => {
  const token = await issuer.sign(issuer.claims(gate.now));
  const cookie = { Cookie: `theme=dark; session=${token}; lang=de` };
  const { reply, entry } = await sent("GET", "/moved/cookie/1", cookie);
  assert.equal(reply.status, 200);
  assert.equal(had(entry, "cookie"), "theme=dark; lang=de");
  assert.match(reply.header("vary"), /cookie/i);
  assert.equal((await refused(() => gate.send("POST", "/moved/cookie/1", cookie))).status, 403);
  const own = { ...cookie, Origin: "http://gate.example.com" };
  assert.equal((await gate.send("POST", "/moved/cookie/1", own)).status, 200);
  const other = { ...cookie, Origin: "https://evil.example" };
  assert.equal((await refused(() => gate.send("POST", "/moved/cookie/1", other))).status, 403);
});
