// People's logins as a browser has them: cookies by the browser's own rules, the page's policy, going
// back, several tabs, several browsers.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { SESSION } from "../people/person.mjs";
import { ACCOUNTS, BACK, clients, providerTable, startSite } from "../people/world.mjs";
import { fillIn, fillInAtProvider, open, picture, press, startChromium } from "./chromium.mjs";

const { ann } = ACCOUNTS;
const SECRET = "the page for people";

let site, chromium, browsers;
before(async () => {
  chromium = await startChromium();
  site = await startSite({
    provider: true,
    // The same provider once more, which has the browser post its answer.
    configure: (config, provider) => ({
      ...config,
      providers: [...config.providers, providerTable(provider, { id: "forms", name: "Forms Co", form_post: true })],
    }),
    entry: "built",
    files: { "site/other.html": "<!doctype html><title>Other</title><h1>another page for people</h1>" },
  });
});
after(async () => {
  await chromium?.close();
  await site?.stop();
});
beforeEach(() => {
  browsers = [];
});
afterEach(async () => {
  for (const { context } of browsers) await context.close();
  for (const { troubles } of browsers) troubles.assertNone();
});

async function browser(options) {
  const opened = await open(chromium, options);
  browsers.push(opened);
  return opened;
}

const at = (path) => new URL(path, site.issuer).href;
const content = (page) => page.locator("body").innerText();
const sessionCookie = async (context) => (await context.cookies(site.issuer)).find(({ name }) => name === SESSION);

/** A browser in which somebody is in. */
async function loggedIn(account = ann, options = {}) {
  const opened = await browser(options);
  await opened.tab.goto(at("/site/page"));
  await fillIn(opened.tab, account);
  await opened.tab.waitForURL(at("/site/page"));
  return opened;
}

test("a deep link leads to the login, and the password back to it", async () => {
  const { tab, context } = await browser();
  await tab.goto(at("/site/page?a=b%20c#part"));
  assert.equal(new URL(tab.url()).pathname, "/_postern/login");
  await picture(tab, "login");
  await fillIn(tab, ann);
  await tab.waitForURL(at("/site/page?a=b%20c*"));
  assert.match(await content(tab), new RegExp(SECRET));

  const cookie = await sessionCookie(context);
  assert.ok(cookie, "the browser took the cookie");
  assert.equal(cookie.secure, true);
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, "Lax");
  assert.equal(cookie.path, "/");
  assert.equal(cookie.domain, "localhost");
  assert.match(cookie.value, /^pst_st_/);
  assert.equal(await tab.evaluate(() => document.cookie), "");
});

test("the login works without scripts, and with only the keyboard", async () => {
  const { tab } = await browser({ javaScriptEnabled: false });
  await tab.goto(at("/site/page"));
  // The first field has the focus, or is the first that Tab comes to.
  const name = tab.getByLabel(/name/i);
  for (
    let tabs = 0;
    tabs < 5 && !(await name.evaluate((element) => element === element.ownerDocument.activeElement));
    tabs += 1
  )
    await tab.keyboard.press("Tab");
  await tab.keyboard.type(ann.name);
  await tab.keyboard.press("Tab");
  await tab.keyboard.type(ann.password);
  await tab.keyboard.press("Enter");
  await tab.waitForURL(at("/site/page"));
  assert.match(await content(tab), new RegExp(SECRET));
});

test("a wrong password says so to everyone, and the right one is still good", async () => {
  const { tab, context } = await browser();
  await tab.goto(at("/site/page"));
  await fillIn(tab, { ...ann, password: "wrong" });
  const alert = tab.getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.innerText(), /password/i);
  assert.equal(await tab.getByLabel("Password", { exact: true }).inputValue(), "");
  await picture(tab, "login-wrong");
  assert.equal(await sessionCookie(context), undefined);
  await fillIn(tab, ann);
  await tab.waitForURL(at("/site/page"));
});

test("the provider logs in too, from its own site and back (SameSite=Lax)", async () => {
  const { tab } = await browser();
  await tab.goto(at("/site/page?x=1"));
  await press(tab, /ACME/);
  await tab.waitForURL(`${site.provider.issuer}/**`);
  await fillInAtProvider(tab, "carol");
  await tab.waitForURL(at("/site/page?x=1"));
  assert.match(await content(tab), new RegExp(SECRET));
});

test("an answer that the provider has the browser post finds the login, and its code is in no URL", async () => {
  const { tab, context } = await browser();
  const requests = [];
  tab.on("request", (request) => {
    if (new URL(request.url()).pathname === "/_postern/callback") requests.push(request);
  });
  await tab.goto(at("/site/page?x=forms"));
  await press(tab, /Forms Co/);
  await tab.waitForURL(`${site.provider.issuer}/**`);
  await fillInAtProvider(tab, "carol");
  await tab.waitForURL(at("/site/page?x=forms"));
  assert.match(await content(tab), new RegExp(SECRET));
  assert.deepEqual(
    requests.map((request) => request.method()),
    ["POST", "GET"],
  );
  for (const request of requests) assert.doesNotMatch(request.url(), /code=/);
  // The browser sent the cookie of the login with the GET, and not with the POST from another site.
  const [posted, got] = await Promise.all(requests.map((request) => request.allHeaders()));
  assert.doesNotMatch(posted.cookie ?? "", /postern-login/);
  assert.match(got.cookie, /postern-login-.*postern-answer|postern-answer.*postern-login-/);
  const left = (await context.cookies(site.issuer)).map(({ name }) => name);
  // That of the login stays for a while, and only says what was wanted.
  assert.ok(!left.some((name) => /postern-answer/.test(name)), left.join());
});

test("people without access are told so, and people who cancel too", async () => {
  const { tab, context } = await browser();
  await tab.goto(at("/site/page"));
  await press(tab, /ACME/);
  await fillInAtProvider(tab, "dave");
  await tab.waitForURL(`${site.issuer}/**`);
  await picture(tab, "login-not-allowed");
  assert.equal(await sessionCookie(context), undefined);
  await context.clearCookies();
  await tab.goto(at("/site/page"));
  await press(tab, /ACME/);
  await tab.getByRole("button", { name: "Cancel" }).click();
  await tab.waitForURL(`${site.issuer}/**`);
  assert.equal(await sessionCookie(context), undefined);
  assert.doesNotMatch(await content(tab), new RegExp(SECRET));
});

describe("logging out", () => {
  test("shows nothing more, not even by going back", async () => {
    const { tab, context } = await loggedIn();
    await tab.goto(at("/site/other"));
    await tab.goto(at("/_postern/logout"));
    await picture(tab, "logout");
    await press(tab, /^sign out$/i);
    await tab.getByRole("heading", { name: /signed out/i }).waitFor();
    await picture(tab, "logged-out");
    assert.equal(await sessionCookie(context), undefined);
    for (let steps = 0; steps < 4; steps += 1) {
      await tab.goBack({ waitUntil: "load" }).catch(() => {});
      assert.doesNotMatch(await content(tab), /page for people/, tab.url());
    }
    await tab.goto(at("/site/page"));
    assert.equal(new URL(tab.url()).pathname, "/_postern/login");
  });

  test("in one tab logs out the other tabs", async () => {
    const { tab, context } = await loggedIn();
    const second = await context.newPage();
    await second.goto(at("/site/other"));
    await tab.goto(at("/_postern/logout"));
    await press(tab, /^sign out$/i);
    await tab.getByRole("heading", { name: /signed out/i }).waitFor();
    await second.reload();
    assert.doesNotMatch(await content(second), /page for people/);
  });

  test("everywhere, from a second browser, ends the first", async () => {
    const first = await loggedIn();
    const second = await loggedIn();
    await second.tab.goto(at("/_postern/sessions"));
    await second.tab
      .getByText(/this browser/i)
      .first()
      .waitFor();
    await picture(second.tab, "sessions");
    await press(second.tab, /everywhere/i);
    await second.tab.waitForLoadState();
    for (const { tab } of [first, second]) {
      await tab.goto(at("/site/page"));
      assert.equal(new URL(tab.url()).pathname, "/_postern/login");
    }
  });

  test("with the provider goes on to it and comes back", async () => {
    const { tab } = await browser();
    await tab.goto(at("/site/page"));
    await press(tab, /ACME/);
    await fillInAtProvider(tab, "carol");
    await tab.waitForURL(at("/site/page"));
    await tab.goto(at("/_postern/logout"));
    await press(tab, /^sign out$/i);
    await tab.waitForURL(`${site.provider.issuer}/**`);
    await tab.getByRole("button", { name: "Log out of ACME" }).click();
    await tab.waitForURL(`${site.issuer}/**`);
    await tab.goto(at("/site/page"));
    await press(tab, /ACME/);
    await tab.getByRole("button", { name: "Log in" }).waitFor();
  });
});

describe("an application", () => {
  const sites = {
    [BACK]: "<!doctype html><title>App</title><h1>the application</h1>",
    [clients.rival.redirectUri]: "<!doctype html><title>Rival</title><h1>the rival</h1>",
  };

  test("gets a code once the person has logged in and agreed", async () => {
    const { tab } = await browser({ sites });
    await tab.goto(site.authorization(clients.webapp, { prompt: "consent" }).url.href);
    await fillIn(tab, ann);
    await tab.getByRole("button", { name: "Allow" }).waitFor();
    assert.match(await content(tab), /Web App/);
    assert.match(await content(tab), /orders:read/);
    await picture(tab, "consent");
    await press(tab, "Allow");
    await tab.waitForURL(`${BACK}?*`);
    const { searchParams } = new URL(tab.url());
    assert.match(searchParams.get("code"), /^pst_ac_/);
    assert.equal(searchParams.get("iss"), site.issuer);
  });

  test("is told where the person says no", async () => {
    const { tab } = await loggedIn(ann, { sites });
    await tab.goto(site.authorization(clients.rival, { prompt: "consent" }).url.href);
    await press(tab, "Deny");
    await tab.waitForURL(`${clients.rival.redirectUri}?*`);
    assert.equal(new URL(tab.url()).searchParams.get("error"), "access_denied");
  });

  test("cannot lead to another site: an unknown redirect URI gets a page", async () => {
    const { tab } = await loggedIn(ann, { sites });
    await tab.goto(site.authorization(clients.webapp, { redirect_uri: "https://evil.example/" }).url.href);
    assert.equal(new URL(tab.url()).origin, site.issuer);
    await picture(tab, "error");
  });
});

test("two tabs may be at the login at once, each with its own provider’s form, and each comes to its page", async () => {
  const { tab, context } = await browser();
  const other = await context.newPage();
  await tab.goto(at("/site/page"));
  await other.goto(at("/site/other"));
  await press(tab, /ACME/);
  await press(other, /ACME/);
  await tab.waitForURL(`${site.provider.issuer}/**`);
  await other.waitForURL(`${site.provider.issuer}/**`);
  await fillInAtProvider(tab, "carol");
  await tab.waitForURL(at("/site/page"));
  await fillInAtProvider(other, "carol");
  await other.waitForURL(at("/site/other"));
  assert.match(await content(other), /another page for people/);
});

describe("another site", () => {
  const evil = "https://evil.example/";

  test("cannot frame the login", async () => {
    const framed = ["/_postern/login", "/_postern/logout", "/public/may-be-framed"].map(
      (path) => `<iframe src="${site.issuer}${path}"></iframe>`,
    );
    const { tab, troubles } = await browser();
    // It is on this machine too: Chromium lets no site elsewhere frame what is here.
    const neighbour = createServer((_, answer) =>
      answer
        .setHeader("Content-Type", "text/html")
        .end(`<!doctype html><title>x</title><link rel="icon" href="data:,">${framed.join("")}`),
    );
    await new Promise((resolve) => neighbour.listen(0, "127.0.0.1", resolve));
    try {
      await tab.goto(`http://127.0.0.1:${neighbour.address().port}/`, { waitUntil: "load" });
    } finally {
      neighbour.closeAllConnections();
      neighbour.close();
    }
    const seen = tab
      .frames()
      .filter((frame) => frame !== tab.mainFrame())
      .map((frame) => frame.url());
    assert.deepEqual(seen, [
      "chrome-error://chromewebdata/",
      "chrome-error://chromewebdata/",
      at("/public/may-be-framed"),
    ]);
    // The console may complain of it.
    troubles.all = [];
  });

  test("cannot log anyone out by a form, nor by a link", async () => {
    const form = `<!doctype html><title>x</title><form method="post" action="${site.issuer}/_postern/logout"><button>Win</button></form><a href="${site.issuer}/_postern/logout">More</a>`;
    const { tab, context } = await loggedIn(ann, { sites: { [evil]: form } });
    await tab.goto(evil);
    await tab.getByRole("button", { name: "Win" }).click();
    await tab.waitForURL(`${site.issuer}/**`);
    await tab.goto(evil);
    await tab.getByRole("link", { name: "More" }).click();
    await tab.waitForURL(at("/_postern/logout"));
    assert.ok(await sessionCookie(context));
    await tab.goto(at("/site/page"));
    assert.match(await content(tab), new RegExp(SECRET));
  });

  test("may link to a page for people, who stay logged in", async () => {
    const { tab } = await loggedIn(ann, {
      sites: { [evil]: `<!doctype html><title>x</title><a href="${site.issuer}/site/page">Read</a>` },
    });
    await tab.goto(evil);
    await tab.getByRole("link", { name: "Read" }).click();
    await tab.waitForURL(at("/site/page"));
    assert.match(await content(tab), new RegExp(SECRET));
  });

  test("cannot read a page for people from its scripts", async () => {
    const { tab, troubles } = await loggedIn(ann, { sites: { [evil]: "<!doctype html><title>x</title>" } });
    await tab.goto(evil);
    const seen = await tab.evaluate(async (url) => {
      try {
        return await (await fetch(url, { credentials: "include" })).text();
      } catch {
        return "refused";
      }
    }, at("/site/page"));
    assert.doesNotMatch(seen, new RegExp(SECRET));
    troubles.all = [];
  });
});
