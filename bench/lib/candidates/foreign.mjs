// Postern with the tokens of another issuer, each in a process of its own.
import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

import { startGate } from "../gate-process.mjs";
import { posternWorker, route } from "../postern.mjs";
import { LIFETIME, LIVE, now } from "../sizes.mjs";
import { textBinding } from "../workerd.mjs";

const ISSUER = "https://id.example.com";
const AUDIENCE = "http://localhost";
const KID = "bench";
// As long as the run of a case: nothing is asked again meanwhile.
const MAX_AGE = 300;
// The least that it may be: far fewer sessions than the load has tokens, so each is verified anew.
const SMALLEST_CACHE = 64 * 1024;
const OK = { status: 200, must: "hello acme:subject-" };

let keys;
async function keyPair() {
  if (keys === undefined) {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    keys = { privateKey, jwk: { ...(await exportJWK(publicKey)), kid: KID, alg: "ES256", use: "sig" } };
  }
  return keys;
}

async function sign(at) {
  const { privateKey } = await keyPair();
  const claims = { client_id: "bench", scope: "bench:read", sid: randomBytes(16).toString("base64url") };
  return new SignJWT({ ...claims, jti: String(at) })
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: KID })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(`subject-${at}`)
    .setIssuedAt(now() - 60)
    .setExpirationTime(now() + LIFETIME)
    .sign(privateKey);
}

// Opaque ones: the issuer Worker reads the number.
const opaque = (at) => `n${at}-${randomBytes(32).toString("base64url")}`;

function candidate({ name, title, kind, cacheBytes, maxStaleness = MAX_AGE }) {
  const issuer =
    kind === "jwt"
      ? { tokens: "jwt" }
      : { tokens: "opaque", client_id: "gate", client_secret: "env:ISSUER_SECRET", max_age: MAX_AGE };
  const config = {
    issuers: [{ id: "acme", issuer: ISSUER, audiences: [AUDIENCE], ...issuer }],
    routes: [route({ accept: ["acme"], max_staleness: maxStaleness })],
    ...(cacheBytes && { cache_bytes: cacheBytes }),
  };
  return {
    name,
    title,
    isGate: true,
    cases: [{ name, title, tokens: "live", ...OK }],
    async start(room) {
      const worker = posternWorker(config);
      const bindings = [...worker.bindings, textBinding("ISSUER_SECRET", "the-secret-of-the-gate")];
      return startGate(room, name, { ...worker, bindings, issuer: (await keyPair()).jwk });
    },
    async seed(_running, room) {
      const make = kind === "jwt" ? sign : opaque;
      const tokens = await Promise.all(Array.from({ length: LIVE + 1 }, (_, at) => make(at)));
      return { live: room.tokens(name, tokens.slice(1)), spare: tokens[0] };
    },
  };
}

export default [
  candidate({ name: "postern-jwt", title: "Postern, another issuer's JWT, cached", kind: "jwt" }),
  candidate({ name: "postern-opaque", title: "Postern, another issuer's opaque token, cached", kind: "opaque" }),
  candidate({
    name: "postern-jwt-first",
    title: "Postern, another issuer's JWT, at first sight",
    kind: "jwt",
    cacheBytes: SMALLEST_CACHE,
  }),
];
