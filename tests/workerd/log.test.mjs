// The revocation log itself, when there is much in it and when its storage fails.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";

import { bearer, clients, config, secrets } from "./fixture.mjs";
import { start } from "./harness.mjs";

const { reports } = clients;

let world, a, b, c;
before(async () => {
  const gate = { config, secrets };
  world = await start({ gates: { a: gate, b: gate, c: gate } });
  ({ a, b, c } = world.gates);
});
after(() => world?.stop());
beforeEach(() => world.begin());

const status = async (gate, token) => (await gate.get("/api/strong/x", bearer(token))).status;

/** Ends so many sessions that nobody has, a thousand in a message (src/revocation/wire.rs). */
async function endSessions(count) {
  const log = await world.mf.getDurableObjectNamespace("POSTERN_REVOCATION_LOG", "a");
  const until = Math.floor(Date.now() / 1000) + 86_400;
  for (let left = count; left > 0; left -= 1000) {
    const changes = Array.from({ length: Math.min(left, 1000) }, () => {
      const change = Buffer.alloc(26, 0xff);
      change[0] = 1; // append
      change[1] = 1; // a session
      randomBytes(16).copy(change, 2);
      change.writeUInt32BE(until, 22);
      return change;
    });
    const body = Buffer.concat([Buffer.from([2]), ...changes]);
    const answer = await log.getByName("log").fetch("https://log/change", { method: "POST", body });
    assert.equal(answer.status, 200);
  }
}

async function snapshots() {
  return (await (await world.kv()).list({ prefix: "log:" })).keys.map(({ name }) => name);
}

describe("a log of many entries", () => {
  let revoked, token;
  before(async () => {
    revoked = await a.token(reports);
    token = await a.token(reports);
    assert.equal((await a.revoke(revoked, reports)).status, 200);
    await endSessions(25_000);
  });

  test("an isolate that begins reads it page by page while there is no snapshot that it can have", async () => {
    await b.faults({ "kv.get": "throw" });
    await b.resetCounts();
    // No record is needed to know that this one is revoked.
    assert.equal((await b.get("/_postern/health")).status, 200);
    const { "log.since": questions } = await b.counts();
    assert.ok(questions >= 3 && questions <= 4, `${questions} questions`);
    await b.faults();
    assert.deepEqual([await status(b, revoked), await status(b, token)], [401, 200]);
  });

  test("it makes a snapshot, and another isolate begins with that", async () => {
    for (const deadline = Date.now() + 20_000; (await snapshots()).length === 0; ) {
      assert.ok(Date.now() < deadline, "there is no snapshot");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await c.resetCounts();
    assert.equal((await c.get("/_postern/health")).status, 200);
    const counts = await c.counts();
    assert.deepEqual([counts["kv.get"], counts["log.since"]], [1, 2]);
    assert.deepEqual([await status(c, revoked), await status(c, token)], [401, 200]);
  });

  test("of the snapshots it keeps the last two", async () => {
    const first = await snapshots();
    for (const kept of [2, 2]) {
      const before = await snapshots();
      await endSessions(40_000);
      for (const deadline = Date.now() + 20_000; ; ) {
        const now = await snapshots();
        if (now.length === kept && now.some((name) => !before.includes(name))) break;
        assert.ok(Date.now() < deadline, `${now}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    assert.ok(!(await snapshots()).includes(first[0]));
  });
});

describe("a storage that fails", () => {
  for (const statement of ["INSERT INTO entries", "UPDATE log", "DELETE FROM entries", "SELECT id"]) {
    test(`${statement}: nothing of the change lasts, and the next one is made`, async () => {
      const token = await a.token(reports);
      assert.equal(await status(b, token), 200);
      await a.faults({ sql: statement });
      assert.equal((await b.revoke(token, reports)).status, 503);
      assert.ok((await a.counts()).sql > 0);
      await a.faults();
      assert.equal(await status(b, token), 200, "it was not revoked");
      const other = await a.token(reports);
      assert.equal((await b.revoke(other, reports)).status, 200);
      assert.equal((await b.revoke(token, reports)).status, 200);
      assert.deepEqual([await status(a, token), await status(a, other)], [401, 401]);
    });
  }
});
