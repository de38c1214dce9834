// ES256 JWTs verified with jose: no store, so nothing to revoke with.
import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

import { startGate } from "../gate-process.mjs";
import { LIFETIME, LIVE, now } from "../sizes.mjs";
import { jsonBinding } from "../workerd.mjs";

const ISSUER = "http://localhost";
let keys;

// One key pair for both candidates.
async function keyPair() {
  if (keys === undefined) {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    keys = { privateKey, jwk: await exportJWK(publicKey) };
  }
  return keys;
}

async function sign(at) {
  const { privateKey } = await keyPair();
  const claims = { client_id: "bench", scope: "bench:read", sid: randomBytes(16).toString("base64url") };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt" })
    .setIssuer(ISSUER)
    .setAudience(ISSUER)
    .setSubject(`subject-${at}`)
    .setIssuedAt()
    .setExpirationTime(now() + LIFETIME)
    .sign(privateKey);
}

function candidate(name, title) {
  return {
    name,
    title,
    isGate: true,
    cases: [{ name, title, tokens: "live", status: 200, must: "hello subject-" }],
    async start(room) {
      return startGate(room, name, { bindings: [jsonBinding("JWK", (await keyPair()).jwk)] });
    },
    async seed(_running, room) {
      const tokens = await Promise.all(Array.from({ length: LIVE + 1 }, (_, at) => sign(at)));
      return { live: room.tokens(name, tokens.slice(1)), spare: tokens[0] };
    },
  };
}

export default [
  candidate("jwt", "ES256 JWT, jose"),
  candidate("jwt-cached", "ES256 JWT, jose, verified tokens cached"),
];
