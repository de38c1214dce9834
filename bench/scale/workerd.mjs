// The same on workerd: as many isolates as a machine bears, for a time of the real clock.
//
// Job: start isolates that follow one log, send each of them requests, let the log be silent for a while, and count the
// questions. Not its job: what the counts should be; the simulation of the same run says that.

import { config as fixture, clients as known, secrets } from "../../tests/workerd/fixture.mjs";
import { start } from "../../tests/workerd/harness.mjs";

const { reports } = known;
const ROUTE = "/api/five/x";
/** What a run is made of, in seconds: it settles, is counted, loses its log, and is counted again. */
export const PHASES = { settling: 12, steady: 30, silent: 12, calming: 10, after: 20 };
export const QUICK_PHASES = { settling: 12, steady: 12, silent: 8, calming: 10, after: 10 };
/** Requests a second of an isolate. */
export const RATE = 2;

/** A configuration with one route, whose `max_staleness` is 5 seconds. */
function config(more) {
  return {
    issuer: fixture.issuer,
    audience: fixture.audience,
    clients: fixture.clients.filter(({ id }) => id === reports.id),
    routes: [{ match: "/api/five/*", access: "token", max_staleness: 5, origin: "service:ORIGIN" }],
    ...more,
  };
}

/** Names of so many isolates. The first one owns the objects. */
const names = (count) => Array.from({ length: count }, (_, number) => `isolate${number}`);

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Sends requests as a Poisson process until it is told to stop. */
function load(gate, token, tally) {
  let stopped = false;
  const begin = async () => {
    while (!stopped) {
      await sleep((-Math.log(1 - Math.random()) * 1000) / RATE);
      if (stopped) return;
      gate.get(ROUTE, { Authorization: `Bearer ${token}` }).then(
        ({ status }) => {
          tally[status] = (tally[status] ?? 0) + 1;
        },
        () => {
          tally.failed = (tally.failed ?? 0) + 1;
        },
      );
    }
  };
  begin();
  return () => {
    stopped = true;
  };
}

/** How often the isolates have asked, and how often the objects were asked. */
async function counts(gates) {
  const all = await Promise.all(gates.map((gate) => gate.counts()));
  const sum = (name) => all.reduce((total, counts) => total + (counts[name] ?? 0), 0);
  return { asked: sum("log.since"), log: sum("inside.since") };
}

/** Runs it; the questions of the isolates and at the log in each phase. */
export async function run(count, phases, say, more = {}) {
  const gates = Object.fromEntries(names(count).map((name) => [name, { config: config(more), secrets }]));
  const world = await start({ gates });
  try {
    const all = Object.values(world.gates);
    const token = await all[0].token(reports);
    const tally = {};
    const stops = all.map((gate) => load(gate, token, tally));
    const results = { isolates: count, rate: RATE, phases: [] };
    let before = await counts(all);
    for (const [name, seconds] of Object.entries(phases)) {
      say(`${name}, ${seconds} s`);
      const faults = name === "silent" ? { "log.since": "hang" } : {};
      await Promise.all(all.map((gate) => gate.faults(faults)));
      const begun = performance.now();
      await sleep(seconds * 1000);
      const now = await counts(all);
      const took = (performance.now() - begun) / 1000;
      results.phases.push({ name, seconds: took, asked: now.asked - before.asked, log: now.log - before.log });
      before = now;
    }
    for (const stop of stops) stop();
    await sleep(500);
    return { ...results, statuses: tally };
  } finally {
    await world.stop();
  }
}
