// Makes the Worker's part of build/ from what wasm-bindgen made: `node tools/bundle.mjs FROM TO`.
//
// It puts src/edge/main.js in front, makes one module of all JavaScript, and drops from the Wasm what no
// JavaScript calls and the debug names.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const [from, to] = process.argv.slice(2).map((folder) => resolve(folder));
const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "postern-bundle-"));

// The features that workerd has for certain.
const features = [
  "mutable-globals",
  "sign-ext",
  "nontrapping-float-to-int",
  "bulk-memory",
  "multivalue",
  "reference-types",
  "exception-handling",
  "simd",
].map((feature) => `--enable-${feature}`);

function binaryen(tool, ...args) {
  execFileSync(join(root, "node_modules/binaryen/bin", tool), args, { stdio: ["ignore", "ignore", "inherit"] });
}

/** The text with every match replaced; there must be one, or the generator has changed its output. */
function replaced(text, pattern, replacement) {
  if (!pattern.test(text)) throw new Error(`wasm-bindgen's output has nothing that matches ${pattern}`);
  return text.replace(pattern, replacement);
}

try {
  let glue = readFileSync(join(from, "index.js"), "utf8");
  // What stands here is a proposal that the bundler does not know; to workerd the plain import is a module as well.
  glue = replaced(glue, /^import source (\w+ from "\.\/index_bg\.wasm";)$/m, "import $1");
  // wasm-bindgen writes the snippet's module once for each of its direct imports.
  glue = glue.replace(/^( +"\.\/snippets\/[^"]+": )\w+,\n(?=\1)/gm, "");
  // A closure of an instance that broke must find out before it is called: the guard behind it would make a new
  // instance and then call that one with addresses of the old.
  glue = replaced(glue, /^ +const real = \(\.\.\.args\) => \{\n/m, "$&        __wbg_call_guard();\n");
  // What was under way in an instance that broke fails when a new one is made.
  glue = replaced(glue, /^export function __wbg_reset_state \(\) \{\n/m, "$&    broken();\n");
  glue = `import { broken } from ${JSON.stringify(join(root, "src/edge/under_way.js"))};\n${glue}`;
  // The bundler leaves out the classes of the `worker` crate that nobody uses, where nothing else touches them.
  glue = glue.replaceAll("new FinalizationRegistry(", "/* @__PURE__ */ new FinalizationRegistry(");
  glue = glue.replace(/^if \(Symbol\.dispose\) .*$/gm, "");
  // The number of the instance, after one that broke has been replaced (for src/edge/main.js and host.js).
  glue += "export function instance() {\n  __wbg_call_guard();\n  return __wbg_instance_id;\n}\n";
  // Beside the original, so that its imports are found.
  const gluePath = join(from, "glue.js");
  writeFileSync(gluePath, glue);

  mkdirSync(to, { recursive: true });
  await build({
    entryPoints: [join(root, "src/edge/main.js")],
    outfile: join(to, "index.js"),
    alias: {
      "postern-wasm": gluePath,
      "postern-configuration": join(root, "src/edge/configuration.js"),
      "postern-app": join(root, "src/edge/app.js"),
    },
    external: ["./index_bg.wasm", "cloudflare:*"],
    bundle: true,
    format: "esm",
    minify: true,
    logLevel: "error",
  });

  const bundled = readFileSync(join(to, "index.js"), "utf8");
  const wasm = readFileSync(join(from, "index_bg.wasm"));
  const exported = WebAssembly.Module.exports(new WebAssembly.Module(wasm)).map(({ name }) => name);
  const called = exported.filter((name) => new RegExp(`[.\\s,{]${name}\\b`).test(bundled));
  const graph = [
    { name: "javascript", root: true, reaches: called },
    ...called.map((name) => ({ name, export: name })),
  ];
  const graphPath = join(scratch, "graph.json");
  writeFileSync(graphPath, JSON.stringify(graph));
  const trimmed = join(scratch, "trimmed.wasm");
  binaryen("wasm-metadce", join(from, "index_bg.wasm"), "-f", graphPath, "-o", trimmed, ...features);
  // By itself, -O3 puts every function with one caller into it, however large: the whole configuration into the hot path.
  const speed = ["-O3", "--one-caller-inline-max-function-size", "500"];
  const strip = ["--strip-debug", "--strip-producers"];
  binaryen("wasm-opt", trimmed, "-o", join(to, "index_bg.wasm"), ...features, ...speed, ...strip);
} finally {
  rmSync(scratch, { recursive: true });
}
