// bench/RESULTS.md.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { BENCH } from "./paths.mjs";

const METHOD = `## How it is measured

Each candidate is one raw \`workerd serve\` process on the loopback, with the origin Worker behind a service binding and
an in-memory KV Worker behind the KV binding in the same process; oidc-provider is one Node process with its in-memory
adapter. All of them stay up. The load is \`wrk -t1 -c16\`, which draws from 1,000 tokens in turn; where a case is about
a cache, every token is presented once before.

A round has two parts. First all cases are loaded in turn, a tenth of a second at a time, each turn in another order, with
one wrk for each case that is stopped in between: CPU is from these slices. So what slows the machine for a while slows
all cases alike. Then each case has a window of its own, in an order of the round's own: throughput and latencies are from
these. CPU is user and system time of all threads of the process over the requests answered
(\`/proc/PID/task/*/schedstat\`: what \`/proc/PID/stat\` says, in nanoseconds). It is the whole process's: runtime,
origin and KV are in it, so the pass-through Worker is the floor, and *own cost* is what a candidate takes above it in
the same round. Ratios are taken pair by pair within a round; tables give the median, and the least and the most in
parentheses.

Every answer is looked at: status, and that the origin was told the subject (or that introspection says active). Reads
of KV are counted against what a case claims. A case with one answer that is not as it must be has no numbers, and the
run fails.

*RSS* is the whole process's and mostly garbage that V8 has not collected yet: nothing limits its heap here, and the
pass-through Worker gets as large. What Postern itself keeps, its cache of records first of all, is in its *Wasm memory*.

"Instantiation" is an instance of the module and its start function, in a fresh process each time; the isolate's own
start, the same for every Worker, is not in it.

## What a candidate does not do

- *ES256 JWT*: it cannot revoke; a token counts until it expires, cached or not.
- *workers-oauth-provider*, *JavaScript gate*: a revoked token is refused as soon as KV says so, which in production
  takes up to a minute everywhere but where it was revoked.
- *JavaScript gate, cached*: a revoked token is believed for up to 60 s in each isolate that has seen it. Postern's is
  believed for its route's \`max_staleness\`, 5 s in the cached case and not at all in the other.
- *JavaScript gates, JWT*: they protect everything in front of their origin; they match no route and read no path.
- *oidc-provider* is not a Worker: its number is Node's whole process, HTTP server included, as workerd's is.
`;

export function writeResults(text, { machine, rounds, seconds, slices, command }) {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const head = `# Results

Written by \`${command}\`: ${rounds} rounds, in each a window of ${seconds} s and ${slices} slices of 0.1 s for each case.
bench/README.md says how to read it.

- date: ${machine.date}
- commit: ${machine.commit}
- machine: ${machine.machine}, Linux ${machine.kernel}
- versions: ${versions.join(", ")}
`;
  writeFileSync(join(BENCH, "RESULTS.md"), `${head}\n${text}\n${METHOD}`);
}
