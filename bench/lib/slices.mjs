// The same seconds for every case: the load of each is held and let go on in turn, a tenth of a second at a time and in
// another order each turn. What slows the machine for a while so slows every case alike, which windows of whole seconds
// one after the other do not see to.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { invalid, isCached, isRefill, loadArguments, resultOf, warmUp } from "./load.mjs";
import * as minute from "./minute.mjs";
import { cpuNanoseconds } from "./proc.mjs";
import { start, stop } from "./processes.mjs";
import { shuffled } from "./stats.mjs";

const SLICE_MS = 100;
// After the load is held: until what it had asked for is answered and cleaned up.
const REST_MS = 8;
// Longer than a pass takes: a load ends when it is told to.
const LONG_SECONDS = 600;
const PASSES = 3;

// Measures each station in so many slices; { case name: { cpuMicroseconds, requests, readsPerRequest, invalid } }. Where
// a cache's minute ended for some case all the same, all are measured anew.
export async function measureSliced(room, stations, slices) {
  const passMs = stations.length * slices * SLICE_MS * 1.5;
  const cached = stations.filter(({ measured }) => isCached(measured));
  for (let pass = 1; ; pass++) {
    await minute.quiet(passMs);
    for (const { running, measured, tokens } of cached) await warmUp(running, measured, tokens);
    const results = await once(room, stations, slices);
    const hasRefilled = cached.some(({ measured, tokens }) => isRefill(measured, tokens, results[measured.name]));
    if (!hasRefilled || pass === PASSES) return results;
    minute.reads();
  }
}

async function once(room, stations, slices) {
  const loads = stations.map((station) => new Load(room, station));
  try {
    for (let turn = 1; turn <= slices; turn++) {
      for (const load of shuffled(loads)) await load.slice(turn === slices);
    }
    return Object.fromEntries(loads.map((load) => [load.name, load.result()]));
  } finally {
    await Promise.all(loads.map((load) => load.end()));
  }
}

// wrk for one case, held except during its slices.
class Load {
  #station;
  #log;
  #wrk = null;
  #nanoseconds = 0;
  #reads = 0;

  constructor(room, station) {
    this.#station = station;
    this.#log = join(room.folder("loads"), station.measured.name);
  }

  get name() {
    return this.#station.measured.name;
  }

  async slice(isLast) {
    const { running, measured, tokens } = this.#station;
    const reads = await running.kv?.reads();
    const before = cpuNanoseconds(running.pid);
    if (this.#wrk === null) {
      const script = loadArguments(running.port, measured, tokens, LONG_SECONDS, { patience: LONG_SECONDS });
      this.#wrk = start("wrk", script, { log: this.#log });
    } else {
      this.#wrk.child.kill("SIGCONT");
    }
    await (isLast ? this.#interrupt() : minute.sleep(SLICE_MS));
    if (!isLast) this.#wrk.child.kill("SIGSTOP");
    await minute.sleep(REST_MS);
    this.#nanoseconds += cpuNanoseconds(running.pid) - before;
    if (running.kv !== null) this.#reads += (await running.kv.reads()) - reads;
  }

  // wrk then says what it counted. Its main thread has to be the one that is interrupted, and any may be: so it is asked
  // until it ends.
  async #interrupt() {
    const timer = setInterval(() => this.#wrk.child.kill("SIGINT"), SLICE_MS / 2);
    await this.#wrk.ended;
    clearInterval(timer);
  }

  result() {
    const { running, measured } = this.#station;
    const wrk = resultOf(measured, readFileSync(this.#log, "utf8"));
    const readsPerRequest = running.kv === null ? null : this.#reads / wrk.requests;
    return {
      cpuMicroseconds: this.#nanoseconds / wrk.requests / 1e3,
      requests: wrk.requests,
      readsPerRequest,
      invalid: invalid(measured, wrk, readsPerRequest),
    };
  }

  // Nothing is left where a pass did not come to its end.
  async end() {
    if (this.#wrk === null) return;
    this.#wrk.child.kill("SIGCONT");
    await stop(this.#wrk);
  }
}
