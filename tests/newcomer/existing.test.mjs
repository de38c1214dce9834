// Postern in front of what somebody has already: a Worker, and the output of generators.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startChromium } from "../browser/chromium.mjs";
import { Newcomer, passwordIn } from "./newcomer.mjs";

let newcomer, chromium;
before(async () => {
  newcomer = new Newcomer({ hasPackages: true });
  chromium = await startChromium();
});
after(async () => {
  await chromium?.close();
  await newcomer?.end();
});

/** Puts Postern in front of a project, and serves it; what `init` said. */
async function gate(folder, ...words) {
  await newcomer.run(folder, "npm", "install", "--offline", "--no-audit", "--no-fund", newcomer.archive("postern"));
  const said = await newcomer.run(folder, "npx", "postern", "init", "--yes", ...words);
  const [, script] = /run (\S+) {3}# serves/.exec(said);
  const again = await newcomer.run(folder, "npx", "postern", "init", "--yes");
  assert.match(again, /nothing is missing here/);
  return { said, site: await newcomer.serve(folder, script) };
}

const isLogin = (answer) => answer.status === 303 && answer.location.includes("/_postern/login");

test("a Hono Worker with a Durable Object of its own", async () => {
  newcomer.write("shop", {
    "package.json": JSON.stringify({ name: "shop", private: true, type: "module", scripts: { dev: "wrangler dev" } }),
    "wrangler.jsonc": `{
  // The shop
  "name": "shop",
  "main": "src/index.js",
  "compatibility_date": "2026-10-01",
  "durable_objects": { "bindings": [{ "name": "COUNTER", "class_name": "Counter" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Counter"] }]
}
`,
    "src/index.js": `import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";
import { identity } from "postern";

export class Counter extends DurableObject {
  async count() {
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return count;
  }
}

const app = new Hono();
app.get("/", (c) => {
  console.log("the shop's own line");
  return c.html(\`<h1>Hello, \${identity(c.req.raw).username}</h1>\`);
});
app.get("/count", async (c) => c.text(\`visit \${await c.env.COUNTER.getByName("all").count()}\`));
export default app;
`,
  });
  const { said, site } = await gate("shop");
  assert.match(newcomer.read("shop", "wrangler.jsonc"), /\/\/ The shop\n/);
  assert.ok(isLogin(await site.visit("/")));
  assert.equal((await fetch(`${site.url}/count`)).status, 401);
  const tab = await site.logIn(chromium, "/", "me", passwordIn(said));
  await tab.getByRole("heading", { name: "Hello, me" }).waitFor();
  await tab.goto(`${site.url}/count`);
  assert.equal(await tab.textContent("body"), "visit 1");
  await site.says(/the shop's own line\n/);
  await site.says(/GET \/count +let in: me/);
  await newcomer.look("shop", site.url);
  await site.stop();
});

for (const { name, folder, output, files } of [
  {
    name: "Astro",
    folder: "blog",
    output: "dist",
    files: {
      "package.json": { scripts: { dev: "astro dev", build: "astro build" }, devDependencies: { astro: "7.3.5" } },
      "src/pages/index.astro": "<html><head><title>Blog</title></head><body><h1>By Astro</h1></body></html>\n",
    },
  },
  {
    name: "VitePress",
    folder: "handbook",
    output: "docs/.vitepress/dist",
    files: {
      "package.json": { scripts: { "docs:build": "vitepress build docs" }, devDependencies: { vitepress: "1.6.4" } },
      "docs/index.md": "# By VitePress\n",
    },
  },
]) {
  test(`what ${name} writes`, async () => {
    const manifest = JSON.stringify({ name: folder, private: true, type: "module", ...files["package.json"] });
    newcomer.write(folder, { ...files, "package.json": manifest });
    const { said, site } = await gate(folder);
    assert.match(newcomer.read(folder, "wrangler.jsonc"), new RegExp(`"directory": "${output}"`));
    assert.ok(isLogin(await site.visit("/")));
    const tab = await site.logIn(chromium, "/", "me", passwordIn(said));
    await tab.getByRole("heading", { name: `By ${name}` }).waitFor();
    await newcomer.look(folder, site.url);
    await site.stop();
  });
}
