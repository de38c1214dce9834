// From an empty folder to a page behind a login: three commands.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { startChromium } from "../browser/chromium.mjs";
import { Newcomer, passwordIn } from "./newcomer.mjs";

let newcomer, chromium;
before(async () => {
  newcomer = new Newcomer();
  chromium = await startChromium();
});
after(async () => {
  await chromium?.close();
  await newcomer?.end();
});

test("three commands, and a browser sees the page that only people with an account see", async (t) => {
  const began = Date.now();
  const said = await newcomer.create("my-site", "--yes");
  const installed = Date.now();
  const site = await newcomer.serve("my-site");
  const refused = await site.visit("/");
  assert.equal(refused.status, 303);
  assert.equal(new URL(refused.location, site.url).pathname, "/_postern/login");
  const tab = await site.logIn(chromium, "/", "me", passwordIn(said));
  await tab.getByRole("heading", { name: "You are in" }).waitFor();
  const seconds = (since) => ((Date.now() - since) / 1000).toFixed(1);
  const total = seconds(began);
  console.log(
    `from an empty folder to a page behind a login: ${total} s, of which ${seconds(installed)} s without npm`,
  );
  console.log(said);

  await t.test("the terminal tells of each request who it was and what became of it", async () => {
    await site.says(/GET \/ +303 to the login: nobody is logged in {2}\(route \/\*\)\n/);
    await site.says(/GET \/ +let in: me {2}\(route \/\*\)\n/);
    assert.doesNotMatch(site.said, /\{"time"|pst_/);
    console.log(site.said);
  });

  await t.test("secrets are for their owner alone", () => {
    assert.equal(statSync(join(newcomer.folder, "my-site/.dev.vars")).mode & 0o777, 0o600);
  });

  await t.test("a refused configuration is explained on the page and in the terminal", async () => {
    const good = newcomer.read("my-site", "postern.toml");
    newcomer.write("my-site", { "postern.toml": good.replace('access = "session"', 'access = "sesion"') });
    const { text } = await site.until("/", ({ status, text }) => status === 500 && text.includes("routes[0].access"));
    assert.match(text, /must be one of `public`, `token`, `session`/);
    // When it is built, and then once for all requests.
    await site.says(/\[custom build\] postern\.toml:\d+:\d+: error: routes\[0\]\.access: must be one of/);
    await site.says(/the configuration is refused, so each request gets 500:\n {2}postern\.toml:\d+:\d+: routes\[0\]/);
    await site.visit("/");
    assert.doesNotMatch(site.said, /\{"time"/);
    newcomer.write("my-site", { "postern.toml": good });
    await site.until("/", ({ status }) => status === 303);
  });

  await t.test("the other commands take it, and are readable", async () => {
    await newcomer.look("my-site", site.url);
  });

  await t.test("Ctrl-C stops all of it", async () => {
    assert.ok(newcomer.running().length > 0);
    await site.stop();
    assert.deepEqual(newcomer.running(), []);
  });

  await t.test("a second run changes nothing", async () => {
    assert.match(await newcomer.run("my-site", "npx", "postern", "init", "--yes"), /nothing is missing here/);
  });
});
