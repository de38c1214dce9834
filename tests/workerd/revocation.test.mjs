// A revocation that was answered 200: at once where the route asks every time, within the budget
// elsewhere, whatever KV still holds. Two gates are two isolates that follow one log.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { assertNoSecrets, challenge, withoutTrace } from "./assertions.mjs";
import { bearer, clients, config, files, secrets } from "./fixture.mjs";
import { start } from "./harness.mjs";

const { reports, reader, server, relaxed_server } = clients;
/** The `max_staleness` of /api/bounded/*. */
const BUDGET = 60;

let world, a, b;
before(async () => {
  world = await start({ gates: { a: { config, secrets }, b: { config, secrets } }, files });
  ({ a, b } = world.gates);
});
after(() => world?.stop());
beforeEach(() => world.begin());

const status = async (gate, target, token) => (await gate.get(target, bearer(token))).status;

async function records() {
  return (await (await world.kv()).list({ prefix: "at:" })).keys.length;
}

/** Waits until KV has this many records. */
async function recordsAre(wanted) {
  for (const deadline = Date.now() + 20_000; ; ) {
    const there = await records();
    if (there === wanted) return;
    assert.ok(Date.now() < deadline, `there are ${there} records, not ${wanted}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Revokes `token` while KV loses every delete, so that its record stays readable. */
async function revokeKeepingTheRecord(gate, token, client = reports) {
  await a.faults({ "kv.delete": "lose" }); // the objects run in this isolate
  const before = await records();
  assert.equal((await gate.revoke(token, client)).status, 200);
  await a.counted("kv.delete", 1);
  assert.equal(await records(), before, "the record is gone: this test shows nothing");
}

async function assertRefused(gate, target, token) {
  const reply = await withoutTrace(world.origin, () => gate.get(target, bearer(token)));
  assert.equal(reply.status, 401, `${target}: ${reply.status} ${reply.text}`);
  assert.equal(challenge(reply).error, "invalid_token");
}

describe("max_staleness = 0", () => {
  test("refused at once in every isolate, with the record still readable", async () => {
    for (const [revoking, other] of [
      [a, b],
      [b, a],
    ]) {
      const token = await a.token(reports);
      for (const gate of [a, b]) assert.equal(await status(gate, "/api/strong/x", token), 200);
      await revokeKeepingTheRecord(revoking, token);
      await assertRefused(other, "/api/strong/x", token);
      await assertRefused(revoking, "/api/strong/x", token);
      for (const gate of [a, b]) {
        assert.equal((await gate.introspect(token, server)).text, '{"active":false}');
      }
    }
  });

  test("an isolate that never saw the token, or the log, refuses it too", async () => {
    const token = await a.token(reader);
    await revokeKeepingTheRecord(a, token, reader);
    await b.clock(300); // its copy of the log is too old for everyone
    await assertRefused(b, "/api/any/x", token);
  });

  test("the log is asked every time", async () => {
    const token = await a.token(reports);
    await b.resetCounts();
    for (let n = 1; n <= 3; n++) {
      assert.equal(await status(b, "/api/strong/x", token), 200);
      assert.equal((await b.counts())["log.since"], n);
    }
  });

  test("a strong check brings the whole isolate up to date", async () => {
    const [token, other] = [await a.token(reports), await a.token(reports)];
    assert.equal(await status(b, "/api/bounded/x", token), 200);
    await revokeKeepingTheRecord(a, token);
    assert.equal(await status(b, "/api/strong/x", other), 200);
    await assertRefused(b, "/api/bounded/x", token);
  });

  test("the log keeps what it was told when its object is evicted", async () => {
    const token = await a.token(reports);
    await revokeKeepingTheRecord(a, token);
    await world.mf.unsafeEvictDurableObject("a", "RevocationLog", { name: "log" });
    await b.clock(300);
    await assertRefused(b, "/api/strong/x", token);
    const fresh = await a.token(reports);
    assert.equal(await status(b, "/api/strong/x", fresh), 200);
  });
});

describe("a budget", () => {
  test("what is cached passes within it and is refused after it", async () => {
    const token = await a.token(reports);
    const other = await a.token(reports);
    assert.equal(await status(b, "/api/strong/x", other), 200); // the copy is of now
    assert.equal(await status(b, "/api/bounded/x", token), 200);
    await revokeKeepingTheRecord(a, token);
    await b.resetCounts();
    assert.equal(await status(b, "/api/bounded/x", token), 200, "within the budget nobody is asked");
    assert.equal((await b.counts())["log.since"], undefined);
    await b.clock(BUDGET);
    await assertRefused(b, "/api/bounded/x", token);
  });

  test("the isolate that revoked needs no log to know it", async () => {
    const token = await a.token(reports);
    assert.equal(await status(a, "/api/bounded/x", token), 200);
    await revokeKeepingTheRecord(a, token);
    await a.faults({ "log.since": "throw", "kv.delete": "lose" });
    await assertRefused(a, "/api/bounded/x", token);
  });

  test("introspection has its own", async () => {
    const token = await a.token(reports);
    assert.equal((await b.introspect(token, relaxed_server)).json.active, true);
    await revokeKeepingTheRecord(a, token);
    await b.resetCounts();
    assert.equal((await b.introspect(token, relaxed_server)).json.active, true);
    assert.equal((await b.counts())["log.since"], undefined);
    await b.clock(60);
    assert.equal((await b.introspect(token, relaxed_server)).text, '{"active":false}');
  });
});

describe("under steady traffic", () => {
  for (const { target, budget, step } of [
    { target: "/api/bounded/x", budget: BUDGET, step: 5 },
    { target: "/api/any/x", budget: 5, step: 1 },
  ]) {
    test(`no request waits for the log, with a budget of ${budget} s`, async () => {
      const token = await a.token(reader); // it lives for two hours
      assert.equal(await status(b, "/api/strong/x", token), 200);
      await b.resetCounts();
      let asked = 0;
      await b.faults({ "log.since": "hold" });
      for (let at = step; at <= 10 * budget; at += step) {
        await b.clock(at);
        // A request that waited for the log would get 503 here: the log is let go only afterwards.
        assert.equal(await status(b, target, token), 200, `after ${at} s`);
        const now = (await b.counts())["log.since"] ?? 0;
        assert.ok(now - asked <= 1, "one refresh at a time");
        asked = now;
        await b.release();
        await b.counted("log.since, let go", asked);
      }
      // Each refresh begins when half of the budget is used up, and not much sooner.
      assert.ok(asked > 10 && asked <= 20, `the log was asked ${asked} times in ten budgets`);
    });
  }

  test("a revocation reaches a busy isolate in the background", async () => {
    const [token, other] = [await a.token(reports), await a.token(reports)];
    assert.equal(await status(b, "/api/strong/x", other), 200);
    assert.equal(await status(b, "/api/bounded/x", token), 200);
    await revokeKeepingTheRecord(a, token);
    await b.resetCounts();
    await b.clock(BUDGET - 10);
    assert.equal(await status(b, "/api/bounded/x", other), 200);
    await b.counted("log.since", 1);
    // Every answer is right within the budget; the refresh is an event that ends the wait.
    for (const deadline = Date.now() + 20_000; ; ) {
      assert.ok(Date.now() < deadline, "the refresh brought nothing");
      const answer = await status(b, "/api/bounded/x", token);
      if (answer === 401) break;
      assert.equal(answer, 200);
    }
    assert.equal((await b.counts())["log.since"], 1, "no request asked for itself");
  });

  test("many requests at once begin one refresh", async () => {
    const token = await a.token(reports);
    assert.equal(await status(b, "/api/strong/x", token), 200);
    await b.resetCounts();
    await b.clock(BUDGET - 10);
    await b.faults({ "log.since": "hold" });
    const answers = await Promise.all(Array.from({ length: 20 }, () => status(b, "/api/bounded/x", token)));
    assert.deepEqual(new Set(answers), new Set([200]));
    assert.equal((await b.counts())["log.since"], 1);
    await b.release();
  });

  test("a cold isolate waits, and asks once for the answer", async () => {
    const token = await a.token(reports);
    await b.clock(300);
    await b.resetCounts();
    assert.equal(await status(b, "/api/bounded/x", token), 200);
    assert.equal((await b.counts())["log.since"], 1);
  });
});

describe("a log that is slow", () => {
  test("is asked once for all who take a copy of an age, however slow it is", async () => {
    const token = await a.token(reports);
    assert.equal(await status(b, "/api/strong/x", token), 200);
    await b.clock(300);
    await b.resetCounts();
    await b.faults({ "log.since": "hold" });
    const answers = [];
    for (let n = 0; n < 200; n++) {
      answers.push(status(b, "/api/bounded/x", token));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await b.counted("log.since", 1);
    await b.release();
    assert.deepEqual(new Set(await Promise.all(answers)), new Set([200]));
    assert.equal((await b.counts())["log.since"], 1);
  });
});

describe("what KV still misses", () => {
  test("a fresh token is read from its coordinator, in every isolate", async () => {
    for (const gate of [a, b]) {
      await gate.faults({ "kv.get": "miss" });
      const token = await a.token(reports);
      await gate.resetCounts();
      assert.equal(await status(gate, "/api/any/x", token), 200);
      assert.equal((await gate.counts())["coordinator.read"], 1);
      assert.equal((await gate.introspect(token, server)).json.active, true);
    }
  });

  test("for ten minutes; after that its coordinator knows it without a record, and nobody can say more", async () => {
    for (const gate of [a, b]) await gate.faults({ "kv.get": "miss" });
    for (const [age, expected] of [
      [595, 200],
      [600, 503],
      [3_000, 503],
    ]) {
      for (const gate of [a, b]) await gate.clock(0);
      const token = await a.token(reports); // nobody has it cached
      // The object decides by its own clock, which is a's.
      for (const gate of [a, b]) await gate.clock(age);
      await b.resetCounts();
      assert.equal(await status(b, "/api/any/x", token), expected, `after ${age} s`);
      assert.equal((await b.counts())["coordinator.read"], 1);
      const introspected = await b.introspect(token, server);
      assert.equal(introspected.status, expected, introspected.text);
    }
  });

  test("a miss is never cached as a miss", async () => {
    const token = await a.token(reports);
    for (const gate of [a, b]) await gate.clock(700);
    await b.faults({ "kv.get": "miss" });
    assert.equal(await status(b, "/api/any/x", token), 503);
    await b.faults({});
    assert.equal(await status(b, "/api/any/x", token), 200);
  });

  test("a revoked token is not brought back by its coordinator", async () => {
    const token = await a.token(reports);
    await revokeKeepingTheRecord(a, token);
    await b.faults({ "kv.get": "miss" });
    await b.clock(100);
    await assertRefused(b, "/api/strong/x", token);
    await assertRefused(b, "/api/bounded/x", token);
  });
});

test("a revocation deletes the record", async () => {
  const token = await a.token(reports);
  const before = await records();
  assert.equal((await a.revoke(token, reports)).status, 200);
  await a.counted("kv.delete", 1);
  await recordsAre(before - 1);
});

test("an alarm that was lost is set again by the next question, whatever it is", async () => {
  const COORDINATORS = "POSTERN_COORDINATORS";
  const token = await a.token(reports);
  await world.origin.clear();
  assert.equal(await status(a, "/api/any/x", token), 200);
  const [{ headers }] = await world.origin.seen();
  const [, session] = headers.find(([name]) => name === "x-postern-session");
  const before = await records();
  await a.faults({ "kv.delete": "throw" }); // the objects run in this isolate
  assert.equal((await a.revoke(token, reports)).status, 200);
  await a.counted("kv.delete", 1);
  await a.faults({});
  // While it is being tried, the alarm is set for a quarter of an hour later; then for the next try.
  for (let alarm = null; alarm === null || alarm > Date.now() + 31_000; ) alarm = await a.alarm(COORDINATORS, session);
  assert.equal(await a.loseAlarm(COORDINATORS, session), null);
  // Nothing is due yet, so nothing is set.
  assert.equal((await a.revoke(token, reader)).status, 400);
  assert.equal(await a.alarm(COORDINATORS, session), null);
  await a.clock(31);
  assert.equal((await a.revoke(token, reader)).status, 400);
  await recordsAre(before - 1);
});

test("KV holds neither tokens nor names", async () => {
  const token = await a.token(reports);
  const kv = await world.kv();
  const { keys } = await kv.list();
  assert.ok(keys.length > 0);
  for (const { name, expiration, metadata } of keys) {
    assert.match(name, /^at:[A-Za-z0-9_-]{43}$/);
    assert.ok(expiration > Date.now() / 1000, "a record ends by itself");
    assert.equal(metadata ?? null, null);
    const value = Buffer.from(await kv.get(name, "arrayBuffer"));
    assert.equal(value[0], 3, "the format byte");
    for (const secret of [token, token.slice(7, 40), "reports", "orders:read", "example.com"]) {
      assert.ok(!value.includes(secret), `a record shows ${secret.slice(0, 7)}`);
    }
  }
});

test("the log has no token and no secret", () => assertNoSecrets(world.logs));
