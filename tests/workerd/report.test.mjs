// Routes that are only tried (`report`), and a line for each request (`log_requests`).

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { bearer, clients, files, secrets, config as whole } from "./fixture.mjs";
import { start } from "./harness.mjs";

const { reports, reader } = clients;
const origin = "service:ORIGIN";
const config = {
  ...whole,
  log_refusals: false,
  routes: [
    { match: "/docs/internal/*", access: "token", scopes: ["orders:write"], origin, report: true },
    { match: "/docs/strong/*", access: "token", max_staleness: 0, origin, report: true },
    { match: "/docs/*", access: "public", origin },
    { match: "/api/closed/*", access: "deny", report: true },
    { match: "/api/*", access: "token", max_staleness: 0, origin },
    { match: "/open/*", access: "public", origin, report: true },
  ],
};
const logged = { ...whole, log_refusals: false, log_requests: true };

let world, gate;
before(async () => {
  world = await start({
    gates: { gate: { config, secrets }, logging: { config: logged, secrets, entry: "built" } },
    files,
  });
  gate = world.gates.gate;
});
after(() => world?.stop());
beforeEach(async () => {
  await gate.reset();
  world.logs.clear();
});

/** What the gate answers, and the line about it. */
async function tried(target, headers) {
  world.logs.clear();
  const reply = await gate.get(target, headers);
  const { time, event, method, path, ray, ...said } = await world.logs.event("would_have");
  assert.deepEqual([typeof time, method, path], ["number", "GET", target.split("?")[0]]);
  return [reply.status, said];
}

test("the other routes decide, and the log says what this one would have done, and of whom", async () => {
  const route = "/docs/internal/*";
  const refused = { route, outcome: "refused", was: "passed" };
  assert.deepEqual(await tried("/docs/internal/a?b=c"), [200, { ...refused, status: 401, reason: "no_credentials" }]);
  const [token, weak] = [await gate.token(reports), await gate.token(reader)];
  assert.deepEqual(await tried("/docs/internal/a", bearer(token)), [
    200,
    { route, outcome: "passed", subject: reports.id, client: reports.id, was: "passed" },
  ]);
  assert.deepEqual(await tried("/docs/internal/a", bearer(weak)), [
    200,
    { ...refused, status: 403, reason: "insufficient_scope", subject: reader.id, client: reader.id },
  ]);
  assert.deepEqual(await tried("/open/x"), [404, { route: "/open/*", outcome: "passed", was: "refused" }]);
  assert.deepEqual(await tried("/api/closed/x", bearer(token)), [
    200,
    { route: "/api/closed/*", outcome: "refused", status: 403, reason: "denied", was: "passed" },
  ]);
  assert.doesNotMatch(JSON.stringify(world.logs.lines), /pst_at_|b=c/);
});

test("the answer does not wait for a store that only the trial asks, and an outage does not change it", async () => {
  const token = await gate.token(reports);
  await gate.faults({ "kv.get": "hold" });
  assert.equal((await gate.get("/docs/internal/a", bearer(token))).status, 200);
  assert.deepEqual(world.logs.events("would_have"), []);
  await gate.release();
  assert.equal((await world.logs.event("would_have")).outcome, "passed");
  await gate.faults({ "kv.get": "throw", "log.since": "throw" });
  const other = await gate.token(reports);
  const [status, said] = await tried("/docs/strong/a", bearer(other));
  const unknown = { route: "/docs/strong/*", outcome: "unknown", status: 503, reason: "unavailable", was: "passed" };
  assert.deepEqual([status, said], [200, unknown]);
  assert.equal(world.logs.events("dependency_unavailable").length, 1);
});

test("with log_requests there is one line for each request, without a query or a token", async () => {
  const own = world.gates.logging;
  const token = await own.token(reports);
  const asked = async (method, target, headers) => {
    world.logs.clear();
    await own.send(method, target, headers);
    const { time, event, ray, ...said } = await world.logs.event("request");
    assert.equal(world.logs.events("request").length, 1);
    assert.doesNotMatch(JSON.stringify(world.logs.lines), /pst_at_|secret=/);
    return said;
  };
  const get = { method: "GET" };
  assert.deepEqual(await asked("GET", "/public/a?secret=b", {}), {
    route: "/public/*",
    outcome: "passed",
    ...get,
    path: "/public/a",
  });
  assert.deepEqual(await asked("GET", "/api/read/a", bearer(token)), {
    route: "/api/read/*",
    outcome: "passed",
    subject: reports.id,
    client: reports.id,
    ...get,
    path: "/api/read/a",
  });
  const refused = (path, route, status, reason) => ({ route, outcome: "refused", status, reason, ...get, path });
  const noOne = refused("/api/read/a", "/api/read/*", 401, "no_credentials");
  assert.deepEqual(await asked("GET", "/api/read/a", {}), noOne);
  assert.deepEqual(await asked("GET", "/nowhere", {}), refused("/nowhere", null, 404, "no_route"));
  assert.deepEqual(await asked("GET", "/favicon.ico", {}), {
    route: null,
    outcome: "answered",
    status: 200,
    ...get,
    path: "/favicon.ico",
  });
  assert.deepEqual(await asked("POST", "/oauth/token", {}), {
    route: null,
    outcome: "endpoint",
    status: 400,
    method: "POST",
    path: "/oauth/token",
  });
});
