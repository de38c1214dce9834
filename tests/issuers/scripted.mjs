// An issuer that says whatever a test wants: its documents, its keys and its answers are the test's.
//
// Job: serve discovery, keys and introspection on loopback, count who asks, and hold answers back. Not its job: being right.

import { createSign, generateKeyPairSync, sign as signBytes } from "node:crypto";
import { createServer } from "node:http";

import { listen } from "./party.mjs";

export const base64url = (value) =>
  Buffer.from(typeof value === "string" || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString(
    "base64url",
  );

/** A key pair: `rsa`, `ec` or `ed`. */
export function newKey(kind, kid) {
  const [type, options, alg] = {
    rsa: ["rsa", { modulusLength: 2048 }, "RS256"],
    ec: ["ec", { namedCurve: "P-256" }, "ES256"],
    ed: ["ed25519", {}, "EdDSA"],
  }[kind];
  const { privateKey, publicKey } = generateKeyPairSync(type, options);
  return { kid, alg, privateKey, publicKey, jwk: { ...publicKey.export({ format: "jwk" }), kid, alg, use: "sig" } };
}

/** The signature of `text` by a key. */
export function signature(key, text, alg = key.alg) {
  const bytes = Buffer.from(text);
  if (alg === "EdDSA") return signBytes(null, bytes, key.privateKey);
  const hash = `sha${alg.slice(2)}`;
  if (alg.startsWith("ES"))
    return createSign(hash).update(bytes).sign({ key: key.privateKey, dsaEncoding: "ieee-p1363" });
  const padding = alg.startsWith("PS") ? { padding: 6, saltLength: 32 } : {};
  return createSign(hash)
    .update(bytes)
    .sign({ key: key.privateKey, ...padding });
}

/** A compact JWS of a header and claims, each an object or the very text. */
export function signed(key, header, claims) {
  const text = `${base64url(header)}.${base64url(claims)}`;
  return `${text}.${signature(key, text, header.alg ?? key.alg).toString("base64url")}`;
}

export const now = () => Math.floor(Date.now() / 1000);

/**
 * Starts one. `documents` are what it serves by path: an object is sent as JSON, a text as it is, a number is a status,
 * a function gets the request's form and gives one of these, or a promise of one. `/introspect` and `/jwks` are two of them.
 */
export async function startScripted(documents = {}) {
  const server = createServer();
  const issuer = await listen(server);
  const asked = {};
  const held = [];
  const state = { isDown: false, isHeld: false };
  const standard = {
    "/.well-known/openid-configuration": {
      issuer,
      jwks_uri: `${issuer}/jwks`,
      introspection_endpoint: `${issuer}/introspect`,
      token_endpoint: `${issuer}/token`,
      authorization_endpoint: `${issuer}/authorize`,
    },
  };
  const party = {
    issuer,
    /** What it serves; a test writes into it. */
    documents: { ...standard, ...documents },
    /** How often each path was asked for. */
    asked,
    count: (path) => asked[path] ?? 0,
    forget() {
      for (const path of Object.keys(asked)) delete asked[path];
    },
    down(value) {
      state.isDown = value;
    },
    /** From now on no answer is given, until `release`. */
    hold() {
      state.isHeld = true;
    },
    release() {
      state.isHeld = false;
      for (const go of held.splice(0)) go();
    },
    heal() {
      this.down(false);
      this.release();
      this.documents = { ...standard, ...documents };
    },
    async stop() {
      party.release();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on("request", async (request, response) => {
    const { pathname } = new URL(request.url, issuer);
    asked[pathname] = (asked[pathname] ?? 0) + 1;
    if (state.isDown) return request.socket.destroy();
    let body = "";
    for await (const chunk of request) body += chunk;
    if (state.isHeld) await new Promise((resolve) => held.push(resolve));
    let said = party.documents[pathname] ?? 404;
    if (typeof said === "function") said = await said(new URLSearchParams(body), request.headers);
    if (typeof said === "number") return response.writeHead(said).end();
    if (typeof said === "string") return response.writeHead(200, { "Content-Type": "application/json" }).end(said);
    const { status = 200, headers = {}, json } = said.json === undefined ? { json: said } : said;
    response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(json));
  });
  return party;
}
