// A user's own tests (examples/vite) in Cloudflare's two plugins for Vitest: the newer one has another name.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { ROOT, Scratch } from "./scratch.mjs";

const scratch = new Scratch();
after(() => scratch.end());

const EXAMPLE = join(ROOT, "examples/vite");

/** The files of the example, less what was built from them, with this plugin. */
function example(plugin) {
  const paths = readdirSync(EXAMPLE, { recursive: true }).filter((path) =>
    /^(src|test)\b|^[^/]*\.(mjs|toml|jsonc)$/.test(path),
  );
  const files = paths.filter((path) => statSync(join(EXAMPLE, path)).isFile());
  const text = (path) => readFileSync(join(EXAMPLE, path), "utf8").replace("@cloudflare/vitest-plugin", plugin);
  return Object.fromEntries(files.map((path) => [path, text(path)]));
}

// In a package as `npm init` makes it, whose `.js` files are CommonJS.
for (const plugin of ["@cloudflare/vitest-pool-workers", "@cloudflare/vitest-plugin"]) {
  test(`a user's test with ${plugin} gets a token from Postern and is let in`, async () => {
    const project = await scratch.project(plugin.split("/")[1], example(plugin), "commonjs");
    const said = await project.run("vitest", "run");
    assert.match(said, /Tests +2 passed/);

    // A run whose configuration is refused tests nothing.
    project.write("postern.toml", project.read("postern.toml").replace('access = "public"', 'access = "publik"'));
    const refused = await project.attempt("vitest", "run");
    assert.notEqual(refused.status, 0);
    assert.match(refused.said, /postern\.toml:\d+:\d+: error: routes\[1\]\.access: must be one of/);
  });
}
