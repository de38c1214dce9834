// Postern in front of what somebody has already: the output of generators.

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
    await site.stop();
  });
}
