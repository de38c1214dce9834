// JWTs of Better Auth at the gate: EdDSA, `at+jwt`, an issuer with a path.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBetterAuth } from "./better-auth.mjs";
import { API, OTHER_API, startGate } from "./gate.mjs";

let party, tried;
before(async () => {
  party = await startBetterAuth({ audience: API, elsewhere: OTHER_API });
  const issuer = { id: "better", issuer: party.issuer, tokens: "jwt", audiences: [API] };
  tried = await startGate({ issuers: [issuer] });
});
after(async () => {
  await tried?.stop();
  await party?.stop();
});

test("it is down before its keys are known: that is no refusal", async () => {
  const token = await party.clientCredentials();
  party.down(true);
  await tried.refused(token, 503);
  party.down(false);
  await tried.becomes(200, token);
  party.down(true);
  await tried.taken(token, "/strong/x");
  party.down(false);
});

test("a program's token, from grant to end", async () => {
  const token = await party.clientCredentials();
  const id = party.program.client;
  const { subject, client, scope } = await tried.taken(token);
  assert.deepEqual(
    { subject, client, scope },
    { subject: `better:${id}`, client: `better:${id}`, scope: ["orders:read"] },
  );
  await tried.refused(token, 403, "/write/x");
  await tried.refused(token, 401, "/own/x");
  await tried.taken(await party.clientCredentials({ scope: "orders:read orders:write" }), "/write/x");
  await tried.refused(await party.clientCredentials({ resource: OTHER_API }), 401);

  await tried.end({ token });
  await tried.refused(token, 401, "/strong/x");
  await tried.becomes(401, token);
});

test("a person's tokens: the access token is taken, the ID token is not, and all end together", async () => {
  const { access_token: token, id_token } = await party.code();
  const { subject, client, scope, session } = await tried.taken(token);
  const { subject: id, client: application } = party.person;
  assert.deepEqual({ subject, client }, { subject: `better:${id}`, client: `better:${application}` });
  assert.ok(scope.includes("orders:read"));
  const { access_token: another } = await party.code();
  assert.equal((await tried.taken(another)).session, session, "both are of one session there");
  await tried.refused(id_token, 401);

  await tried.end({ sub: `better:${id}` });
  await tried.refused(token, 401, "/strong/x");
  await tried.becomes(401, another);
  await tried.taken(await party.clientCredentials());
});
