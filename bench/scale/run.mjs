// `make scale`: the simulation, and the same on workerd.
//
// Job: run both and hand the counts of workerd to the simulation, which compares them and writes the page. Not its job:
// either of them.

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { PHASES, QUICK_PHASES, run } from "./workerd.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const COUNTS = join(ROOT, "target/scale/workerd.json");
/** Isolates on workerd: each takes some 15 MB, and all of them two cores. */
const ISOLATES = 60;
const QUICK_ISOLATES = 20;

const USAGE = `usage: node bench/scale/run.mjs [options]
  --quick       small sizes; writes nothing
  --only NAME   only runs of this name (workerd is the one on workerd); writes nothing
  --seed N      other latencies and other requests in the simulation (default 1)`;

function options() {
  try {
    const { values } = parseArgs({
      options: { quick: { type: "boolean" }, only: { type: "string" }, seed: { type: "string" } },
    });
    return values;
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

const say = (text) => console.error(`postern: ${text}`);

const { quick = false, only, seed = "1" } = options();
const flags = [...(quick ? ["--quick"] : []), ...(only === undefined ? [] : ["--only", only]), "--seed", seed];
if (only === undefined || only === "workerd") {
  const isolates = quick ? QUICK_ISOLATES : ISOLATES;
  say(`${isolates} isolates on workerd`);
  const counts = await run(isolates, quick ? QUICK_PHASES : PHASES, (phase) => say(`  ${phase}`));
  mkdirSync(dirname(COUNTS), { recursive: true });
  writeFileSync(COUNTS, JSON.stringify(counts));
  flags.push("--workerd", COUNTS);
}
say("the simulation, on a virtual clock");
const cargo = ["run", "-q", "--profile", "scale", "-p", "postern-bench-scale", "--", ...flags];
process.exit(spawnSync("cargo", cargo, { cwd: ROOT, stdio: "inherit" }).status ?? 1);
