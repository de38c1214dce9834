// Another identity provider: the certified `oidc-provider` on loopback, and levers to make it misbehave.
//
// Job: log its people in with its own form, and follow OpenID Connect until a test pulls a lever. Where the library
// cannot be made to misbehave, its answers are changed: a token is signed anew with its own key, and other answers
// are written over. Not its job: knowing what is right; the tests say that.

import { createHmac, generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { CompactSign, decodeJwt, decodeProtectedHeader, importJWK } from "jose";
import { Provider } from "oidc-provider";

/** Postern as a client of the provider. */
export const CLIENT = { id: "postern", secret: "the secret that the provider gave to Postern" };

/** The roles of ZITADEL, as it writes them. */
export const ROLES = "urn:zitadel:iam:org:project:roles";

/** The provider's people: claims by the name that they log in with. Any password will do. */
export const PEOPLE = {
  carol: {
    name: "Carol",
    preferred_username: "carol",
    email: "carol@example.com",
    email_verified: true,
    groups: ["staff"],
  },
  dave: {
    name: "Dave",
    preferred_username: "dave",
    email: "dave@example.com",
    email_verified: true,
    groups: ["guests"],
  },
  erin: {
    name: "Erin",
    preferred_username: "erin",
    email: "erin@example.org",
    email_verified: true,
    [ROLES]: { reader: { 1: "example.org" } },
  },
  // She claims an address of the company, and nobody has verified it.
  mallory: {
    name: "Mallory",
    preferred_username: "mallory",
    email: "mallory@example.com",
    email_verified: false,
    groups: [],
  },
};

function newKey() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...privateKey.export({ format: "jwk" }), alg: "ES256", use: "sig", kid: randomUUID() };
}

const publicPart = ({ d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...rest }) => rest;
const base64url = (value) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** Ways to sign a token: each gives the token of a header and claims. */
export const SIGN = {
  /** With this key, which is right if it is the provider's. */
  by: (key) => async (header, claims) =>
    new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ ...header, alg: header.alg ?? key.alg, kid: header.kid ?? key.kid })
      .sign(await importJWK(key, key.alg)),
  none: async (header, claims) => `${base64url({ ...header, alg: "none" })}.${base64url(claims)}.`,
  /** With a secret that both sides know, or that everyone knows. */
  hmac: (secret) => async (header, claims) => {
    const signed = `${base64url({ ...header, alg: "HS256" })}.${base64url(claims)}`;
    return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
  },
  /** With one bit of the claims changed after they were signed. */
  tampered: (key) => async (header, claims) => {
    const [head, , signature] = (await SIGN.by(key)(header, claims)).split(".");
    return `${head}.${base64url({ ...claims, sub: `${claims.sub}x` })}.${signature}`;
  },
};

/** A key that the provider never had. */
export const strangerKey = newKey;

/** The provider's storage. The library's own memory adapter prints a warning at each start. */
class Memory {
  static #all = new Map();
  #prefix;
  constructor(name) {
    this.#prefix = `${name}:`;
  }
  #values() {
    return [...Memory.#all].filter(([key]) => key.startsWith(this.#prefix)).map(([, value]) => value);
  }
  async upsert(id, payload) {
    Memory.#all.set(this.#prefix + id, payload);
  }
  async find(id) {
    return Memory.#all.get(this.#prefix + id);
  }
  async findByUid(uid) {
    return this.#values().find((value) => value.uid === uid);
  }
  async findByUserCode() {}
  async destroy(id) {
    Memory.#all.delete(this.#prefix + id);
  }
  async consume(id) {
    Memory.#all.get(this.#prefix + id).consumed = Math.floor(Date.now() / 1000);
  }
  async revokeByGrantId(grantId) {
    for (const [key, value] of Memory.#all) if (value.grantId === grantId) Memory.#all.delete(key);
  }
}

/** The endpoint that a request is for, by the name that the levers use. */
function endpointOf(path) {
  if (path === "/.well-known/openid-configuration") return "discovery";
  return { "/jwks": "jwks", "/token": "token", "/auth": "authorization", "/me": "userinfo", "/session/end": "logout" }[
    path
  ];
}

/** Where it speaks for every tenant, as Microsoft Entra ID does. */
export const TENANTS = "/organizations/v2.0";

/**
 * Starts the provider for the site at `site`. The result has `issuer`, `requests` (a count by endpoint), and the levers:
 *  - `trouble`: by endpoint, a status, `'down'` (the connection is cut), `'slow'` (the same, after `heal`),
 *    or a function that changes the body of the answer;
 *  - `idToken`: `{ header, claims, sign }`: changes to the header and to the claims (`undefined` removes one), and
 *    one of [`SIGN`];
 *  - `answer`: a function that changes the URL with which a person is sent back;
 *  - `ahead`: tells by how many seconds its tokens are ahead of the real time, as a gate's clock may be.
 */
export async function startProvider(site) {
  let keys = [newKey()];
  let rotated = false;
  const levers = { trouble: {}, idToken: null, answer: null, ahead: () => 0 };
  const held = new Set();
  const requests = {};
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;

  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [`${site}/_postern/callback`],
        post_logout_redirect_uris: [`${site}/`],
        backchannel_logout_uri: `${site}/_postern/backchannel/acme`,
        backchannel_logout_session_required: true,
        id_token_signed_response_alg: "ES256",
      },
    ],
    jwks: { keys },
    adapter: Memory,
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 3_600, IdToken: 3_600, Interaction: 600, Session: 3_600 },
    cookies: { keys: ["a key for the cookies of a test"] },
    claims: {
      openid: ["sub"],
      profile: ["name", "preferred_username"],
      email: ["email", "email_verified"],
      groups: ["groups"],
      [ROLES]: [ROLES],
    },
    scopes: ["openid", "profile", "email", "groups", ROLES],
    conformIdTokenClaims: false,
    findAccount: (_, id) =>
      id in PEOPLE ? { accountId: id, claims: async () => ({ sub: id, ...PEOPLE[id] }) } : undefined,
    // Nobody is asked for consent: Postern is trusted.
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope([...ctx.oidc.requestParamScopes].join(" "));
      await grant.save();
      return grant;
    },
    interactions: { url: (_, interaction) => `/log-in/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: confirmLogout },
    },
    // The library's own dispatcher refuses loopback addresses, and everything here is on loopback.
    fetch: (url, { dispatcher: _, ...options }) => fetch(url, options),
  });

  /** Changes the answers of the provider's own routes as the levers say. */
  async function misbehave(ctx, next) {
    const isForTenants = ctx.path.startsWith(TENANTS);
    if (isForTenants) ctx.path = ctx.path.slice(TENANTS.length);
    const endpoint = endpointOf(ctx.path);
    if (endpoint) requests[endpoint] = (requests[endpoint] ?? 0) + 1;
    const trouble = levers.trouble[endpoint];
    if (trouble === "down") {
      ctx.respond = false;
      ctx.req.socket.destroy();
      return;
    }
    if (trouble === "slow") {
      await new Promise((resolve) => held.add(resolve));
      // The caller has given up meanwhile.
      ctx.respond = false;
      ctx.req.socket.destroy();
      return;
    }
    if (typeof trouble === "number") {
      ctx.status = trouble;
      ctx.body = { error: "server_error" };
      return;
    }
    await next();
    if (isForTenants && endpoint === "discovery") ctx.body = { ...ctx.body, issuer: `${issuer}/{tenantid}/v2.0` };
    if (endpoint === "jwks") ctx.body = { keys: keys.map(publicPart) };
    const change = levers.idToken ?? (rotated || levers.ahead() ? {} : null);
    if (endpoint === "token" && ctx.body?.id_token && change) {
      ctx.body = { ...ctx.body, id_token: await rewritten(ctx.body.id_token, change) };
    }
    if (typeof trouble === "function") ctx.body = trouble(ctx.body);
    const location = ctx.response.get("location") ?? "";
    if (location.startsWith(`${site}/_postern/callback`) && levers.answer) {
      const url = new URL(location);
      levers.answer(url.searchParams);
      ctx.set("Location", url.href);
    }
  }

  async function rewritten(token, { header = {}, claims = {}, sign = SIGN.by(keys[0]) }) {
    const before = { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
    for (const name of ["iat", "exp", "auth_time"]) if (name in before.claims) before.claims[name] += levers.ahead();
    const over = typeof claims === "function" ? claims(before.claims) : claims;
    // The signer names the key.
    return sign(
      { ...before.header, alg: undefined, kid: undefined, ...header },
      JSON.parse(JSON.stringify({ ...before.claims, ...over })),
    );
  }

  /** Shows a page with a form, and takes the form. */
  async function logIn(ctx, next) {
    const uid = /^\/log-in\/([^/]+)$/.exec(ctx.path)?.[1];
    if (uid === undefined) return next();
    if (ctx.method === "GET") {
      ctx.type = "html";
      ctx.body = page(
        "Log in to ACME",
        `<form method="post" action="/log-in/${uid}">
        <label>Name <input name="login" required></label> <label>Password <input name="password" type="password"></label>
        <button name="decision" value="enter">Log in</button><button name="decision" value="cancel" formnovalidate>Cancel</button></form>`,
      );
      return;
    }
    let body = "";
    for await (const chunk of ctx.req) body += chunk;
    const fields = new URLSearchParams(body);
    const result =
      fields.get("decision") === "cancel"
        ? { error: "access_denied", error_description: "The person would rather not" }
        : { login: { accountId: fields.get("login"), amr: ["pwd"] } };
    ctx.respond = false;
    await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
  }

  const backchannelErrors = [];
  provider.on("backchannel.error", (_, error) => backchannelErrors.push(error.message));
  provider.use(misbehave);
  provider.use(logIn);
  server.on("request", provider.callback());

  // One object with everything: the levers are set on it.
  return Object.assign(levers, {
    issuer,
    requests,
    /** Errors from telling the site of a logout. */
    backchannelErrors,
    /** The key that signs at present. */
    key: () => keys[0],
    /** Makes another key sign from now on (`key`, or a new one), and forgets the old ones. */
    rotate(key = newKey()) {
      keys = [key];
      rotated = true;
    },
    /** A logout token like the provider's, with `claims` changed. The test sends it. */
    async logoutToken(claims = {}, { header = {}, sign = SIGN.by(keys[0]) } = {}) {
      const now = Math.floor(Date.now() / 1000) + levers.ahead();
      const whole = {
        iss: issuer,
        aud: CLIENT.id,
        iat: now,
        exp: now + 120,
        jti: randomUUID(),
        events: { "http://schemas.openid.net/event/backchannel-logout": {} },
        ...claims,
      };
      return sign({ typ: "logout+jwt", ...header }, JSON.parse(JSON.stringify(whole)));
    },
    /** Resets every lever, and lets go of everything that waits. */
    heal() {
      Object.assign(this, { trouble: {}, answer: null, idToken: null });
      for (const go of held) go();
      held.clear();
    },
    async stop() {
      this.heal();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function page(title, content) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><link rel="icon" href="data:,"><h1>${title}</h1>${content}</html>`;
}

function confirmLogout(ctx, form) {
  const button = '<button name="logout" value="yes">Log out of ACME</button>';
  ctx.body = page("Log out of ACME?", form.replace("</form>", `${button}</form>`));
}
