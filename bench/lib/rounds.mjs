// The interleaved rounds: every case once in each, in another order each time.
import { measure, warmUp } from "./load.mjs";
import { duration, step } from "./progress.mjs";
import { shuffled } from "./stats.mjs";

// `stations` are { measured, running, tokens }. Returns { case name: [measurement of round 1, 2, ...] }.
export async function measureRounds(stations, { rounds, seconds }) {
  const measurements = Object.fromEntries(stations.map(({ measured }) => [measured.name, []]));
  const total = rounds * stations.length;
  const begun = Date.now();
  let done = 0;
  for (let round = 1; round <= rounds; round++) {
    for (const { measured, running, tokens } of shuffled(stations)) {
      const eta = done === 0 ? "" : `, ${duration(((Date.now() - begun) / 1000 / done) * (total - done))} left`;
      step(`round ${round} of ${rounds}, ${done + 1} of ${total}: ${measured.title}${eta}`);
      await warmUp(running, measured, tokens);
      measurements[measured.name].push(await measure(running, measured, tokens, seconds));
      done += 1;
    }
  }
  return measurements;
}

// A first load of everything, so that the just-in-time compilers have done their work before the first round.
export async function compileEverything(stations) {
  for (const { measured, running, tokens } of stations) {
    step(`warming up: ${measured.title}`);
    await warmUp(running, measured, tokens);
    await measure(running, measured, tokens, 1);
  }
}
