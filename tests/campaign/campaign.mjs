// A campaign: round after round, somebody uses the site while its stores fail, and then everything must be as it was told.
//
// Job: the rounds. Each makes what is live and what is ended, lets the faults loose on one isolate, has every actor do
// things at once, takes the faults away, tries again what was answered with 503, and looks at everything from that isolate
// and from another one: at once, and when all copies are old.

import { ACCOUNTS, clients, startSite } from "../people/world.mjs";
import { digest, newSecret } from "../workerd/harness.mjs";
import { draw, written } from "./faults.mjs";
import { Ledger } from "./ledger.mjs";
import { Random } from "./random.mjs";
import { Service } from "./service.mjs";
import { Visitor } from "./visitor.mjs";

/** How many things each actor does in a round. */
const STEPS = 12;
/** How long ago what is used may have been made, in seconds: just now, when only KV has its record, half a login's life. */
const AGES = [0, 700, 1_900];
/** How much later everything is looked at again, in seconds: no copy of anything is as old. */
const LATER = 700;
const API = "https://api.example.com";

const program = { id: "program", secret: newSecret() };

function configure(config) {
  const known = { id: program.id, secret_sha256: digest(program.secret), scopes: ["orders:read"], audiences: [API] };
  const bounded = { access: "token", max_staleness: 60, origin: "service:ORIGIN" };
  return {
    ...config,
    store_timeout_ms: 400,
    outage_grace: 120,
    log_refusals: false,
    clients: [...config.clients, known],
    routes: [
      { match: "/bounded/*", ...bounded },
      { match: "/cached/*", ...bounded, on_outage: "allow_cached" },
      { match: "/closed/*", access: "deny" },
      ...config.routes,
    ],
  };
}

/**
 * Runs rounds from a seed, with relays of the log or without: as many as `rounds` says, or until `until` (a time as of
 * `Date.now`), all under these `faults` where some are given. `say` gets a line now and then. The ledger is the result.
 */
export async function campaign({
  seed,
  rounds = Number.POSITIVE_INFINITY,
  until = Number.POSITIVE_INFINITY,
  say,
  faults: fixed,
  relays = false,
}) {
  const random = new Random(seed);
  const ledger = new Ledger();
  const site = await startSite({ provider: true, configure, relays, gates: { other: {} } });
  try {
    for (let number = 1; number <= rounds && Date.now() < until; number += 1) {
      const drawn = draw(random.fork(), relays);
      const faults = fixed ?? drawn;
      ledger.begin(number, written(faults));
      const before = ledger.defects.length;
      await round(site, ledger, random.fork(), faults);
      say?.(`round ${number}, ${ledger.requests} requests, ${ledger.defects.length} defects: ${written(faults)}`);
      for (const defect of ledger.defects.slice(before)) say?.(`  ${defect}`);
    }
  } finally {
    await site.stop();
  }
  return ledger;
}

async function round(site, ledger, random, faults) {
  await site.begin();
  const { gate, other } = site.world.gates;
  const part = () => [site, ledger, random.fork()];
  const actors = [
    new Service(program, clients.server, ...part()),
    new Visitor(ACCOUNTS.ann, clients, ...part()),
    new Visitor({ name: "carol" }, clients, ...part()),
  ];
  await Promise.all(actors.map((actor) => actor.prepare()));
  const age = random.of(AGES);
  const clock = (seconds) => Promise.all([gate, other].map((each) => each.clock(seconds)));
  await clock(age);
  await gate.faults(faults);
  await Promise.all(
    actors.map(async (actor) => {
      for (let step = 0; step < STEPS; step += 1) await actor.step();
    }),
  );
  await gate.faults({});
  await Promise.all(actors.map((actor) => actor.settle()));
  await Promise.all(actors.map((actor) => actor.verify({ gate, other }, "afterwards")));
  await clock(age + LATER);
  await Promise.all(actors.map((actor) => actor.verify({ gate, other }, "later")));
}
