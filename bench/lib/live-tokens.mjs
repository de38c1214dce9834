// Memory and throughput of one isolate with 1, 1,000 and 100,000 live tokens.
//
// The KV is another process, so that its copy of the records does not count as the gate's memory. First each
// isolate answers as many requests as the largest one has tokens, so that every live token is presented and the cache
// is filled to its bound. The load then draws from the tokens presented last, which are in the cache; that they are is
// shown by the reads of KV.
import { startGateBeside } from "./gate-process.mjs";
import { measure, present } from "./load.mjs";
import { CACHE_BYTES, mintLive, posternWorker } from "./postern.mjs";
import { residentBytes, wasmBytes } from "./proc.mjs";
import { step } from "./progress.mjs";
import { measureSliced } from "./slices.mjs";
import { median, summary } from "./stats.mjs";

const ROUNDS = 3;
const SLICES = 20;
const DRAWN = 10_000;

const MEASURED = { name: "live", title: "Postern, live tokens", status: 200, must: "hello subject-", reads: 0 };

export async function measureLiveTokens(room, { seconds, manyTokens }) {
  const sizes = [1, 1_000, manyTokens];
  const { records, tokens } = await mintLive(manyTokens);
  const gates = [];
  for (const live of sizes) {
    step(`starting an isolate for ${live} live tokens`);
    const running = await startGateBeside(room, `live-${live}`, posternWorker());
    await running.kv.load(records.slice(0, live));
    gates.push({ live, running, ...tokenSets(room, tokens, live), windows: [], costs: [] });
  }
  step(`live tokens: presenting them to the ${sizes.length} isolates, ${manyTokens} requests each`);
  await Promise.all(gates.map(({ running, all }) => present(running, MEASURED, all, manyTokens)));
  const stations = gates.map(({ live, running, drawn }) => ({
    measured: { ...MEASURED, name: `live-${live}` },
    running,
    tokens: drawn,
  }));
  for (let round = 1; round <= ROUNDS; round++) {
    step(`live tokens, round ${round} of ${ROUNDS}`);
    const costs = await measureSliced(room, stations, SLICES);
    for (const [at, { measured, running, tokens }] of stations.entries()) {
      gates[at].costs.push(costs[measured.name]);
      gates[at].windows.push(await measure(running, measured, tokens, seconds));
    }
  }
  return { cacheBytes: CACHE_BYTES, gates: gates.map(result), ratio: ratioOfLast(gates) };
}

function tokenSets(room, tokens, live) {
  return {
    all: room.tokens(`live-${live}-all`, tokens.slice(0, live)),
    drawn: room.tokens(`live-${live}-drawn`, tokens.slice(Math.max(0, live - DRAWN), live)),
  };
}

function result({ live, running, drawn, windows, costs }) {
  const faults = [...windows, ...costs].map(({ invalid }) => invalid);
  return {
    live,
    drawn: drawn.list.length,
    residentBytes: residentBytes(running.pid),
    wasmBytes: wasmBytes(running.pid),
    cpuMicroseconds: median(costs.map(({ cpuMicroseconds }) => cpuMicroseconds)),
    requestsPerSecond: median(windows.map(({ requestsPerSecond }) => requestsPerSecond)),
    invalid: faults.find((fault) => fault !== null) ?? null,
  };
}

// What a request costs with many live tokens, over what it costs with 1,000, pair by pair.
function ratioOfLast(gates) {
  const [, thousand, many] = gates.map(({ costs }) => costs);
  return summary(many.map(({ cpuMicroseconds }, round) => cpuMicroseconds / thousand[round].cpuMicroseconds));
}
