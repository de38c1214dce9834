// What the load came to: how often each thing was done, which statuses were seen, and what went wrong.

/** How many failures are described. The others are counted. */
const DESCRIBED = 20;

export class Tally {
  done = new Map();
  statuses = new Map();
  failures = [];
  failed = 0;
  requests = 0;

  /** Something was done. */
  add(what) {
    this.done.set(what, (this.done.get(what) ?? 0) + 1);
  }

  /** An answer came. */
  answered(status) {
    this.requests += 1;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }

  /** Something is not as it should be. */
  fail(what, error) {
    this.failed += 1;
    if (this.failures.length < DESCRIBED) this.failures.push(`${what}: ${error.message.slice(0, 500)}`);
  }

  /** The statuses, with how often each came. */
  get shownStatuses() {
    const sorted = [...this.statuses].toSorted(([a], [b]) => a - b);
    return sorted.map(([status, count]) => `${status}×${count}`).join(" ");
  }

  /** What was done, with how often. */
  get shownActs() {
    const sorted = [...this.done].toSorted(([, a], [, b]) => b - a);
    return sorted.map(([what, count]) => `${what} ${count}`).join(", ");
  }
}
