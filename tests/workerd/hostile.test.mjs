// The hostile set, against workerd's own socket, and tokens that are not what they seem.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { assertNoSecrets, had } from "./assertions.mjs";
import { bearer, clients, config, secrets } from "./fixture.mjs";
import { newKeys, start } from "./harness.mjs";
import { cases } from "./hostile-cases.mjs";
import { raw, request } from "./http.mjs";

const { reports, server } = clients;
// Without assets: in front of those, workerd would have a router that normalises some paths first.
const bare = {
  config: { ...config, routes: config.routes.filter((route) => route.origin !== "assets") },
  secrets,
  without: ["ASSETS"],
};
const NEW_KEY = newKeys(2);
const OTHER_KEY_SAME_ID = newKeys(1);

let world, gate, gates, token;
before(async () => {
  world = await start({
    gates: {
      gate: bare,
      // Other deployments, with their own stores or with these.
      other_issuer: { ...bare, config: { ...bare.config, issuer: "https://other.example" } },
      rotated: { ...bare, secrets: { POSTERN_KEYS: `${NEW_KEY},${secrets.POSTERN_KEYS}` } },
      retired: { ...bare, secrets: { POSTERN_KEYS: NEW_KEY } },
      other_key: { ...bare, secrets: { POSTERN_KEYS: OTHER_KEY_SAME_ID } },
      other_stores: { ...bare, own: true, kv: "other" },
    },
  });
  ({ gate, gates } = world);
  token = await gate.token(reports);
});
after(() => world?.stop());

const fill = (text) => text.replaceAll("TOKEN", token);

/** The bytes of a case. */
function bytes(hostile) {
  if (hostile.raw !== undefined) return Buffer.from(fill(hostile.raw), "latin1");
  const headers = (hostile.headers ?? []).map(([name, value]) => [name, fill(value)]);
  if (hostile.token) headers.push(["Authorization", `Bearer ${token}`]);
  const body = hostile.body === undefined ? undefined : fill(hostile.body);
  return request(hostile.method ?? "GET", fill(hostile.target), headers, body);
}

test("the names of the cases are different", () => {
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
});

for (const hostile of cases) {
  test(hostile.name, { todo: hostile.todo }, async () => {
    await world.origin.clear();
    const reply = await raw(gate.url, bytes(hostile), hostile.method ?? "GET");
    const seen = await world.origin.seen();
    assert.ok(hostile.expect.includes(reply.status), `${reply.status} ${reply.text.slice(0, 300)}`);
    assert.doesNotMatch(reply.text, /panicked|RuntimeError|unreachable|\.rs:|wasm/i, "something broke inside");
    if (reply.status !== 200 && !hostile.followed) assert.deepEqual(seen, [], "it left a trace at the origin");
    if (reply.status === 200) assert.equal(seen.length, 1);
    for (const entry of seen) {
      const subject = hostile.token ? "reports" : null;
      assert.equal(had(entry, "x-postern-subject"), subject, "it came under another name");
      assert.equal(had(entry, "authorization"), null);
      if (hostile.token) assert.ok(!JSON.stringify(entry).includes(token), "the origin has the token");
      if (hostile.seen) assert.ok(hostile.seen(entry), JSON.stringify(entry));
    }
    // Whatever it was, the next one is served.
    assert.equal((await gate.get("/api/any/next", bearer(token))).status, 200);
  });
}

describe("tokens that are not what they seem", () => {
  const refused = async (where, plain) => {
    await world.origin.clear();
    assert.equal((await where.get("/api/strong/x", bearer(plain))).status, 401);
    assert.deepEqual(await world.origin.seen(), []);
    assert.equal((await where.introspect(plain, server)).text, '{"active":false}');
  };
  const taken = async (where, plain) => {
    assert.equal((await where.get("/api/strong/x", bearer(plain))).status, 200);
    assert.equal((await where.introspect(plain, server)).json.active, true);
  };

  test("of another kind", async () => {
    for (const kind of ["pst_rt_", "pst_ac_", "pst_st_", "pst_cs_", "pst_xx_"])
      await refused(gate, kind + token.slice(7));
  });

  test("of another issuer, under the same key and with the same stores", async () => {
    await refused(gate, await gates.other_issuer.token(reports));
    await refused(gates.other_issuer, token);
  });

  test("under a key that is not on the ring any more", async () => {
    await refused(gates.retired, token);
    await refused(gate, await gates.retired.token(reports));
  });

  test("under another key of the same number", async () => {
    await refused(gates.other_key, token);
    await refused(gate, await gates.other_key.token(reports));
  });

  test("under an older key that is still on the ring: it counts", async () => {
    await taken(gates.rotated, token);
    const newer = await gates.rotated.token(reports);
    await taken(gates.rotated, newer);
    await refused(gate, newer);
  });

  test("sealed with the right key, but recorded nowhere here", async () => {
    await refused(gate, await gates.other_stores.token(reports));
  });

  test("every single character counts", async () => {
    const wrong = new Set();
    for (let at = 0; at < token.length - 1; at++) {
      const other = token[at] === "A" ? "B" : "A";
      const reply = await gate.get("/api/any/x", bearer(token.slice(0, at) + other + token.slice(at + 1)));
      if (reply.status !== 401) wrong.add(at);
    }
    assert.deepEqual([...wrong], []);
  });

  test("the last character has bits that mean nothing: only one way to write them", async () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (const last of alphabet) {
      const text = token.slice(0, -1) + last;
      const reply = await gate.get("/api/any/x", bearer(text));
      assert.equal(reply.status, text === token ? 200 : 401, last);
    }
  });
});

test("the log has no token and no secret", () => assertNoSecrets(world.logs));
