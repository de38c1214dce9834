// Relays of the revocation log: isolates ask the one of their place, which asks the log for all of them. What was revoked
// is refused as it is without them.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { bearer, clients, config, secrets } from "./fixture.mjs";
import { start } from "./harness.mjs";

const { reports, server } = clients;

let world, a, b;
before(async () => {
  const gate = { config, secrets, relays: true };
  world = await start({ gates: { a: gate, b: gate } });
  ({ a, b } = world.gates);
});
after(() => world?.stop());
beforeEach(() => world.begin());

const status = async (gate, target, token) => (await gate.get(target, bearer(token))).status;
const both = (action) => Promise.all([a, b].map(action));

describe("the log by way of a relay", () => {
  test("no isolate asks the log itself, and a strong check refuses at once", async () => {
    await both((gate) => gate.resetCounts());
    for (const [revoking, other] of [
      [a, b],
      [b, a],
    ]) {
      const token = await a.token(reports);
      for (const gate of [a, b]) assert.equal(await status(gate, "/api/strong/x", token), 200);
      assert.equal((await revoking.revoke(token, reports)).status, 200);
      assert.equal(await status(other, "/api/strong/x", token), 401);
      assert.equal((await other.introspect(token, server)).text, '{"active":false}');
    }
    // The objects run in the isolate of a: only the relay asks the log there.
    const counts = await b.counts();
    assert.equal(counts["log.since"] ?? 0, 0, "b asked the log itself");
    assert.equal(counts["log.append"] ?? 0, 0, "b told the log itself");
    assert.ok(counts["relay.since"] > 0 && counts["relay.append"] > 0);
    const { "log.since": since, "log.exchange": exchanged } = await a.counts();
    assert.ok(since > 0 && exchanged > 0);
  });

  test("isolates whose copies are too old share what the relay knows already", async () => {
    const token = await a.token(reports);
    assert.equal(await status(b, "/api/strong/x", token), 200); // the relay is of now
    await both((gate) => gate.resetCounts());
    await b.clock(3600 - 100); // by its own clock, the copy of b is far too old
    for (let n = 0; n < 3; n++) assert.equal(await status(b, "/api/bounded/x", token), 200);
    assert.equal((await b.counts())["relay.since"], 1);
    assert.equal((await a.counts())["log.since"] ?? 0, 0, "what the relay knew was young enough");
  });

  test("a relay that was evicted knows everything after one question", async () => {
    const token = await a.token(reports);
    assert.equal((await a.revoke(token, reports)).status, 200);
    assert.ok((await world.evict("RevocationRelay")) > 0);
    assert.equal(await status(b, "/api/strong/x", token), 401);
    assert.equal(await status(b, "/api/strong/x", await a.token(reports)), 200);
  });

  for (const fault of ["throw", "500", "garbage", "hang"]) {
    test(`a relay that is out of order is 503, never a pass and never a no: ${fault}`, async () => {
      const token = await a.token(reports);
      assert.equal(await status(b, "/api/strong/x", token), 200);
      await b.faults({ "relay.since": fault });
      const reply = await b.get("/api/strong/x", bearer(token));
      assert.deepEqual([reply.status, reply.header("retry-after") > 0], [503, true]);
      await b.faults({ "relay.append": fault });
      // What a change is answered with does not matter, only that it is 200.
      if (fault !== "garbage") assert.equal((await b.revoke(token, reports)).status, 503);
      await b.faults();
      if (fault !== "garbage") assert.equal(await status(b, "/api/strong/x", token), 200);
    });
  }

  for (const fault of ["throw", "500", "garbage", "hang"]) {
    test(`so is a log that is out of order behind it: ${fault}`, async () => {
      const token = await a.token(reports);
      assert.equal(await status(b, "/api/strong/x", token), 200);
      await a.faults({ "log.since": fault });
      assert.equal(await status(b, "/api/strong/x", token), 503);
      await a.faults({ "log.append": fault, "log.exchange": fault });
      if (fault !== "garbage") assert.equal((await b.revoke(token, reports)).status, 503);
      await a.faults();
      if (fault !== "garbage") assert.equal(await status(b, "/api/strong/x", token), 200);
      assert.equal((await b.revoke(token, reports)).status, 200);
      assert.equal(await status(b, "/api/strong/x", token), 401);
    });
  }

  test("what a session coordinator has to tell the log waits for others, and arrives", async () => {
    await a.resetCounts();
    const tokens = await Promise.all(Array.from({ length: 10 }, () => a.token(reports)));
    for (const token of tokens) assert.equal((await b.revoke(token, reports)).status, 200);
    // Each deletes its record, and then has the log keep the entry for only an hour.
    await a.counted("relay.shorten", 10);
    for (const deadline = Date.now() + 20_000; ; ) {
      const { "log.shorten": one = 0, "log.change": several = 0 } = await a.counts();
      if (one + several > 0) break;
      assert.ok(Date.now() < deadline, "the log was never told");
    }
  });
});
