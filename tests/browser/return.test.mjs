// The page that somebody wanted: its fragment, what a browser fetched in advance, tabs that were left open, going back,
// and another account where the first has no access.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { SESSION } from "../people/person.mjs";
import { ACCOUNTS, startSite } from "../people/world.mjs";
import { fillIn, fillInAtProvider, open, picture, press, startChromium } from "./chromium.mjs";

const { ann } = ACCOUNTS;
const START = `<!doctype html><title>Start</title><link rel="prefetch" href="/site/page">
<link rel="prefetch" href="/_postern/login?return_to=/site/page"><a href="/site/page">Read</a>
<a href="/_postern/login?return_to=/site/page">Sign in</a>`;

let site, chromium, browser;
before(async () => {
  chromium = await startChromium();
  site = await startSite({
    provider: true,
    entry: "built",
    files: { "open/start.html": START },
    configure: (config) => ({
      ...config,
      routes: [...config.routes, { match: "/open/*", access: "public", origin: "assets" }],
    }),
  });
});
after(async () => {
  await chromium?.close();
  await site?.stop();
});
beforeEach(async () => {
  browser = await open(chromium);
});
afterEach(async () => {
  await browser.context.close();
  browser.troubles.assertNone();
});

const at = (path) => new URL(path, site.issuer).href;

describe("the fragment of a deep link", () => {
  test("is there after a password, a wrong one first", async () => {
    const { tab } = browser;
    await tab.goto(at("/site/page?a=b#second?x=1&y"));
    await fillIn(tab, { ...ann, password: "wrong" });
    await tab.getByRole("alert").waitFor();
    await fillIn(tab, ann);
    await tab.waitForURL(at("/site/page?a=b#second?x=1&y"));
  });

  test("is there after a login with a provider", async () => {
    const { tab } = browser;
    await tab.goto(at("/site/page?a=b#second"));
    await press(tab, /ACME/);
    assert.ok(!tab.url().includes("second"), "the provider was told");
    await fillInAtProvider(tab, "carol");
    await tab.waitForURL(at("/site/page?a=b#second"));
  });

  test("leads to no other site", async () => {
    const { tab } = browser;
    await tab.goto(at("/site/page#//evil.example/"));
    await fillIn(tab, ann);
    await tab.waitForURL(at("/site/page#//evil.example/"));
  });

  test("is lost without scripts, and nothing else is", async () => {
    await browser.context.close();
    browser = await open(chromium, { javaScriptEnabled: false });
    await browser.tab.goto(at("/site/page?a=b#second"));
    await fillIn(browser.tab, ann);
    await browser.tab.waitForURL(at("/site/page?a=b"));
  });
});

for (const [name, link] of Object.entries({ "a page": "Read", "the login page": "Sign in" })) {
  test(`${name} that was fetched in advance is not shown to somebody who has signed in since`, async () => {
    const { tab, context } = browser;
    const fetched = ["/site/page", "/_postern/login?return_to=/site/page"].map((path) =>
      tab.waitForResponse((response) => response.url() === at(path)),
    );
    await tab.goto(at("/open/start"));
    for (const response of await Promise.all(fetched)) assert.ok(response.status() >= 400, `${response.status()}`);
    const other = await context.newPage();
    await other.goto(at("/site/page"));
    await fillIn(other, ann);
    await other.waitForURL(at("/site/page"));
    await tab.getByRole("link", { name: link }).click();
    await tab.waitForURL(at("/site/page"));
  });
}

test("a login that was left open in another tab leads on, by its form and by a reload", async () => {
  const { tab, context } = browser;
  const other = await context.newPage();
  await other.goto(at("/site/page?tab=other"));
  await tab.goto(at("/site/page"));
  await fillIn(tab, ann);
  await tab.waitForURL(at("/site/page"));
  await other.reload();
  assert.equal(other.url(), at("/site/page?tab=other"));
});

test("going back over the login leads on, and so does an answer of a provider that is opened once more", async () => {
  const { tab } = browser;
  let callback;
  tab.on("request", (request) => {
    if (request.url().startsWith(at("/_postern/callback"))) callback = request.url();
  });
  await tab.goto(at("/open/start"));
  await tab.goto(at("/site/page?x=1"));
  await press(tab, /ACME/);
  await fillInAtProvider(tab, "carol");
  await tab.waitForURL(at("/site/page?x=1"));
  await tab.goto(callback);
  assert.equal(tab.url(), at("/site/page?x=1"));
  await tab.goto(at("/_postern/login?return_to=/site/page?x=2"));
  assert.equal(tab.url(), at("/site/page?x=2"));
});

test("who has no access is told under which name, and the provider asks for another account", async () => {
  const { tab, context } = browser;
  await tab.goto(at("/site/page?x=1"));
  await press(tab, /ACME/);
  await fillInAtProvider(tab, "dave");
  await tab.waitForURL(`${site.issuer}/**`);
  assert.match(
    await tab.getByRole("alert").innerText(),
    /^You signed in as dave.*\. Your account does not have access/,
  );
  await picture(tab, "login-another-account");
  assert.equal(
    (await context.cookies(site.issuer)).find(({ name }) => name === SESSION),
    undefined,
  );
  await press(tab, "Use another ACME account");
  // The provider knows dave, and asks nonetheless.
  await tab.waitForURL(`${site.provider.issuer}/**`);
  await tab.getByRole("button", { name: "Log in" }).waitFor();
});
