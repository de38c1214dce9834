// What ran the benchmark, and what was run.

import { createRequire } from "node:module";
import { cpus, release, totalmem } from "node:os";

import { BENCH, ROOT } from "./paths.mjs";
import { run } from "./processes.mjs";
import { WORKERD_VERSION } from "./workerd.mjs";

const PEERS = ["@cloudflare/workers-oauth-provider", "jose", "oidc-provider"];

export async function machine() {
  const [{ model }] = cpus();
  const lock = createRequire(import.meta.url)(`${BENCH}package-lock.json`);
  const peers = PEERS.map((name) => [name, lock.packages[`node_modules/${name}`].version]);
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release(),
    commit: await commit(),
    versions: {
      workerd: WORKERD_VERSION,
      node: process.versions.node,
      wrk: /wrk (\S+) \[/.exec(await wrkVersion())?.[1] ?? "unknown",
      rustc: (await run("rustc", ["--version"])).trim().replace("rustc ", ""),
      ...Object.fromEntries(peers),
    },
  };
}

async function commit() {
  try {
    return (await run("git", ["-C", ROOT, "describe", "--always", "--dirty", "--abbrev=12"])).trim();
  } catch {
    return "unknown (no git checkout)";
  }
}

// It prints its version and ends with 1.
async function wrkVersion() {
  try {
    return await run("wrk", ["-v"]);
  } catch (error) {
    return error.message;
  }
}
