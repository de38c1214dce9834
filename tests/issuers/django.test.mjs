// Tokens of django-oauth-toolkit at the gate: opaque ones by introspection.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startDjango } from "./django.mjs";
import { API, OTHER_API, startGate } from "./gate.mjs";

let party, tried;
before(async () => {
  party = await startDjango({ audience: API });
  const issuer = {
    id: "django",
    issuer: party.issuer,
    tokens: "opaque",
    audiences: [API],
    client_id: party.gate.id,
    client_secret: "env:DJANGO_SECRET",
    // It says who a person is, and of a program only which client it is.
    subject: "username",
    username: "username",
    max_age: 2,
  };
  tried = await startGate({ issuers: [issuer], secrets: { DJANGO_SECRET: party.gate.secret } });
});
after(async () => {
  await tried?.stop();
  await party?.stop();
});

test("a program's token, from grant to end", async () => {
  const token = await party.clientCredentials();
  const { subject, client, scope } = await tried.taken(token);
  const client_id = "django:program";
  assert.deepEqual(
    { subject, client, scope },
    { subject: "django:client:program", client: client_id, scope: ["orders:read"] },
  );
  await tried.refused(token, 403, "/write/x");
  await tried.refused(token, 401, "/own/x");
  await tried.taken(await party.clientCredentials({ scope: "orders:read orders:write" }), "/write/x");

  await party.revoke(token);
  await tried.refused(token, 401, "/strong/x");
  await tried.becomes(401, token);
});

test("a token for another resource, and one for none, are refused", async () => {
  await tried.refused(await party.clientCredentials({ resource: OTHER_API }), 401);
  // It names no audience at all, so nobody could say that it is for this one.
  await tried.refused(await party.clientCredentials({ resource: null }), 401);
});

test("a person's token, which we end and Django does not know", async () => {
  const { access_token: token } = await party.code();
  const program = await party.clientCredentials();
  const { client, subject } = await tried.taken(token);
  assert.deepEqual({ subject, client }, { subject: "django:carol", client: "django:app" });
  await tried.end({ token });
  await tried.refused(token, 401, "/strong/x");
  await tried.becomes(401, token);
  await tried.taken(program, "/strong/x");
});

test("Django is down: nobody is refused, and nobody new is let in", async () => {
  const token = await party.clientCredentials();
  const unseen = await party.clientCredentials();
  await tried.taken(token);
  await party.down(true);
  try {
    await tried.refused(unseen, 503);
    await tried.refused(token, 503, "/strong/x");
    await tried.becomes(503, token);
  } finally {
    await party.down(false);
  }
  await tried.becomes(200, token);
  await tried.becomes(200, unseen, "/strong/x");
});
