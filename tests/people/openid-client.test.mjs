// openid-client through the whole authorization code flow, as an application uses it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as client from "openid-client";

import { API } from "../workerd/fixture.mjs";
import { clients, startSite } from "./world.mjs";

let site;
before(async () => {
  site = await startSite({ entry: "built" });
});
after(() => site?.stop());

const FLOWS = {
  "a confidential client": [clients.webapp, (secret) => client.ClientSecretBasic(secret)],
  "a public client": [clients.spa, () => client.None()],
  // RFC 8252 section 7.3: any port of the loopback address.
  "a program on a port of this machine": [
    { ...clients.native, redirectUri: "http://127.0.0.1:51004/callback" },
    () => client.None(),
  ],
};

for (const [name, [who, authenticate]] of Object.entries(FLOWS)) {
  test(`${name}: log in on the way, agree, get tokens, refresh them, and give them back`, async () => {
    const configuration = await client.discovery(new URL(site.issuer), who.id, undefined, authenticate(who.secret), {
      algorithm: "oauth2",
      execute: [client.allowInsecureRequests],
    });
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const expectedState = client.randomState();
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: who.redirectUri,
      scope: "orders:read",
      resource: API,
      state: expectedState,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
    });

    // Nobody is logged in yet: the login leads back to the question, and that to the client.
    const person = site.person();
    const login = await person.visit(url);
    const question = await person.follow(
      await person.send(login, login.form("password"), { username: "ann", password: "correct horse battery staple" }),
    );
    assert.match(question.text, /orders:read/);
    const done = await person.follow(await person.send(question, question.form("decision"), { decision: "allow" }));
    const back = new URL(done.next);
    assert.equal(`${back.origin}${back.pathname}`, who.redirectUri);

    const tokens = await client.authorizationCodeGrant(configuration, back, { pkceCodeVerifier, expectedState });
    assert.equal(tokens.token_type, "bearer");
    assert.equal(tokens.scope, "orders:read");
    const answer = await client.fetchProtectedResource(
      configuration,
      tokens.access_token,
      new URL("/api/x", site.issuer),
      "GET",
    );
    assert.equal(answer.status, 200);

    const next = await client.refreshTokenGrant(configuration, tokens.refresh_token);
    assert.notEqual(next.refresh_token, tokens.refresh_token);
    await site.assertActive(next.access_token);
    await client.tokenRevocation(configuration, next.refresh_token);
    await site.assertEnded(next.access_token);
    await site.assertEnded(tokens.access_token);
    await assert.rejects(
      client.refreshTokenGrant(configuration, next.refresh_token),
      (error) => error.error === "invalid_grant",
    );

    // The second time nobody is asked again, except where any program of this machine could be the client.
    let again = await person.visit(
      client.buildAuthorizationUrl(configuration, {
        redirect_uri: who.redirectUri,
        scope: "orders:read",
        resource: API,
        state: expectedState,
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: "S256",
      }),
    );
    if (who.id === clients.native.id)
      again = await person.follow(await person.send(again, again.form("decision"), { decision: "allow" }));
    assert.match(again.next, /^https?:.*\/callback\?/);
    const second = await client.authorizationCodeGrant(configuration, new URL(again.next), {
      pkceCodeVerifier,
      expectedState,
    });
    await site.assertActive(second.access_token);
  });
}
