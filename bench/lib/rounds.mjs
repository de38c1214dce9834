// The interleaved rounds. Each has two parts: the slices, which say what a request costs, and then a window of whole
// seconds for each case, which says how much it answers and how fast.
//
// The cached cases come first in everything, within the minute for which what they have read is believed (minute.mjs).
import { isCached, measure, warmUp } from "./load.mjs";
import { duration, step } from "./progress.mjs";
import { measureSliced } from "./slices.mjs";
import { shuffled } from "./stats.mjs";

// `stations` are { measured, running, tokens }. Returns { case name: [measurement of round 1, 2, ...] }.
export async function measureRounds(room, stations, { rounds, seconds, slices }) {
  const measurements = Object.fromEntries(stations.map(({ measured }) => [measured.name, []]));
  const begun = Date.now();
  for (let round = 1; round <= rounds; round++) {
    const passed = (Date.now() - begun) / 1000;
    const eta = round === 1 ? "" : `, ${duration((passed / (round - 1)) * (rounds - round + 1))} left`;
    step(`round ${round} of ${rounds}${eta}: ${slices} slices of each case`);
    const costs = await measureSliced(room, stations, slices);
    for (const [at, { measured, running, tokens }] of cachedFirst(shuffled(stations)).entries()) {
      step(`round ${round} of ${rounds}${eta}: window ${at + 1} of ${stations.length}, ${measured.title}`);
      const window = await measure(running, measured, tokens, seconds);
      measurements[measured.name].push(both(window, costs[measured.name]));
    }
  }
  return measurements;
}

function cachedFirst(stations) {
  const isFirst = ({ measured }) => isCached(measured);
  return [...stations.filter(isFirst), ...stations.filter((station) => !isFirst(station))];
}

// The slices' count is the one that costs are taken from; a fault of either part is one of the round.
function both(window, cost) {
  return { ...window, ...cost, invalid: window.invalid ?? cost.invalid };
}

// A first load of everything, so that the just-in-time compilers have done their work before the first round.
export async function compileEverything(stations) {
  for (const { measured, running, tokens } of cachedFirst(stations)) {
    step(`warming up: ${measured.title}`);
    await warmUp(running, measured, tokens);
    await measure(running, measured, tokens, 1);
  }
}
