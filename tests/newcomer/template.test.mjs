// What "Deploy to Cloudflare" does with `template/`, as far as that can be done here.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { startChromium } from "../browser/chromium.mjs";
import { ROOT } from "../package/scratch.mjs";
import { Newcomer } from "./newcomer.mjs";

let newcomer, chromium;
before(async () => {
  newcomer = new Newcomer();
  chromium = await startChromium();
});
after(async () => {
  await chromium?.close();
  await newcomer?.end();
});

test("the template installs, builds and would be deployed, from an empty home", async () => {
  newcomer.copy(join(ROOT, "template"), "template");
  // In place of the package that is not published.
  await newcomer.run("template", "npm", "install", "--no-audit", "--no-fund", newcomer.archive("postern"));
  assert.match(await newcomer.run("template", "npm", "run", "build"), /\.postern\/config\.js is made of postern\.toml/);
  const said = await newcomer.run("template", "npx", "wrangler", "deploy", "--dry-run");
  assert.match(said, /--dry-run: exiting now/);
  assert.doesNotMatch(said, /WARNING|ERROR/);
  assert.match(said, /env\.POSTERN_ISSUER/);
});

test("its secrets are made on the first run, and its example is no secret", async () => {
  const site = await newcomer.serve("template");
  const [, password] = await site.says(/log in as me with the password (\S+) \(it is not shown again\)/);
  assert.equal((await site.visit("/")).status, 303);
  const tab = await site.logIn(chromium, "/", "me", password);
  await tab.getByRole("heading", { name: "You are in" }).waitFor();
  await newcomer.look("template", site.url);
  await site.stop();
});
