// The single-page application of the recipe: when its login has ended, a link in it leads to the login and back.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { ACCOUNTS, startSite } from "../people/world.mjs";
import { fillIn, open, startChromium } from "./chromium.mjs";

const PUBLIC = fileURLToPath(new URL("../../examples/single-page/public/", import.meta.url));
const names = ["index.html", "app.js", "orders.json"];
const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(PUBLIC, name), "utf8")]));
const { ann } = ACCOUNTS;

let site, browser;
before(async () => {
  const routes = [{ match: "/*", methods: ["GET"], access: "session", origin: "assets" }];
  site = await startSite({
    // As with `not_found_handling = "single-page-application"`.
    files: { ...files, "orders.html": files["index.html"] },
    configure: (config) => ({ ...config, routes }),
  });
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

test("a link in the application leads to the login, and then to where it leads", async () => {
  const { context, tab } = await open(browser);
  await tab.goto(`${site.issuer}/`);
  await fillIn(tab, ann);
  await tab.getByText("The start.").waitFor();
  await tab.getByRole("link", { name: "Orders" }).click();
  await tab.getByText("Orders: 1, 2").waitFor();
  await tab.getByRole("link", { name: "Start" }).click();
  await context.clearCookies();
  await tab.getByRole("link", { name: "Orders" }).click();
  await tab.waitForURL(/\/_postern\/login\?return_to=\/orders$/);
  await fillIn(tab, ann);
  await tab.getByText("Orders: 1, 2").waitFor();
  assert.equal(new URL(tab.url()).pathname, "/orders");
  await context.close();
});
