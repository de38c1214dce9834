// Logging in with another provider: the right way, and everything that may be wrong with it.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { withoutTrace } from "../workerd/assertions.mjs";
import { SESSION } from "./person.mjs";
import { SIGN, strangerKey } from "./provider.mjs";
import { ACCOUNTS, clients, providerTable, startSite } from "./world.mjs";

let site, provider;
before(async () => {
  site = await startSite({ accounts: false, provider: true });
  ({ provider } = site);
});
after(() => site?.stop());
beforeEach(() => site.begin());

test("with one way in, a page leads straight to the provider and back", async () => {
  const { person, page } = await site.loggedInWithProvider("carol", "/private/deep/page?x=1&y=%2F");
  assert.equal(page.status, 200, page.text);
  assert.equal(`${page.url.pathname}${page.url.search}`, "/private/deep/page?x=1&y=%2F");
  const subject = page.reply.json.headers.find(([name]) => name === "x-postern-subject")[1];
  assert.equal(decodeURIComponent(subject), "acme:carol");
  await site.assertLoggedIn(person);
  const { access_token } = await site.tokens(person, clients.house);
  const meaning = (await site.introspect(access_token)).json;
  assert.equal(meaning.sub, "acme:carol");
  assert.equal(meaning.username, "carol");
  assert.ok(Math.abs(meaning.auth_time - site.gate.now) < 60);
});

test("the request to the provider has PKCE, state and nonce, new ones each time (OpenID Connect Core 3.1.2.1)", async () => {
  const urls = [];
  for (let at = 0; at < 2; at += 1) {
    const person = site.person();
    person.sites = [site.issuer];
    urls.push(new URL((await person.visit("/private/x")).next));
  }
  for (const { origin, searchParams: has } of urls) {
    assert.equal(origin, provider.issuer);
    assert.equal(has.get("response_type"), "code");
    assert.equal(has.get("code_challenge_method"), "S256");
    assert.match(has.get("code_challenge"), /^[A-Za-z0-9_-]{43}$/);
    assert.equal(has.get("redirect_uri"), `${site.issuer}/_postern/callback`);
    assert.ok(has.get("scope").split(" ").includes("openid"));
  }
  for (const name of ["state", "nonce", "code_challenge"]) {
    assert.ok(urls[0].searchParams.get(name).length >= 22, name);
    assert.notEqual(urls[0].searchParams.get(name), urls[1].searchParams.get(name));
  }
});

describe("access", () => {
  for (const name of ["carol", "erin"]) {
    test(`${name} has access: by a group, or by a role as ZITADEL writes it`, async () => {
      await site.assertLoggedIn((await site.loggedInWithProvider(name)).person);
    });
  }
  for (const name of ["dave", "mallory"]) {
    test(`${name} has none, and gets a page that says so and does not redirect in a circle`, async () => {
      const { person, page } = await site.loggedInWithProvider(name);
      assert.equal(page.status, 403, page.text);
      assert.equal(page.url.origin, site.issuer);
      await site.assertLoggedOut(person);
    });
  }
});

test("an address counts only where the provider says that it is verified", async () => {
  const strict = await startSite({ accounts: false, provider: { allow: [{ claim: "email", domain: "example.com" }] } });
  try {
    await strict.assertLoggedIn((await strict.loggedInWithProvider("carol")).person);
    for (const name of ["mallory", "erin"]) {
      const { person, page } = await strict.loggedInWithProvider(name);
      assert.equal(page.status, 403, name);
      await strict.assertLoggedOut(person, name);
    }
  } finally {
    await strict.stop();
  }
});

test("a person who cancels at the provider comes back to a page that says so", async () => {
  const person = site.person();
  const page = await site.atProvider(person, await person.visit("/private/x"), "carol", "cancel");
  assert.equal(page.url.origin, site.issuer);
  assert.ok(page.status >= 400 && page.status < 500, `${page.status}`);
  assert.match(page.reply.header("content-type"), /^text\/html/);
  await site.assertLoggedOut(person);
});

/** ID tokens that must be refused. Each has a good signature unless `sign` says otherwise. */
const now = () => site.gate.now;
const BAD_TOKENS = {
  "another issuer": () => ({ claims: { iss: "https://evil.example" } }),
  "an issuer with a slash more": () => ({ claims: ({ iss }) => ({ iss: `${iss}/` }) }),
  "no issuer": () => ({ claims: { iss: undefined } }),
  "another audience": () => ({ claims: { aud: "another client" } }),
  "another azp": () => ({ claims: { aud: ["postern", "another client"], azp: "another client" } }),
  "another nonce": () => ({ claims: { nonce: "x".repeat(22) } }),
  "no nonce": () => ({ claims: { nonce: undefined } }),
  "an expiry that has passed": () => ({ claims: { iat: now() - 7_200, exp: now() - 3_600 } }),
  "no expiry": () => ({ claims: { exp: undefined } }),
  "an expiry that is text": () => ({ claims: { exp: "99999999999" } }),
  "an issue in the future": () => ({ claims: { iat: now() + 3_600, exp: now() + 7_200 } }),
  "no subject": () => ({ claims: { sub: undefined } }),
  "an empty subject": () => ({ claims: { sub: "" } }),
  "a subject that is a number": () => ({ claims: { sub: 7 } }),
  "a claim changed after it was signed": () => ({ sign: SIGN.tampered(provider.key()) }),
  "no signature (alg none)": () => ({ sign: SIGN.none }),
  "an HMAC with the client secret (alg HS256)": () => ({
    sign: SIGN.hmac("the secret that the provider gave to Postern"),
  }),
  "an HMAC with the public key (alg HS256)": () => ({
    sign: SIGN.hmac(JSON.stringify({ ...provider.key(), d: undefined })),
  }),
  "the signature of a stranger": () => ({ sign: SIGN.by(strangerKey()) }),
  "the signature of a stranger under the name of the key": () => ({
    header: { kid: provider.key().kid },
    sign: SIGN.by(strangerKey()),
  }),
  "a key that it brings along": () => {
    const key = strangerKey();
    return { header: { jwk: { ...key, d: undefined }, kid: key.kid }, sign: SIGN.by(key) };
  },
  "a critical header that nobody knows": () => ({
    header: { crit: ["x"], x: 1 },
    sign: async (header, claims) =>
      (await SIGN.by(provider.key())({ typ: "JWT" }, claims)).replace(
        /^[^.]+/,
        Buffer.from(JSON.stringify({ ...header, alg: "ES256", kid: provider.key().kid })).toString("base64url"),
      ),
  }),
  "the type of another token": () => ({ header: { typ: "logout+jwt" } }),
  "nothing like a token": () => ({ sign: async () => "nothing like a token" }),
  "an empty one": () => ({ sign: async () => "" }),
};
describe("nobody gets in with an ID token that has", () => {
  for (const [what, lever] of Object.entries(BAD_TOKENS)) {
    test(what, async () => {
      provider.idToken = lever();
      const { person, page } = await withoutTrace(site.origin, () => site.loggedInWithProvider());
      assert.equal(page.url.origin, site.issuer);
      assert.ok(page.status >= 400, `${page.status} ${page.text}`);
      assert.match(page.reply.header("content-type"), /^text\/html/);
      assert.match(page.reply.header("cache-control"), /no-store/);
      assert.doesNotMatch(page.text, /eyJ|panicked/);
      await site.assertLoggedOut(person);
      // And the next login is as good as ever.
      provider.heal();
      await site.assertLoggedIn((await site.loggedInWithProvider()).person);
    });
  }
});

const BAD_ANSWERS = {
  "no state": (answer) => answer.delete("state"),
  "another state": (answer) => answer.set("state", "x".repeat(22)),
  "a state that goes on": (answer) => answer.set("state", `${answer.get("state")}x`),
  "two states": (answer) => answer.append("state", answer.get("state")),
  "another iss (mix-up, RFC 9207)": (answer) => answer.set("iss", "https://evil.example"),
  "no iss though the provider says that it sends one (RFC 9207 section 2.4)": (answer) => answer.delete("iss"),
  "another code": (answer) => answer.set("code", "x".repeat(43)),
  "no code": (answer) => answer.delete("code"),
  "two codes": (answer) => answer.append("code", "x"),
  "a code and an error": (answer) => answer.set("error", "access_denied"),
};
describe("nobody gets in with an answer that has", () => {
  for (const [what, lever] of Object.entries(BAD_ANSWERS)) {
    test(what, async () => {
      provider.answer = lever;
      const { person, page } = await site.loggedInWithProvider();
      assert.equal(page.url.origin, site.issuer);
      assert.ok(page.status >= 400, `${page.status} ${page.text}`);
      assert.match(page.reply.header("content-type"), /^text\/html/);
      await site.assertLoggedOut(person);
    });
  }
});

describe("a login belongs to the browser that began it", () => {
  /** The URL with which the provider sends somebody back. */
  async function answerFor(person) {
    const form = await person.visit("/private/mine");
    const sent = await person.send(form, form.form("login"), { login: "carol", password: "any", decision: "enter" });
    return (await person.follow(sent, (page) => page.next?.startsWith(site.issuer))).next;
  }

  test("an answer is valid in no other browser (login CSRF)", async () => {
    const url = await answerFor(site.person());
    const victim = site.person();
    const page = await victim.visit(url);
    assert.ok(page.status >= 400);
    await site.assertLoggedOut(victim);
    // Nor in a browser that has begun its own login.
    const other = site.person();
    other.sites = [site.issuer];
    await other.visit("/private/x");
    await other.visit(url);
    await site.assertLoggedOut(other);
  });

  test("an answer is valid once", async () => {
    const person = site.person();
    const url = await answerFor(person);
    assert.equal((await person.visit(url)).status, 200);
    const page = await person.visit("/_postern/logout");
    person.sites = [site.issuer];
    await person.press(page, "Sign out");
    await site.assertLoggedOut(person);
    await person.visit(url);
    await site.assertLoggedOut(person);
  });

  test("a login may take an hour; later it has to begin again, for the same page", async () => {
    const [slow, late] = [site.person(), site.person()];
    const urls = [await answerFor(slow), await answerFor(late)];
    await site.gate.clock(3_540);
    assert.equal((await slow.visit(urls[0])).url.pathname, "/private/mine");
    await site.assertLoggedIn(slow);
    await site.gate.clock(3_660);
    const page = await late.visit(urls[1]);
    assert.equal(page.status, 400);
    await site.assertLoggedOut(late);
    // The provider knows the person by now.
    const after = await site.chooseProvider(late, page);
    assert.equal(after.status, 200, after.text);
    assert.equal(after.url.pathname, "/private/mine");
  });

  test("two tabs may log in at once, and each comes to its own page", async () => {
    const person = site.person();
    // Both have begun before either has come back: there are two states in the browser.
    const tabs = [];
    for (const path of ["/private/one", "/private/two"]) {
      const login = await person.request((await person.request(path)).next);
      tabs.push([path, login.next]);
    }
    for (const [path, url] of tabs.toReversed()) {
      let page = await person.visit(url);
      if (page.url.origin === provider.issuer) page = await site.atProvider(person, page, "carol");
      assert.equal(page.status, 200, page.text);
      assert.equal(page.url.pathname, path);
    }
  });

  test("a login replaces the ticket that the browser had before (session fixation)", async () => {
    const { person } = await site.loggedInWithProvider();
    const before = person.cookies().get(SESSION);
    const thief = site.person();
    thief.cookies().set(SESSION, before);
    const page = await person.visit("/_postern/logout");
    person.sites = [site.issuer];
    await person.press(page, "Sign out");
    person.sites = [site.issuer, provider.issuer];
    person.cookies().set(SESSION, before);
    await site.loggedInWithProvider("carol", "/private/x", person);
    assert.notEqual(person.cookies().get(SESSION), before);
    await site.assertLoggedOut(thief);
  });
});

test("with accounts and a provider the login page gives a choice of both", async () => {
  const both = await startSite({ provider: true });
  try {
    const person = both.person();
    const page = await person.visit("/private/deep?x=1");
    assert.equal(page.url.origin, both.issuer);
    assert.ok(page.form("password"));
    const chosen = await both.chooseProvider(person, page);
    const after = await both.atProvider(person, chosen, "carol");
    assert.equal(`${after.url.pathname}${after.url.search}`, "/private/deep?x=1");
    await both.assertLoggedIn(await both.loggedIn(ACCOUNTS.ann));
  } finally {
    await both.stop();
  }
});

test("with two providers each is a choice", async () => {
  const two = await startSite({
    accounts: false,
    provider: true,
    configure: (config, provider) => ({
      ...config,
      providers: [...config.providers, providerTable(provider, { id: "other", name: "Other Co" })],
    }),
  });
  try {
    const person = two.person();
    const page = await person.visit("/private/x");
    assert.match(page.text, /ACME/);
    const after = await two.atProvider(person, await two.chooseProvider(person, page, "Other Co"), "carol");
    const subject = after.reply.json.headers.find(([name]) => name === "x-postern-subject")[1];
    assert.equal(decodeURIComponent(subject), "other:carol");
  } finally {
    await two.stop();
  }
});
