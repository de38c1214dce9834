// The verifiers of examples/verifiers: all of them must judge the same table of requests alike, and live through what
// becomes of the gate's keys.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { AUDIENCE, ISSUER, newKey, publishKeys, sign, wrong } from "./gate.mjs";
import { PARTIES } from "./parties.mjs";

/** By how many seconds the clocks may differ, for each of them. */
const LEEWAY = 5;

const asserting = (assertion) => ({ "X-Postern-Assertion": assertion });

describe("a verifier", { concurrency: true }, () => {
  for (const party of PARTIES) {
    const missing = party.missing?.();
    if (missing)
      console.error(
        `\nSKIPPED: the verifier for ${party.name} is not tested. Install ${missing}; then \`make verifiers\`.\n`,
      );
    const options = { concurrency: 1, skip: missing && `there is no ${missing}` };

    describe(party.name, options, () => {
      const unsure = party.unsure ?? 503;
      let tidy, key, published, patient, eager;

      const ask = (server, headers) => fetch(`${server.url}/whoami`, { headers });
      const status = async (server, headers) => {
        const response = await ask(server, headers);
        await response.arrayBuffer();
        return response.status;
      };

      /** One that is let in, and ends in two seconds. */
      const rightForAMoment = async () => {
        for (let tries = 0; tries < 5; tries += 1) {
          const expires = Math.floor(Date.now() / 1000) + 2;
          const assertion = await sign(key, { exp: expires });
          if ((await status(patient, asserting(assertion))) === 200) return { assertion, expires };
        }
        throw new Error("a right one is not let in");
      };
      /** Whether it is refused once it has expired and the clocks have had their leeway. */
      const isRefusedInTime = async ({ assertion, expires }) => {
        for (;;) {
          const isLate = Date.now() / 1000 > expires + LEEWAY + 1;
          if ((await status(patient, asserting(assertion))) === 401) return true;
          if (isLate) return false;
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      };

      before(async () => {
        tidy = await party.prepare?.();
        key = await newKey("1");
        published = await publishKeys(key);
        published.down = true;
        const start = (pause) => party.start({ issuer: ISSUER, audience: AUDIENCE, jwksUri: published.uri, pause });
        // One that waits a minute before it asks for the keys again, as it is shipped, and one that does not wait.
        [patient, eager] = await Promise.all([start(60), start(0)]);
      });
      after(async () => {
        await Promise.all([patient?.stop(), eager?.stop()]);
        published?.stop();
        tidy?.();
      });

      test("nobody is let in before the gate's keys can be had, and everybody who may is from then on", async () => {
        published.down = true;
        assert.equal(await status(patient, asserting(await sign(key))), unsure);
        published.down = false;
        assert.equal(await status(patient, asserting(await sign(key))), 200);
      });

      test("a handler gets what the gate says", async () => {
        const response = await ask(patient, asserting(await sign(key)));
        assert.equal(response.status, 200);
        const said = party.read?.(response) ?? (await response.json());
        assert.equal(said.sub, "zitadel:248");
        assert.equal(said.client_id, "postern");
        assert.equal(said.scope, "orders:read orders:write");
        assert.equal(said.username, "Zoë");
        assert.deepEqual(said.claims, { groups: ["staff"] });
      });

      test("what the gate has not signed for this origin is refused, and the keys are not asked for again", async () => {
        const brief = await rightForAMoment();
        const asked = published.asked;
        for (const [name, headers] of await wrong(key)) {
          assert.equal(await status(patient, headers), 401, name);
        }
        if (!party.asksAgain) assert.equal(published.asked, asked, "questions for the keys");
        assert.equal(await isRefusedInTime(brief), true, "one that was right before it expired");
        assert.equal(await status(patient, asserting(await sign(key))), 200);
      });

      test("what it knows goes on while the keys can't be had, and what it does not know is not let in", async () => {
        assert.equal(await status(eager, asserting(await sign(key))), 200);
        published.down = true;
        assert.equal(await status(patient, asserting(await sign(key))), 200);
        assert.equal(await status(eager, asserting(await sign(key))), 200);
        assert.equal(await status(eager, asserting(await sign(await newKey("2")))), unsure);
        assert.equal(await status(eager, asserting(await sign(key))), 200);
        published.down = false;
      });

      test("a new key is found, and one that is no longer published is not taken", async () => {
        const next = await newKey("2");
        published.keys = [next, key];
        assert.equal(await status(eager, asserting(await sign(next))), 200);
        assert.equal(await status(eager, asserting(await sign(key))), 200);
        const last = await newKey("3");
        published.keys = [last];
        assert.equal(await status(eager, asserting(await sign(last))), 200);
        assert.equal(await status(eager, asserting(await sign(next))), 401);
      });
    });
  }
});
