// KV, the log or a coordinator throwing, hanging or answering what cannot be: 503 with Retry-After,
// never a "no" and never a "yes"; and a retry finishes what was begun.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { assertGateUnavailable, assertNoSecrets, assertUnavailable, challenge, withoutTrace } from "./assertions.mjs";
import { bearer, clients, files, secrets, config as whole } from "./fixture.mjs";
import { start } from "./harness.mjs";

const { reports, reader, server, relaxed_server } = clients;
const GRACE = 120;
const config = { ...whole, outage_grace: GRACE, store_timeout_ms: 400 };

const SILENT = ["throw", "hang"];
const NONSENSE = ["500", "404", "empty", "garbage"];

let world, gate;
before(async () => {
  world = await start({ gates: { gate: { config, secrets } }, files });
  gate = world.gate;
});
after(() => world?.stop());
beforeEach(() => world.begin());

const get = (target, token) => gate.get(target, bearer(token));
const status = async (target, token) => (await get(target, token)).status;

/** A token that was issued so long ago that only KV has its record, and that nobody has cached. */
async function settledToken() {
  const token = await gate.token(reader);
  await gate.clock(1_000);
  return token;
}

describe("the gate and introspection", () => {
  const reading = [
    ...[...SILENT, "corrupt", "garbage"].map((fault) => ({ fault: { "kv.get": fault }, token: settledToken })),
    ...[...SILENT, ...NONSENSE].map((fault) => ({ fault: { "log.since": fault }, token: settledToken })),
    ...[...SILENT, ...NONSENSE].map((fault) => ({
      fault: { "kv.get": "miss", "coordinator.read": fault },
      token: () => gate.token(reader),
    })),
    { fault: { kv: "throw", log: "throw", coordinator: "throw" }, token: settledToken },
  ];
  for (const { fault, token: make } of reading) {
    test(`${JSON.stringify(fault)}: 503, and then the answer`, async () => {
      const token = await make();
      world.logs.clear();
      await gate.faults(fault);
      const reply = await withoutTrace(world.origin, () => get("/api/strong/x", token));
      assertGateUnavailable(reply);
      assertUnavailable(await gate.introspect(token, server));
      const event = await world.logs.event("dependency_unavailable");
      assert.ok(event.dependency && event.cause, JSON.stringify(event));
      await gate.faults({});
      assert.equal(await status("/api/strong/x", token), 200, "afterwards");
      assert.equal((await gate.introspect(token, server)).json.active, true, "afterwards");
    });
  }

  test("a log that is behind what it said before is not believed", async () => {
    const [revoked, other] = [await gate.token(reports), await gate.token(reports)];
    assert.equal(await status("/api/strong/x", other), 200); // the oldest answer of this test
    assert.equal((await gate.revoke(revoked, reports)).status, 200);
    assert.equal(await status("/api/strong/x", other), 200);
    await gate.faults({ "log.since": "stale" });
    assertGateUnavailable(await withoutTrace(world.origin, () => get("/api/strong/x", other)));
    assertUnavailable(await gate.introspect(other, server));
    await gate.faults({});
    assert.equal(await status("/api/strong/x", other), 200);
    assert.equal(await status("/api/strong/x", revoked), 401);
  });

  test("a body of 503 is the same whatever happened", async () => {
    const token = await settledToken();
    const bodies = new Set();
    for (const fault of [
      { "kv.get": "throw" },
      { "kv.get": "corrupt" },
      { "log.since": "throw" },
      { "log.since": "garbage" },
    ]) {
      await gate.faults(fault);
      bodies.add((await gate.introspect(token, server)).text);
    }
    assert.equal(bodies.size, 1);
  });

  test("requests that need no store are answered", async () => {
    await gate.faults({ kv: "throw", log: "throw", coordinator: "throw" });
    assert.equal(await status("/api/strong/x", "forged"), 401, "a forgery is refused without asking anyone");
    assert.equal((await gate.introspect("forged", server)).text, '{"active":false}');
    assert.equal((await gate.get("/public/x")).status, 200);
    assert.equal((await gate.get("/.well-known/oauth-authorization-server")).status, 200);
    assert.equal((await gate.get("/api/any/x")).status, 401);
  });

  test("within the budget a cached session needs no store", async () => {
    const token = await gate.token(reports);
    assert.equal(await status("/api/strong/x", token), 200);
    await gate.faults({ kv: "hang", log: "hang", coordinator: "hang" });
    assert.equal(await status("/api/bounded/x", token), 200);
    assert.equal((await gate.introspect(token, relaxed_server)).json.active, true);
  });
});

describe("health", () => {
  for (const fault of [...SILENT, ...NONSENSE]) {
    test(`the log: ${fault}`, async () => {
      await gate.clock(10);
      await gate.faults({ "log.since": fault });
      assertUnavailable(await gate.get("/_postern/health"), fault);
      await gate.faults({});
      // A failure is shared for up to a second, so that nobody can have the log asked again and again.
      await gate.clock(11);
      assert.equal((await gate.get("/_postern/health")).status, 200);
    });
  }
});

describe("issuing", () => {
  const half = [
    ...[...SILENT, "throw-after", "hang-after"].map((fault) => ({ "kv.put": fault })),
    ...[...SILENT, "throw-after", "hang-after", ...NONSENSE].map((fault) => ({ "coordinator.issue": fault })),
    { kv: "throw", coordinator: "throw" },
  ];
  for (const fault of half) {
    test(`${JSON.stringify(fault)}: 503 and no token, and a retry gets one`, async () => {
      await gate.faults(fault);
      const request = () => gate.form("/oauth/token", { grant_type: "client_credentials" }, reports);
      const reply = await request();
      assertUnavailable(reply);
      assert.doesNotMatch(reply.text, /pst_at_/);
      await gate.faults({});
      const again = await request();
      assert.equal(again.status, 200);
      assert.equal(await status("/api/strong/x", again.json.access_token), 200);
    });
  }

  test("a wrong secret is still 401, not 503", async () => {
    await gate.faults({ kv: "throw", log: "throw", coordinator: "throw" });
    const reply = await gate.form(
      "/oauth/token",
      { grant_type: "client_credentials" },
      { id: "reports", secret: "pst_cs_x" },
    );
    assert.equal(reply.status, 401);
  });
});

describe("revoking", () => {
  const half = [
    ...[...SILENT, ...NONSENSE].map((fault) => ({ "coordinator.find": fault })),
    ...[...SILENT, "throw-after", "hang-after", "500", "404"].map((fault) => ({ "log.append": fault })),
    ...[...SILENT, "throw-after", "hang-after", ...NONSENSE].map((fault) => ({ "coordinator.forget": fault })),
    { log: "throw", coordinator: "throw" },
  ];
  for (const fault of half) {
    test(`${JSON.stringify(fault)}: 503, and a retry finishes it`, async () => {
      const token = await gate.token(reports);
      assert.equal(await status("/api/bounded/x", token), 200);
      await gate.faults(fault);
      assertUnavailable(await gate.revoke(token, reports));
      await gate.faults({});
      assert.equal((await gate.revoke(token, reports)).status, 200);
      assert.equal(await status("/api/strong/x", token), 401);
      assert.equal(await status("/api/bounded/x", token), 401);
      assert.equal((await gate.introspect(token, server)).text, '{"active":false}');
      assert.equal((await gate.revoke(token, reports)).status, 200, "once more");
    });
  }

  test("a revocation that could not be recorded leaves the token valid", async () => {
    const token = await gate.token(reports);
    await gate.faults({ "log.append": "throw" });
    assertUnavailable(await gate.revoke(token, reports));
    await gate.faults({});
    assert.equal(await status("/api/strong/x", token), 200);
  });

  test("a log that recorded it and whose answer was lost refuses the token from then on", async () => {
    const token = await gate.token(reports);
    await gate.faults({ "log.append": "throw-after" });
    assertUnavailable(await gate.revoke(token, reports));
    await gate.faults({});
    assert.equal(await status("/api/strong/x", token), 401);
  });

  test("KV is not needed: its deletes are made up for later", async () => {
    const token = await gate.token(reports);
    await gate.faults({ kv: "throw" });
    assert.equal((await gate.revoke(token, reports)).status, 200);
    await gate.counted("kv.delete", 1);
    await gate.faults({});
    assert.equal(await status("/api/strong/x", token), 401);
  });

  test("another client's token is not revoked by way of an outage", async () => {
    const token = await gate.token(reports);
    for (const fault of [{ "coordinator.find": "throw" }, { "coordinator.find": "garbage" }]) {
      await gate.faults(fault);
      assertUnavailable(await gate.revoke(token, reader));
    }
    await gate.faults({});
    assert.equal(await status("/api/strong/x", token), 200);
  });
});

describe("on_outage", () => {
  const STALENESS = 60;
  /** A session that this isolate has seen, with a copy of the log of this instant. */
  async function seen() {
    const token = await gate.token(reader);
    assert.equal(await status("/api/strong/x", token), 200);
    return token;
  }

  for (const fault of [
    { "log.since": "throw" },
    { "log.since": "hang" },
    { "log.since": "garbage" },
    { log: "throw", kv: "throw", coordinator: "throw" },
  ]) {
    test(`allow_cached lets a cached session through while ${JSON.stringify(fault)}, and says so`, async () => {
      const token = await seen();
      await gate.faults(fault);
      await gate.clock(STALENESS + GRACE / 2);
      world.logs.clear();
      const reply = await get("/api/cached/x", token);
      assert.equal(reply.status, 200, reply.text);
      assert.ok(reply.json.headers.some(([name, value]) => name === "x-postern-subject" && value === "reader"));
      const event = await world.logs.event("cached_session_allowed");
      assert.equal(event.route, "/api/cached/*");
      assert.ok(event.log_age >= STALENESS, JSON.stringify(event));
      assert.ok(event.dependency && event.cause);
      assert.deepEqual([event.method, event.path], ["GET", "/api/cached/x"]);
      assertGateUnavailable(await get("/api/bounded/x", token), "a route that did not ask for it");
      assertUnavailable(await gate.introspect(token, server), "introspection never does it");
    });
  }

  // Only the log shows how old its copy may be, and only KV how old the session may be.
  for (const fault of [{ log: "throw" }, { kv: "throw" }, { log: "throw", kv: "throw", coordinator: "throw" }]) {
    test(`for outage_grace and no longer: ${JSON.stringify(fault)}`, async () => {
      const token = await seen();
      await gate.faults(fault);
      await gate.clock(STALENESS + GRACE - 5);
      assert.equal(await status("/api/cached/x", token), 200);
      await gate.clock(STALENESS + GRACE);
      assertGateUnavailable(await withoutTrace(world.origin, () => get("/api/cached/x", token)));
      await gate.faults({});
      // A failure of the log is shared for up to a second.
      await gate.clock(STALENESS + GRACE + 1);
      assert.equal(await status("/api/cached/x", token), 200);
    });
  }

  test("a session that this isolate has not seen is not let through", async () => {
    const token = await settledToken();
    for (const fault of [{ kv: "throw" }, { "log.since": "throw", kv: "throw" }]) {
      await gate.faults(fault);
      assertGateUnavailable(await withoutTrace(world.origin, () => get("/api/cached/x", token)));
    }
  });

  test("a revocation that this isolate knows holds in an outage", async () => {
    const token = await seen();
    assert.equal((await gate.revoke(token, reader)).status, 200);
    await gate.faults({ kv: "throw", log: "throw", coordinator: "throw" });
    await gate.clock(STALENESS + 10);
    const reply = await withoutTrace(world.origin, () => get("/api/cached/x", token));
    assert.equal(reply.status, 401);
    assert.equal(challenge(reply).error, "invalid_token");
  });

  test("neither expiry nor scope nor audience gives way", async () => {
    const elsewhere = await gate.token(clients.elsewhere);
    assert.equal((await get("/api/other/x", elsewhere)).status, 200);
    const token = await seen();
    await gate.faults({ kv: "throw", log: "throw", coordinator: "throw" });
    await gate.clock(STALENESS + 10);
    assert.equal(await status("/api/cached/x", elsewhere), 401);
    await gate.clock(7_201);
    assert.equal(await status("/api/cached/x", token), 401);
  });

  test("nothing is logged while nothing is out", async () => {
    const token = await seen();
    world.logs.clear();
    assert.equal(await status("/api/cached/x", token), 200);
    assert.deepEqual(world.logs.events("cached_session_allowed"), []);
  });
});

test("the log has no token and no secret", () => assertNoSecrets(world.logs));
