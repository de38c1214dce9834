// `rate_limit`: how often the same sender may ask.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { assertGateUnavailable, withoutTrace } from "./assertions.mjs";
import { bearer, clients, files, secrets, config as whole } from "./fixture.mjs";
import { start } from "./harness.mjs";

const { reports, reader } = clients;
const MOST = 2;
const limit = (binding, by) => ({ binding, by, limit: MOST, period: 60 });
const origin = "service:ORIGIN";
const config = {
  ...whole,
  log_refusals: true,
  routes: [
    { match: "/subject/*", access: "token", origin, rate_limit: limit("SUBJECTS", "subject") },
    { match: "/token/*", access: "token", origin, rate_limit: limit("TOKENS", "token") },
    { match: "/open/*", access: "public", origin, rate_limit: limit("ADDRESSES", "address") },
    { match: "/pages/*", access: "public", origin: "assets", rate_limit: limit("PAGES", "address") },
    { match: "/*", access: "token", origin },
  ],
};
const names = ["SUBJECTS", "TOKENS", "ADDRESSES", "PAGES"];
const counted = { limit: MOST, period: 60 };
const ratelimits = Object.fromEntries(names.map((name) => [name, { namespace_id: name, simple: counted }]));

// The one binding that the tests can have fail.
const faulty = {
  ...whole,
  store_timeout_ms: 200,
  routes: [
    { match: "/subject/*", access: "token", origin, rate_limit: limit("POSTERN_LOGIN_LIMIT", "subject") },
    { match: "/open/*", access: "public", origin, rate_limit: limit("POSTERN_LOGIN_LIMIT", "address") },
    { match: "/pages/*", access: "public", origin: "assets", rate_limit: limit("POSTERN_LOGIN_LIMIT", "address") },
  ],
};

let world, gate;
before(async () => {
  const gates = { gate: { config, secrets, ratelimits, entry: "built" }, faulty: { config: faulty, secrets } };
  world = await start({ gates, files });
  gate = world.gates.gate;
});
after(() => world?.stop());

/** The statuses of requests, one after another. */
async function statuses(target, all) {
  const found = [];
  for (const headers of all) found.push((await gate.get(target, headers)).status);
  return found;
}

test("by subject: whichever token they use; what is refused is not counted", async () => {
  const [one, two] = [await gate.token(reports), await gate.token(reports)];
  const other = await gate.token(reader);
  assert.deepEqual(await statuses("/subject/a", [{}, bearer("pst_at_x"), {}]), [401, 401, 401]);
  assert.deepEqual(await statuses("/subject/a", [bearer(one), bearer(two)]), [200, 200]);
  world.logs.clear();
  const refused = await gate.get("/subject/a", bearer(two));
  assert.equal(refused.status, 429);
  assert.equal(refused.header("retry-after"), "60");
  assert.equal(refused.header("ratelimit-policy"), '"subject";q=2;w=60');
  assert.equal(refused.header("ratelimit"), '"subject";r=0;t=60');
  assert.equal(refused.header("cache-control"), "no-store");
  assert.equal(JSON.parse(refused.text).title, "Too Many Requests");
  const { status, reason } = await world.logs.event("gate_refused");
  assert.deepEqual([status, reason], [429, "too_many_requests"]);
  assert.equal((await gate.get("/subject/a", bearer(other))).status, 200, "somebody else is not held up");
  assert.equal((await gate.get("/b", bearer(one))).status, 200, "nor is another route");
});

test("by token: each has its own", async () => {
  const [one, two] = [await gate.token(reports), await gate.token(reports)];
  assert.deepEqual(await statuses("/token/a", [bearer(one), bearer(one), bearer(one)]), [200, 200, 429]);
  assert.deepEqual(await statuses("/token/a", [bearer(two), bearer(two), bearer(two)]), [200, 200, 429]);
});

test("by address: one IPv6 network is one sender, and a person gets a page", async () => {
  const from = (address) => ({ "cf-connecting-ip": address });
  const network = ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3"].map(from);
  assert.deepEqual(await statuses("/open/a", network), [200, 200, 429]);
  assert.deepEqual(await statuses("/open/a", ["2001:db8:0:1::1", "192.0.2.7"].map(from)), [200, 200]);
  const page = {
    ...from("2001:db8::9"),
    accept: "text/html",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
  };
  const refused = await gate.get("/open/a", page);
  assert.equal(refused.status, 429);
  assert.match(refused.text, /Too many requests/);
  assert.equal(refused.header("retry-after"), "60");
});

test("static files count as well", async () => {
  const all = await statuses("/pages/none", [{}, {}, {}]);
  assert.deepEqual(all, [404, 404, 429]);
});

test("a binding that does not answer is 503, and nothing reaches the origin", async () => {
  const { faulty } = world.gates;
  const token = await faulty.token(reports);
  for (const fault of ["throw", "throw-after", "hang"]) {
    await faulty.faults({ limiter: fault });
    for (const [target, headers] of [
      ["/subject/a", bearer(token)],
      ["/open/a", {}],
      ["/pages/a", {}],
    ]) {
      const reply = await withoutTrace(world.origin, () => faulty.get(target, headers));
      assertGateUnavailable(reply, `${fault}: ${target}`);
    }
  }
  await faulty.faults({});
  assert.equal((await faulty.get("/subject/a", bearer(token))).status, 200);
});
