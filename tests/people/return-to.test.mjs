// Back to the page that was wanted, whatever its query is and by each way to log in.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { ACCOUNTS, BACK, clients, startSite } from "./world.mjs";

let site;
before(async () => {
  site = await startSite({ provider: true });
});
after(() => site?.stop());
beforeEach(() => site.begin());

const filled = (start, length) => start + "y".repeat(length - start.length);
const PAGES = {
  "a backslash, which browsers send in a query": "/private/x?q=\\d+&dir=C:\\temp",
  "more than 2,048 octets": filled("/private/x?q=", 2_116),
  "8,000 octets, many of them escaped": filled(`/private/x?q=${"%E3%81%82".repeat(800)}`, 8_000),
};

for (const [what, target] of Object.entries(PAGES)) {
  describe(what, () => {
    const assertBack = (page) => {
      assert.equal(page.status, 200, page.text.slice(0, 300));
      assert.equal(page.url.pathname + page.url.search, target);
    };

    test("after the password", async () => {
      const person = site.person();
      const page = await person.visit(target);
      assert.equal(page.url.pathname, "/_postern/login");
      assertBack(await person.follow(await person.logIn(page, ACCOUNTS.ann)));
    });

    test("after a wrong password first", async () => {
      const person = site.person();
      const wrong = await person.logIn(await person.visit(target), { ...ACCOUNTS.ann, password: "wrong" });
      assertBack(await person.follow(await person.logIn(wrong, ACCOUNTS.ann)));
    });

    test("after the provider, in cookies that a browser takes", async () => {
      const { person, page } = await site.loggedInWithProvider("carol", target);
      assertBack(page);
      const left = [...person.cookies().keys()].filter((name) => /-\d$/.test(name));
      assert.deepEqual(left, [], "pieces of the login are left");
    });
  });
}

describe("an authorization request of 8,000 octets", () => {
  const asked = (length) => {
    const { url } = site.authorization(clients.house, { state: "" });
    const state = "s".repeat(length - url.pathname.length - url.search.length);
    url.searchParams.set("state", state);
    assert.equal(url.pathname.length + url.search.length, length);
    return { url, state };
  };
  const assertCode = (page, state) => {
    const back = new URL(page.next, page.url);
    assert.equal(back.origin + back.pathname, BACK, page.text.slice(0, 300));
    assert.ok(back.searchParams.has("code"), back.href.slice(0, 300));
    assert.equal(back.searchParams.get("state"), state);
  };

  test("gets a code with a login and without one", async () => {
    const { url, state } = asked(8_000);
    const person = site.person();
    const page = await person.visit(url);
    assertCode(await person.follow(await person.logIn(page, ACCOUNTS.ann)), state);
    assertCode(await person.visit(url), state);
    const { page: after } = await site.loggedInWithProvider("carol", url);
    assertCode(after, state);
  });

  test("and one that is longer gets none, with a login and without one", async () => {
    const { url } = asked(8_001);
    for (const person of [site.person(), await site.loggedIn()]) {
      const page = await person.visit(url);
      assert.equal(new URL(page.next, page.url).searchParams.get("error"), "invalid_request");
    }
  });
});
