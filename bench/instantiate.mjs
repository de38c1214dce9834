// Prints how many milliseconds it takes to compile the module, and to make an instance of it and run its start
// function. The imports do nothing, as the start function has nothing to ask of them.
import { readFileSync } from "node:fs";

const bytes = readFileSync(process.argv[2]);
const begun = performance.now();
const module = new WebAssembly.Module(bytes);
const compiled = performance.now();
const imports = {};
for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
  imports[from] ??= {};
  imports[from][name] = kind === "tag" ? new WebAssembly.Tag({ parameters: ["externref"] }) : () => {};
}
const ready = performance.now();
const instance = new WebAssembly.Instance(module, imports);
instance.exports.__wbindgen_start?.();
const instantiated = performance.now();
console.log(JSON.stringify({ compile: compiled - begun, instantiate: instantiated - ready }));
