// Makes build/ from what worker-build made: `node tools/bundle.mjs FROM TO`.
//
// worker-build keeps every class that the `worker` crate exports, the debug names, and an entry of
// its own. This puts src/edge/entry.js in front, drops the classes that nothing uses, then drops from
// the Wasm what no JavaScript calls any more, and the names.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const [from, to] = process.argv.slice(2).map((folder) => resolve(folder));
const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "postern-bundle-"));

// What worker-build passes to wasm-opt: the features that workerd has for certain.
const features = [
  "mutable-globals",
  "sign-ext",
  "nontrapping-float-to-int",
  "bulk-memory",
  "multivalue",
  "reference-types",
  "exception-handling",
].map((feature) => `--enable-${feature}`);

function binaryen(tool, ...args) {
  execFileSync(join(root, "node_modules/binaryen/bin", tool), args, { stdio: ["ignore", "ignore", "inherit"] });
}

/** The text with every match replaced; there must be one, or the generator has changed its output. */
function replaced(text, pattern, replacement) {
  if (!pattern.test(text)) throw new Error(`worker-build's output has nothing that matches ${pattern}`);
  return text.replace(pattern, replacement);
}

try {
  // Without these three, esbuild has to believe that each class is needed.
  let glue = readFileSync(join(from, "index.js"), "utf8");
  glue = replaced(glue, /^if \(Symbol\.dispose\) .*$/gm, "");
  glue = replaced(glue, /^(var \w+ = )(new Proxy\(\w+, classProxyHooks\);)$/gm, "$1/* @__PURE__ */ $2");
  glue = replaced(glue, /: new FinalizationRegistry\(/g, ": /* @__PURE__ */ new FinalizationRegistry(");
  // wasm-bindgen writes the snippet's module once for each of its direct imports.
  glue = replaced(glue, /^( +"\.\/snippets\/[^"]+": \w+),\n\1(,?)$/gm, "$1$2");
  // The exported function itself, for src/edge/entry.js.
  const [, answer] = glue.match(/^Entrypoint\.prototype\.fetch = function \w+\(arg\) \{\n  return (\w+)\.call\(/m);
  glue += `export { ${answer} as answer };\n`;
  const gluePath = join(scratch, "glue.js");
  writeFileSync(gluePath, glue);

  mkdirSync(to, { recursive: true });
  await build({
    entryPoints: [join(root, "src/edge/entry.js")],
    outfile: join(to, "index.js"),
    alias: { "postern-wasm": gluePath },
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
  binaryen("wasm-opt", trimmed, "-o", join(to, "index_bg.wasm"), ...features, "-O3", "--strip-debug", "--strip-producers");
} finally {
  rmSync(scratch, { recursive: true });
}
