// `networks` and `countries`: from where a request may come.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { had } from "./assertions.mjs";
import { bearer, clients, files, secrets, config as whole } from "./fixture.mjs";
import { start } from "./harness.mjs";

const origin = "service:ORIGIN";
const networks = ["192.0.2.0/24", "2001:db8::/32"];
const routes = [
  { match: "/office/*", access: "public", networks, origin },
  { match: "/api/*", access: "token", networks, origin },
  { match: "/files/*", access: "public", networks, origin: "assets" },
  { match: "/countries/*", access: "public", countries: ["DE", "AT"], origin },
];

let world, gate;
before(async () => {
  const config = { ...whole, log_refusals: false, routes };
  world = await start({ gates: { gate: { config, secrets, entry: "built" } }, files });
  gate = world.gates.gate;
});
after(() => world?.stop());

const from = (address) => ({ "cf-connecting-ip": address });
const status = async (target, headers) => (await gate.get(target, headers)).status;

test("an address decides, as Cloudflare's header has it and no other", async () => {
  for (const inside of ["192.0.2.1", "192.0.2.255", "2001:db8:ffff::1", "::ffff:192.0.2.9"]) {
    assert.equal(await status("/office/a", from(inside)), 200, inside);
  }
  for (const outside of ["192.0.3.1", "2001:db9::1", "", "192.0.2.1, 192.0.2.2", "192.0.2.256", "office"]) {
    assert.equal(await status("/office/a", from(outside)), 403, outside);
  }
  const claimed = { "x-forwarded-for": "192.0.2.1", "x-real-ip": "192.0.2.1", "true-client-ip": "192.0.2.1" };
  assert.equal(await status("/office/a", claimed), 403);
  assert.equal(await status("/files/none", from("198.51.100.1")), 403, "static files too");
  const refused = await gate.get("/office/a", from("198.51.100.1"));
  assert.deepEqual([refused.json.error, refused.header("www-authenticate")], ["access_denied", null]);
});

test("with a token both are needed", async () => {
  const token = await gate.token(clients.reports);
  assert.equal(await status("/api/a", { ...bearer(token), ...from("192.0.2.1") }), 200);
  assert.equal(await status("/api/a", { ...bearer(token), ...from("198.51.100.1") }), 403);
  assert.equal(await status("/api/a", from("192.0.2.1")), 401);
});

test("a country decides, as the platform has it", async () => {
  for (const [country, expected] of [
    ["DE", 200],
    ["AT", 200],
    ["FR", 403],
    ["T1", 403],
    [undefined, 403],
  ]) {
    await world.origin.clear();
    const headers = { "cf-ipcountry": "DE", "x-country": "DE" };
    const reply = await world.mf.dispatchFetch("http://gate.example/countries/a", { headers, cf: { country } });
    assert.equal(reply.status, expected, country);
    const seen = await world.origin.seen();
    assert.equal(seen.length, expected === 200 ? 1 : 0);
    if (seen.length > 0) assert.equal(had(seen[0], "x-country"), "DE");
  }
});
