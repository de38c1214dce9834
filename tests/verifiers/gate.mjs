// What the gate does for its origins, as the tests can bend it: it signs assertions, and publishes its keys.
//
// Job: assertions by the contract of docs/origin.md and every wrong one that the table needs, with `jose`; a server for the
// key set that counts, fails and rotates. Not its job: what becomes of them.

import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";

export const ISSUER = "https://gate.example";
export const AUDIENCE = "https://origin.example";

const TYP = "postern-assertion+jwt";

const seconds = () => Math.floor(Date.now() / 1000);
const base64url = (value) => Buffer.from(value).toString("base64url");
const json = (value) => base64url(JSON.stringify(value));

/** A signing key with this id. */
export async function newKey(kid) {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" };
  return { kid, privateKey, jwk, pem: await exportSPKI(publicKey) };
}

/** The claims of an assertion; `undefined` takes one out. */
export function claims(more = {}) {
  const now = seconds();
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: "zitadel:248",
    client_id: "postern",
    sid: base64url(randomBytes(16)),
    scope: "orders:read orders:write",
    iat: now,
    exp: now + 60,
    username: "Zoë",
    claims: { groups: ["staff"] },
    ...more,
  };
}

/** An assertion as the gate signs it, except for what `more` and `header` change. */
export async function sign(key, more = {}, header = {}) {
  const signer = new SignJWT(claims(more)).setProtectedHeader({ typ: TYP, alg: "ES256", kid: key.kid, ...header });
  return signer.sign(key.privateKey);
}

/** The same with HMAC: what a verifier takes that believes the header's `alg`. */
function hmac(key, secret) {
  const signed = `${json({ typ: TYP, alg: "HS256", kid: key.kid })}.${json(claims())}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** What must be refused: a name, and the headers to send. */
export async function wrong(key) {
  const stranger = await newKey(key.kid);
  const right = await sign(key);
  const [head, body, signature] = right.split(".");
  const now = seconds();
  const sent = {
    "an empty one": "",
    "no JWT": "abc",
    "one that has expired": await sign(key, { iat: now - 120, exp: now - 60 }),
    "one that never expires": await sign(key, { exp: undefined }),
    "one without an issuer": await sign(key, { iss: undefined }),
    "one of another issuer": await sign(key, { iss: "https://gate.example.net" }),
    "one of an issuer that begins alike": await sign(key, { iss: `${ISSUER}.evil.example` }),
    "one for another audience": await sign(key, { aud: "https://origin.example.net" }),
    "one for no audience": await sign(key, { aud: undefined }),
    "one by another key under the same id": await sign(stranger),
    "one by a key that is not published": await sign(await newKey("stranger")),
    "one that brings its own key": await sign(await newKey("stranger"), {}, { jwk: stranger.jwk }),
    "alg none": `${json({ typ: TYP, alg: "none", kid: key.kid })}.${body}.`,
    "alg none with the signature of a right one": `${json({ typ: TYP, alg: "none", kid: key.kid })}.${body}.${signature}`,
    "HS256 with the public key as PEM": hmac(key, key.pem),
    "HS256 with the public key as JSON": hmac(key, JSON.stringify(key.jwk)),
    "HS256 with the public point": hmac(key, Buffer.from(key.jwk.x, "base64url")),
    "another typ": await sign(key, {}, { typ: "JWT" }),
    "no typ": await sign(key, {}, { typ: undefined }),
    "an ID token": await sign(key, { nonce: "n", auth_time: now }, { typ: "JWT" }),
    "an answer of introspection": await sign(
      key,
      { token_introspection: { active: true, sub: "ann" } },
      { typ: "token-introspection+jwt" },
    ),
    "another body under the signature": `${head}.${json(claims({ sub: "admin" }))}.${signature}`,
    "a changed signature": `${head}.${body}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`,
    "no signature": `${head}.${body}.`,
  };
  return [
    ["nothing", {}],
    ["one in another header", { Authorization: `Bearer ${right}` }],
    ...Object.entries(sent).map(([name, text]) => [name, { "X-Postern-Assertion": text }]),
  ];
}

/** The gate's key set, with levers. */
export async function publishKeys(...keys) {
  const published = { keys, down: false, asked: 0 };
  const server = createServer((_request, response) => {
    published.asked += 1;
    if (published.down) return response.writeHead(503).end();
    response.setHeader("content-type", "application/jwk-set+json");
    response.end(JSON.stringify({ keys: published.keys.map(({ jwk }) => jwk) }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  published.uri = `http://127.0.0.1:${server.address().port}/.well-known/jwks.json`;
  published.stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return published;
}
