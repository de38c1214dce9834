// The certified `oidc-provider`, on loopback: an issuer of opaque tokens with introspection, and of JWTs.
//
// Job: tokens by its own grants, in the form that the resource has. Not its job: knowing what is right.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

import { Browser, basic, codeFlow, listen, REDIRECT } from "./party.mjs";

/** The key of the client that introspects with `private_key_jwt`. */
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const KEY_ID = "the key of the gate";
export const KEY = {
  id: KEY_ID,
  pem: privateKey.export({ format: "pem", type: "pkcs8" }),
  jwk: { ...privateKey.export({ format: "jwk" }), kid: KEY_ID, alg: "ES256" },
};

const secret = (id) => ({ id, secret: `the secret: of ${id}` });

/** What introspects, each in a way of its own. */
export const GATES = {
  basic: secret("gate-basic"),
  post: secret("gate-post"),
  key: { id: "gate-key" },
  signed: secret("gate-signed"),
};

const PROGRAM = secret("program");
const APP = secret("app");

/** The library's storage, as a map of its own. */
function memory() {
  const all = new Map();
  return class {
    constructor(name) {
      this.name = name;
    }
    async upsert(id, payload) {
      all.set(`${this.name}:${id}`, payload);
    }
    async find(id) {
      return all.get(`${this.name}:${id}`);
    }
    async findByUid(uid) {
      return [...all].find(([key, { uid: of }]) => key.startsWith(`${this.name}:`) && of === uid)?.[1];
    }
    async findByUserCode() {}
    async destroy(id) {
      all.delete(`${this.name}:${id}`);
    }
    async consume(id) {
      all.get(`${this.name}:${id}`).consumed = Math.floor(Date.now() / 1000);
    }
    async revokeByGrantId(grantId) {
      for (const [key, value] of all) if (value.grantId === grantId) all.delete(key);
    }
  };
}

function client({ id, secret }, more) {
  return {
    client_id: id,
    ...(secret && { client_secret: secret }),
    redirect_uris: [],
    response_types: [],
    grant_types: [],
    ...more,
  };
}

/** Starts it. `resources` says for each resource whether its tokens are `opaque` or `jwt`; the first is the default. */
export async function startOidcProvider(resources) {
  const server = createServer();
  const issuer = await listen(server);
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
  const { d: _, ...publicKey } = KEY.jwk;
  const provider = new Provider(issuer, {
    clients: [
      client(PROGRAM, { grant_types: ["client_credentials"] }),
      client(APP, {
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        redirect_uris: [REDIRECT],
      }),
      client(GATES.basic),
      client(GATES.post, { token_endpoint_auth_method: "client_secret_post" }),
      client(GATES.key, { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [publicKey] } }),
      client(GATES.signed, { introspection_signed_response_alg: "RS256" }),
    ],
    jwks: { keys: [{ ...rsa, alg: "RS256", use: "sig", kid: "the key of the issuer" }] },
    adapter: memory(),
    cookies: { keys: ["a key for the cookies of a test"] },
    scopes: ["openid", "offline_access"],
    ttl: {
      AccessToken: 600,
      ClientCredentials: 600,
      AuthorizationCode: 60,
      Grant: 3_600,
      IdToken: 600,
      Interaction: 600,
      Session: 3_600,
      RefreshToken: 3_600,
    },
    findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    // What such an installation adds to its tokens.
    extraTokenClaims: (_, { accountId, sid }) =>
      accountId === undefined ? undefined : { username: accountId, sid, roles: ["staff"], auth_time: now() },
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope("openid");
      for (const resource of Object.keys(resources)) grant.addResourceScope(resource, "orders:read orders:write");
      await grant.save();
      return grant;
    },
    interactions: { url: (_, { uid }) => `/log-in/${uid}` },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      jwtIntrospection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => Object.keys(resources)[0],
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => ({
          scope: "orders:read orders:write",
          audience: resource,
          accessTokenFormat: resources[resource],
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  });

  let isDown = false;
  const asked = {};
  provider.use(async (ctx, next) => {
    asked[ctx.path] = (asked[ctx.path] ?? 0) + 1;
    const uid = /^\/log-in\/([^/]+)$/.exec(ctx.path)?.[1];
    if (uid === undefined) return next();
    ctx.respond = false;
    return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: "carol" } });
  });
  const callback = provider.callback();
  server.on("request", (request, response) => (isDown ? request.socket.destroy() : callback(request, response)));

  const resourceOf = (resource = Object.keys(resources)[0]) => resource;
  return {
    issuer,
    /** How often each path was asked for. */
    asked,
    person: { subject: "carol", client: APP.id },
    program: { client: PROGRAM.id },
    introspection: `${issuer}/token/introspection`,
    async clientCredentials({ resource, scope = "orders:read" } = {}) {
      const fields = { grant_type: "client_credentials", scope, resource: resourceOf(resource) };
      return (await new Browser().token(`${issuer}/token`, fields, PROGRAM)).access_token;
    },
    code({ resource, scope = "openid orders:read" } = {}) {
      return codeFlow(new Browser(), {
        authorize: `${issuer}/auth`,
        token: `${issuer}/token`,
        client: APP,
        scope,
        resource: resourceOf(resource),
      });
    },
    async revoke(token, of = "program") {
      const answer = await new Browser().form(
        `${issuer}/token/revocation`,
        { token },
        { Authorization: basic(of === "app" ? APP : PROGRAM) },
      );
      assert.equal(answer.status, 200, await answer.text());
    },
    down(value) {
      isDown = value;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const now = () => Math.floor(Date.now() / 1000);
