// The Worker as a file: its size, and how long an instance of its module takes.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { BENCH, BUILD } from "./paths.mjs";
import { run } from "./processes.mjs";
import { step } from "./progress.mjs";
import { summary } from "./stats.mjs";

const PROCESSES = 25;
const FILES = ["index.js", "index_bg.wasm"];

export function bundleSizes() {
  return FILES.map((name) => {
    const path = join(BUILD, name);
    return { name, bytes: statSync(path).size, gzipped: gzipSync(readFileSync(path), { level: 9 }).length };
  });
}

// Each in a process of its own: V8 keeps what it has compiled, and an isolate starts without it.
export async function instantiation() {
  step(`instantiating the module in ${PROCESSES} fresh processes`);
  const times = [];
  for (let at = 0; at < PROCESSES; at++) {
    times.push(JSON.parse(await run(process.execPath, [join(BENCH, "instantiate.mjs"), join(BUILD, FILES[1])])));
  }
  return {
    processes: PROCESSES,
    compile: summary(times.map(({ compile }) => compile)),
    instantiate: summary(times.map(({ instantiate }) => instantiate)),
    startUp: summary(times.map(({ compile, instantiate }) => compile + instantiate)),
  };
}
