// What ZITADEL, Keycloak, Auth0, Okta, Entra and Google send, with other values and keys of our own: each is taken with
// the configuration that its page in docs/ names, and becomes the session that one expects.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { bearer } from "../workerd/fixture.mjs";
import { startGate } from "./gate.mjs";
import { newKey, now, signed, startScripted } from "./scripted.mjs";

const FOLDER = new URL("shapes/", import.meta.url);
const SHAPES = Object.fromEntries(
  readdirSync(FOLDER).map((name) => [
    name.replace(".json", ""),
    JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")),
  ]),
);
/** Says who is there. */
const HANDLER = `import { identity } from "./index.js";
export default { fetch: (request) => Response.json(identity(request)) };`;

/** `NOW` and `NOW+3600` as times. */
const timed = (value) =>
  JSON.parse(JSON.stringify(value), (_, text) => {
    const found = typeof text === "string" ? /^NOW(\+(\d+))?$/.exec(text) : null;
    return found ? now() + Number(found[2] ?? 0) : text;
  });

for (const [name, shape] of Object.entries(SHAPES)) {
  describe(`${name}: ${shape.about}`, () => {
    const { config, discovery, header, otherKeys = [], expect } = shape;
    let server, tried, key;
    before(async () => {
      const { pathname } = new URL(config.issuer);
      key = newKey("rsa", header?.kid ?? "unused");
      const documents = { [`${pathname.replace(/\/$/, "")}/.well-known/openid-configuration`]: discovery ?? 404 };
      const keysUrl = config.jwks_uri ?? discovery.jwks_uri;
      // As it is served: with certificates, which nobody needs.
      const keys = [...otherKeys, { ...key.jwk, x5c: ["MIIC"], x5t: "t" }, newKey("rsa", "the one before").jwk];
      documents[new URL(keysUrl).pathname] = { keys };
      const asked = discovery?.introspection_endpoint;
      if (asked !== undefined) documents[new URL(asked).pathname] = answer;
      server = await startScripted(documents);
      const origins = [config.issuer, keysUrl, asked].filter(Boolean).map((url) => new URL(url).origin);
      tried = await startGate({
        issuers: [config],
        secrets: { ISSUER_SECRET: "a secret" },
        servers: [...new Set(origins)].map((origin) => [origin, server.issuer]),
        routes: [{ match: "/*", access: "token", accept: [config.id], origin: "app" }],
        handler: HANDLER,
      });
    });
    after(async () => {
      await tried?.stop();
      await server?.stop();
    });

    /** A token as it issues them, with some claims changed. */
    const token = (changes = {}) =>
      shape.claims === undefined ? shape.token : signed(key, header, { ...timed(shape.claims), ...changes });
    let said = {};
    /** What it answers when it is asked about a token. */
    function answer(form) {
      return form.get("token").startsWith("eyJ") || form.get("token") === shape.token
        ? { ...timed(shape.introspection), ...said }
        : { active: false };
    }

    test("it becomes the session that one expects", async () => {
      const reply = await tried.gate.get("/", bearer(token()));
      assert.equal(reply.status, 200, `${reply.text} ${JSON.stringify(tried.world.logs.lines.map((l) => l.message))}`);
      const who = reply.json;
      assert.equal(who.subject, expect.sub);
      assert.equal(who.client, `${config.id}:${expect.client}`);
      assert.deepEqual(who.scopes ?? who.scope?.split(" ").filter(Boolean) ?? [], expect.scope);
      assert.equal(who.username ?? undefined, expect.username);
      assert.deepEqual(who.claims ?? {}, expect.claims ?? {});
    });

    test("one for another audience is refused", async () => {
      said = { aud: "somebody-else" };
      const other =
        shape.introspection === undefined ? token({ aud: "somebody-else" }) : (shape.token ?? token({ n: 1 }));
      // An opaque one is known already: another gate would ask again, so the answer must be another token's.
      if (other === shape.token) return;
      assert.equal((await tried.gate.get("/", bearer(other))).status, 401);
    });
  });
}

test("a token for Microsoft Graph, whose signature nobody may verify, is refused", async () => {
  const { config, discovery, header, claims } = SHAPES["entra-v2"];
  const key = newKey("rsa", header.kid);
  const documents = { [new URL(discovery.jwks_uri).pathname]: { keys: [key.jwk] } };
  documents[`${new URL(config.issuer).pathname}/.well-known/openid-configuration`] = discovery;
  const server = await startScripted(documents);
  const tried = await startGate({
    issuers: [config],
    servers: [[new URL(config.issuer).origin, server.issuer]],
    routes: [{ match: "/*", access: "token", accept: ["entra"], origin: "app" }],
    handler: HANDLER,
  });
  try {
    const graph = { ...timed(claims), aud: "00000003-0000-0000-c000-000000000000" };
    // What is signed has a digest of the nonce, what is sent has the nonce.
    const [, body, signature] = signed(key, { ...header, nonce: "its digest" }, graph).split(".");
    const sent = Buffer.from(JSON.stringify({ ...header, nonce: "the nonce" })).toString("base64url");
    assert.equal((await tried.gate.get("/", bearer(`${sent}.${body}.${signature}`))).status, 401);
  } finally {
    await tried.stop();
    await server.stop();
  }
});
