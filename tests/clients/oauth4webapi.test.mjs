// oauth4webapi against the Worker: it checks each answer against the RFCs.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as oauth from "oauth4webapi";

import { API, OTHER_API } from "../workerd/fixture.mjs";
import { startWithIssuer } from "./world.mjs";

const insecure = { [oauth.allowInsecureRequests]: true };

let world, issuer, clients, as;
before(async () => {
  ({ world, issuer, clients } = await startWithIssuer());
  const response = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure });
  as = await oauth.processDiscoveryResponse(issuer, response);
});
after(() => world?.stop());

const METHODS = { client_secret_basic: oauth.ClientSecretBasic, client_secret_post: oauth.ClientSecretPost };

test("discovery (RFC 8414)", () => {
  assert.equal(as.issuer, issuer.origin);
  assert.equal(as.token_endpoint, `${issuer.origin}/oauth/token`);
});

test("discovery of the resource (RFC 9728)", async () => {
  const resource = new URL(issuer);
  const response = await oauth.resourceDiscoveryRequest(resource, insecure);
  // The library refuses what names another resource than it asked for (section 3.3).
  const metadata = await oauth.processResourceDiscoveryResponse(resource, response);
  assert.deepEqual(metadata.authorization_servers, [issuer.origin]);
});

for (const [method, authenticate] of Object.entries(METHODS)) {
  describe(method, () => {
    const who = ({ id, secret }) => [{ client_id: id }, authenticate(secret)];

    async function grant(client, parameters = {}) {
      const [metadata, authentication] = who(client);
      const response = await oauth.clientCredentialsGrantRequest(as, metadata, authentication, parameters, insecure);
      return oauth.processClientCredentialsResponse(as, metadata, response);
    }
    async function introspect(client, token) {
      const [metadata, authentication] = who(client);
      const response = await oauth.introspectionRequest(as, metadata, authentication, token, insecure);
      return oauth.processIntrospectionResponse(as, metadata, response);
    }
    async function revoke(client, token, additionalParameters = {}) {
      const [metadata, authentication] = who(client);
      const response = await oauth.revocationRequest(as, metadata, authentication, token, {
        additionalParameters,
        ...insecure,
      });
      return oauth.processRevocationResponse(response);
    }

    test("client credentials, introspection, revocation", async () => {
      const granted = await grant(clients.reports, { scope: "orders:read", resource: API });
      assert.equal(granted.token_type, "bearer");
      // What is left of it, rounded down.
      assert.ok(granted.expires_in <= 3600 && granted.expires_in > 3500, `${granted.expires_in}`);
      assert.equal(granted.scope, "orders:read");
      const active = await introspect(clients.server, granted.access_token);
      assert.equal(active.active, true);
      assert.equal(active.client_id, "reports");
      assert.equal(active.aud, API);
      assert.equal(active.iss, issuer.origin);
      await revoke(clients.reports, granted.access_token, { token_type_hint: "access_token" });
      assert.deepEqual(await introspect(clients.server, granted.access_token), { active: false });
      await revoke(clients.reports, granted.access_token);
    });

    test("errors come as the library expects them", async () => {
      const failed = (code, status) => (error) =>
        error instanceof oauth.ResponseBodyError && error.error === code && error.status === status;
      await assert.rejects(grant(clients.reports, { scope: "orders:delete" }), failed("invalid_scope", 400));
      await assert.rejects(grant(clients.reports, { resource: OTHER_API }), failed("invalid_target", 400));
      await assert.rejects(grant(clients.server), failed("unauthorized_client", 400));
      const wrong = { id: "reports", secret: clients.reader.secret };
      // RFC 9110 section 15.5.2: every 401 has a challenge, and the library tells of that first.
      await assert.rejects(
        grant(wrong),
        (error) => error instanceof oauth.WWWAuthenticateChallengeError && error.status === 401,
      );
    });

    test("a protected resource", async () => {
      const { access_token } = await grant(clients.reports);
      const call = (token, path) =>
        oauth.protectedResourceRequest(token, "GET", new URL(path, issuer), undefined, undefined, insecure);
      const seen = await (await call(access_token, "/api/strong/x")).json();
      assert.ok(seen.headers.some(([name, value]) => name === "x-postern-subject" && value === "reports"));
      await revoke(clients.reports, access_token);
      await assert.rejects(call(access_token, "/api/strong/x"), (error) => {
        assert.ok(error instanceof oauth.WWWAuthenticateChallengeError, error);
        assert.equal(error.status, 401);
        const [challenge] = error.cause;
        assert.equal(challenge.scheme, "bearer");
        assert.equal(challenge.parameters.error, "invalid_token");
        // The resource is at another host than this one, so no metadata may be named (RFC 9728 section 3.3).
        assert.ok(challenge.parameters.realm);
        return true;
      });
    });
  });
}
