// ACME, another company on this machine: the issuer beside Postern in the demo. Its people log in with it, and its programs
// have tokens of its own, which are JWTs. The library `oidc-provider` does all of that.
//
// It believes everyone who they say they are, whatever the password. It is for a demo and for nothing else.

import { generateKeyPair } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { promisify } from "node:util";
import { Provider } from "oidc-provider";

const { ACME_PORT: port, SITE: site, AUDIENCE: audience } = process.env;
const issuer = `http://localhost:${port}`;

/** Who is in which group. Anyone else may log in too, and is in none. */
const GROUPS = { zoe: ["staff"] };

const { privateKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });

/** What the library remembers, until this program ends. Its own adapter for that prints a warning. */
class Memory {
  static #all = new Map();
  #key;
  constructor(kind) {
    this.#key = (id) => `${kind}:${id}`;
  }
  async upsert(id, payload) {
    Memory.#all.set(this.#key(id), payload);
  }
  async find(id) {
    return Memory.#all.get(this.#key(id));
  }
  async findByUid(uid) {
    return [...Memory.#all].find(([key, value]) => key.startsWith(this.#key("")) && value.uid === uid)?.[1];
  }
  async consume(id) {
    Memory.#all.get(this.#key(id)).consumed = Math.floor(Date.now() / 1000);
  }
  async destroy(id) {
    Memory.#all.delete(this.#key(id));
  }
  async revokeByGrantId(grantId) {
    for (const [key, value] of Memory.#all) if (value.grantId === grantId) Memory.#all.delete(key);
  }
}

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "postern",
      client_secret: "demo",
      redirect_uris: [`${site}/_postern/callback`],
      post_logout_redirect_uris: [`${site}/`],
      backchannel_logout_uri: `${site}/_postern/backchannel/acme`,
    },
    {
      client_id: "robot",
      client_secret: "demo",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
    },
  ],
  clientDefaults: { id_token_signed_response_alg: "ES256" },
  adapter: Memory,
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), alg: "ES256", use: "sig", kid: "acme-1" }] },
  cookies: { keys: ["a key for the cookies of a demo"] },
  ttl: {
    AccessToken: 600,
    AuthorizationCode: 60,
    ClientCredentials: 3_600,
    Grant: 3_600,
    IdToken: 3_600,
    Interaction: 600,
    Session: 3_600,
  },
  scopes: ["openid", "profile", "groups"],
  claims: { openid: ["sub"], profile: ["name", "preferred_username"], groups: ["groups"] },
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, name: id, preferred_username: id, groups: GROUPS[id] ?? [] }),
  }),
  // Nobody is asked for consent: the demo trusts Postern.
  async loadExistingGrant(ctx) {
    const { oidc } = ctx;
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope([...oidc.requestParamScopes].join(" "));
    await grant.save();
    return grant;
  },
  interactions: { url: (_, interaction) => `/log-in/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    backchannelLogout: { enabled: true },
    // An access token is a JWT for the site (RFC 9068), and not an opaque one.
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => false,
      getResourceServerInfo: () => ({
        scope: "hello:read",
        audience,
        accessTokenFormat: "jwt",
        accessTokenTTL: 3_600,
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
  // The library's own dispatcher refuses loopback addresses, and everything here is on loopback.
  fetch: (url, { dispatcher: _, ...options }) => fetch(url, options),
});

provider.use(async (ctx, next) => {
  const uid = /^\/log-in\/([\w-]+)$/.exec(ctx.path)?.[1];
  if (uid === undefined) return next();
  if (ctx.method === "GET") {
    ctx.type = "html";
    ctx.body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Log in to ACME</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<h1>Log in to ACME</h1>
<p>This is the demo's other issuer. <b>zoe</b> is in the group <code>staff</code>. Anybody else is in none. There is no password.</p>
<form method="post" action="/log-in/${uid}"><label>User name <input name="login" required autofocus></label> <button>Log in</button></form>`;
    return;
  }
  let body = "";
  for await (const chunk of ctx.req) body += chunk;
  const result = { login: { accountId: new URLSearchParams(body).get("login"), amr: ["demo"] } };
  ctx.respond = false;
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
});

const server = createServer(provider.callback());
await once(server.listen(Number(port), "127.0.0.1"), "listening");
console.log(`ACME runs on ${issuer}`);
