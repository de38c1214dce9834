// The middleware that docs/recipes/introspection.md shows, on an HTTP server of node, asking the Worker.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import * as client from "openid-client";

import { introspection } from "../../examples/introspection/express/introspect.mjs";
import { API, OTHER_API } from "../workerd/fixture.mjs";
import { startWithIssuer } from "./world.mjs";

const silent = () => {};
const servers = [];
let world, issuer, clients;
before(async () => {
  ({ world, issuer, clients } = await startWithIssuer());
});
after(async () => {
  for (const server of servers) {
    server.close();
  }
  await world?.stop();
});

/** The address of an API for `audience`, which wants the scope `orders:read` and says what a token means. */
async function api(audience, postern = issuer.origin) {
  const { id, secret } = clients.server;
  const needs = introspection({ postern, client: id, secret, audience });
  const route = needs("orders:read");
  const server = createServer((request, response) =>
    route(request, response, () => response.end(JSON.stringify(request.token))),
  );
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${server.address().port}`;
}

const asBearer = (token) => ({ headers: { Authorization: `Bearer ${token}` } });

async function granted(parameters) {
  const { id, secret } = clients.reports;
  const options = { algorithm: "oauth2", execute: [client.allowInsecureRequests] };
  const reports = await client.discovery(issuer, id, undefined, client.ClientSecretBasic(secret), options);
  const { access_token: token } = await client.clientCredentialsGrant(reports, parameters);
  return { token, revoke: () => client.tokenRevocation(reports, token) };
}

test("a token is taken until it is revoked", async () => {
  const { token, revoke } = await granted({ scope: "orders:read" });
  const address = await api(API);
  const before = await fetch(address, asBearer(token));
  assert.equal(before.status, 200);
  assert.equal((await before.json()).sub, "reports");
  await revoke();
  const after = await fetch(address, asBearer(token));
  assert.equal(after.status, 401);
  assert.equal(after.headers.get("WWW-Authenticate"), 'Bearer error="invalid_token"');
});

test("no token, and a token for another API: 401", async () => {
  const { token } = await granted({ scope: "orders:read" });
  const without = await fetch(await api(API));
  assert.equal(without.status, 401);
  assert.equal(without.headers.get("WWW-Authenticate"), "Bearer");
  assert.equal((await fetch(await api(OTHER_API), asBearer(token))).status, 401);
});

test("a token without the scope: 403, which names it", async () => {
  const { token } = await granted({ scope: "orders:write" });
  const answer = await fetch(await api(API), asBearer(token));
  assert.equal(answer.status, 403);
  assert.equal(answer.headers.get("WWW-Authenticate"), 'Bearer error="insufficient_scope", scope="orders:read"');
});

test("Postern can't be asked: 503, not a no", async (t) => {
  t.mock.method(console, "error", silent);
  const { token } = await granted({ scope: "orders:read" });
  const answer = await fetch(await api(API, "http://127.0.0.1:1"), asBearer(token));
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("Retry-After"), "5");
});
