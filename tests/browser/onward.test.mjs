// Where a form leads in the end: to an application on the person's own machine, to one behind a private scheme, to
// a page of the site that redirects further. Chromium holds a form to its page's `form-action` through every redirect.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { ACCOUNTS, startSite } from "../people/world.mjs";
import { digest, newSecret } from "../workerd/harness.mjs";
import { fillIn, fillInAtProvider, open, picture, press, startChromium } from "./chromium.mjs";

const { ann } = ACCOUNTS;
const SCHEME = "com.example.desk:/callback";

/** Applications on the person's own machine. */
const apps = {
  /** The site's own: nobody is asked for consent. */
  house: { id: "desk-house", first_party: true },
  /** Another party's, with a secret: people are asked once. */
  known: { id: "desk" },
};

let site, chromium, browser, listener, loopback;
before(async () => {
  chromium = await startChromium();
  // A program that waits for its code, as a command line does, and then redirects to an address of its own.
  listener = createServer((request, answer) => {
    const { pathname, searchParams } = new URL(request.url, loopback);
    answer.setHeader("Content-Type", "text/html");
    if (pathname === "/callback" && searchParams.has("code")) {
      answer.writeHead(303, { Location: `http://localhost:${listener.address().port}/done` }).end();
    } else {
      answer.end(`<!doctype html><title>x</title><link rel="icon" href="data:,"><h1>the program at ${pathname}</h1>`);
    }
  });
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  loopback = `http://127.0.0.1:${listener.address().port}`;
  site = await startSite({
    provider: true,
    entry: "built",
    configure: (config) => ({
      ...config,
      clients: [
        ...config.clients,
        ...Object.values(apps).map((app) => ({
          ...app,
          name: "Desk",
          secret_sha256: digest(newSecret()),
          grants: ["authorization_code"],
          scopes: ["orders:read"],
          audiences: [config.audience],
          redirect_uris: ["http://127.0.0.1/callback", "http://[::1]/callback", SCHEME],
        })),
      ],
    }),
  });
});
after(async () => {
  await chromium?.close();
  await site?.stop();
  listener?.closeAllConnections();
  listener?.close();
});
beforeEach(async () => {
  browser = await open(chromium);
});
afterEach(async () => {
  await browser.context.close();
  browser.troubles.assertNone();
});

const authorization = (app, redirectUri, more) =>
  site.authorization({ id: app.id, redirectUri }, { scope: undefined, ...more }).url.href;
const done = (tab) => tab.getByRole("heading", { name: "the program at /done" }).waitFor();

/** Where the tab has been led behind a private scheme. No machine has such an application, so nothing is opened. */
async function watchScheme({ context, tab }) {
  const seen = [];
  const chrome = await context.newCDPSession(tab);
  const note = (url) => url.startsWith(SCHEME) && seen.push(url);
  await chrome.send("Network.enable");
  await chrome.send("Page.enable");
  // A redirect leads there, or the page itself.
  chrome.on("Network.requestWillBeSent", ({ request }) => note(request.url));
  chrome.on("Page.frameRequestedNavigation", ({ url }) => note(url));
  /** Waits for the next. */
  return async () => {
    for (let tries = 0; seen.length === 0 && tries < 200; tries += 1) await tab.waitForTimeout(50);
    assert.match(seen.shift() ?? "nowhere", /^com\.example\.desk:\/callback\?code=pst_ac_/);
  };
}

describe("a program that listens on this machine", () => {
  test("gets its code after a password", async () => {
    const { tab } = browser;
    await tab.goto(authorization(apps.house, `${loopback}/callback`));
    await fillIn(tab, ann);
    await done(tab);
  });

  test("gets it after consent, and at the second login, where there is nothing to ask any more", async () => {
    const { tab, context } = browser;
    await tab.goto(authorization(apps.known, `${loopback}/callback`));
    await fillIn(tab, ann);
    await press(tab, "Allow");
    await done(tab);
    await context.clearCookies();
    await tab.goto(authorization(apps.known, `${loopback}/callback`));
    await fillIn(tab, ann);
    await done(tab);
  });

  test("gets it where it asked for another login, and is told where the person says no", async () => {
    const { tab } = browser;
    await tab.goto(authorization(apps.house, `${loopback}/callback`));
    await fillIn(tab, ann);
    await done(tab);
    await tab.goto(authorization(apps.house, `${loopback}/callback`, { prompt: "login" }));
    await fillIn(tab, ann);
    await done(tab);
    await tab.goto(authorization(apps.known, `${loopback}/callback`, { prompt: "consent" }));
    await press(tab, "Deny");
    await tab.waitForURL(`${loopback}/callback?*`);
    assert.equal(new URL(tab.url()).searchParams.get("error"), "access_denied");
  });

  test("gets it after a login with a provider", async () => {
    const { tab } = browser;
    await tab.goto(authorization(apps.house, `${loopback}/callback`));
    await press(tab, /ACME/);
    await fillInAtProvider(tab, "carol");
    await done(tab);
  });

  test("gets it without scripts", async () => {
    await browser.context.close();
    browser = await open(chromium, { javaScriptEnabled: false });
    await browser.tab.goto(authorization(apps.house, `${loopback}/callback`));
    await fillIn(browser.tab, ann);
    await done(browser.tab);
  });
});

test("an application behind a private scheme is sent its code, and the page says where it goes", async () => {
  const { tab } = browser;
  const toScheme = await watchScheme(browser);
  await tab.goto(authorization(apps.house, SCHEME));
  await fillIn(tab, ann);
  await toScheme();
  // There is no such application here. The page stays, and the person can try by hand.
  const byHand = await tab.getByRole("link", { name: "Continue" }).getAttribute("href");
  assert.ok(byHand.startsWith("/oauth/authorize?"), byHand);
  assert.match(await tab.locator("main").innerText(), /Taking you to Desk/);
  await picture(tab, "onward-app");
});

test("it is sent its code after consent too", async () => {
  const { tab } = browser;
  const toScheme = await watchScheme(browser);
  await tab.goto(authorization(apps.known, SCHEME, { prompt: "consent" }));
  await fillIn(tab, ann);
  await press(tab, "Allow");
  await toScheme();
  const link = await tab.getByRole("link", { name: "Continue" }).getAttribute("href");
  assert.ok(link.startsWith(`${SCHEME}?code=pst_ac_`));
  await picture(tab, "onward-consent");
});

test("a page of the site that leads to a program on this machine does so after a password too", async () => {
  const { tab } = browser;
  const target = new URL("/strong/go", site.issuer);
  target.searchParams.set("do", "redirect");
  target.searchParams.set("to", `${loopback}/elsewhere`);
  await tab.goto(target.href);
  await fillIn(tab, ann);
  await tab.getByRole("heading", { name: "the program at /elsewhere" }).waitFor();
});

test("the page in between is no step of the way back", async () => {
  const { tab } = browser;
  await tab.goto(new URL("/public/start", site.issuer).href);
  await tab.goto(new URL("/site/page", site.issuer).href);
  await fillIn(tab, ann);
  await tab.waitForURL(new URL("/site/page", site.issuer).href);
  await tab.goBack();
  // Who is in has no use for the login page, so that leads on as well.
  await tab.waitForURL(new URL("/site/page", site.issuer).href);
  assert.match(await tab.locator("body").innerText(), /the page for people/);
});
