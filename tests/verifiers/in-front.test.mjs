// The real gate in front of two of the verifiers: what it signs is what they take.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { API, bearer, clients, ISSUER, secrets, config as whole } from "../workerd/fixture.mjs";
import { freePort, newKeys, start } from "../workerd/harness.mjs";
import { newKey, sign } from "./gate.mjs";
import { PARTIES } from "./parties.mjs";

const { reports } = clients;
const signing = newKeys(7);

for (const name of ["Express", "Hono on workerd"]) {
  const party = PARTIES.find((each) => each.name === name);

  describe(`the gate in front of ${name}`, () => {
    let server, world, gate;

    before(async () => {
      // Each must know where the other is.
      const [port, own] = await Promise.all([freePort(), freePort()]);
      const jwksUri = `http://127.0.0.1:${port}/.well-known/jwks.json`;
      const url = `http://127.0.0.1:${own}`;
      server = await party.start({ issuer: ISSUER, audience: url, jwksUri, pause: 60, port: own });
      const signed = { access: "token", max_staleness: 0, assertion: true, origin: url };
      const routes = [
        { match: "/whoami", methods: ["GET"], ...signed },
        // Where nobody is named, nothing is signed.
        { match: "/whoami", methods: ["POST"], access: "public", origin: url },
      ];
      world = await start({
        gates: {
          gate: {
            config: { ...whole, routes },
            secrets: { ...secrets, POSTERN_SIGNING_KEYS: signing },
            entry: "built",
            port,
          },
        },
        servers: [url],
      });
      gate = world.gate;
    });
    after(async () => {
      await world?.stop();
      await server?.stop();
    });

    test("what comes through the gate is let in, and named", async () => {
      const token = await gate.token(reports, { resource: API });
      const reply = await gate.get("/whoami", bearer(token));
      assert.equal(reply.status, 200, reply.text);
      const { iss, aud, sub, client_id, scope } = reply.json;
      assert.deepEqual([iss, aud, sub, client_id], [ISSUER, server.url, "reports", "reports"]);
      assert.equal(scope, "orders:read orders:write");
      await gate.revoke(token, reports);
      assert.equal((await gate.get("/whoami", bearer(token))).status, 401);
    });

    test("what does not is refused, and nobody gets an assertion past the gate", async () => {
      const forged = await sign(await newKey("7"), { iss: ISSUER, aud: server.url });
      const headers = { "X-Postern-Assertion": forged };
      assert.equal((await fetch(`${server.url}/whoami`)).status, 401);
      assert.equal((await fetch(`${server.url}/whoami`, { headers })).status, 401);
      assert.equal((await gate.send("POST", "/whoami", headers)).status, 401);
      const token = await gate.token(reports);
      const reply = await gate.get("/whoami", { ...bearer(token), ...headers });
      assert.equal(reply.json.sub, "reports");
    });
  });
}
