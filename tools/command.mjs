// Makes the command line from its Wasm: `node tools/command.mjs WASM TO`. What is newer than its sources is left alone.

import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [wasm, to] = process.argv.slice(2);
const root = fileURLToPath(new URL("..", import.meta.url));
const binary = join(to, "wasm_bg.wasm");

// The features that each Node has which is new enough for wrangler.
const features = [
  "mutable-globals",
  "sign-ext",
  "nontrapping-float-to-int",
  "bulk-memory",
  "multivalue",
  "reference-types",
].map((feature) => `--enable-${feature}`);

const run = (tool, ...args) => execFileSync(tool, args, { stdio: ["ignore", "ignore", "inherit"] });

mkdirSync(to, { recursive: true });
if (!existsSync(binary) || statSync(binary).mtimeMs < statSync(wasm).mtimeMs) {
  run("wasm-bindgen", "--target", "web", "--no-typescript", "--out-name", "wasm", "--out-dir", to, wasm);
  // -Oz makes it 7 % smaller and takes 15 seconds more, and nobody waits for its size.
  const strip = ["--strip-debug", "--strip-producers"];
  run(join(root, "node_modules/binaryen/bin/wasm-opt"), binary, "-o", binary, ...features, "-O1", ...strip);
}
copyFileSync(join(root, "npm/postern/cli.js"), join(to, "postern.js"));
copyFileSync(join(root, "npm/postern/serve.js"), join(to, "serve.js"));
chmodSync(join(to, "postern.js"), 0o755);
