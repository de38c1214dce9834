// The interleaved rounds. Each has two parts: a window of whole seconds for each case, which says how much it answers and
// how fast, and then the slices, which say what it costs.
import { measure, warmUp } from "./load.mjs";
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
    const windows = {};
    for (const [at, { measured, running, tokens }] of shuffled(stations).entries()) {
      step(`round ${round} of ${rounds}${eta}: window ${at + 1} of ${stations.length}, ${measured.title}`);
      if (measured.reads === 0) await warmUp(running, measured, tokens);
      windows[measured.name] = await measure(running, measured, tokens, seconds);
    }
    step(`round ${round} of ${rounds}${eta}: ${slices} slices of each case`);
    const costs = await measureSliced(room, stations, slices);
    for (const [name, all] of Object.entries(measurements)) all.push(both(windows[name], costs[name]));
  }
  return measurements;
}

// The slices' count is the one that costs are taken from; a fault of either part is one of the round.
function both(window, cost) {
  return { ...window, ...cost, invalid: window.invalid ?? cost.invalid };
}

// A first load of everything, so that the just-in-time compilers have done their work before the first round.
export async function compileEverything(stations) {
  for (const { measured, running, tokens } of stations) {
    step(`warming up: ${measured.title}`);
    await warmUp(running, measured, tokens);
    await measure(running, measured, tokens, 1);
  }
}
