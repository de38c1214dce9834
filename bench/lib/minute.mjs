// The minute for which a cache believes a record. What is measured in a cached case is a cache that is full, so that
// minute must not end while it is measured: who reads records says so here, and who measures asks when to begin.
import { duration, step } from "./progress.mjs";

const MINUTE_MS = 60_000;

let firstRead = null;
let lastRead = null;

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Records are read for a cache; to be said before the first of them and after the last.
export function reads() {
  lastRead = Date.now();
  firstRead ??= lastRead;
}

// Waits until no minute ends for so many milliseconds, for which it may have to wait until all have ended.
export async function quiet(milliseconds) {
  if (firstRead === null || Date.now() + milliseconds < firstRead + MINUTE_MS) return;
  const left = lastRead + MINUTE_MS - Date.now();
  if (left > 0) {
    step(`waiting ${duration(left / 1000)}, until no cache believes a record any more`);
    await sleep(left);
  }
  firstRead = null;
}
