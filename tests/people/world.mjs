// A site with people: the Worker on a port that its issuer names, its accounts, its clients, and another
// provider where a test wants one.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";

import { API, OTHER_API } from "../workerd/fixture.mjs";
import { digest, freePort, newKeys, newSecret, start } from "../workerd/harness.mjs";
import { Person } from "./person.mjs";
import { CLIENT, startProvider } from "./provider.mjs";

/** The accounts of the site: name and password. The hashes are Argon2id, made once with `argon2-cffi`. */
export const ACCOUNTS = {
  ann: {
    name: "ann",
    password: "correct horse battery staple",
    hash: "$argon2id$v=19$m=19456,t=2,p=1$y3MrEhW9s3dnJOCCLfQRuw$Omz1wW4n2SKbgBGewG6Hgmy45vZf5Bh2hXKYXs5j1hs",
  },
  bob: {
    name: "bob",
    password: "bob has a passphrase of his own",
    hash: "$argon2id$v=19$m=19456,t=2,p=1$o6YmqWRi0j5G+dmcIDlXIQ$y68hZNCC/Mg9I/Ni+01vYKCXhIudiMbW2annxDvycY8",
  },
  zoe: {
    name: "zoe",
    password: "Grüße aus dem Süden & 100%",
    hash: "$argon2id$v=19$m=19456,t=2,p=1$GktB29ivWclPjBVJheyDjw$+4nvLU9VI1Nd3sDXLKwtTbee9fIxIe8F/ZDRk6AVLHk",
  },
};

const USERS = Object.values(ACCOUNTS)
  .map(({ name, hash }) => `${name}:${hash}`)
  .join("\n");

/** The clients' redirect URI. There is no such site: the browser of a test stops before it. */
export const BACK = "https://app.example.com/callback";

const confidential = (id) => ({ id, secret: newSecret(), redirectUri: BACK });

/** The clients: their ids, secrets and redirect URIs. */
export const clients = {
  /** An application with a server. */
  webapp: confidential("webapp"),
  /** An application in a browser: it has no secret. */
  spa: { id: "spa", redirectUri: "https://spa.example.com/callback" },
  /** A program on somebody's machine. */
  native: { id: "native", redirectUri: "http://127.0.0.1/callback" },
  /** A first-party client: it needs no consent. */
  house: confidential("house"),
  /** Another party's client. */
  rival: { ...confidential("rival"), redirectUri: "https://rival.example.com/callback" },
  /** A client that gets no refresh tokens. */
  brief: confidential("brief"),
  /** It may end anybody's session. */
  admin: confidential("admin"),
  /** It introspects. */
  server: confidential("server"),
};

const person = {
  grants: ["authorization_code", "refresh_token"],
  scopes: ["orders:read", "orders:write"],
  audiences: [API, OTHER_API],
};
const known = ({ id, secret }, more) => ({ id, ...(secret && { secret_sha256: digest(secret) }), ...more });

/** The site's configuration. */
export function configuration(issuer) {
  return {
    issuer,
    audience: API,
    name: "Orders of Example",
    session_idle: 3_600,
    session_lifetime: 28_800,
    log_refusals: true,
    clients: [
      known(clients.webapp, {
        ...person,
        name: "Web App",
        redirect_uris: [BACK, "https://app.example.com/other"],
        refresh_idle: 7_200,
        refresh_lifetime: 28_800,
      }),
      known(clients.spa, {
        ...person,
        name: "Single Page App",
        public: true,
        redirect_uris: [clients.spa.redirectUri],
      }),
      known(clients.native, {
        ...person,
        name: "Native App",
        public: true,
        redirect_uris: [clients.native.redirectUri],
      }),
      known(clients.house, { ...person, name: "House App", first_party: true, redirect_uris: [BACK] }),
      known(clients.rival, { ...person, name: "Rival App", redirect_uris: [clients.rival.redirectUri] }),
      known(clients.brief, { ...person, grants: ["authorization_code"], first_party: true, redirect_uris: [BACK] }),
      known(clients.admin, {
        grants: ["client_credentials"],
        scopes: ["postern:admin", "orders:read"],
        audiences: [issuer, API],
      }),
      known(clients.server, { grants: [], introspect: true }),
    ],
    routes: [
      { match: "/private/*", access: "session", max_staleness: 60, origin: "service:ORIGIN" },
      { match: "/strong/*", access: "session", max_staleness: 0, origin: "service:ORIGIN" },
      { match: "/site/*", access: "session", max_staleness: 0, origin: "assets" },
      { match: "/either/*", access: "any", max_staleness: 0, origin: "service:ORIGIN" },
      { match: "/api/*", access: "token", max_staleness: 0, origin: "service:ORIGIN" },
      { match: "/", access: "public", origin: "assets" },
      { match: "/public/*", access: "public", origin: "service:ORIGIN" },
    ],
  };
}

/** The provider's table in the configuration. Members of the staff and readers have access. */
export function providerTable(provider, more = {}) {
  return {
    id: "acme",
    name: "ACME",
    issuer: provider.issuer,
    client_id: CLIENT.id,
    client_secret: "env:ACME_SECRET",
    scopes: ["profile", "email", "groups", "urn:zitadel:iam:org:project:roles"],
    claims: ["email", "groups"],
    allow: [
      { claim: "groups", has: "staff" },
      { claim: "urn:zitadel:iam:org:project:roles", has: "reader" },
    ],
    ...more,
  };
}

/**
 * Starts a site. `accounts: false` leaves out the accounts. `provider` adds a provider, and holds more keys for its
 * table (or is `true`). `configure` changes the whole configuration. `gates` are more gates, each with what differs
 * there; `users` are accounts of its own, and its `configure` changes the configuration for it alone.
 */
export async function startSite(options = {}, attempts = 3) {
  const {
    accounts = true,
    provider: more = false,
    configure = (config) => config,
    entry,
    loginLimit,
    relays,
    files,
    gates = {},
  } = options;
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const provider = more ? await startProvider(issuer) : null;
  try {
    const config = configure(
      {
        ...configuration(issuer),
        ...(provider && { providers: [providerTable(provider, more === true ? {} : more)] }),
      },
      provider,
    );
    const secrets = {
      POSTERN_KEYS: newKeys(),
      ...(accounts && { POSTERN_USERS: USERS }),
      ...(provider && { ACME_SECRET: CLIENT.secret }),
    };
    const gate = { config, secrets, entry, port, loginLimit, relays };
    const others = Object.fromEntries(
      Object.entries(gates).map(([name, { users, configure: more, ...change }]) => {
        const own = users && { secrets: { ...secrets, POSTERN_USERS: users } };
        return [name, { ...gate, port: 0, ...own, ...(more && { config: more(config) }), ...change }];
      }),
    );
    const world = await start({
      gates: { gate, ...others },
      files: { "site/page.html": "the page for people", ...files },
      servers: provider ? [provider.issuer] : [],
    });
    return new Site(world, issuer, provider);
  } catch (error) {
    await provider?.stop();
    // Another process got the port meanwhile.
    if (error.code === "ERR_ADDRESS_IN_USE" && attempts > 1) return startSite(options, attempts - 1);
    throw error;
  }
}

/** A code that a client got, with what it needs to redeem it. */
export class Granted {
  constructor(client, verifier, url) {
    this.client = client;
    this.verifier = verifier;
    this.url = url;
    this.code = url.searchParams.get("code");
  }
}

export class Site {
  constructor(world, issuer, provider) {
    Object.assign(this, { world, issuer, provider, gate: world.gate, origin: world.origin });
    if (provider) provider.ahead = () => this.gate.ahead;
  }

  /** Begins a test. */
  async begin() {
    this.provider?.heal();
    await this.world.begin();
  }

  async stop() {
    await this.world.stop();
    await this.provider?.stop();
  }

  /** Somebody with an empty browser. */
  person() {
    return new Person(...[this.issuer, this.provider?.issuer].filter(Boolean));
  }

  /** A form sent as a client. */
  post(path, fields, client, headers = {}) {
    const basic = client?.secret && {
      Authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString("base64")}`,
    };
    const body = new URLSearchParams({ ...(client && !client.secret && { client_id: client.id }), ...fields });
    return this.gate.form(path, body.toString(), null, { Host: new URL(this.issuer).host, ...basic, ...headers });
  }

  /** Somebody who has logged in with an account. */
  async loggedIn(account = ACCOUNTS.ann, target = "/private/x") {
    const person = this.person();
    const page = await person.visit(target);
    const after = await person.follow(await person.logIn(page, account));
    assert.equal(after.status, 200, `${account.name} is not logged in: ${after.text.slice(0, 300)}`);
    return person;
  }

  /** Goes through the provider's own form, from the page `at` of the site. */
  async atProvider(person, page, name, decision = "enter") {
    assert.equal(
      page.url.origin,
      this.provider.issuer,
      `not at the provider: ${page.status} ${page.url} ${page.text.slice(0, 200)}`,
    );
    return person.follow(await person.send(page, page.form("login"), { login: name, password: "any", decision }));
  }

  /** Somebody who has logged in with the provider, and the page that they came to. */
  async loggedInWithProvider(name = "carol", target = "/private/x", person = this.person()) {
    let page = await person.visit(target);
    if (page.url.origin === this.issuer && page.links.some(({ label }) => label.includes("ACME")))
      page = await this.chooseProvider(person, page);
    return {
      person,
      page: page.url.origin === this.provider.issuer ? await this.atProvider(person, page, name) : page,
    };
  }

  /** Chooses the provider on the login page, by a link or a button. */
  chooseProvider(person, page, name = "ACME") {
    const is = ({ label }) => label.includes(name);
    const link = page.links.find(is);
    if (link) return person.click(page, link.label);
    const button = page.forms.flatMap((form) => form.buttons).find(is);
    assert.ok(button, `${name} is not a choice at ${page.url}: ${page.text.slice(0, 300)}`);
    return person.press(page, button.label);
  }

  /** The URL at which a client asks for a person's consent, and the PKCE verifier. */
  authorization(client, more = {}) {
    const verifier = randomBytes(32).toString("base64url");
    const parameters = {
      response_type: "code",
      client_id: client.id,
      redirect_uri: client.redirectUri,
      scope: "orders:read",
      state: randomBytes(8).toString("hex"),
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      ...more,
    };
    const url = new URL("/oauth/authorize", this.issuer);
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value);
    return { url, verifier, state: parameters.state };
  }

  /** The page at the end of an authorization. Where it asks for consent, `decision` is the answer. */
  async authorize(person, url, decision = "allow") {
    const page = await person.visit(url);
    if (!page.html.includes('name="decision"')) return page;
    return person.follow(await person.send(page, page.form("decision"), { decision }));
  }

  /** A code for a client, from somebody who is logged in. */
  async code(person, client, more) {
    const { url, verifier } = this.authorization(client, more);
    const page = await this.authorize(person, url);
    const next = page.next && new URL(page.next, page.url);
    assert.ok(next?.searchParams.has("code"), `no code: ${page.status} ${page.next} ${page.text.slice(0, 300)}`);
    return new Granted(client, verifier, next);
  }

  /** Redeems a code; `over` replaces what is sent. */
  redeem(granted, over = {}, client = granted.client) {
    const fields = {
      grant_type: "authorization_code",
      code: granted.code,
      redirect_uri: granted.client.redirectUri,
      code_verifier: granted.verifier,
      ...over,
    };
    return this.post(
      "/oauth/token",
      Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
      client,
    );
  }

  /** A client's tokens from somebody who is logged in. */
  async tokens(person, client, more) {
    const reply = await this.redeem(await this.code(person, client, more));
    assert.equal(reply.status, 200, `no tokens: ${reply.status} ${reply.text}`);
    return reply.json;
  }

  refresh(token, client, more = {}) {
    return this.post("/oauth/token", { grant_type: "refresh_token", refresh_token: token, ...more }, client);
  }

  introspect(token) {
    return this.post("/oauth/introspect", { token }, clients.server);
  }

  /** The API's answer to a token, after a strong check. */
  api(token, path = "/api/x", gate = this.gate) {
    return gate.get(path, { Host: new URL(this.issuer).host, Authorization: `Bearer ${token}` });
  }

  /** The site's answer to a browser, after a strong check, without following it. */
  strong(person, path = "/strong/x") {
    return person.request(path);
  }

  async assertActive(token, context = "") {
    assert.equal((await this.api(token)).status, 200, `${context}: the API`);
    assert.equal((await this.introspect(token)).json.active, true, `${context}: introspection`);
  }

  async assertEnded(token, context = "") {
    assert.equal((await this.api(token)).status, 401, `${context}: the API`);
    assert.deepEqual((await this.introspect(token)).json, { active: false }, `${context}: introspection`);
  }

  async assertLoggedIn(person, context = "") {
    assert.equal((await this.strong(person)).status, 200, `${context}: not logged in`);
  }

  async assertLoggedOut(person, context = "") {
    const page = await this.strong(person);
    assert.equal(page.status, 303, `${context}: still logged in`);
    assert.match(page.next, /^(http:\/\/localhost:\d+)?\/_postern\/login\?/, context);
  }
}
