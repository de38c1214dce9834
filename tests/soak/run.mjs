// Half an hour of everything at once, at a small and steady rate.
//
//   MINUTES=30 RATE=6 SEED=1 ONLY='page|login' node tests/soak/run.mjs
//
// Job: begin RATE acts each second for so many minutes, say each minute how it goes, and fail if an answer is not the one
// that it has to be, or if memory grows. Not its job: what is done; people.mjs and strangers.mjs have that.

import { setTimeout as sleep } from "node:timers/promises";

import { startSite } from "../people/world.mjs";
import { growth, mib, sample, workerdProcess } from "./memory.mjs";
import { people } from "./people.mjs";
import { strangers } from "./strangers.mjs";
import { Tally } from "./tally.mjs";

const MINUTES = number("MINUTES", 30);
const RATE = number("RATE", 6);
const SEED = number("SEED", Math.floor(Math.random() * 2 ** 32));
/** Which acts: all, or those whose names fit, to find out which one it is that takes memory. */
const ONLY = new RegExp(process.env.ONLY ?? "");

/** A machine that has this many acts waiting does not bear the rate. */
const MOST_WAITING = 200;
/** An isolate may keep this much of opened records: little, so that it is full long before the second third. */
const CACHE_BYTES = 2 ** 18;
/** The origin keeps a record of its requests, which is not what is watched here. */
const CLEAR_ORIGIN_MS = 2_000;
const SAMPLE_MS = 1_000;

// V8 collects what is garbage when it likes to. Even a Worker that only answers "ok" takes 350 MiB before it has to. So each
// collection of a small young generation is made a full one: what stays is not garbage.
process.env.MINIFLARE_WORKERD_V8_FLAGS ??= "--gc-global --max-semi-space-size=1";
/** What workerd says because of these flags: it compiles its own scripts instead of taking them from a cache. */
const ABOUT_FLAGS = "NOSENTRY per-isolate bootstrap compile cache";

function number(name, otherwise) {
  const value = Number(process.env[name] || otherwise);
  if (!(value > 0)) throw new Error(`${name} must be a number above 0, such as ${name}=${otherwise}`);
  return value;
}

/** Random numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const say = (text) => console.log(`postern: ${text}`);

/** One of the acts, each as often as its weight says. */
function choose(acts, random) {
  let left = random() * acts.reduce((sum, [, weight]) => sum + weight, 0);
  return acts.find(([, weight]) => {
    left -= weight;
    return left < 0;
  });
}

/** Has each answer of these gates and people counted. */
function count(site, tally) {
  const counted = (target, name) => {
    const original = target[name];
    target[name] = async function (...args) {
      const reply = await original.apply(this, args);
      tally.answered(reply.status);
      return reply;
    };
  };
  for (const gate of Object.values(site.world.gates)) counted(gate, "send");
  counted(Object.getPrototypeOf(site.person()), "request");
}

async function soak(site, pid) {
  const random = randomFrom(SEED);
  const [tally, samples] = [new Tally(), []];
  count(site, tally);
  const residents = people(site, random);
  const acts = [...residents.acts, ...strangers(site, random)].filter(([name]) => ONLY.test(name));
  await residents.begin();
  let waiting = 0;
  const begin = () => {
    if (waiting >= MOST_WAITING)
      return tally.fail("the rate", new Error("this machine does not bear it: set RATE lower"));
    const [name, , act] = choose(acts, random);
    waiting += 1;
    act()
      .then(() => tally.add(name))
      .catch((error) => tally.fail(name, error))
      .finally(() => {
        waiting -= 1;
      });
  };
  const timers = [
    setInterval(begin, 1_000 / RATE),
    setInterval(() => samples.push(sample(pid)), SAMPLE_MS),
    setInterval(() => site.origin.clear().catch((error) => tally.fail("the origin", error)), CLEAR_ORIGIN_MS),
  ];
  try {
    for (let minute = 1; minute <= Math.ceil(MINUTES); minute++) {
      await sleep(60_000 * Math.min(1, MINUTES - minute + 1));
      const { resident, wasm } = sample(pid);
      const problems = noteProblems(site.world.logs, tally);
      say(
        `minute ${minute} of ${Math.ceil(MINUTES)}: ${tally.requests} answers (${tally.shownStatuses}), ` +
          `${tally.failed} wrong, ${problems} lines of error; ${mib(resident)} resident, ${mib(wasm)} of Wasm`,
      );
    }
  } finally {
    timers.forEach(clearInterval);
  }
  for (const deadline = Date.now() + 30_000; waiting > 0 && Date.now() < deadline; ) await sleep(100);
  if (waiting > 0) tally.fail("the end", new Error(`${waiting} acts never came to an end`));
  return { tally, samples };
}

/** What the Workers wrote to the console as an error or a warning is a failure too. */
function noteProblems(logs, tally) {
  const isProblem = ({ level, message }) => (level === "error" || level === "warn") && !message.startsWith(ABOUT_FLAGS);
  const problems = logs.lines.filter(isProblem);
  for (const { message } of problems) tally.fail("the log", new Error(message));
  logs.lines = [];
  logs.all = [];
  return problems.length;
}

say(`soaking for ${MINUTES} minutes, ${RATE} acts a second (SEED=${SEED})`);
const site = await startSite({
  entry: "built",
  loginLimit: 100_000,
  gates: { second: {} },
  configure: (config) => ({ ...config, cache_bytes: CACHE_BYTES }),
});
try {
  const { tally, samples } = await soak(site, workerdProcess());
  say(`done: ${tally.shownActs}`);
  const wrong = [...tally.failures, ...growth(samples)];
  for (const each of wrong) say(`WRONG: ${each}`);
  if (tally.failed > tally.failures.length) say(`and ${tally.failed - tally.failures.length} more`);
  say(wrong.length === 0 ? "every answer was right, and memory is flat" : "see above");
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await site.stop();
}
