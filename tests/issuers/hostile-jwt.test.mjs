// JWTs that somebody made to get in, against real workerd. The table is in hostile-tokens.mjs.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertNoSecrets } from "../workerd/assertions.mjs";
import { API, startGate } from "./gate.mjs";
import { hostileTokens } from "./hostile-tokens.mjs";
import { newKey, now, signed, startScripted } from "./scripted.mjs";

const KID = "the key of acme";
const key = newKey("rsa", KID);
const ec = newKey("ec", "another key of acme");
const rival = newKey("rsa", KID);
const stranger = newKey("rsa", KID);

let acme, rivals, tried, header, claims, good, tokens;
before(async () => {
  acme = await startScripted({ "/jwks": { keys: [key.jwk, ec.jwk] }, "/evil": { keys: [stranger.jwk] } });
  rivals = await startScripted({ "/jwks": { keys: [rival.jwk] } });
  const table = ({ issuer }, id) => ({ id, issuer, tokens: "jwt", audiences: [API] });
  tried = await startGate({ issuers: [table(acme, "acme"), table(rivals, "rivals")] });
  header = { alg: key.alg, typ: "at+jwt", kid: KID };
  const common = { aud: API, sub: "carol", client_id: "webapp", scope: "orders:read", jti: "1" };
  claims = { iss: acme.issuer, iat: now(), exp: now() + 3_600, ...common };
  good = signed(key, header, claims);
  const keysUrl = `${acme.issuer}/evil`;
  tokens = hostileTokens({ header, claims, key, ec, rival, stranger, rivalIssuer: rivals.issuer, keysUrl });
});
after(async () => {
  await tried?.stop();
  await acme?.stop();
  await rivals?.stop();
});

test("the one that they are made of is taken", async () => {
  const { subject, client, scope } = await tried.taken(good);
  assert.deepEqual(
    { subject, client, scope },
    { subject: "acme:carol", client: "acme:webapp", scope: ["orders:read"] },
  );
  await tried.taken(signed(rival, header, { ...claims, iss: rivals.issuer }));
});

// The table needs the keys' issuer, which is known once it runs: the names come first.
test("each is refused, and nothing of it reaches the origin", async (t) => {
  for (const [name, token] of Object.entries(tokens)) {
    await t.test(name, async () => {
      assert.notEqual(token, good);
      const reply = await tried.world.origin.clear().then(() => tried.get(token));
      assert.ok([400, 401, 431].includes(reply.status), `${reply.status} ${reply.text.slice(0, 300)}`);
      assert.deepEqual(await tried.world.origin.seen(), [], "it left a trace at the origin");
      assert.doesNotMatch(reply.text, /panicked|RuntimeError|unreachable|\.rs:|wasm/i, "something broke inside");
    });
  }
  await tried.taken(good);
});

test("what is written otherwise and says the same is taken", async () => {
  const like = (changes, more = {}) => signed(key, { ...header, ...more }, { ...claims, ...changes });
  for (const [name, token] of Object.entries({
    "no typ": like({}, { typ: undefined }),
    "typ JWT": like({}, { typ: "JWT" }),
    "typ in other letters, whole": like({}, { typ: "application/AT+JWT" }),
    "a list of audiences": like({ aud: ["https://elsewhere.example.com", API] }),
    "no kid, and one key of the kind": like({}, { kid: undefined }),
    "exp with a fraction": like({ exp: claims.exp + 0.5 }),
    "optional members that are null": like({ nbf: null, acr: null, amr: null, auth_time: null }),
    "iat a few seconds ahead": like({ iat: now() + 20, nbf: now() + 20 }),
    // It counts for `max_lifetime` then.
    "exp that is larger than any": like({ exp: 1e300 }),
    "a member of the header that nobody knows": like({}, { zip: "DEF", more: 1 }),
    "a claim that nobody knows": like({ more: { deep: [1, 2, { a: null }] } }),
    ES256: signed(ec, { ...header, alg: "ES256", kid: ec.kid }, claims),
  })) {
    await t(name, token);
  }
  async function t(name, token) {
    const reply = await tried.get(token);
    assert.equal(reply.status, 200, `${name}: ${reply.status} ${reply.text}`);
  }
});

test("a token that was ended does not count with another signature of the same key", async () => {
  const { jti: _, ...nameless } = claims;
  const token = signed(ec, { ...header, alg: "ES256", kid: ec.kid }, { ...nameless, sub: "dave" });
  const [head, body, end] = token.split(".");
  // With s, n - s is a signature too (P-256).
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const bytes = Buffer.from(end, "base64url");
  const other = (order - BigInt(`0x${bytes.subarray(32).toString("hex")}`)).toString(16).padStart(64, "0");
  const again = `${head}.${body}.${Buffer.concat([bytes.subarray(0, 32), Buffer.from(other, "hex")]).toString("base64url")}`;
  await tried.taken(token);
  await tried.end({ token });
  await tried.refused(token, 401, "/strong/x");
  await tried.refused(again, 401, "/strong/x");
});

test("no key was looked for where a token said, and the keys were asked for a few times in all", () => {
  assert.equal(acme.count("/evil"), 0);
  assert.ok(acme.count("/jwks") <= 3, `${acme.count("/jwks")} times`);
  assert.ok(acme.count("/.well-known/openid-configuration") <= 3);
});

test("the log has no token", () => {
  for (const { message } of tried.world.logs.all) assert.ok(!/eyJ[A-Za-z0-9_-]{20}/.test(message), message);
  assertNoSecrets(tried.world.logs);
});
