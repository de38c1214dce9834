// How much memory the Worker's process takes, and whether that grows.
//
// Job: samples of a workerd process, and the verdict over them. Not its job: the load.

import { readdirSync, readFileSync } from "node:fs";

import { residentBytes, wasmBytes } from "../../bench/lib/proc.mjs";
import { median } from "../../bench/lib/stats.mjs";

const MIB = 2 ** 20;

/**
 * How much more the last third may take than the second, by the medians. Where nothing leaks, eight minutes at four acts a
 * second came to 2 % of resident memory (the objects of sessions fill SQLite's caches) and to nothing of Wasm, which
 * grows in steps and never shrinks. In half an hour, 8 % is what 2 KB lost
 * with each answer would come to.
 */
export const ALLOWED = { resident: 0.08, wasm: 0.02 };

/** The workerd process that this one has started. */
export function workerdProcess() {
  for (const name of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const [, command, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, "utf8"));
      if (command === "workerd" && Number(parent) === process.pid) return Number(name);
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error("there is no workerd process to watch");
}

/** Resident memory of a process, and its Wasm memories, in bytes. */
export function sample(pid) {
  return { resident: residentBytes(pid), wasm: wasmBytes(pid) };
}

/** Bytes, for people. */
export const mib = (bytes) => (bytes === null ? "unknown" : `${(bytes / MIB).toFixed(1)} MiB`);

/** What grew, as a list of sentences: empty where memory is flat. `samples` are equally far apart in time. */
export function growth(samples) {
  const third = Math.floor(samples.length / 3);
  if (third === 0) return ["there are too few samples to tell whether memory is flat"];
  const [second, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  return Object.entries(ALLOWED).flatMap(([kind, allowed]) => {
    const known = (part) => part.map((each) => each[kind]).filter((bytes) => bytes !== null);
    if (known(second).length === 0 || known(last).length === 0) return [`the ${kind} memory could not be read`];
    const [before, after] = [median(known(second)), median(known(last))];
    if (after <= before * (1 + allowed)) return [];
    return [`the ${kind} memory grew from ${mib(before)} to ${mib(after)}: more than ${allowed * 100} %`];
  });
}
