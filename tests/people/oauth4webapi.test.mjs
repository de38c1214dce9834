// oauth4webapi through the whole authorization code flow: it checks each answer against the RFCs.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import * as oauth from "oauth4webapi";

import { API } from "../workerd/fixture.mjs";
import { clients, startSite } from "./world.mjs";

const insecure = { [oauth.allowInsecureRequests]: true };

let site, as;
before(async () => {
  site = await startSite({ entry: "built" });
  const issuer = new URL(site.issuer);
  as = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure }),
  );
});
after(() => site?.stop());

test("the metadata says what works (RFC 8414 section 2, RFC 9207 section 3)", () => {
  assert.equal(as.issuer, site.issuer);
  assert.equal(as.authorization_endpoint, `${site.issuer}/oauth/authorize`);
  assert.deepEqual(as.response_types_supported, ["code"]);
  assert.deepEqual(as.code_challenge_methods_supported, ["S256"]);
  assert.equal(as.authorization_response_iss_parameter_supported, true);
  for (const grant of ["authorization_code", "refresh_token", "client_credentials"])
    assert.ok(as.grant_types_supported.includes(grant), grant);
  assert.ok(as.token_endpoint_auth_methods_supported.includes("none"));
  assert.deepEqual(as.response_modes_supported ?? ["query"], ["query"]);
});

const FLOWS = {
  "a confidential client with client_secret_basic": [
    clients.webapp,
    () => oauth.ClientSecretBasic(clients.webapp.secret),
  ],
  "a confidential client with client_secret_post": [
    clients.webapp,
    () => oauth.ClientSecretPost(clients.webapp.secret),
  ],
  "a public client": [clients.spa, () => oauth.None()],
};

for (const [name, [client, authenticate]] of Object.entries(FLOWS)) {
  describe(name, () => {
    let person;
    const metadata = { client_id: client.id };
    const authentication = authenticate();
    beforeEach(async () => {
      person = await site.loggedIn();
    });

    /** Sends the person through, and gives the library what came back. */
    async function authorize(more = {}) {
      const verifier = oauth.generateRandomCodeVerifier();
      const state = oauth.generateRandomState();
      const url = new URL(as.authorization_endpoint);
      const parameters = {
        client_id: client.id,
        redirect_uri: client.redirectUri,
        response_type: "code",
        scope: "orders:read",
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        ...more,
      };
      for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value);
      const page = await site.authorize(person, url, more.decision);
      return { back: oauth.validateAuthResponse(as, metadata, new URL(page.next), state), verifier };
    }
    async function redeem({ back, verifier }) {
      const response = await oauth.authorizationCodeGrantRequest(
        as,
        metadata,
        authentication,
        back,
        client.redirectUri,
        verifier,
        insecure,
      );
      return oauth.processAuthorizationCodeResponse(as, metadata, response);
    }
    async function refresh(token, options = {}) {
      const response = await oauth.refreshTokenGrantRequest(as, metadata, authentication, token, {
        ...insecure,
        ...options,
      });
      return oauth.processRefreshTokenResponse(as, metadata, response);
    }
    async function revoke(token) {
      await oauth.processRevocationResponse(
        await oauth.revocationRequest(as, metadata, authentication, token, insecure),
      );
    }
    const isRefused = (code) => (error) => error instanceof oauth.ResponseBodyError && error.error === code;

    test("a code, tokens, the API, a refresh, and the end of it", async () => {
      const granted = await redeem(await authorize({ resource: API }));
      assert.equal(granted.token_type, "bearer");
      assert.equal(granted.scope, "orders:read");
      assert.ok(granted.expires_in > 0);
      assert.match(granted.access_token, /^pst_at_/);
      assert.match(granted.refresh_token, /^pst_rt_/);
      assert.equal(granted.id_token, undefined);

      const call = (token) =>
        oauth.protectedResourceRequest(token, "GET", new URL("/api/x", site.issuer), undefined, undefined, insecure);
      const seen = await (await call(granted.access_token)).json();
      assert.ok(
        seen.headers.some(([header, value]) => header === "x-postern-subject" && value.includes("ann")),
        JSON.stringify(seen.headers),
      );

      const active = (await site.introspect(granted.access_token)).json;
      assert.equal(active.active, true);
      assert.equal(active.client_id, client.id);
      assert.equal(active.username, "ann");
      assert.equal(active.aud, API);
      assert.equal(active.iss, site.issuer);
      assert.ok(active.sub.includes("ann"), active.sub);
      assert.ok(Math.abs(active.auth_time - Date.now() / 1000) < 60, `auth_time ${active.auth_time}`);
      assert.deepEqual(active.amr, ["pwd"]);

      const next = await refresh(granted.refresh_token);
      assert.notEqual(next.refresh_token, granted.refresh_token);
      assert.notEqual(next.access_token, granted.access_token);
      assert.equal(next.scope, "orders:read");
      await call(next.access_token);
      const after = (await site.introspect(next.access_token)).json;
      assert.equal(after.sub, active.sub);
      assert.equal(after.auth_time, active.auth_time);

      await revoke(next.refresh_token);
      for (const token of [granted.access_token, next.access_token]) {
        await assert.rejects(
          call(token),
          (error) => error instanceof oauth.WWWAuthenticateChallengeError && error.status === 401,
        );
      }
      await assert.rejects(refresh(next.refresh_token), isRefused("invalid_grant"));
    });

    test("an access token that is revoked takes nothing else with it (RFC 7009 section 2.1)", async () => {
      const granted = await redeem(await authorize());
      await revoke(granted.access_token);
      await site.assertEnded(granted.access_token);
      await site.assertActive((await refresh(granted.refresh_token)).access_token);
      await site.assertLoggedIn(person);
    });

    test("the scope may shrink at a refresh and never grow (RFC 6749 section 6)", async () => {
      const granted = await redeem(await authorize({ scope: "orders:read orders:write" }));
      const smaller = await refresh(granted.refresh_token, { additionalParameters: { scope: "orders:read" } });
      assert.equal(smaller.scope, "orders:read");
      await assert.rejects(
        refresh(smaller.refresh_token, { additionalParameters: { scope: "orders:read orders:delete" } }),
        isRefused("invalid_scope"),
      );
    });

    test("no is told to the client, with iss (RFC 6749 section 4.1.2.1, RFC 9207)", async () => {
      await assert.rejects(
        authorize({ decision: "deny", prompt: "consent" }),
        (error) => error instanceof oauth.AuthorizationResponseError && error.error === "access_denied",
      );
    });

    test("a code counts once, and a second use ends what the first gave (RFC 6749 section 4.1.2)", async () => {
      const answer = await authorize();
      const granted = await redeem(answer);
      await assert.rejects(redeem(answer), isRefused("invalid_grant"));
      await site.assertEnded(granted.access_token);
      await assert.rejects(refresh(granted.refresh_token), isRefused("invalid_grant"));
      await site.assertLoggedIn(person);
    });
  });
}
