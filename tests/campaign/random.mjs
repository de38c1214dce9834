// Randomness that can be had again: the same seed gives the same numbers.

/** A source of numbers from a seed (mulberry32). */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A whole number below `limit`. */
  below(limit) {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }

  /** One of `choices`. */
  of(choices) {
    return choices[this.below(choices.length)];
  }

  /** One of the keys, each as often as its number says. */
  weighed(weights) {
    let left = this.below(Object.values(weights).reduce((sum, weight) => sum + weight, 0));
    for (const [key, weight] of Object.entries(weights)) {
      left -= weight;
      if (left < 0) return key;
    }
    throw new Error("nothing to choose from");
  }

  /** Another source, which does not depend on how many numbers are drawn from this one later. */
  fork() {
    return new Random(this.below(2 ** 32));
  }
}
