// Pages that are not for everyone: whom they are for, with which login, and how somebody comes as somebody else.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { ACCOUNTS, startSite } from "../people/world.mjs";
import { fillIn, fillInAtProvider, open, picture, press, startChromium } from "./chromium.mjs";

const { ann } = ACCOUNTS;
const SECRET = "the page for people";

let site, chromium, opened;
before(async () => {
  chromium = await startChromium();
  site = await startSite({
    provider: true,
    entry: "built",
    configure: (config) => ({
      ...config,
      routes: [
        {
          match: "/site/staff",
          access: "session",
          require: [
            { claim: "groups", has: "staff" },
            { claim: "sub", is: "nobody" },
          ],
          origin: "assets",
        },
        { match: "/site/vault", access: "session", acr: ["urn:example:mfa"], origin: "assets" },
        ...config.routes,
      ],
    }),
    files: { "site/staff.html": `<!doctype html><title>Staff</title><h1>${SECRET}</h1>` },
  });
});
after(async () => {
  await chromium?.close();
  await site?.stop();
});
afterEach(async () => {
  await opened.context.close();
  opened.troubles.assertNone();
});

const at = (path) => new URL(path, site.issuer).href;
const content = (page) => page.locator("body").innerText();

test("who may not open a page is told whom it is for, and comes back as somebody else", async () => {
  opened = await open(chromium);
  const { tab } = opened;
  await tab.goto(at("/site/staff?a=b"));
  await fillIn(tab, ann);
  await tab.getByRole("heading", { name: /do not have access/i }).waitFor();
  const text = await content(tab);
  assert.match(text, /signed in as ann/);
  assert.match(text, /the group staff/);
  assert.match(text, /a certain account/);
  assert.doesNotMatch(text, /nobody/);
  await picture(tab, "not-for-you");
  await press(tab, /use another account/i);
  await press(tab, /ACME/);
  await fillInAtProvider(tab, "carol");
  await tab.waitForURL(at("/site/staff?a=b"));
  assert.match(await content(tab), new RegExp(SECRET));
});

test("whose login stays too weak is told so, and is not sent in a circle", async () => {
  opened = await open(chromium);
  const { tab, context } = opened;
  await tab.goto(at("/site/staff"));
  await press(tab, /ACME/);
  await fillInAtProvider(tab, "carol");
  await tab.waitForURL(at("/site/staff"));
  const before = await context.cookies(site.issuer);
  const asked = [];
  tab.on("request", (request) => asked.push(request.url()));
  await tab.goto(at("/site/vault"));
  assert.match(await content(tab), /needs a stronger sign-in/);
  await picture(tab, "too-weak");
  const provider = asked.filter(
    (url) => url.includes("acr_values=urn%3Aexample%3Amfa") && url.includes("response_type"),
  );
  assert.equal(provider.length, 1, asked.join("\n"));
  // The login that was there still is.
  const session = (cookies) => cookies.find(({ name }) => name === "__Host-postern-session")?.value;
  assert.equal(session(await context.cookies(site.issuer)), session(before));
  await tab.goto(at("/site/staff"));
  assert.match(await content(tab), new RegExp(SECRET));
});
