// Which faults there are: of each store, everything that it may do instead of answering.
//
// Not here: what would be a promise broken by the platform. A KV that loses what it acknowledged, or a Durable Object that
// goes back in time, is not something that Postern is built to survive; a KV that has not converged yet (`miss`) is. So
// what writes into the log is never `empty`, which is what it answers when it has written.

const OUTAGE = ["throw", "hang", "slow"];
const WRITING = [...OUTAGE, "throw-after", "hang-after"];
const OBJECT = [...WRITING, "500", "404", "garbage"];
const ANSWERING = [...OBJECT, "empty", "half"];

const each = (actor, names, faults) => names.map((name) => [`${actor}.${name}`, faults]);

/** What can fail, and how. A name without a dot is everything that this store is asked. */
const POINTS = [
  ["kv", [...OUTAGE, "throw-after"]],
  ["kv.get", [...OUTAGE, "throw-after", "miss", "corrupt", "garbage", "half"]],
  ...each("kv", ["put", "delete"], WRITING),
  ["kv.list", OUTAGE],
  ["log", OBJECT],
  ["log.since", [...ANSWERING, "stale"]],
  ...each("log", ["append", "shorten", "change", "exchange"], OBJECT),
  ["coordinator", ANSWERING],
  ...each(
    "coordinator",
    ["issue", "find", "read", "forget", "open", "touch", "adopt", "offer", "present", "redeem", "refresh", "end"],
    ANSWERING,
  ),
  ["person", ANSWERING],
  ["accounts", ANSWERING],
  ["limiter", OUTAGE],
  ["http", [...OUTAGE, "throw-after", "500", "garbage", "half"]],
];

/** The same where isolates ask the log by way of a relay. */
const WITH_RELAY = [
  ...POINTS,
  ["relay", OBJECT],
  ["relay.since", [...ANSWERING, "stale"]],
  ...each("relay", ["append", "shorten", "change"], OBJECT),
];

/** One fault, or two of different stores: `{ "kv.get": "miss" }`. */
export function draw(random, hasRelay) {
  const points = hasRelay ? WITH_RELAY : POINTS;
  const single = points.flatMap(([name, faults]) => faults.map((fault) => ({ [name]: fault })));
  const one = random.of(single);
  if (random.below(2) === 0) return one;
  const store = (faults) => Object.keys(faults)[0].split(".")[0];
  return { ...one, ...random.of(single.filter((other) => store(other) !== store(one))) };
}

/** `kv.get: miss, log: hang`. */
export const written = (faults) =>
  Object.entries(faults)
    .map(([name, fault]) => `${name}: ${fault}`)
    .join(", ");
