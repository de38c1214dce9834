// The tables of a run.
import { ownCost, ratio } from "./ratios.mjs";
import { summary } from "./stats.mjs";
import { fixed, kilobytes, mebibytes, spread, table } from "./table.mjs";

export function tables({ cases, measurements, live, first, bundle, instantiation, targets }) {
  const sections = [];
  if (targets.length > 0) sections.push(["Targets", targetTable(targets)]);
  sections.push(["Cases", caseTable(cases, measurements)]);
  if (first !== null) sections.push(["The first request of an isolate", firstTable(first)]);
  if (live !== null) sections.push(["Live tokens in one isolate", liveTable(live)]);
  if (bundle !== null) sections.push(["The module", `${bundleTable(bundle)}\n\n${instantiationText(instantiation)}`]);
  return sections.map(([title, text]) => `## ${title}\n\n${text}\n`).join("\n");
}

function targetTable(targets) {
  const rows = targets.map(({ name, measured, atMost, unit, met, floor }) => [
    name,
    measured === null ? "not measured" : `${spread(measured, 2)} ${unit}`,
    floor ? spread(floor, 2) : "",
    `${atMost} ${unit}`,
    met === null ? "?" : met ? "yes" : "NO",
  ]);
  return table(["target", "measured", "its floor", "at most", "met"], rows);
}

const CASE_HEADS = [
  "case",
  "CPU us",
  "x pass-through",
  "own cost us",
  "requests/s",
  "p50 us",
  "p99 us",
  "KV reads",
  "RSS MiB",
];

function caseTable(cases, measurements) {
  const rows = cases.map(({ name, title }) => {
    const rounds = measurements[name];
    const wrong = rounds.find(({ invalid }) => invalid !== null);
    if (wrong !== undefined) return [title, `INVALID: ${wrong.invalid}`, ...CASE_HEADS.slice(2).map(() => "")];
    const of = (key) => summary(rounds.map((round) => round[key]));
    const toPass = ratio(measurements, name, "pass");
    const own = ownCost(measurements, name);
    const reads = rounds[0].readsPerRequest;
    return [
      title,
      spread(of("cpuMicroseconds"), 0),
      toPass === null ? "" : spread(toPass, 2),
      own === null ? "" : spread(own, 0),
      fixed(of("requestsPerSecond").median, 0),
      fixed(of("p50Microseconds").median, 0),
      fixed(of("p99Microseconds").median, 0),
      reads === null ? "" : fixed(of("readsPerRequest").median, 1),
      mebibytes(of("residentBytes").max),
    ];
  });
  return table(CASE_HEADS, rows);
}

function liveTable({ gates, cacheBytes }) {
  const rows = gates.map((gate) => [
    String(gate.live),
    String(gate.drawn),
    gate.wasmBytes === null ? "not visible" : mebibytes(gate.wasmBytes),
    mebibytes(gate.residentBytes),
    fixed(gate.cpuMicroseconds, 0),
    fixed(gate.requestsPerSecond, 0),
    gate.invalid ?? "yes",
  ]);
  const heads = ["live tokens", "drawn from", "Wasm memory MiB", "RSS MiB", "CPU us", "requests/s", "valid"];
  return `The cache may hold ${mebibytes(cacheBytes)} MiB of records.\n\n${table(heads, rows)}`;
}

export function firstTable(rows) {
  const cells = rows.map(({ count, milliseconds, cpuMilliseconds }) => [
    String(count),
    spread(milliseconds, 1),
    spread(cpuMilliseconds, 1),
  ]);
  const text = `Above what the second takes, in ${rows[0].processes} fresh processes each.`;
  return `${text}\n\n${table(["routes, and as many clients", "ms", "CPU ms"], cells)}`;
}

function bundleTable(bundle) {
  const rows = bundle.map(({ name, bytes, gzipped }) => [name, kilobytes(bytes), kilobytes(gzipped)]);
  const sum = (key) => bundle.reduce((total, file) => total + file[key], 0);
  rows.push(["together", kilobytes(sum("bytes")), kilobytes(sum("gzipped"))]);
  return table(["file", "KB", "KB gzipped"], rows);
}

function instantiationText({ processes, compile, instantiate }) {
  return (
    `An instance with its start function takes ${spread(instantiate, 2)} ms, compiling the module before that ` +
    `${spread(compile, 2)} ms (V8 of Node, ${processes} fresh processes).`
  );
}
