// Ratios pair by pair: what two cases cost in the same round, so that what slows the machine for a while slows both.
import { summary } from "./stats.mjs";

const cost = ({ cpuMicroseconds }) => cpuMicroseconds;

// null where one of the two was not measured, or not validly.
export function ratio(measurements, of, to) {
  return paired(measurements, [of, to], ([a, b]) => cost(a) / cost(b));
}

// Own cost: CPU per request less that of the pass-through Worker.
export function ownCostRatio(measurements, of, to) {
  return paired(measurements, [of, to, "pass"], ([a, b, floor]) => (cost(a) - cost(floor)) / (cost(b) - cost(floor)));
}

export function ownCost(measurements, of) {
  return paired(measurements, [of, "pass"], ([a, floor]) => cost(a) - cost(floor));
}

function paired(measurements, names, combine) {
  const columns = names.map((name) => measurements[name]);
  if (columns.some((column) => !column?.length || column.some(({ invalid }) => invalid !== null))) return null;
  return summary(columns[0].map((_, round) => combine(columns.map((column) => column[round]))));
}
