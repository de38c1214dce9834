// Measures what the gate costs beside its peers. `make bench`, or see --help.
import { writeFileSync } from "node:fs";

import { readOptions, UsageError } from "./lib/options.mjs";
import { killAll, stopAll } from "./lib/processes.mjs";
import { duration, say } from "./lib/progress.mjs";
import { Room } from "./lib/room.mjs";
import { MissingTool, prepareTools } from "./lib/tools.mjs";

async function main() {
  const options = readOptions(process.argv.slice(2));
  const room = new Room();
  leaveNothing(room);
  const begun = Date.now();
  try {
    await prepareTools();
    // Not before the packages that it imports are there.
    const { benchmark } = await import("./lib/benchmark.mjs");
    const result = await benchmark(room, options);
    if (options.json !== null) {
      writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
      say(`every number is in ${options.json}`);
    }
    say(`finished after ${duration((Date.now() - begun) / 1000)}`);
    if (result.invalid.length > 0) say(`not valid: ${result.invalid.join(", ")}`);
    return result.invalid.length > 0 ? 1 : 0;
  } finally {
    await stopAll();
  }
}

// However the run ends, nothing of it goes on running: not after a signal, nor where nobody reads its output any more.
function leaveNothing(room) {
  process.once("exit", () => {
    killAll();
    room.remove();
  });
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ]) {
    process.once(signal, () => process.exit(code));
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isPlain = error instanceof UsageError || error instanceof MissingTool;
  say(isPlain ? error.message : error.stack);
  process.exitCode = isPlain ? 2 : 1;
}
