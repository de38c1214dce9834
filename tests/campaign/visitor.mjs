// A person with logins, and applications that act for them.

import { SESSION } from "../people/person.mjs";
import { Actor, calmly, patiently, ROUTES, Thing, verifyToken } from "./actor.mjs";

/** For this long the refresh token before the newest one counts; then it is taken for a stolen one. In seconds. */
const GRACE = 20;

/** The pages of a login, and for how long each may let an ended one through, in seconds. */
const PAGES = { "/strong/x": 0, "/private/x": 60, "/site/page": 0, "/either/x": 0 };

export class Visitor extends Actor {
  logins = [];
  grants = [];

  /** `account` has a name, and a password if it is one of the site's own. */
  constructor(account, { webapp, house, server, admin }, ...rest) {
    super(account.name, ...rest);
    Object.assign(this, { account, applications: [webapp, house], server, admin });
  }

  #tookLogin(browser) {
    this.logins.push({ thing: new Thing(), browser });
    return this.logins.at(-1);
  }

  #tookGrant(login, application, { access_token, refresh_token }) {
    const thing = new Thing(login.thing);
    this.grants.push({ thing, application, access: access_token, refresh: refresh_token, triedAt: null });
    return this.grants.at(-1);
  }

  /** A login and two applications, and the same that is ended. */
  async prepare() {
    this.logins = [];
    this.grants = [];
    for (let n = 0; n < 2; n += 1) {
      const login = this.#tookLogin(
        await patiently(async () => {
          const browser = this.site.person();
          const page = await this.#logIn(browser);
          if (page.status !== 200) throw new Error(`${this.name} is not logged in: ${page.status} ${page.text}`);
          return browser;
        }),
      );
      for (const application of this.applications)
        this.#tookGrant(login, application, await patiently(() => this.site.tokens(login.browser, application)));
    }
    const { json } = await calmly("introspection", () => this.site.introspect(this.grants[0].access));
    this.subject = json.sub;
    await calmly("a logout", () => this.#logOut(this.logins[1]));
    this.logins[1].thing.end(this.now);
    this.administrator = await patiently(async () => {
      const fields = { grant_type: "client_credentials", scope: "postern:admin", resource: this.site.issuer };
      const reply = await this.site.post("/oauth/token", fields, this.admin);
      if (reply.status !== 200) throw new Error(reply.text);
      return reply.json.access_token;
    });
  }

  /** Goes through the whole login, and gives the page at its end. */
  async #logIn(browser) {
    const page = await browser.visit("/strong/x");
    if (page.status !== 200) return page;
    if (this.account.password !== undefined) return browser.follow(await browser.logIn(page, this.account));
    let there = page;
    if (page.url.origin === this.site.issuer) {
      const link = page.links.find(({ label }) => label.includes("ACME"));
      there = await browser.follow(await browser.request(new URL(link.href, page.url)));
    }
    if (there.url.origin === this.site.issuer) return there;
    return browser.follow(
      await browser.send(there, there.form("login"), { login: this.name, password: "any", decision: "enter" }),
    );
  }

  /** The answer to the form that ends a login, or to the page with the form. */
  async #logOut({ browser }) {
    const page = await browser.request("/_postern/logout");
    if (page.status !== 200 || !page.html.includes('name="form_token"')) return page.reply;
    return (await browser.send(page, page.form("form_token"))).reply;
  }

  async step() {
    const kind = this.random.weighed({
      page: 6,
      api: 4,
      introspect: 2,
      refresh: 4,
      code: 3,
      logIn: 2,
      logOut: 1,
      revoke: 1,
      list: 1,
      inspect: 1,
      cutOff: 1,
    });
    return this[kind]();
  }

  async page() {
    const { browser, thing } = this.random.of(this.logins);
    const path = this.random.of(Object.keys(PAGES));
    const page = await browser.request(path);
    this.judge(path, thing, page.reply, { yes: 200, no: 303, mayLag: PAGES[path] });
  }

  async api() {
    const { access, thing } = this.random.of(this.grants);
    const path = this.random.of(Object.keys(ROUTES));
    this.judge(path, thing, await this.site.api(access, path), { yes: 200, no: 401, mayLag: ROUTES[path] });
  }

  async introspect() {
    const { access, thing } = this.random.of(this.grants);
    const reply = await this.introspected(this.site.gate, access, this.server);
    this.judge("introspection", thing, reply, { yes: 200, no: 401 });
  }

  async refresh() {
    const grant = this.pick(this.grants.filter(({ refresh }) => refresh !== undefined));
    if (grant) await this.#refresh(grant, "a refresh", (act) => act());
  }

  async #refresh(grant, what, carefully) {
    const reply = await carefully(async () => {
      const each = await this.site.refresh(grant.refresh, grant.application);
      if (each.status === 503) grant.triedAt ??= this.now;
      return each;
    });
    // Whoever is told 503 may have used the token up, and is recognised for a moment only.
    if (reply.status === 400 && grant.triedAt !== null && this.now - grant.triedAt > GRACE) {
      this.ledger.count(reply);
      return grant.thing.doubt();
    }
    this.judge(what, grant.thing, reply, { yes: 200, no: 400 });
    if (reply.status === 200)
      Object.assign(grant, { access: reply.json.access_token, refresh: reply.json.refresh_token, triedAt: null });
  }

  /** A code, if there is one, and its redemption. */
  async code() {
    const login = this.random.of(this.logins);
    const application = this.random.of(this.applications);
    const { url, verifier } = this.site.authorization(application);
    let page = await login.browser.request(url);
    if (page.status === 200 && page.html.includes('name="decision"'))
      page = await login.browser.send(page, page.form("decision"), { decision: "allow" });
    this.ledger.documented("an authorization", page.reply, [200, 302, 303, 503]);
    if (page.next === null) return;
    const next = new URL(page.next, page.url);
    const error = next.searchParams.get("error");
    if (error !== null && !["temporarily_unavailable", "server_error"].includes(error) && login.thing.isLive)
      this.ledger.defect(`an authorization of a live login ended with ${error}`);
    if (next.pathname === "/_postern/login" && login.thing.isLive)
      this.ledger.defect("an authorization sent somebody to the login who is logged in");
    const code = next.searchParams.get("code");
    if (code === null) return;
    if (login.thing.endedAt !== null) this.ledger.defect("an ended login gave a code");
    const reply = await this.site.redeem({ client: application, verifier, code });
    // A login in doubt may have been ended meanwhile.
    this.ledger.documented("a redemption", reply, login.thing.isLive ? [200, 503] : [200, 400, 503]);
    if (reply.status === 200) this.#tookGrant(login, application, reply.json);
  }

  async logIn() {
    const browser = this.site.person();
    const page = await this.#logIn(browser);
    if (page.url.origin !== this.site.issuer) throw new Error(`${this.name} is at ${page.url}`);
    // The login took place, and what came after it may have failed.
    this.ledger.documented("a login", page.reply, this.account.password === undefined ? [200, 502, 503] : [200, 503]);
    if (browser.cookies().has(SESSION)) this.#tookLogin(browser);
  }

  async logOut() {
    const login = this.random.of(this.logins);
    const act = () => this.#logOut(login);
    const reply = await act();
    this.ledger.documented("a logout", reply, [200, 302, 303, 503]);
    if (reply.status !== 503) return login.thing.end(this.now);
    login.thing.doubt();
    this.again.push(async () => {
      this.ledger.documented("a second logout", await calmly("a logout", act), [200, 302, 303]);
      login.thing.end(this.now);
    });
  }

  /** Gives back a refresh token: the application's whole session ends. */
  async revoke() {
    const grant = this.pick(this.grants.filter(({ refresh, triedAt }) => refresh !== undefined && triedAt === null));
    if (!grant) return;
    const act = () => this.site.post("/oauth/revoke", { token: grant.refresh }, grant.application);
    const reply = await act();
    this.ledger.documented("a revocation", reply, [200, 503]);
    if (reply.status === 200) return grant.thing.end(this.now);
    grant.thing.doubt();
    this.again.push(async () => {
      this.ledger.documented("a second revocation", await calmly("a revocation", act), [200]);
      grant.thing.end(this.now);
    });
  }

  async list() {
    const { browser, thing } = this.random.of(this.logins);
    const page = await browser.request("/_postern/sessions");
    this.judge("the list of sessions", thing, page.reply, { yes: 200, no: 303 });
  }

  #administer(fields) {
    const headers = { ...this.host, Authorization: `Bearer ${this.administrator}` };
    const path = "/_postern/admin/sessions";
    return fields
      ? this.site.gate.form(path, fields, null, headers)
      : this.site.gate.get(`${path}?sub=${encodeURIComponent(this.subject)}`, headers);
  }

  async inspect() {
    this.ledger.documented("an administrator's list", await this.#administer(), [200, 503]);
  }

  /** An administrator ends everything that the person was given. */
  async cutOff() {
    const things = this.logins.map(({ thing }) => thing);
    const reply = await this.#administer({ sub: this.subject });
    this.ledger.documented("a cutoff", reply, [200, 503]);
    for (const thing of things) {
      if (reply.status === 200) thing.end(this.now);
      else thing.doubt();
    }
    if (reply.status === 200) return;
    this.again.push(async () => {
      // What has begun since is ended as well.
      const all = this.logins.map(({ thing }) => thing);
      const again = await calmly("a cutoff", () => this.#administer({ sub: this.subject }));
      this.ledger.documented("a second cutoff", again, [200]);
      for (const thing of all) thing.end(this.now);
    });
  }

  async settle() {
    await super.settle();
    for (const grant of this.grants.filter(({ triedAt }) => triedAt !== null))
      await this.#refresh(grant, "a second refresh", (act) => calmly("a refresh", act));
  }

  async verify(gates, afterwards) {
    for (const { browser, thing } of this.logins) {
      for (const [name, gate] of Object.entries(gates)) {
        for (const [path, mayLag] of Object.entries(PAGES)) {
          const headers = () => ({
            ...this.host,
            Accept: "text/html",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
            Cookie: browser.cookieHeader(new URL(this.site.issuer)),
          });
          const what = `${afterwards} ${path} at ${name}`;
          const reply = await calmly(what, () => gate.get(path, headers()));
          this.judge(what, thing, reply, { yes: 200, no: 303, mayLag });
        }
      }
    }
    for (const grant of this.grants) {
      await verifyToken(this, grant.thing, grant.access, this.server, gates, afterwards);
      if (grant.refresh !== undefined)
        await this.#refresh(grant, `${afterwards} a refresh`, (act) => calmly("a refresh", act));
    }
  }
}
