// What a run needs beside the repository's own setup: the peers' npm packages, wrk, and the mint.
import { existsSync } from "node:fs";

import { BENCH, BUILD, MINT, ROOT, WORKERD } from "./paths.mjs";
import { run } from "./processes.mjs";
import { say } from "./progress.mjs";

export class MissingTool extends Error {}

export async function prepareTools() {
  if (!existsSync(`${BUILD}/index_bg.wasm`)) throw new MissingTool("build/ is missing: run `make build` first");
  if (!existsSync(WORKERD)) throw new MissingTool("node_modules/ is missing: run `make setup` first");
  await installPackages();
  await installWrk();
  await buildMint();
}

async function installPackages() {
  if (existsSync(`${BENCH}node_modules/.package-lock.json`)) return;
  say("installing the peers' npm packages into bench/node_modules (npm ci, a few seconds)");
  await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: BENCH, inherit: true });
}

async function installWrk() {
  if (await isThere("wrk", ["-v"])) return;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !(await isThere("apt-get", ["--version"]))) {
    throw new MissingTool("wrk is missing: install it (Debian: sudo apt-get install wrk), then run this again");
  }
  say("wrk is missing: installing Debian's package with apt-get");
  const install = ["install", "-y", "--no-install-recommends", "wrk"];
  try {
    await run("apt-get", install);
  } catch {
    await run("apt-get", ["update"]);
    await run("apt-get", install);
  }
}

// wrk ends with 1 after it has printed its version.
export async function isThere(command, args) {
  try {
    await run(command, args);
    return true;
  } catch (error) {
    return error.code !== "ENOENT";
  }
}

async function buildMint() {
  say("building the mint that seals tokens and records for Postern (a minute the first time)");
  await run("cargo", ["build", "-q", "--release", "-p", "postern-bench-mint"], { cwd: ROOT, inherit: true });
  if (!existsSync(MINT)) throw new MissingTool(`cargo built no ${MINT}`);
}
