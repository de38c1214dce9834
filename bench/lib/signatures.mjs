// How often a gate signs that has an assertion in each request: once for each session while an assertion lasts.
import { counting } from "./candidates/postern.mjs";
import { measureOnce } from "./load.mjs";
import { stop } from "./processes.mjs";

// Long enough that assertions end meanwhile.
const SECONDS = 20;

export async function countSignatures(room) {
  const running = await counting.start(room);
  const { live } = await counting.seed(running, room);
  const [measured] = counting.cases;
  const count = async () => Number((await running.client.request("/api/signatures")).body);
  const before = await count();
  const { requests, invalid } = await measureOnce(running, measured, live, SECONDS);
  if (invalid !== null) throw new Error(`${measured.title}: ${invalid}`);
  const signatures = (await count()) - before;
  await stop(running.server);
  return { requests, signatures, sessions: live.list.length, seconds: SECONDS };
}

export function signaturesText({ requests, signatures, sessions, seconds }) {
  return `${requests} requests of ${sessions} sessions in ${seconds} s, with a signed assertion in each: ${signatures} signatures.`;
}
