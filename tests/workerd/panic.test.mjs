// A panic costs its own request. The next one meets a new Wasm instance that knows nothing yet and finds
// out everything again.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { bearer, clients, config, files, secrets } from "./fixture.mjs";
import { start } from "./harness.mjs";

const { reader, server } = clients;

let world, gate;
before(async () => {
  world = await start({ gates: { gate: { config, secrets } }, files });
  gate = world.gate;
});
after(() => world?.stop());

const status = async (token) => (await gate.get("/api/strong/x", bearer(token))).status;

describe("after a panic", () => {
  test("requests are answered as before, and tokens and revocations still count", async () => {
    const [token, revoked] = [await gate.token(reader), await gate.token(reader)];
    await gate.revoke(revoked, reader);
    assert.equal(await status(token), 200);
    assert.equal(await status(revoked), 401);

    await gate.faults({ random: "throw" });
    const panicked = await gate.form("/oauth/token", { grant_type: "client_credentials" }, reader);
    assert.equal(panicked.status, 500);
    assert.doesNotMatch(panicked.text, /pst_|panicked at/);
    await gate.faults({});

    assert.equal(await status(token), 200);
    assert.equal(await status(revoked), 401);
    assert.equal((await gate.introspect(token, server)).json.active, true);
    assert.equal(await status(await gate.token(reader)), 200);
    assert.equal((await gate.get("/api/strong/x")).status, 401);
  });

  test("a request that waited meanwhile fails, and neither it nor what it held is taken for anything", async () => {
    const token = await gate.token(reader);
    await gate.resetCounts();
    await gate.faults({ "kv.get": "hold" });
    const waiting = gate.get("/api/strong/x", bearer(token));
    await gate.counted("kv.get", 1);
    await gate.faults({ random: "throw" });
    assert.equal((await gate.form("/oauth/token", { grant_type: "client_credentials" }, reader)).status, 500);
    await gate.faults({});
    await world.origin.clear();
    await gate.release();
    const reply = await waiting;
    assert.equal(reply.status, 500);
    assert.doesNotMatch(reply.text, /pst_|panicked at/);
    assert.deepEqual(await world.origin.seen(), []);

    assert.equal(await status(token), 200);
  });

  test("an endpoint that waited meanwhile fails, and what it waited for goes on in no other instance", async () => {
    const token = await gate.token(reader);
    const issue = () => gate.form("/oauth/token", { grant_type: "client_credentials" }, reader);
    await gate.resetCounts();
    await gate.faults({ "kv.put": "hold" });
    const waiting = issue();
    await gate.counted("kv.put", 1);
    await gate.faults({ random: "throw" });
    assert.equal((await issue()).status, 500);
    await gate.faults({});
    await gate.release();
    const reply = await waiting;
    assert.equal(reply.status, 500);
    assert.doesNotMatch(reply.text, /pst_|panicked at/);

    assert.equal(await status(token), 200);
    assert.equal(await status(await gate.token(reader)), 200);
  });

  test("an alarm that was under way has another one set already, which does what is left", async () => {
    const COORDINATORS = "POSTERN_COORDINATORS";
    const token = await gate.token(reader);
    await world.origin.clear();
    assert.equal(await status(token), 200);
    const [{ headers }] = await world.origin.seen();
    const [, session] = headers.find(([name]) => name === "x-postern-session");
    await gate.resetCounts();
    await gate.faults({ "kv.delete": "hold" });
    await gate.revoke(token, reader);
    await gate.counted("kv.delete", 1);
    await gate.faults({ random: "throw" });
    assert.equal((await gate.form("/oauth/token", { grant_type: "client_credentials" }, reader)).status, 500);
    await gate.faults({});
    await gate.release();
    assert.ok((await gate.alarm(COORDINATORS, session)) > Date.now());
    // What was under way did not end, so the state still says that the record is to be deleted.
    await gate.ring(COORDINATORS, [session]);
    assert.equal((await gate.counts())["kv.delete"], 2);
  });
});
