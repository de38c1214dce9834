// `make campaign`: ten minutes of faults from a seed that is new each time, and a table of what came of them.
//
//   make campaign ARGS="--seed 7 --rounds 20"

import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";

import { campaign } from "./campaign.mjs";

const { values } = parseArgs({
  options: { seed: { type: "string" }, rounds: { type: "string" }, minutes: { type: "string" } },
});
const number = (name, otherwise) => {
  if (values[name] === undefined) return otherwise;
  if (!/^\d{1,10}$/.test(values[name])) {
    console.error(`campaign: --${name} takes a whole number`);
    process.exit(2);
  }
  return Number(values[name]);
};
const seed = number("seed", randomInt(2 ** 31));
const rounds = number("rounds");
const minutes = number("minutes", rounds === undefined ? 10 : undefined);

// Every other seed has relays of the log.
const relays = seed % 2 === 1;

console.log(
  `campaign: seed ${seed}, ${relays ? "with" : "without"} relays; to have it again: make campaign ARGS="--seed ${seed} --rounds N"`,
);
const until = minutes === undefined ? undefined : Date.now() + minutes * 60_000;
const ledger = await campaign({ seed, relays, rounds, until, say: (line) => console.log(`campaign: ${line}`) });
console.log(`\n${ledger.table()}\n`);
for (const defect of ledger.defects) console.log(defect);
console.log(`campaign: seed ${seed}, ${ledger.requests} requests, ${ledger.defects.length} defects`);
process.exitCode = ledger.defects.length ? 1 : 0;
