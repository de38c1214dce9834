// Where the Durable Objects are: every one of them in the jurisdiction that is configured, and the log where the hint
// says. workerd has no jurisdictions; `faulty-entry.mjs` stands in for what Cloudflare documents of them.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { bearer, clients, config, files, secrets } from "./fixture.mjs";
import { start } from "./harness.mjs";

const { reports, server } = clients;

let world, eu, nowhere, built;
before(async () => {
  const placed = { ...config, jurisdiction: "eu", log_location_hint: "weur" };
  world = await start({
    gates: {
      eu: { config: placed, secrets },
      nowhere: { config, secrets },
      built: { config: placed, secrets, entry: "built" },
    },
    files,
  });
  ({ eu, nowhere, built } = world.gates);
});
after(() => world?.stop());
beforeEach(async () => {
  for (const gate of [eu, nowhere]) await gate.reset();
});

describe("a jurisdiction", () => {
  test("has every object in it, also those that an alarm asks, and the log is hinted to its place", async () => {
    const token = await eu.token(reports);
    assert.equal((await eu.get("/api/strong/x", bearer(token))).status, 200);
    assert.equal((await eu.introspect(token, server)).json.active, true);
    assert.equal((await eu.revoke(token, reports)).status, 200);
    // The coordinator's alarm deletes the record, and then asks the log to let go of the entry sooner.
    const counts = await eu.counted("log.shorten", 1);
    assert.equal((await eu.get("/api/strong/x", bearer(token))).status, 401);
    for (const name of ["coordinator.issue", "coordinator.forget", "log.since", "log.append"]) {
      assert.ok(counts[name] > 0, `${name} was not asked: ${JSON.stringify(counts)}`);
    }
    assert.ok(counts["objects in eu"] > 0, JSON.stringify(counts));
    assert.equal(counts["objects in no jurisdiction"], undefined, JSON.stringify(counts));
    assert.ok(counts["log hinted to weur"] > 0, JSON.stringify(counts));
    assert.equal(counts["coordinator hinted to weur"], undefined);
  });

  test("has a log of its own, which does not know what another one's log knows", async () => {
    const token = await eu.token(reports);
    await eu.faults({ "kv.delete": "lose" });
    assert.equal((await eu.revoke(token, reports)).status, 200);
    await eu.counted("kv.delete", 1);
    assert.equal((await eu.get("/api/strong/x", bearer(token))).status, 401);
    assert.equal((await nowhere.get("/api/strong/x", bearer(token))).status, 200, "as docs/deploy.md warns");
    assert.equal((await nowhere.counts())["objects in eu"], undefined);
  });

  test("that the platform does not have lets nothing through", async () => {
    const token = await eu.token(reports);
    assert.equal((await built.get("/api/strong/x", bearer(token))).status, 503);
    assert.equal((await built.get("/api/any/x", bearer(token))).status, 503);
  });
});
