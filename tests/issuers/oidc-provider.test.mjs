// Tokens of `oidc-provider` at the gate: opaque ones by introspection, each way to authenticate, and JWTs.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { API, OTHER_API, startGate } from "./gate.mjs";
import { GATES, KEY, startOidcProvider } from "./oidc-provider.mjs";

const JWT_API = "https://jwt.example.com";
const OTHER_JWT_API = "https://other-jwt.example.com";
const WAYS = {
  basic: { client_id: GATES.basic.id, client_secret: "env:BASIC_SECRET" },
  post: { client_id: GATES.post.id, client_secret: "env:POST_SECRET", client_auth: "post" },
  key: { client_id: GATES.key.id, client_key: "env:GATE_KEY" },
  // Its answers are JWTs (RFC 9701).
  signed: { client_id: GATES.signed.id, client_secret: "env:SIGNED_SECRET" },
};
const SECRETS = {
  BASIC_SECRET: GATES.basic.secret,
  POST_SECRET: GATES.post.secret,
  SIGNED_SECRET: GATES.signed.secret,
  GATE_KEY: KEY.pem,
};

let party;
before(async () => {
  const opaque = { [API]: "opaque", [OTHER_API]: "opaque" };
  party = await startOidcProvider({ ...opaque, [JWT_API]: "jwt", [OTHER_JWT_API]: "jwt" });
});
after(() => party?.stop());

/** A gate for as long as a test takes. */
async function withGate(issuer, act) {
  const tried = await startGate({ issuers: [{ id: "party", issuer: party.issuer, ...issuer }], secrets: SECRETS });
  try {
    await act(tried);
  } finally {
    await tried.stop();
  }
}

describe("opaque tokens", () => {
  const opaque = { tokens: "opaque", audiences: [API], max_age: 2, username: "username", claims: ["roles"] };

  for (const [way, how] of Object.entries(WAYS)) {
    test(`the gate asks as itself: ${way}`, () =>
      withGate({ ...opaque, ...how }, async (tried) => {
        const token = await party.clientCredentials();
        const { client, scope } = await tried.taken(token);
        assert.deepEqual({ client, scope }, { client: "party:program", scope: ["orders:read"] });
        await party.revoke(token);
        await tried.refused(token, 401, "/strong/x");
      }));
  }

  test("a person's token and a program's, from grant to end", () =>
    withGate({ ...opaque, ...WAYS.basic }, async (tried) => {
      const { access_token: person } = await party.code();
      const { subject, client, scope } = await tried.taken(person);
      assert.deepEqual(
        { subject, client, scope },
        { subject: "party:carol", client: "party:app", scope: ["orders:read"] },
      );

      const program = await party.clientCredentials();
      assert.equal((await tried.taken(program)).subject, "party:client:program");
      await tried.refused(program, 403, "/write/x");
      await tried.refused(program, 401, "/own/x");
      await tried.taken(await party.clientCredentials({ scope: "orders:write orders:read" }), "/write/x");
      await tried.refused(await party.clientCredentials({ resource: OTHER_API }), 401);
      await tried.refused("AT4HWCk3bTTSyc_1PXQfT0dL4DjX-gD29dXNZsaSLiv", 401);

      await party.revoke(person, "app");
      await tried.refused(person, 401, "/strong/x");
      await tried.becomes(401, person);
      // We end the other one, and the party does not know.
      await tried.end({ token: program });
      await tried.refused(program, 401, "/strong/x");
      await tried.becomes(401, program);
    }));

  test("all that a person has ends here, whatever the party says", () =>
    withGate({ ...opaque, ...WAYS.basic }, async (tried) => {
      const { access_token: token } = await party.code();
      await tried.taken(token);
      await tried.end({ sub: "party:carol" });
      await tried.refused(token, 401, "/strong/x");
      await tried.becomes(401, token);
    }));

  test("the party is down: nobody is refused, and nobody new is let in", () =>
    withGate({ ...opaque, ...WAYS.basic }, async (tried) => {
      const token = await party.clientCredentials();
      await tried.taken(token);
      const unseen = await party.clientCredentials();
      party.down(true);
      try {
        await tried.refused(unseen, 503);
        await tried.refused(token, 503, "/strong/x");
        await tried.becomes(503, token);
      } finally {
        party.down(false);
      }
      await tried.becomes(200, token);
      await tried.becomes(200, unseen, "/strong/x");
    }));

  test("an ID token is none, and does not close the party for others", () =>
    withGate({ ...opaque, ...WAYS.basic }, async (tried) => {
      const { id_token } = await party.code();
      for (let n = 0; n < 6; n++) {
        const reply = await tried.get(`${id_token.slice(0, -1)}${"ABCDEF"[n]}`);
        assert.ok([401, 503].includes(reply.status), `${reply.status}`);
      }
      await tried.taken(await party.clientCredentials());
    }));

  test("a wrong secret is no refusal of a token", () =>
    withGate({ ...opaque, ...WAYS.basic, client_id: "gate-nobody" }, async (tried) => {
      await tried.refused(await party.clientCredentials(), 503);
    }));
});

describe("JWTs", () => {
  const jwt = { tokens: "jwt", audiences: [JWT_API], username: "username", claims: ["roles"] };

  test("a person's token and a program's, from grant to end", () =>
    withGate(jwt, async (tried) => {
      const { access_token: person, id_token } = await party.code({ resource: JWT_API });
      const { subject, client, scope } = await tried.taken(person);
      assert.deepEqual(
        { subject, client, scope },
        { subject: "party:carol", client: "party:app", scope: ["orders:read"] },
      );
      const program = await party.clientCredentials({ resource: JWT_API });
      assert.equal((await tried.taken(program)).client, "party:program");

      await tried.refused(program, 403, "/write/x");
      await tried.refused(program, 401, "/own/x");
      await tried.refused(await party.clientCredentials({ resource: OTHER_JWT_API }), 401);
      await tried.refused(await party.clientCredentials({ resource: API }), 401);
      await tried.refused(id_token, 401);

      // Its own issuer cannot end it. We can.
      await tried.end({ token: program });
      await tried.refused(program, 401, "/strong/x");
      await tried.becomes(401, program);
      await tried.taken(person);
      await tried.end({ sub: "party:carol" });
      await tried.refused(person, 401, "/strong/x");
      await tried.becomes(401, person);
    }));

  test("the party is down: what could not be found out is 503, and the keys are kept", () =>
    withGate(jwt, async (tried) => {
      const token = await party.clientCredentials({ resource: JWT_API });
      const other = await party.clientCredentials({ resource: JWT_API });
      party.down(true);
      try {
        await tried.refused(token, 503);
        party.down(false);
        await tried.becomes(200, token);
        party.down(true);
        await tried.taken(other);
        await tried.taken(other, "/strong/x");
      } finally {
        party.down(false);
      }
    }));

  test("a whole issuer ends with one call", () =>
    withGate(jwt, async (tried) => {
      const { access_token: token } = await party.code({ resource: JWT_API });
      await tried.taken(token);
      await tried.end({ issuer: "party" });
      await tried.refused(token, 401, "/strong/x");
      await tried.becomes(401, token);
    }));
});
