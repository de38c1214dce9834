// One call ends a JWT of another issuer in every isolate, each within the budget of its route.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { bearer } from "../workerd/fixture.mjs";
import { API, startGate } from "./gate.mjs";
import { newKey, now, signed, startScripted } from "./scripted.mjs";

const key = newKey("ec", "the key");

let acme, tried, others;
before(async () => {
  acme = await startScripted({ "/jwks": { keys: [key.jwk] } });
  const issuer = { id: "acme", issuer: acme.issuer, tokens: "jwt", audiences: [API] };
  tried = await startGate({ issuers: [issuer], isolates: 3 });
  others = Object.values(tried.world.gates).slice(1);
});
after(async () => {
  await tried?.stop();
  await acme?.stop();
});

const token = (claims) => {
  const times = { iat: now() - 30, exp: now() + 600 };
  const whole = { iss: acme.issuer, aud: API, sub: "carol", client_id: "webapp", scope: "orders:read", ...times };
  return signed(key, { alg: "ES256", typ: "at+jwt", kid: key.kid }, { ...whole, ...claims });
};
const status = async (gate, text, path) => (await gate.get(path, bearer(text))).status;

/** Lets it in everywhere, ends it, and says how long each isolate went on with it where it may, in milliseconds. */
async function lags(text, call) {
  for (const gate of Object.values(tried.world.gates)) assert.equal(await status(gate, text, "/weak/x"), 200);
  await tried.end(call);
  const since = Date.now();
  for (const gate of others) assert.equal(await status(gate, text, "/strong/x"), 401, "strong, at once");
  // A strong answer has what the others need too: so these isolates would be current now.
  return Promise.all(
    others.map(async (gate) => {
      while ((await status(gate, text, "/weak/x")) === 200) await new Promise((resolve) => setTimeout(resolve, 20));
      return Date.now() - since;
    }),
  );
}

test("by itself, by its session, by its subject, by its issuer", async () => {
  for (const [claims, call] of [
    [{ jti: "1" }, { issuer: "acme", jti: "1" }],
    [{ sid: "s" }, { issuer: "acme", sid: "s" }],
    [{ sub: "dave" }, { sub: "acme:dave" }],
    [{ client_id: "other" }, { issuer: "acme", client_id: "other" }],
    [{}, { issuer: "acme" }],
  ]) {
    await lags(token(claims), call);
  }
});

test("an isolate that nobody asks strongly hears of it as well", async (t) => {
  const found = [];
  for (let n = 0; n < 6; n++) {
    const text = token({ jti: `weak ${n}`, iat: now() });
    for (const gate of Object.values(tried.world.gates)) {
      const got = await status(gate, text, "/weak/x");
      assert.equal(got, 200, tried.world.logs.lines.at(-1)?.message);
    }
    await tried.end({ token: text });
    const since = Date.now();
    for (const gate of others) {
      while ((await status(gate, text, "/weak/x")) === 200) await new Promise((resolve) => setTimeout(resolve, 20));
      found.push(Date.now() - since);
    }
  }
  t.diagnostic(
    `refused by the other isolates ${found.sort((a, b) => a - b).join(", ")} ms after the call (max_staleness 5 s)`,
  );
});
