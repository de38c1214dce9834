// People with accounts of the site: logging in, staying in, and logging out.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { assertNoSecrets, withoutTrace } from "../workerd/assertions.mjs";
import { cookiesSet, Person, SESSION } from "./person.mjs";
import { ACCOUNTS, clients, startSite } from "./world.mjs";

const { ann, bob, zoe } = ACCOUNTS;

let site;
before(async () => {
  site = await startSite();
});
after(() => site?.stop());
beforeEach(() => site.begin());

test("a page for people leads to the login and back, with its query", async () => {
  const person = site.person();
  const target = "/private/reports/2026?month=11&sort=a%20b#part";
  const first = await withoutTrace(site.origin, () => person.request(target.replace(/#.*/, "")));
  assert.equal(first.status, 303);
  const to = new URL(first.next, site.issuer);
  assert.equal(to.origin, site.issuer);
  assert.equal(to.pathname, "/_postern/login");
  assert.equal(to.searchParams.get("return_to"), "/private/reports/2026?month=11&sort=a%20b");
  assert.match(first.reply.header("cache-control"), /no-store/);
  const page = await person.follow(first);
  assert.equal(page.status, 200);
  const answer = await person.logIn(page, ann);
  assert.equal(answer.status, 200);
  assert.equal(answer.next, "/private/reports/2026?month=11&sort=a%20b");
  const back = await person.follow(answer);
  assert.equal(back.status, 200);
  assert.equal(`${back.url.pathname}${back.url.search}`, "/private/reports/2026?month=11&sort=a%20b");
  const seen = back.reply.json;
  assert.ok(
    seen.headers.some(([name, value]) => name === "x-postern-subject" && value.includes("ann")),
    back.html,
  );
  assert.ok(
    !seen.headers.some(([name, value]) => name === "cookie" && value.includes("pst_")),
    "the origin got the ticket",
  );
});

test("who opens a page at another address of the site logs in at the issuer’s, and is at that page then", async () => {
  const elsewhere = site.issuer.replace("localhost", "127.0.0.1");
  const person = new Person(elsewhere, site.issuer);
  const first = await withoutTrace(site.origin, () => person.request("/private/x?y=z"));
  assert.equal(first.status, 303);
  assert.equal(first.next, `${site.issuer}/private/x?y=z`);
  const page = await person.follow(first);
  assert.equal(page.url.origin, site.issuer);
  const back = await person.follow(await person.logIn(page, ann));
  assert.equal(back.status, 200, back.text);
  assert.equal(back.url.href, `${site.issuer}/private/x?y=z`);
  for (const path of ["/_postern/login?return_to=/private/x", "/_postern/sessions", "/_postern/logout"]) {
    const own = await person.request(path);
    assert.equal(own.next, `${site.issuer}${path}`);
  }
  const authorize = await person.request("/oauth/authorize?client_id=webapp");
  assert.equal(authorize.next, `${site.issuer}/oauth/authorize?client_id=webapp`);
});

test("where nobody can be led, a page and a problem say so, and neither blames cookies", async () => {
  // Another host than this machine's: as where a proxy changes it.
  const headers = { Host: "docs.example.com" };
  const person = site.person();
  const page = await withoutTrace(site.origin, () => person.request("/private/x", { headers }));
  assert.equal(page.status, 401);
  assert.match(page.text, new RegExp(`sign in to this site at ${site.issuer}, and only there`));
  assert.doesNotMatch(page.text, /cookie/i);
  const script = await person.request("/private/x", { headers: { ...headers, "Sec-Fetch-Mode": "cors" } });
  assert.equal(script.status, 401);
  assert.match(script.reply.json.detail, new RegExp(`log in at ${site.issuer}, and only there`));
  for (const method of ["GET", "POST"]) {
    const own = await person.request("/_postern/login", { method, headers, body: method === "POST" ? "" : undefined });
    assert.equal(own.status, 421);
    assert.match(own.text, new RegExp(`${site.issuer}, and only there. This request came to http://docs.example.com`));
    assert.doesNotMatch(own.text, /cookie/i);
  }
});

for (const account of [ann, zoe]) {
  test(`${account.name} logs in with the right password`, async () => {
    await site.assertLoggedIn(await site.loggedIn(account));
  });
}

test("a name may be typed in capitals", async () => {
  const person = site.person();
  const page = await person.visit("/private/x");
  const after = await person.follow(await person.logIn(page, { ...ann, name: "ANN" }));
  assert.equal(after.status, 200);
});

const WRONG = {
  "a wrong password": [ann.name, "wrong"],
  "somebody else's password": [ann.name, bob.password],
  "an unknown name": ["nobody", ann.password],
  "no password": [ann.name, ""],
  "no name": ["", ann.password],
  "a password in capitals": [ann.name, ann.password.toUpperCase()],
  "a space more": [ann.name, `${ann.password} `],
  "a name that goes on": ["ann\u0000", ann.password],
  "the hash for the password": [ann.name, ann.hash],
  "a password that is too long": [ann.name, "x".repeat(5_000)],
};
describe("refused, with the same page", () => {
  for (const [what, [name, password]] of Object.entries(WRONG)) {
    test(what, async () => {
      const person = site.person();
      const page = await person.visit("/private/deep?x=1");
      const refused = await person.logIn(page, { name, password });
      assert.equal(refused.status, 403, refused.text.slice(0, 200));
      assert.match(refused.reply.header("content-type"), /^text\/html/);
      assert.equal(
        cookiesSet(refused.reply).some((cookie) => cookie.name === SESSION),
        false,
      );
      if (password.length > 3) assert.ok(!refused.html.includes(password), "the password came back");
      await site.assertLoggedOut(person);
      // The page that is shown again still leads where they wanted to go.
      const after = await person.follow(await person.logIn(refused, ann));
      assert.equal(after.status, 200);
      assert.equal(`${after.url.pathname}${after.url.search}`, "/private/deep?x=1");
    });
  }

  test("a wrong password and an unknown name look the same", async () => {
    const shown = [];
    for (const [name, password] of [
      ["ann", "wrong"],
      ["eve", "wrong"],
    ]) {
      const person = site.person();
      const page = await person.logIn(await person.visit("/private/x"), { name, password });
      shown.push([page.status, page.text.replaceAll(name, "")]);
    }
    assert.deepEqual(shown[0], shown[1]);
  });
});

test("the cookie has every attribute and reveals nothing (RFC 6265 section 4.1.2)", async () => {
  const person = site.person();
  const page = await person.visit("/private/x");
  const answer = await person.logIn(page, ann);
  const [cookie] = cookiesSet(answer.reply).filter(({ name }) => name === SESSION);
  assert.ok(cookie, answer.reply.all("set-cookie").join("\n"));
  assert.equal(cookie.secure, true);
  assert.equal(cookie.httponly, true);
  assert.equal(cookie.samesite, "Lax");
  assert.equal(cookie.path, "/");
  assert.equal(cookie.domain, undefined);
  assert.match(cookie.value, /^pst_st_[A-Za-z0-9_-]+$/);
  assert.doesNotMatch(Buffer.from(cookie.value.slice(7), "base64url").toString("latin1"), /ann/);
  for (const each of [...cookiesSet(answer.reply), ...cookiesSet(page.reply)]) {
    assert.match(each.name, /^__Host-/, each.line);
    for (const attribute of ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"])
      assert.ok(each.line.includes(attribute), each.line);
  }
  assert.match(answer.reply.header("cache-control"), /no-store/);
});

test("no cache may share an answer from a page for people", async () => {
  const person = await site.loggedIn();
  const page = await site.strong(person);
  assert.match(page.reply.header("cache-control"), /private|no-store/);
  assert.match(page.reply.header("vary") ?? "", /cookie/i);
});

const NO_NAVIGATIONS = {
  "a request of a script": { "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", Accept: "*/*" },
  "an image": { "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image", Accept: "image/*" },
  "a client that says nothing of itself": {
    "Sec-Fetch-Mode": null,
    "Sec-Fetch-Dest": null,
    Accept: "application/json",
  },
};
for (const [what, headers] of Object.entries(NO_NAVIGATIONS)) {
  test(`${what} without a session gets 401 and no redirect`, async () => {
    const page = await withoutTrace(site.origin, () => site.person().request("/private/x", { headers }));
    assert.equal(page.status, 401);
    assert.equal(page.next, null);
  });
}

test("a script's POST without a session gets 401: nobody could come back to it", async () => {
  const headers = { Origin: site.issuer, "Sec-Fetch-Mode": "cors" };
  const page = await withoutTrace(site.origin, () =>
    site.person().request("/private/x", { method: "POST", body: "a=b", headers }),
  );
  assert.equal(page.status, 401);
});

test("a form of the site may be sent with a session, and one of another site may not", async () => {
  const person = await site.loggedIn();
  const post = (headers) => person.request("/private/x", { method: "POST", body: "a=b", headers });
  assert.equal((await post({ Origin: site.issuer })).status, 200);
  assert.equal((await post({ Origin: null, "Sec-Fetch-Site": "same-origin" })).status, 200);
  // A page with `Referrer-Policy: no-referrer` sends its forms so.
  assert.equal((await post({ Origin: "null", "Sec-Fetch-Site": "same-origin" })).status, 200);
  for (const headers of [
    { Origin: "https://evil.example" },
    { Origin: "null" },
    { Origin: "null", "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site" },
    {},
  ]) {
    const page = await withoutTrace(site.origin, () => post(headers));
    assert.equal(page.status, 403, JSON.stringify(headers));
  }
});

test('"any" takes a session or a token; a token that is sent on purpose counts before a cookie', async () => {
  const person = await site.loggedIn();
  const { access_token } = await site.tokens(person, clients.webapp);
  assert.equal((await person.request("/either/x")).status, 200);
  assert.equal((await site.api(access_token, "/either/x")).status, 200);
  const both = await person.request("/either/x", { headers: { Authorization: `Bearer ${access_token}` } });
  assert.ok(both.reply.json.headers.some(([name, value]) => name === "x-postern-client" && value === "webapp"));
  const bad = await withoutTrace(site.origin, () =>
    person.request("/either/x", { headers: { Authorization: "Bearer pst_at_AXX" } }),
  );
  assert.equal(bad.status, 401);
  assert.equal((await site.gate.get("/either/x", { Host: new URL(site.issuer).host, Accept: "*/*" })).status, 401);
});

test("an access token is not a ticket, and a ticket is not an access token", async () => {
  const person = await site.loggedIn();
  const { access_token, refresh_token } = await site.tokens(person, clients.webapp);
  const ticket = person.cookies().get(SESSION);
  assert.equal((await site.api(ticket)).status, 401);
  for (const token of [access_token, refresh_token]) {
    const other = site.person();
    other.cookies().set(SESSION, token);
    await site.assertLoggedOut(other);
  }
});

describe("staying", () => {
  test("a person who comes back within the idle time stays in, with a new ticket, up to the lifetime", async () => {
    const person = await site.loggedIn();
    const first = person.cookies().get(SESSION);
    // An hour of idle time, eight in all; half an hour between.
    for (let at = 1_800; at < 28_000; at += 1_800) {
      await site.gate.clock(at);
      assert.equal((await person.request("/private/x")).status, 200, `after ${at} s`);
    }
    assert.notEqual(person.cookies().get(SESSION), first);
    await site.gate.clock(28_900);
    await site.assertLoggedOut(person, "after its lifetime");
  });

  test("a person who stays away for longer than the idle time is logged out", async () => {
    const person = await site.loggedIn();
    await site.gate.clock(3_700);
    await site.assertLoggedOut(person);
  });

  test("a ticket is not renewed at every request", async () => {
    const person = await site.loggedIn();
    const page = await person.request("/private/x");
    assert.deepEqual(
      cookiesSet(page.reply).filter(({ name }) => name === SESSION),
      [],
    );
  });
});

describe("logging out", () => {
  test("a GET asks first, and ends nothing", async () => {
    const person = await site.loggedIn();
    const page = await person.visit("/_postern/logout");
    assert.equal(page.status, 200);
    await site.assertLoggedIn(person);
  });

  test("ends the session, clears the cookie, and the ticket is no longer valid anywhere", async () => {
    const person = await site.loggedIn();
    const thief = person.copy();
    const page = await person.visit("/_postern/logout");
    const answer = await person.send(page, page.form("form_token"));
    const [cookie] = cookiesSet(answer.reply).filter(({ name }) => name === SESSION);
    assert.equal(cookie?.value, "");
    assert.equal(cookie["max-age"], "0");
    assert.match(answer.reply.header("cache-control"), /no-store/);
    const after = await person.follow(answer);
    assert.equal(after.status, 200);
    assert.match(after.text, /signed out/i);
    await site.assertLoggedOut(person);
    await site.assertLoggedOut(thief, "a copy of the cookie");
  });

  test("ends the tokens that clients got from it, and nothing else", async () => {
    const person = await site.loggedIn();
    const elsewhere = await site.loggedIn();
    const mine = await site.tokens(person, clients.webapp);
    const theirs = await site.tokens(elsewhere, clients.webapp);
    const page = await person.visit("/_postern/logout");
    await person.send(page, page.form("form_token"));
    await site.assertEnded(mine.access_token);
    assert.equal((await site.refresh(mine.refresh_token, clients.webapp)).json.error, "invalid_grant");
    await site.assertActive(theirs.access_token);
    await site.assertLoggedIn(elsewhere);
  });

  test("without a session says so, and a form from before is not an error", async () => {
    const person = await site.loggedIn();
    const page = await person.visit("/_postern/logout");
    await person.send(page, page.form("form_token"));
    const again = await person.follow(await person.send(page, page.form("form_token")));
    assert.ok(again.status < 500, again.text);
    assert.ok((await person.visit("/_postern/logout")).status < 400);
  });
});

test("prompt=login asks for the password again, and prompt=none never shows a page", async () => {
  const person = await site.loggedIn();
  const none = site.authorization(clients.house, { prompt: "none" });
  assert.ok(new URL((await person.request(none.url)).next).searchParams.has("code"));
  const stranger = await site.person().request(none.url);
  const refused = new URL(stranger.next);
  assert.equal(refused.searchParams.get("error"), "login_required");
  assert.equal(refused.searchParams.get("state"), none.state);
  assert.equal(refused.searchParams.get("iss"), site.issuer);
  const asked = await site.person().request(site.authorization(clients.webapp, { prompt: "none" }).url);
  assert.equal(new URL(asked.next).searchParams.get("error"), "login_required");
  const consent = await person.request(site.authorization(clients.rival, { prompt: "none" }).url);
  assert.equal(new URL(consent.next).searchParams.get("error"), "consent_required");

  const again = await person.visit(site.authorization(clients.house, { prompt: "login" }).url);
  const after = await person.follow(await person.logIn(again, ann));
  assert.ok(new URL(after.next).searchParams.has("code"), after.text);
});

test("max_age asks for the password again where the login is older", async () => {
  const person = await site.loggedIn();
  await site.gate.clock(600);
  const fresh = await person.visit(site.authorization(clients.house, { max_age: "3600" }).url);
  assert.ok(new URL(fresh.next).searchParams.has("code"));
  const old = await person.visit(site.authorization(clients.house, { max_age: "60" }).url);
  assert.ok(old.html.includes('name="password"'), old.text);
  const after = await person.follow(await person.logIn(old, ann));
  assert.ok(new URL(after.next).searchParams.has("code"), after.text);
});

test("login_hint fills in the name", async () => {
  const page = await site.person().visit(site.authorization(clients.webapp, { login_hint: "ann" }).url);
  assert.equal(page.form("password").fields.get("username"), "ann");
});

test("consent is asked for once, again for more, and again with prompt=consent", async () => {
  const person = await site.loggedIn(zoe);
  const asks = async (more) =>
    (await person.visit(site.authorization(clients.spa, more).url)).html.includes('name="decision"');
  assert.equal(await asks(), true);
  await site.code(person, clients.spa);
  assert.equal(await asks(), false);
  assert.equal(await asks({ scope: "orders:read orders:write" }), true);
  assert.equal(await asks({ prompt: "consent" }), true);
  // Somebody else has agreed to nothing, and neither has this one to another client.
  const other = await site.loggedIn(bob);
  assert.equal((await other.visit(site.authorization(clients.spa).url)).html.includes('name="decision"'), true);
  assert.equal((await person.visit(site.authorization(clients.native).url)).html.includes('name="decision"'), true);
});

test("a first-party client needs no consent", async () => {
  const person = await site.loggedIn();
  const page = await person.request(site.authorization(clients.house).url);
  assert.equal(page.status, 303);
  assert.ok(new URL(page.next).searchParams.has("code"));
});

test("a client without the refresh grant gets no refresh token", async () => {
  const person = await site.loggedIn();
  const granted = await site.tokens(person, clients.brief);
  assert.equal(granted.refresh_token, undefined);
  await site.assertActive(granted.access_token);
});

test("the log has no password, no ticket, no code and no token", async () => {
  const person = await site.loggedIn();
  await site.tokens(person, clients.webapp);
  assertNoSecrets(site.world.logs);
  for (const { message } of site.world.logs.all) {
    for (const { password } of Object.values(ACCOUNTS)) assert.ok(!message.includes(password), message);
  }
});
