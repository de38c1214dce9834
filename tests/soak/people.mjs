// People with browsers and applications, who come back, go on and leave.
//
// Job: what people and their applications do, and what has to come of it. All that one account does happens one after
// another, so that each answer can be known beforehand; three accounts and the strangers go on at once.

import assert from "node:assert/strict";

import { ACCOUNTS, clients } from "../people/world.mjs";

/** The most logins that an account has at once; the oldest one goes. */
const MOST_LOGINS = 6;
/** The most applications that came from one login. */
const MOST_GRANTS = 4;

const APPLICATIONS = [clients.webapp, clients.spa, clients.house];

/** One account, its browsers, and the applications that each of them let in. */
class Household {
  /** Each is `{ person, grants: [{ client, tokens }] }`. */
  logins = [];
  /** What is done now, and what waits for it. */
  turn = Promise.resolve();

  constructor(site, account, random) {
    Object.assign(this, { site, account, random });
  }

  any(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  /** Does something once everything before it is done. What it must not rest on, if it fails, is forgotten. */
  next(act) {
    const result = this.turn.then(act);
    this.turn = result.catch(() => {
      this.logins = [];
    });
    return result;
  }

  async logIn() {
    if (this.logins.length >= MOST_LOGINS) await this.logOut(this.logins[0]);
    const login = { person: await this.site.loggedIn(this.account), grants: [] };
    this.logins.push(login);
    return login;
  }

  async logInOften() {
    while (this.logins.length < MOST_LOGINS) await this.logIn();
  }

  /** A login; somebody logs in where there is none. */
  async login() {
    return this.logins.length === 0 ? this.logIn() : this.any(this.logins);
  }

  async page(path) {
    const { person } = await this.login();
    const page = await person.request(path);
    assert.equal(page.status, 200, `${path}: ${page.status}`);
  }

  /** Lets an application in. */
  async authorize() {
    const login = await this.login();
    const client = this.any(APPLICATIONS);
    if (login.grants.length >= MOST_GRANTS) await this.revoke(login, login.grants[0]);
    const grant = { client, tokens: await this.site.tokens(login.person, client) };
    login.grants.push(grant);
    await this.expectApi(grant, 200);
    return { login, grant };
  }

  /** An application, which is let in where there is none. */
  async application() {
    const login = await this.login();
    if (login.grants.length === 0) return this.authorize();
    return { login, grant: this.any(login.grants) };
  }

  /** Both isolates say this of an access token, by strong checks. */
  async expectApi({ tokens }, status) {
    const { gate, second } = this.site.world.gates;
    for (const isolate of [gate, second]) {
      const reply = await this.site.api(tokens.access_token, "/api/x", isolate);
      assert.equal(reply.status, status, `the API: ${reply.status} ${reply.text.slice(0, 200)}`);
    }
  }

  async useApi() {
    await this.expectApi((await this.application()).grant, 200);
  }

  async introspect() {
    const { grant } = await this.application();
    const reply = await this.site.introspect(grant.tokens.access_token);
    assert.equal(reply.status, 200);
    assert.equal(reply.json.active, true, "a live token is not active");
    assert.equal(reply.json.username, this.account.name);
  }

  async refresh() {
    const { grant } = await this.application();
    const reply = await this.site.refresh(grant.tokens.refresh_token, grant.client);
    assert.equal(reply.status, 200, reply.text);
    assert.notEqual(reply.json.refresh_token, grant.tokens.refresh_token);
    grant.tokens = reply.json;
    await this.expectApi(grant, 200);
  }

  /** Revokes a refresh token: everything that it gave ends. */
  async revoke(login, grant) {
    const reply = await this.site.post("/oauth/revoke", { token: grant.tokens.refresh_token }, grant.client);
    assert.equal(reply.status, 200, reply.text);
    login.grants = login.grants.filter((other) => other !== grant);
    await this.expectOver(grant);
  }

  async revokeOne() {
    const { login, grant } = await this.application();
    await this.revoke(login, grant);
  }

  async expectOver(grant) {
    await this.expectApi(grant, 401);
    assert.deepEqual((await this.site.introspect(grant.tokens.access_token)).json, { active: false });
    const reply = await this.site.refresh(grant.tokens.refresh_token, grant.client);
    assert.equal(reply.status, 400, `a refresh token that is over: ${reply.status}`);
    assert.equal(reply.json.error, "invalid_grant");
  }

  /** Everything that came from this login is over. */
  async expectGone({ person, grants }) {
    await this.site.assertLoggedOut(person);
    for (const grant of grants) await this.expectOver(grant);
  }

  async logOut(login) {
    const page = await login.person.visit("/_postern/logout");
    await login.person.press(page, "Sign out");
    this.logins = this.logins.filter((other) => other !== login);
    await this.expectGone(login);
  }

  async logOutOne() {
    await this.logOut(await this.login());
  }

  /** Logs out everywhere, from the page of sessions. */
  async logOutEverywhere() {
    const { person } = await this.login();
    const page = await person.visit("/_postern/sessions");
    assert.equal(page.status, 200);
    const form = page.form("form_token");
    const { name, value } = form.buttons.find(({ label }) => /everywhere|all/i.test(label));
    const answer = await person.send(page, form, { [name]: value ?? "" });
    assert.ok(answer.status < 400, `the page of sessions: ${answer.status} ${answer.text.slice(0, 200)}`);
    const all = this.logins;
    this.logins = [];
    for (const login of all) await this.expectGone(login);
  }
}

/** What people do: how often, and how. */
const ACTS = [
  ["bounded page", 30, (household) => household.page("/private/x")],
  ["strong page", 10, (household) => household.page("/strong/x")],
  ["file behind a login", 5, (household) => household.page("/site/page")],
  ["login", 5, (household) => household.logIn()],
  ["code flow", 6, (household) => household.authorize()],
  ["refresh", 14, (household) => household.refresh()],
  ["API", 15, (household) => household.useApi()],
  ["introspection", 8, (household) => household.introspect()],
  ["revocation", 3, (household) => household.revokeOne()],
  ["logout", 3, (household) => household.logOutOne()],
  ["logout everywhere", 1, (household) => household.logOutEverywhere()],
];

/**
 * The people of this site: `acts` is what they do, as `[name, weight, act]`. `begin` has all accounts log in at once, as
 * often as they may: a password check takes 19 MiB of Wasm memory, and memory that was taken once stays.
 */
export function people(site, random) {
  const households = Object.values(ACCOUNTS).map((account) => new Household(site, account, random));
  const any = () => households[Math.floor(random() * households.length)];
  return {
    acts: ACTS.map(([name, weight, act]) => {
      const begin = () => {
        const household = any();
        return household.next(() => act(household));
      };
      return [name, weight, begin];
    }),
    async begin() {
      const all = households.map((household) => household.next(() => household.logInOften()));
      await Promise.all(all);
    },
  };
}
