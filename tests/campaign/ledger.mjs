// What was asked and what came of it, and what should not have been.

/** The campaign's record. */
export class Ledger {
  requests = 0;
  /** By the faults of a round: how often, and what was answered. */
  rounds = new Map();
  defects = [];
  #round = null;

  /** A round begins, under these faults. */
  begin(number, faults) {
    if (!this.rounds.has(faults))
      this.rounds.set(faults, { rounds: 0, done: 0, refused: 0, unavailable: 0, defects: 0 });
    this.#round = { number, faults, row: this.rounds.get(faults) };
    this.#round.row.rounds += 1;
  }

  /** An answer came. */
  count({ status }) {
    this.requests += 1;
    const { row } = this.#round;
    if (status === 503) row.unavailable += 1;
    else if (status < 400) row.done += 1;
    else row.refused += 1;
  }

  /** Something that should not be. */
  defect(what) {
    const { number, faults, row } = this.#round;
    row.defects += 1;
    this.defects.push(`round ${number} (${faults}): ${what}`);
  }

  /** Holds that an answer has one of these statuses, and that a 503 says when to try again. */
  documented(what, reply, statuses) {
    this.count(reply);
    const text = `${what}: ${reply.status} ${reply.header("location") ?? ""} ${reply.text.slice(0, 200)}`;
    if (!statuses.includes(reply.status)) this.defect(text);
    if (reply.status === 503 && !/^\d+$/.test(reply.header("retry-after") ?? ""))
      this.defect(`${text}: no Retry-After`);
  }

  /** The table of all rounds, for people. */
  table() {
    const rows = [["faults", "rounds", "done", "refused", "503", "defects"]];
    for (const [faults, { rounds, done, refused, unavailable, defects }] of this.rounds)
      rows.push([faults, rounds, done, refused, unavailable, defects].map(String));
    const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
    const line = (row) => row.map((cell, at) => (at ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))).join("  ");
    return rows.map(line).join("\n");
  }
}
