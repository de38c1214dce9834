// What the first request of an isolate takes above the second: reading and checking the configuration, and compiling its
// routes. It is answered with 404, so nothing else is asked.
import { startGate } from "./gate-process.mjs";
import { manyRoutesAndClients } from "./many.mjs";
import { posternWorker } from "./postern.mjs";
import { cpuNanoseconds } from "./proc.mjs";
import { stop } from "./processes.mjs";
import { step } from "./progress.mjs";
import { summary } from "./stats.mjs";

const PROCESSES = 9;
const COUNTS = [10, 1_000];
const PATH = "/nowhere";

export async function firstRequests(room) {
  const rows = [];
  for (const count of COUNTS) {
    step(`first requests of ${PROCESSES} isolates with ${count} routes and clients`);
    const firsts = [];
    for (let at = 0; at < PROCESSES; at++) firsts.push(await first(room, `first-${count}-${at}`, count));
    rows.push({
      count,
      processes: PROCESSES,
      milliseconds: summary(firsts.map(({ milliseconds }) => milliseconds)),
      cpuMilliseconds: summary(firsts.map(({ cpuMilliseconds }) => cpuMilliseconds)),
    });
  }
  return rows;
}

async function first(room, name, count) {
  const running = await startGate(room, name, posternWorker(manyRoutesAndClients(count)));
  const taken = [];
  for (let at = 0; at < 2; at++) {
    const cpu = cpuNanoseconds(running.pid);
    const begun = performance.now();
    const { status, body } = await running.client.request(PATH);
    if (status !== 404) throw new Error(`a gate of ${count} routes answered ${status} ${body}`);
    taken.push({ milliseconds: performance.now() - begun, cpu: (cpuNanoseconds(running.pid) - cpu) / 1e6 });
  }
  running.client.close();
  await stop(running.server);
  const [one, two] = taken;
  return { milliseconds: one.milliseconds - two.milliseconds, cpuMilliseconds: one.cpu - two.cpu };
}
