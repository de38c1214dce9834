// A short campaign from a fixed seed; `make campaign` runs a long one.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Reply } from "../workerd/http.mjs";
import { Actor, Thing } from "./actor.mjs";
import { campaign } from "./campaign.mjs";
import { Ledger } from "./ledger.mjs";

for (const [relays, seed, rounds] of [
  [false, 12, 4],
  [true, 13, 2],
]) {
  const how = relays ? "with relays" : "without relays";
  test(`whatever fails ${how}: what is live stays live, what is ended stays ended, answers are documented`, async () => {
    const ledger = await campaign({ seed, rounds, relays });
    assert.ok(ledger.requests > 100 * rounds, `only ${ledger.requests} requests: this shows little`);
    assert.deepEqual(ledger.defects, []);
  });
}

test("a campaign notices stores that have not done what they say, so this shows something", async () => {
  const ledger = await campaign({ seed: 12, rounds: 1, faults: { "log.append": "empty", "kv.delete": "lose" } });
  assert.ok(
    ledger.defects.some((defect) => defect.includes("an ended one passes")),
    JSON.stringify(ledger.defects),
  );
});

test("an answer is judged by what is known of its thing, so this shows something", () => {
  const ledger = new Ledger();
  ledger.begin(1, "none");
  const gate = { now: 1_000 };
  const actor = new Actor("somebody", { issuer: "https://auth.example.com", gate }, ledger, null);
  const reply = (status, lines = []) => new Reply(status, lines, Buffer.alloc(0));
  const judged = (thing, status, mayLag = 0, lines = []) => {
    const before = ledger.defects.length;
    actor.judge("a page", thing, reply(status, lines), { yes: 200, no: 401, mayLag });
    return ledger.defects.length - before;
  };
  const [live, ended, doubtful] = [new Thing(), new Thing(), new Thing()];
  ended.end(gate.now - 30);
  doubtful.doubt();
  const retry = [["retry-after", "2"]];
  assert.deepEqual([judged(live, 200), judged(live, 401), judged(live, 503, 0, retry)], [0, 1, 0]);
  assert.deepEqual([judged(ended, 200), judged(ended, 401), judged(ended, 503, 0, retry)], [1, 0, 0]);
  assert.deepEqual([judged(ended, 200, 60), judged(ended, 200, 30)], [0, 1], "a route may lag");
  assert.deepEqual([judged(doubtful, 200), judged(doubtful, 401)], [0, 0]);
  assert.deepEqual([judged(live, 500), judged(live, 503)], [1, 1], "not documented, and without Retry-After");
  assert.equal(judged(new Thing(ended), 200), 1, "it ends with its parent");
});
