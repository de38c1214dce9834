// Logging out with the provider: from here on (RP-Initiated Logout 1.0), and from there on (Back-Channel
// Logout 1.0). Sessions are gone by a strong check.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { decodeJwt } from "jose";

import { CLIENT, SIGN, strangerKey } from "./provider.mjs";
import { clients, startSite } from "./world.mjs";

let site, provider;
before(async () => {
  site = await startSite({ accounts: false, provider: true, gates: { second: {} } });
  ({ provider } = site);
});
after(() => site?.stop());
beforeEach(() => site.begin());

/** Somebody who logged in with the provider, a client's tokens, and the provider's name for the session. */
async function someone(name = "carol") {
  let sid;
  provider.idToken = {
    claims: (claims) => {
      sid = claims.sid;
      return { sid };
    },
  };
  const { person } = await site.loggedInWithProvider(name);
  provider.idToken = null;
  assert.ok(sid);
  return { person, sid, sub: name, tokens: await site.tokens(person, clients.house) };
}

async function assertGone({ person, tokens }, context) {
  await site.assertLoggedOut(person, context);
  await site.assertEnded(tokens.access_token, context);
  const reply = await site.api(tokens.access_token, "/api/x", site.world.gates.second);
  assert.equal(reply.status, 401, `${context}: the other isolate`);
  assert.equal((await site.refresh(tokens.refresh_token, clients.house)).json.error, "invalid_grant", context);
}

async function assertStillThere({ person, tokens }, context) {
  await site.assertLoggedIn(person, context);
  await site.assertActive(tokens.access_token, context);
}

describe("from here", () => {
  test("goes on to the provider, which logs the person out too, and comes back", async () => {
    const one = await someone();
    const page = await one.person.visit("/_postern/logout");
    const there = await one.person.press(page, "Sign out");
    assert.equal(there.url.origin, provider.issuer, `${there.status} ${there.url} ${there.text}`);
    const asked = there.hops.map(([, url]) => new URL(url)).find((url) => url.origin === provider.issuer) ?? there.url;
    assert.equal(asked.searchParams.get("client_id"), CLIENT.id);
    // The session here is over before the provider has said anything.
    await assertGone(one, "at the provider");
    const back = await one.person.press(there, "Log out of ACME");
    assert.equal(back.url.origin, site.issuer);
    assert.equal(back.status, 200);
    // The provider asks for the name again.
    const again = await one.person.visit("/private/x");
    assert.ok(again.form("login"), again.text);
  });

  test("works without the provider: a person who cannot reach it is still logged out here", async () => {
    const one = await someone();
    const page = await one.person.visit("/_postern/logout");
    await site.gate.faults({ http: "throw" });
    const answer = await one.person.send(page, page.form("form_token"));
    assert.ok(answer.status < 500, answer.text);
    await assertGone(one, "without the provider");
  });
});

describe("from the provider", () => {
  const send = (token, more = {}, path = "/_postern/backchannel/acme") =>
    site.gate.form(path, new URLSearchParams({ logout_token: token, ...more }).toString(), null, {
      Host: new URL(site.issuer).host,
    });

  test("a logout token from the provider ends the session (Back-Channel Logout 1.0 section 2.5)", async () => {
    const one = await someone();
    const other = await someone();
    const page = await one.person.visit(`${provider.issuer}/session/end`);
    // The provider sends the token while this form is being answered.
    const errors = provider.backchannelErrors.length;
    await one.person.press(page, "Log out of ACME");
    assert.deepEqual(provider.backchannelErrors.slice(errors), []);
    await assertGone(one, "logged out at the provider");
    await assertStillThere(other, "another session of the same person");
  });

  test("by sid ends the sessions that came from it, and no others", async () => {
    const [one, same, other] = [await someone(), await someone(), await someone("erin")];
    const reply = await send(await provider.logoutToken({ sid: one.sid, sub: one.sub }));
    assert.equal(reply.status, 200, reply.text);
    assert.match(reply.header("cache-control"), /no-store/);
    await assertGone(one, "by sid");
    await assertStillThere(same, "another sid of the same person");
    await assertStillThere(other, "somebody else");
  });

  test("by sub ends every session of the person, and of nobody else", async () => {
    const [one, same, other] = [await someone(), await someone(), await someone("erin")];
    const reply = await send(await provider.logoutToken({ sub: "carol" }));
    assert.equal(reply.status, 200, reply.text);
    await assertGone(one, "by sub");
    await assertGone(same, "by sub, the other browser");
    await assertStillThere(other, "somebody else");
    // And the person may come back, at once.
    await site.assertLoggedIn((await site.loggedInWithProvider()).person);
  });

  test("a token with times that have a fraction, and members that are null, is one all the same", async () => {
    const [one, other] = [await someone(), await someone("erin")];
    const iat = site.gate.now;
    const odd = { iat: iat + 0.25, exp: iat + 120.5, aud: ["postern", "another"], azp: null, nonce: null, sid: null };
    const reply = await send(await provider.logoutToken({ sub: "carol", ...odd }, { header: { cty: null } }));
    assert.equal(reply.status, 200, reply.text);
    await assertGone(one, "by sub");
    await assertStillThere(other, "somebody else");
  });

  for (const seconds of [2, 90]) {
    test(`the same token again after ${seconds} seconds is not a second logout (section 2.6: jti)`, async () => {
      const token = await provider.logoutToken({ sub: "carol" });
      assert.equal((await send(token)).status, 200);
      for (const gate of Object.values(site.world.gates)) await gate.clock(seconds);
      const one = await someone();
      const reply = await send(token);
      assert.ok([200, 400].includes(reply.status), reply.text);
      await assertStillThere(one, "a login after the logout");
    });
  }

  for (const claims of [() => ({ sub: "carol" }), (one) => ({ sid: one.sid, sub: one.sub })]) {
    const named = Object.keys(claims({})).join(" and ");
    test(`a token with ${named} that was held back does not end a login that began after it was made`, async () => {
      const before = await someone();
      const token = await provider.logoutToken(claims(before));
      for (const gate of Object.values(site.world.gates)) await gate.clock(60);
      const after = await someone();
      assert.equal((await send(token)).status, 200);
      await assertGone(before, "logged in before");
      await assertStillThere(after, "logged in after");
    });
  }

  const now = () => site.gate.now;
  const EVENT = "http://schemas.openid.net/event/backchannel-logout";
  /** Section 2.6. */
  const BAD = {
    "a nonce": () => [{ nonce: "x" }],
    "no events": () => [{ events: undefined }],
    "other events": () => [{ events: { "https://evil.example/event": {} } }],
    "events as text": () => [{ events: EVENT }],
    "another issuer": () => [{ iss: "https://evil.example" }],
    "another audience": () => [{ aud: "another client" }],
    "no audience": () => [{ aud: undefined }],
    "no time of issue": () => [{ iat: undefined }],
    "a time of issue long ago": () => [{ iat: now() - 86_400, exp: now() - 86_000 }],
    "a time of issue to come": () => [{ iat: now() + 86_400, exp: now() + 87_000 }],
    "an expiry that has passed": () => [{ exp: now() - 600 }],
    "no jti": () => [{ jti: undefined }],
    "neither sid nor sub": () => [{ sub: undefined, sid: undefined }],
    "the signature of a stranger": () => [{}, { sign: SIGN.by(strangerKey()) }],
    "no signature (alg none)": () => [{}, { sign: SIGN.none }],
    "an HMAC with the client secret": () => [{}, { sign: SIGN.hmac(CLIENT.secret) }],
    "a claim changed after it was signed": () => [{}, { sign: SIGN.tampered(provider.key()) }],
    "the type of an access token": () => [{}, { header: { typ: "at+jwt" } }],
  };
  describe("400, no-store, and nobody is logged out, with", () => {
    for (const [what, make] of Object.entries(BAD)) {
      test(what, async () => {
        const one = await someone();
        const [claims, more] = make();
        const reply = await send(await provider.logoutToken({ sub: "carol", sid: one.sid, ...claims }, more));
        assert.equal(reply.status, 400, reply.text);
        assert.match(reply.header("cache-control"), /no-store/);
        await assertStillThere(one, what);
      });
    }

    test("an ID token in place of a logout token", async () => {
      const one = await someone();
      let claims;
      provider.idToken = {
        claims: (all) => {
          claims = all;
          return {};
        },
      };
      await site.loggedInWithProvider();
      const token = await SIGN.by(provider.key())({ typ: "JWT" }, claims);
      assert.ok(decodeJwt(token).nonce);
      assert.equal((await send(token)).status, 400);
      await assertStillThere(one);
    });

    test("something that is not a token, no token, two tokens, or a body that is not a form", async () => {
      const one = await someone();
      const host = { Host: new URL(site.issuer).host };
      const path = "/_postern/backchannel/acme";
      assert.equal((await send("nothing like it")).status, 400);
      assert.equal((await site.gate.form(path, "", null, host)).status, 400);
      const token = await provider.logoutToken({ sub: "carol" });
      assert.equal((await site.gate.form(path, `logout_token=${token}&logout_token=${token}`, null, host)).status, 400);
      assert.equal((await site.gate.get(`${path}?logout_token=${token}`, host)).status, 405);
      await assertStillThere(one);
    });

    test("a provider that there is not", async () => {
      const one = await someone();
      const reply = await send(await provider.logoutToken({ sub: "carol" }), {}, "/_postern/backchannel/other");
      assert.ok([400, 404].includes(reply.status), `${reply.status}`);
      await assertStillThere(one);
    });
  });

  for (const fault of ["throw", "throw-after"]) {
    test(`where the log is down (${fault}) it is not said that it was done, and once it is back it can be`, async () => {
      const one = await someone();
      const token = await provider.logoutToken({ sub: "carol" });
      await site.gate.faults({ "log.append": fault });
      const reply = await send(token);
      assert.ok([400, 500, 501, 503].includes(reply.status), `${reply.status}: a 200 would be a lie`);
      await site.gate.faults({});
      const again = await send(await provider.logoutToken({ sub: "carol" }));
      assert.equal(again.status, 200, again.text);
      await assertGone(one, fault);
    });
  }
});
