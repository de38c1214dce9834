// Requests that their clients do not finish, or give up: nobody may take an isolate's memory or its time with them.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { assertError, assertGateUnavailable, assertUnavailable } from "./assertions.mjs";
import { bearer, clients, config, files, secrets } from "./fixture.mjs";
import { start } from "./harness.mjs";
import { Connection, request } from "./http.mjs";

const { reports, server } = clients;
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
/** How many bodies are waited for at most, and how many requests may wait for anything (src/edge). */
const BODIES = 256;
const RESTING = 2_048;
/** How long anything may take before it counts as stuck, in milliseconds. */
const STUCK = 20_000;
/** Of header, in each half-sent request. */
const PADDING = "x".repeat(20_000);

let world, gate;
before(async () => {
  // No store is given up while a test holds it.
  world = await start({ gates: { gate: { config: { ...config, store_timeout_ms: 30_000 }, secrets } }, files });
  gate = world.gate;
});
after(() => world?.stop());
beforeEach(() => world.begin());

/** Where people send forms. */
const PEOPLE = ["/oauth/authorize", "/_postern/login", "/_postern/logout", "/_postern/sessions"];
const announced = { "Content-Length": "100" };
const inChunks = { "Transfer-Encoding": "chunked" };

/** A POST whose body has only begun. */
function halfSent(path, framing, headers = {}) {
  const connection = new Connection(gate.url);
  connection.write(request("POST", path, { ...FORM, ...framing, ...headers }));
  connection.write(framing === inChunks ? "3\r\nx=y\r\n" : "x=y");
  return connection;
}

/** `count` of what `make` makes, in steps so that the machine's queue of connections does not overflow. */
async function many(count, make) {
  const { begun } = await gate.counts();
  const made = [];
  while (made.length < count) {
    for (let step = Math.min(100, count - made.length); step > 0; step -= 1) made.push(make());
    await gate.counted("begun", begun + made.length);
  }
  return made;
}

describe("half-sent requests", () => {
  for (const [name, framing, count] of [
    ["announced", announced, 5_000],
    ["in chunks", inChunks, 1_000],
  ]) {
    test(`${count} of them (${name}) that are reset leave nothing behind`, async () => {
      for (let sent = 0; sent < count; sent += 1_000) {
        const connections = await many(1_000, () => halfSent("/oauth/token", framing, { "X-Padding": PADDING }));
        const { underWay } = await gate.counts();
        assert.ok(underWay <= BODIES, `${underWay} are under way`);
        for (const connection of connections) connection.reset();
        await gate.underWay(0);
      }
      await gate.token(reports);
    });
  }

  test("that are too many: the oldest get 503, and whoever sends all of the body is served", async () => {
    const wait = () => halfSent("/oauth/introspect", announced);
    const oldest = await many(20, wait);
    const connections = await many(BODIES, wait);
    try {
      for (const connection of oldest) assertUnavailable(await connection.reply("POST"));
      assert.equal((await gate.counts()).underWay, BODIES);
      const token = await gate.token(reports);
      assert.equal((await gate.introspect(token, server)).json.active, true);
      // What still waits is answered when the rest comes.
      const last = connections.at(-1);
      last.write("y".repeat(97));
      assertError(await last.reply("POST"), 401, "invalid_client");
    } finally {
      for (const connection of [...oldest, ...connections]) connection.reset();
    }
    await gate.underWay(0);
  });

  test("that go on a byte at a time are ended after ten seconds with 408, at each endpoint", async () => {
    const paths = [
      "/oauth/token",
      "/oauth/introspect",
      "/oauth/revoke",
      "/oauth/authorize",
      "/_postern/login",
      "/_postern/logout",
      "/_postern/sessions",
      "/_postern/backchannel/acme",
      "/_postern/admin/sessions",
    ];
    const ways = [announced, inChunks, { ...announced, "Sec-Fetch-Mode": "navigate" }];
    await Promise.all(
      paths.flatMap((path) =>
        ways.map(async (framing) => {
          const connection = halfSent(path, framing);
          const drip = setInterval(() => connection.write(framing === inChunks ? "1\r\ny\r\n" : "y"), 1_000);
          try {
            const reply = await connection.reply("POST");
            if ("Sec-Fetch-Mode" in framing && PEOPLE.includes(path)) {
              // A person gets a page, not a line for programs.
              assert.equal(reply.status, 408, path);
              assert.match(reply.text, /^<!DOCTYPE html>.*<h1>What you sent did not arrive<\/h1>/);
            } else {
              assertError(reply, 408, "invalid_request", path);
              assert.match(reply.json.error_description, /send it again/);
            }
          } finally {
            clearInterval(drip);
            connection.reset();
          }
        }),
      ),
    );
    await gate.underWay(0);
  });
});

test("what a client asked of an endpoint is done even if it does not wait", async () => {
  const token = await gate.token(reports);
  await gate.faults({ "log.append": "hold" });
  const connection = new Connection(gate.url);
  const basic = `Basic ${Buffer.from(`${reports.id}:${reports.secret}`).toString("base64")}`;
  connection.write(request("POST", "/oauth/revoke", { ...FORM, Authorization: basic }, `token=${token}`));
  await gate.counted("log.append", 1);
  connection.reset();
  await gate.release();
  await gate.underWay(0);
  assert.equal((await gate.get("/api/strong/x", bearer(token))).status, 401);
});

describe("when too many requests wait for the stores", () => {
  const strong = (token) => {
    const connection = new Connection(gate.url);
    connection.write(request("GET", "/api/strong/x", bearer(token)));
    return connection;
  };

  test("more of them get 503, and what needs no store passes", async () => {
    const [token, cached] = [await gate.token(reports), await gate.token(reports)];
    assert.equal((await gate.get("/api/bounded/x", bearer(cached))).status, 200);
    await gate.faults({ "log.since": "hold" });
    const connections = await many(RESTING, () => strong(token));
    assertGateUnavailable(await gate.get("/api/strong/x", bearer(token)));
    assertUnavailable(await gate.introspect(token, server));
    await world.logs.event("dependency_unavailable", ({ dependency }) => dependency === "isolate");
    assert.equal((await gate.get("/public/x")).status, 200);
    assert.equal((await gate.get("/api/bounded/x", bearer(cached))).status, 200);
    await gate.faults({});
    await gate.release();
    for (const connection of connections) {
      assert.equal((await connection.reply()).status, 200);
      connection.close();
    }
    await gate.underWay(0);
  });

  test("and their clients give up, there is room again as soon as the stores have answered", async () => {
    const token = await gate.token(reports);
    await gate.faults({ "log.since": "hold" });
    for (const connection of await many(RESTING, () => strong(token))) connection.reset();
    assertGateUnavailable(await gate.get("/api/strong/x", bearer(token)));
    await gate.faults({});
    await gate.release();
    for (const deadline = Date.now() + STUCK; ; ) {
      const { status } = await gate.get("/api/strong/x", bearer(token));
      if (status === 200) break;
      assert.equal(status, 503);
      assert.ok(Date.now() < deadline, "their places are still taken");
    }
  });
});
