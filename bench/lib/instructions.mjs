// Instructions per request, counted by valgrind's callgrind: they bear any load of the machine. They leave out the kernel
// and most of the collector's work, and an instruction is not a unit of time. So they say what changed and where it goes,
// and the rounds say what it costs.
import { readFileSync } from "node:fs";

import { CANDIDATES } from "./candidates/index.mjs";
import { measureOnce } from "./load.mjs";
import { run, stop } from "./processes.mjs";
import { step } from "./progress.mjs";
import { countSignatures, signaturesText } from "./signatures.mjs";
import { fixed, table } from "./table.mjs";
import { isThere, MissingTool } from "./tools.mjs";

// What is counted where nothing else is asked for.
export const COUNTED = [
  "pass",
  "floor-gate",
  "js-cached",
  "oauth-provider",
  "jwt",
  "postern-cached",
  "postern-jwt",
  "postern-opaque",
  "postern-jwt-first",
  "postern-rules",
  "postern-one",
  "postern-busy",
  "postern-assertion",
  "floor-app",
  "postern-app",
  "pass-files",
  "postern-files",
  "floor-kv",
  "js-kv",
  "postern-kv",
];
// Until V8 has compiled what is hot. With what a window answers, far fewer than fill the young generation.
const WARM_UP_REQUESTS = 3_000;
const SLICE_SECONDS = 2;
const SECONDS = 10;
// The collector may hold everything up for seconds, this slowly.
const PATIENCE_SECONDS = 30;

export async function instructions(room, cases) {
  if (!(await isThere("valgrind", ["--version"]))) {
    throw new MissingTool(
      "valgrind is missing: install it (Debian: sudo apt-get install valgrind), then run this again",
    );
  }
  // One thread, and Wasm as it is once it is hot. A large young generation, so that whole collections do not fall into
  // the window of one case and not of another: with V8's own sizes two runs of a case were up to 15 % apart.
  room.v8Flags = [
    "--single-threaded",
    "--no-liftoff",
    "--wasm-lazy-compilation",
    "--min-semi-space-size=256",
    "--max-semi-space-size=256",
  ];
  room.wrapper = (folder) => [
    "valgrind",
    "--tool=callgrind",
    `--callgrind-out-file=${folder}/callgrind`,
    "--smc-check=all-non-file",
    "--instr-atstart=no",
    `--vgdb-prefix=${folder}/vgdb`,
  ];
  const rows = [];
  for (const [at, measured] of cases.entries()) {
    step(`case ${at + 1} of ${cases.length}, half a minute each: ${measured.title}`);
    rows.push({ ...measured, count: await count(room, measured) });
  }
  room.wrapper = () => [];
  const signed = cases.some(({ name }) => name === "postern-assertion") ? await countSignatures(room) : null;
  const pass = rows.find(({ name }) => name === "pass")?.count;
  const cells = rows.map(({ title, count }) => [
    title,
    fixed(count / 1_000, 0),
    pass === undefined ? "" : fixed(count / pass, 2),
  ]);
  console.log(`\n${table(["case", "thousand instructions", "x pass-through"], cells)}`);
  if (signed !== null) console.log(`\n${signaturesText(signed)}`);
  return { invalid: [] };
}

async function count(room, measured) {
  const candidate = CANDIDATES.find(({ cases }) => cases.includes(measured));
  const running = await candidate.start(room);
  const tokens = (await candidate.seed(running, room))[measured.tokens];
  const folder = room.folder(candidate.name);
  const control = (...args) => run("callgrind_control", [`--vgdb-prefix=${folder}/vgdb`, ...args, String(running.pid)]);
  for (let answered = 0; answered < WARM_UP_REQUESTS; ) {
    answered += (await measureOnce(running, measured, tokens, SLICE_SECONDS, PATIENCE_SECONDS)).requests;
  }
  await control("-i", "on");
  const { requests, invalid } = await measureOnce(running, measured, tokens, SECONDS, PATIENCE_SECONDS);
  if (invalid !== null) throw new Error(`${measured.title}: ${invalid}`);
  await control("-d");
  const total = Number(/^totals: (\d+)$/m.exec(readFileSync(`${folder}/callgrind.1`, "utf8"))[1]);
  await stop(running.server);
  return total / requests;
}
