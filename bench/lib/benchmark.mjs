// A whole run: start, seed and check every candidate, measure, report.
import { CANDIDATES, CASES } from "./candidates/index.mjs";
import { checkGate, checkIntrospection, checkLater } from "./checks.mjs";
import { firstRequests } from "./first-request.mjs";
import { COUNTED, instructions } from "./instructions.mjs";
import { measureLiveTokens } from "./live-tokens.mjs";
import { machine } from "./machine.mjs";
import { bundleSizes, instantiation } from "./module.mjs";
import { UsageError } from "./options.mjs";
import { say, step } from "./progress.mjs";
import { firstTable, tables } from "./report.mjs";
import { writeResults } from "./results.mjs";
import { compileEverything, measureRounds } from "./rounds.mjs";
import { targets } from "./targets.mjs";

export async function benchmark(room, options) {
  if (options.list) {
    console.log(CASES.map(({ name, title }) => `${name.padEnd(20)} ${title}`).join("\n"));
    return { invalid: [] };
  }
  if (options.first) return showFirst(room);
  if (options.instructions) return instructions(room, chosen(options.only ?? COUNTED));
  const cases = chosen(options.only);
  const about = await machine();
  const { stations, later } = await startAndCheck(room, cases);
  await compileEverything(stations);
  const measurements = await measureRounds(room, stations, options);
  for (const check of later) await checkLater(check);
  const whole = options.only === null;
  const result = {
    machine: about,
    rounds: options.rounds,
    seconds: options.seconds,
    slices: options.slices,
    measurements,
    live: whole ? await measureLiveTokens(room, options) : null,
    first: whole ? await firstRequests(room) : null,
    bundle: whole ? bundleSizes() : null,
    instantiation: whole ? await instantiation() : null,
  };
  return report({ ...result, cases }, options);
}

async function showFirst(room) {
  console.log(`\n${firstTable(await firstRequests(room))}`);
  return { invalid: [] };
}

function chosen(only) {
  if (only === null) return CASES;
  const unknown = only.filter((name) => !CASES.some((each) => each.name === name));
  if (unknown.length > 0) throw new UsageError(`no such case: ${unknown.join(", ")} (--list prints them)`);
  return CASES.filter(({ name }) => only.includes(name));
}

// A station is a case with all that measuring it takes.
async function startAndCheck(room, cases) {
  const needed = CANDIDATES.filter((candidate) => candidate.cases.some((each) => cases.includes(each)));
  const stations = [];
  const later = [];
  for (const [at, candidate] of needed.entries()) {
    step(`candidate ${at + 1} of ${needed.length}: starting, seeding and checking ${candidate.title}`);
    const running = await candidate.start(room);
    const seeded = await candidate.seed(running, room);
    if (candidate.isGate) later.push(await checkGate(candidate, running, seeded));
    if (candidate.isIntrospection) await checkIntrospection(candidate, running, seeded);
    for (const measured of candidate.cases.filter((each) => cases.includes(each))) {
      stations.push({ measured, running, tokens: seeded[measured.tokens] });
    }
  }
  return { stations, later: later.filter((check) => check !== null) };
}

function report(result, options) {
  result.targets = result.live === null ? [] : targets(result);
  result.invalid = invalidCases(result);
  const text = tables(result);
  console.log(`\n${text}`);
  if (!options.makesReport) say("no RESULTS.md: that takes every case and at least 7 rounds");
  else if (result.invalid.length > 0) say("no RESULTS.md: not every case is valid");
  else writeResults(text, { ...result, command: "make bench" });
  return result;
}

function invalidCases({ measurements, live }) {
  const cases = Object.entries(measurements).filter(([, rounds]) => rounds.some(({ invalid }) => invalid !== null));
  const gates = (live?.gates ?? []).filter(({ invalid }) => invalid !== null);
  return [...cases.map(([name]) => name), ...gates.map(({ live: count }) => `${count} live tokens`)];
}
