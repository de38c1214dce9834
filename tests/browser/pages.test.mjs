// How the pages look: on the narrowest screen, in the dark, on a large screen, and to people who cannot see them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";

import { ACCOUNTS, clients, startSite } from "../people/world.mjs";
import { fillIn, open, picture, startChromium } from "./chromium.mjs";

const { ann } = ACCOUNTS;

/** As most drawing programs save a logo: it has a shape and no size. */
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="20" height="10" fill="#b33"/></svg>';
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let site, branded, chromium;
before(async () => {
  chromium = await startChromium();
  site = await startSite({
    provider: true,
    entry: "built",
    configure: (config) => ({
      ...config,
      scopes: { "orders:read": "See your orders" },
      routes: [
        { match: "/closed/*", access: "deny" },
        { match: "/office/*", access: "public", networks: ["192.0.2.0/24"], origin: "assets" },
        {
          match: "/staff/*",
          access: "session",
          require: [
            { claim: "groups", has: "a-group-with-a-rather-long-name-as-directories-have-them" },
            {
              all: [
                { claim: "email", domain: "example.com" },
                { claim: "amr", has: "mfa" },
              ],
            },
          ],
          origin: "assets",
        },
        // Without such a file.
        { match: "/404.html", access: "public", origin: "assets" },
        ...config.routes,
      ],
    }),
  });
  branded = await startSite({
    entry: "built",
    files: { "logo.svg": LOGO },
    configure: (config) => ({
      ...config,
      logo: "/logo.svg",
      scopes: { "orders:read": "See your orders", "orders:write": "Place orders for you" },
      clients: config.clients.map((client) => (client.id === "webapp" ? { ...client, logo: "/logo.svg" } : client)),
      routes: [{ match: "/logo.svg", access: "public", origin: "assets" }, ...config.routes],
    }),
  });
});
after(async () => {
  await chromium?.close();
  await site?.stop();
  await branded?.stop();
});

const at = (path) => new URL(path, site.issuer).href;
const login = async (page, { issuer } = site) => {
  await page.goto(`${issuer}/_postern/login?return_to=/`);
  await fillIn(page, ann);
  await page.waitForURL(`${issuer}/`);
};

/** Each leads a tab to the page. */
const PAGES = {
  login: (page) => page.goto(at("/_postern/login?return_to=/site/page")),
  "login-wrong": async (page) => {
    await page.goto(at("/_postern/login?return_to=/site/page"));
    await fillIn(page, { ...ann, password: "wrong" });
    await page.getByRole("alert").waitFor();
  },
  consent: async (page) => {
    await login(page);
    await page.goto(
      site.authorization(clients.webapp, { prompt: "consent", scope: "orders:read orders:write" }).url.href,
    );
  },
  logout: async (page) => {
    await login(page);
    await page.goto(at("/_postern/logout"));
  },
  sessions: async (page) => {
    await login(page);
    await site.tokens(await site.loggedIn(ann), clients.house);
    await site.tokens(await site.loggedIn(ann), clients.webapp);
    await page.goto(at("/_postern/sessions"));
  },
  "logged-out": async (page) => {
    await login(page);
    await page.goto(at("/_postern/logout"));
    await page.getByRole("button", { name: /^sign out$/i }).click();
    await page.getByRole("heading", { name: /signed out/i }).waitFor();
  },
  error: (page) => page.goto(at("/oauth/authorize?client_id=nobody")),
  "refused-404": (page) => page.goto(at("/nope")),
  "refused-403": (page) => page.goto(at("/closed/x")),
  "refused-network": (page) => page.goto(at("/office/x")),
  "not-for-you": async (page) => {
    await login(page);
    await page.goto(at("/staff/x"));
  },
  "refused-401": (page) => page.goto(at("/api/x")),
  "refused-400": (page) => page.goto(at("/public/a%2fb")),
  "refused-502": (page) => page.goto(at("/public/x?do=throw")),
  "branded-login": (page) => page.goto(`${branded.issuer}/_postern/login`),
  "branded-consent": async (page) => {
    await login(page, branded);
    const request = { prompt: "consent", scope: "orders:read orders:write" };
    await page.goto(branded.authorization(clients.webapp, request).url.href);
  },
};

const SCREENS = {
  "narrow-light": { viewport: { width: 320, height: 640 }, colorScheme: "light" },
  "narrow-dark": { viewport: { width: 320, height: 640 }, colorScheme: "dark" },
  "wide-light": { viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  "wide-dark": { viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  "narrow-forced": { viewport: { width: 320, height: 640 }, forcedColors: "active" },
};

/** Finds faults in how a page looks; runs in the page. */
function look() {
  const luminance = ([r, g, b]) => {
    const linear = [r, g, b].map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  // A canvas reads every way in which a colour can be written.
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const pixels = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = pixels(getComputedStyle(at).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18, 255] : [255, 255, 255, 255];
  };
  const found = [];
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth)
    found.push(`${document.documentElement.scrollWidth} px wide`);
  for (const element of document.querySelectorAll("body *")) {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    if (box.width === 0 || box.height === 0 || style.visibility === "hidden") continue;
    if (box.right > innerWidth + 0.5) found.push(`${element.tagName} reaches ${box.right}`);
    const says = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!says) continue;
    const [one, two] = [luminance(pixels(style.color)), luminance(behind(element))].toSorted((a, b) => b - a);
    const contrast = (one + 0.05) / (two + 0.05);
    // WCAG 2.2, 1.4.3.
    if (contrast < 4.5)
      found.push(`"${element.textContent.trim().slice(0, 30)}" has a contrast of ${contrast.toFixed(2)}`);
  }
  for (const button of document.querySelectorAll("button, input:not([type=hidden]), a.button")) {
    // WCAG 2.2, 2.5.8.
    if (button.getBoundingClientRect().height < 24)
      found.push(`${button.outerHTML.slice(0, 60)} is too small to be hit`);
  }
  return found;
}

/** Finds faults for people who cannot see the page; runs in the page. */
function structure() {
  const found = [];
  if (!document.documentElement.lang) found.push("no language");
  if (!document.title.trim()) found.push("no title");
  if (document.querySelectorAll("h1").length !== 1) found.push(`${document.querySelectorAll("h1").length} h1`);
  if (document.querySelectorAll("main").length !== 1) found.push("no main");
  const named = (element) =>
    element.labels?.length ||
    element.ariaLabel ||
    element.getAttribute("aria-labelledby") ||
    element.textContent.trim();
  for (const element of document.querySelectorAll("input:not([type=hidden]), button, select, a"))
    if (!named(element)) found.push(`${element.outerHTML} has no name`);
  for (const image of document.querySelectorAll("img"))
    if (!image.hasAttribute("alt")) found.push("an image without text");
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  if (new Set(ids).size !== ids.length) found.push("an id twice");
  for (const element of document.querySelectorAll("[aria-describedby], [aria-labelledby]")) {
    for (const id of `${element.getAttribute("aria-describedby") ?? ""} ${element.getAttribute("aria-labelledby") ?? ""}`.split(
      " ",
    )) {
      if (id && !document.getElementById(id)) found.push(`nothing is #${id}`);
    }
  }
  if (document.querySelector("script[src], [style], [onclick]")) found.push("a script or a style of its own");
  return found;
}

/** What axe finds on a page. */
async function axe(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

/** Tab comes to everything that can be used, and shows where it is. */
async function byKeyboard(page) {
  const usable = "a[href], button:not([hidden]), input:not([type=hidden])";
  const left = new Set(
    await page.locator(usable).evaluateAll((elements) => elements.map((element) => element.outerHTML)),
  );
  // Twice around, because a page may begin in the middle.
  for (let presses = 2 * left.size + 2; left.size > 0; presses -= 1) {
    assert.ok(presses > 0, `Tab never comes to ${[...left].join(" ")}`);
    await page.keyboard.press("Tab");
    const { html, outline } = await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      return { html: document.activeElement.outerHTML, outline: `${outlineStyle} ${outlineWidth}` };
    });
    if (left.delete(html)) assert.equal(outline, "solid 3px", html);
  }
}

for (const [name, show] of Object.entries(PAGES)) {
  describe(name, () => {
    for (const [screen, options] of Object.entries(SCREENS)) {
      test(`${screen}: fits, can be read and hit`, async () => {
        const { context, tab, troubles } = await open(chromium, options);
        try {
          await show(tab);
          await picture(tab, `${name}-${screen}`);
          // Forced colours are the person's own.
          const found = (await tab.evaluate(look)).filter(
            (text) => !options.forcedColors || !text.includes("contrast"),
          );
          assert.deepEqual(found, []);
          if (screen === "narrow-dark") assert.deepEqual(await axe(tab), []);
          troubles.assertNone();
        } finally {
          await context.close();
        }
      });
    }

    test("can be used by everyone: named, with nothing that axe finds, and by keyboard alone", async () => {
      const { context, tab } = await open(chromium);
      try {
        await show(tab);
        assert.deepEqual(await tab.evaluate(structure), []);
        assert.deepEqual(await axe(tab), []);
        const icon = await tab.locator("link[rel=icon]").getAttribute("href");
        assert.equal((await tab.request.get(new URL(icon, tab.url()).href)).status(), 200);
        await byKeyboard(tab);
      } finally {
        await context.close();
      }
    });
  });
}

test("a logo without a size of its own is seen, and is no larger than it may be", async () => {
  const { context, tab, troubles } = await open(chromium);
  try {
    await tab.goto(`${branded.issuer}/_postern/login`);
    const box = await tab.getByAltText("Orders of Example").boundingBox();
    assert.deepEqual([box.width, box.height], [112, 56]);
    await PAGES["branded-consent"](tab);
    const picture = await tab.locator("main img").boundingBox();
    assert.deepEqual([picture.width, picture.height], [128, 64]);
    troubles.assertNone();
  } finally {
    await context.close();
  }
});

test("a browser that looks for an icon gets one", async () => {
  const { context, tab } = await open(chromium);
  try {
    const icon = await tab.request.get(at("/favicon.ico"));
    assert.equal(icon.status(), 200);
    assert.equal(icon.headers()["content-type"], "image/svg+xml");
    // Playwright keeps the browser from asking for that one; the pages' own has the same content.
    await tab.goto(at("/_postern/icon.svg"));
    assert.equal(await tab.content(), await icon.text());
    assert.equal(await tab.locator("path").count(), 1);
  } finally {
    await context.close();
  }
});

test("who is asked for consent can be somebody else, and comes back to the question", async () => {
  const { context, tab, troubles } = await open(chromium);
  try {
    await PAGES["branded-consent"](tab);
    const asked = new URL(tab.url()).searchParams.get("state");
    await tab.getByRole("link", { name: "Use another account" }).click();
    await fillIn(tab, ACCOUNTS.bob);
    await tab.getByRole("heading", { name: /allow/i }).waitFor();
    assert.equal(new URL(tab.url()).searchParams.get("state"), asked);
    assert.match(await tab.locator(".lead").innerText(), /as bob/);
    troubles.assertNone();
  } finally {
    await context.close();
  }
});

test("whoever does not want to sign out goes back to the site", async () => {
  const { context, tab } = await open(chromium);
  try {
    await PAGES.logout(tab);
    await tab.getByRole("link", { name: "Cancel" }).click();
    await tab.waitForURL(at("/"));
    await tab.goto(at("/site/page"));
    assert.equal(new URL(tab.url()).pathname, "/site/page");
  } finally {
    await context.close();
  }
});

test("what was typed as a password can be shown, and is hidden again before it is sent", async () => {
  const { context, tab, troubles } = await open(chromium);
  try {
    await PAGES.login(tab);
    const field = tab.getByLabel("Password", { exact: true });
    await field.fill("wrong");
    await tab.keyboard.press("Tab");
    await tab.keyboard.press("Enter");
    assert.equal(await field.getAttribute("type"), "text");
    await picture(tab, "login-revealed");
    await tab.getByRole("button", { name: "Hide password" }).click();
    assert.equal(await field.getAttribute("type"), "password");
    await tab.getByRole("button", { name: "Show password" }).click();
    await field.evaluate((field) => {
      field.form.addEventListener("submit", (event) => {
        event.preventDefault();
        document.title = `sent as ${field.type}`;
      });
    });
    await tab.getByLabel("User name").fill(ann.name);
    await tab.keyboard.press("Enter");
    await tab.waitForFunction(() => document.title.startsWith("sent"));
    assert.equal(await tab.title(), "sent as password");
    troubles.assertNone();
  } finally {
    await context.close();
  }
});

test("without scripts there is no button that does nothing, and times are in UTC", async () => {
  const { context, tab } = await open(chromium, { javaScriptEnabled: false, timezoneId: "Asia/Tokyo" });
  try {
    await PAGES.login(tab);
    assert.equal(await tab.getByText("Show", { exact: true }).isVisible(), false);
    await PAGES.sessions(tab);
    assert.match(await tab.locator("time").first().innerText(), / UTC$/);
  } finally {
    await context.close();
  }
});

test("times are those of the person's own clock", async () => {
  const { context, tab, troubles } = await open(chromium, { timezoneId: "Asia/Tokyo", locale: "de-DE" });
  try {
    await PAGES.sessions(tab);
    const time = tab.locator("time").first();
    const moment = new Date(await time.getAttribute("datetime"));
    const shown = { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Tokyo" };
    assert.equal(await time.innerText(), new Intl.DateTimeFormat("de-DE", shown).format(moment));
    assert.match(await time.getAttribute("title"), / UTC$/);
    troubles.assertNone();
  } finally {
    await context.close();
  }
});

test("the fields of the login are what password managers look for", async () => {
  const { context, tab } = await open(chromium);
  try {
    await PAGES.login(tab);
    assert.equal(await tab.getByLabel(/name/i).getAttribute("autocomplete"), "username");
    assert.equal(await tab.getByLabel("Password", { exact: true }).getAttribute("autocomplete"), "current-password");
    assert.equal(await tab.getByLabel("Password", { exact: true }).getAttribute("type"), "password");
  } finally {
    await context.close();
  }
});
