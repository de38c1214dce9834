// openid-client against the Worker, as an application uses it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as client from "openid-client";

import { API } from "../workerd/fixture.mjs";
import { startWithIssuer } from "./world.mjs";

let world, issuer, clients;
before(async () => {
  ({ world, issuer, clients } = await startWithIssuer());
});
after(() => world?.stop());

const METHODS = { client_secret_basic: client.ClientSecretBasic, client_secret_post: client.ClientSecretPost };

function discover({ id, secret }, authenticate) {
  return client.discovery(issuer, id, undefined, authenticate(secret), {
    algorithm: "oauth2",
    execute: [client.allowInsecureRequests],
  });
}

for (const [method, authenticate] of Object.entries(METHODS)) {
  test(`${method}: discovery, client credentials, introspection, revocation`, async () => {
    const [reports, server] = [
      await discover(clients.reports, authenticate),
      await discover(clients.server, authenticate),
    ];
    assert.equal(reports.serverMetadata().issuer, issuer.origin);
    const granted = await client.clientCredentialsGrant(reports, { scope: "orders:read orders:write", resource: API });
    assert.equal(granted.token_type, "bearer");
    assert.equal(granted.expiresIn() > 3_500, true);
    assert.deepEqual(granted.scope.split(" ").toSorted(), ["orders:read", "orders:write"]);
    const active = await client.tokenIntrospection(server, granted.access_token);
    assert.equal(active.active, true);
    assert.equal(active.sub, "reports");
    const answer = await client.fetchProtectedResource(
      reports,
      granted.access_token,
      new URL("/api/write/x", issuer),
      "POST",
      "a body",
    );
    assert.equal((await answer.json()).body, "a body");
    await client.tokenRevocation(reports, granted.access_token);
    assert.deepEqual(await client.tokenIntrospection(server, granted.access_token), { active: false });
    await assert.rejects(
      client.fetchProtectedResource(reports, granted.access_token, new URL("/api/strong/x", issuer), "GET"),
      (error) => error.status === 401,
    );
  });

  test(`${method}: a wrong secret`, async () => {
    const wrong = await discover({ id: "reports", secret: clients.reader.secret }, authenticate);
    await assert.rejects(client.clientCredentialsGrant(wrong), (error) => error.status === 401);
  });
}

test("a client whose id and secret are form-encoded before base64 (RFC 6749 section 2.3.1)", async () => {
  // openid-client encodes `-` and `_` too, and these secrets have both.
  for (const one of [clients.reports, clients.reader, clients.relaxed_server]) {
    const configuration = await discover(one, client.ClientSecretBasic);
    const attempt = client.clientCredentialsGrant(configuration);
    if (one === clients.relaxed_server) await assert.rejects(attempt, (error) => error.error === "unauthorized_client");
    else assert.ok((await attempt).access_token);
  }
});
