// Chromium, driven by playwright-core.
//
// Job: start it, give browsers with nothing in them, and hold what is true of each page: nothing was
// blocked by the page's own policy, no script threw, the style sheet came. Pictures of what was seen go to
// `.screenshots/` beside the tests' own checks; nothing is compared with them.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const PICTURES = join(dirname(fileURLToPath(import.meta.url)), "../../.screenshots");

/** Without these it looks for hosts that no test has. */
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Other sites, served from here: nothing a test does leaves the machine. */
const ELSEWHERE = /^https:\/\/[a-z.]+\.example(\.com)?\//;

export async function startChromium() {
  const executablePath = process.env.CHROMIUM;
  assert.ok(executablePath, "CHROMIUM names no browser: run `make browser`, which sees to one");
  return chromium.launch({ executablePath, args: QUIET });
}

/** Collects what goes wrong in a browser without anyone seeing it, so that a test can assert that nothing did. */
class Troubles {
  all = [];
  watch(page) {
    page.on("pageerror", (error) => this.all.push(`a script threw: ${error.message}`));
    page.on("console", (message) => {
      // An answer of 401 is an error to the console, and what the test is about.
      if (message.type() === "error" && !/^Failed to load resource/.test(message.text()))
        this.all.push(`the console says: ${message.text()}`);
    });
    page.on("response", (response) => {
      const type = response.request().resourceType();
      if (["stylesheet", "script"].includes(type) && response.status() !== 200)
        this.all.push(`${response.status()} for ${response.url()}`);
    });
  }
  assertNone() {
    assert.deepEqual(this.all, []);
  }
}

/** A browser with nothing in it, and its first tab. `sites` maps URLs of other sites to HTML. */
export async function open(chromium, { sites = {}, ...options } = {}) {
  const context = await chromium.newContext({ serviceWorkers: "block", ...options });
  context.setDefaultTimeout(20_000);
  const troubles = new Troubles();
  context.on("page", (page) => troubles.watch(page));
  await context.route(ELSEWHERE, (route) => {
    const url = route.request().url();
    const known = Object.entries(sites).find(([site]) => url.startsWith(site));
    return route.fulfill({
      status: known ? 200 : 404,
      contentType: "text/html",
      body: known ? known[1] : "nothing here",
    });
  });
  return { context, troubles, tab: await context.newPage() };
}

/** Keeps a picture of what is seen. */
export async function picture(page, name) {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}

/** Fills in the form of the site. */
export async function fillIn(page, { name, password }) {
  await page.getByLabel(/name/i).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: /^sign in$/i }).click();
}

/** Fills in the form of the provider. */
export async function fillInAtProvider(page, name) {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill("any");
  await page.getByRole("button", { name: "Log in" }).click();
}

/** Presses a button of the page, or follows its link. */
export async function press(page, name) {
  await page.getByRole("button", { name }).or(page.getByRole("link", { name })).first().click();
}
