// The command line.
import { join } from "node:path";
import { parseArgs } from "node:util";

import { BENCH } from "./paths.mjs";

const USAGE = `usage: node bench/run.mjs [options]
  --rounds N       rounds (default 7; fewer make no report)
  --seconds N      seconds of a window, for throughput and latency (default 1)
  --slices N       slices of a tenth of a second in a round, for CPU time (default 12, at least 2)
  --only A,B       only these cases, see --list; makes no report
  --list           print the names of the cases
  --json FILE      write everything as JSON (default, of a run that makes a report: bench/results.json)
  --instructions   count instructions instead, with valgrind; of the gates, or of --only; makes no report
  --first          only what the first request of an isolate takes; makes no report
  --quick          2 rounds of 3 slices, small sets of tokens: does it all work? makes no report`;

// What a report in RESULTS.md needs at least.
export const ROUNDS_OF_A_REPORT = 7;

export class UsageError extends Error {}

export function readOptions(argv) {
  const values = parse(argv);
  if (values.help) throw new UsageError(USAGE);
  const quick = values.quick ?? false;
  const only = values.only?.split(",") ?? null;
  const rounds = wholeNumber(values.rounds, "--rounds", quick ? 2 : ROUNDS_OF_A_REPORT);
  const { list = false, instructions = false, first = false } = values;
  const isWhole = only === null && !quick && !list && !instructions && !first;
  const makesReport = isWhole && rounds >= ROUNDS_OF_A_REPORT;
  return {
    rounds,
    seconds: wholeNumber(values.seconds, "--seconds", 1),
    slices: wholeNumber(values.slices, "--slices", quick ? 3 : 12, 2),
    only,
    list,
    json: values.json ?? (makesReport ? join(BENCH, "results.json") : null),
    instructions,
    first,
    manyTokens: quick ? 20_000 : 100_000,
    makesReport,
  };
}

function parse(argv) {
  const options = {
    rounds: { type: "string" },
    seconds: { type: "string" },
    slices: { type: "string" },
    only: { type: "string" },
    list: { type: "boolean" },
    json: { type: "string" },
    instructions: { type: "boolean" },
    first: { type: "boolean" },
    quick: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  };
  try {
    return parseArgs({ args: argv, options }).values;
  } catch (error) {
    throw new UsageError(`${error.message}\n${USAGE}`);
  }
}

function wholeNumber(text, name, otherwise, least = 1) {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (!Number.isInteger(number) || number < least) throw new UsageError(`${name} takes a whole number from ${least}`);
  return number;
}
