// A provider that changes its keys, does not answer, or answers with something else: nobody gets in
// who should not, nobody is logged out, and a new key is not an outage.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { assertUnavailablePage } from "../workerd/assertions.mjs";
import { SIGN, strangerKey } from "./provider.mjs";
import { startSite } from "./world.mjs";

let site, provider;
before(async () => {
  // Waiting two seconds for each silence is what a person would do, and no test has to.
  site = await startSite({
    accounts: false,
    provider: true,
    configure: (config) => ({ ...config, store_timeout_ms: 500 }),
  });
  ({ provider } = site);
});
after(() => site?.stop());
beforeEach(() => site.begin());

/** The page says to try again. */
function assertTryAgain(page, context, at = site) {
  assert.equal(page.url.origin, at.issuer, context);
  if (context === "a 404 of the token endpoint") {
    // This says that the code is not valid; every other trouble says nothing.
    assert.equal(page.status, 502, page.text);
    assert.match(page.reply.header("content-type"), /^text\/html/, context);
    assert.match(page.reply.header("cache-control"), /no-store/, context);
    assert.doesNotMatch(page.text, /injected|panicked|Error:/, context);
  } else {
    assertUnavailablePage(page.reply, context);
  }
}

test("a new key is fetched when a token names it, and the old one is no longer valid", async () => {
  await site.assertLoggedIn((await site.loggedInWithProvider()).person);
  const old = provider.key();
  provider.rotate();
  // Not earlier than a minute after the keys were last asked for.
  await site.gate.clock(90);
  await site.assertLoggedIn((await site.loggedInWithProvider()).person, "with the new key");
  provider.idToken = { sign: SIGN.by(old) };
  await site.gate.clock(180);
  const { person } = await site.loggedInWithProvider();
  await site.assertLoggedOut(person, "with the old key");
});

test("keys that nobody has are not looked for again and again", async () => {
  await site.loggedInWithProvider();
  await site.gate.clock(90);
  const before = provider.requests.jwks ?? 0;
  for (let at = 0; at < 10; at += 1) {
    provider.idToken = { sign: SIGN.by(strangerKey()) };
    const { person } = await site.loggedInWithProvider();
    await site.assertLoggedOut(person);
  }
  assert.ok((provider.requests.jwks ?? 0) - before <= 1, `asked ${provider.requests.jwks - before} times`);
});

const TROUBLES = {
  down: "down",
  "a 500": 500,
  "a 503": 503,
  "a 404": 404,
  slow: "slow",
  "something that is not JSON": () => "<html>",
  "an empty object": () => ({}),
};

describe("where the token endpoint", () => {
  for (const [what, trouble] of Object.entries(TROUBLES)) {
    test(`is ${what}, the person may try again and is not in`, async () => {
      const { person: friend } = await site.loggedInWithProvider();
      provider.trouble = { token: trouble };
      const { person, page } = await site.loggedInWithProvider();
      assertTryAgain(page, `${what} of the token endpoint`);
      await site.assertLoggedOut(person);
      await site.assertLoggedIn(friend, "a login from before");
      provider.heal();
      await site.assertLoggedIn((await site.loggedInWithProvider("carol", "/private/x", person)).person);
    });
  }
});

for (const endpoint of ["discovery", "jwks"]) {
  describe(`where ${endpoint}`, () => {
    for (const [what, trouble] of Object.entries(TROUBLES)) {
      test(`is ${what}, nobody gets in, and everybody does afterwards`, async () => {
        // An isolate that knows nothing of the provider yet.
        const fresh = await startSite({
          accounts: false,
          provider: true,
          configure: (config) => ({ ...config, store_timeout_ms: 500 }),
        });
        try {
          fresh.provider.trouble = { [endpoint]: trouble };
          const { person, page } = await (async () => {
            const somebody = fresh.person();
            const at = await somebody.visit("/private/x");
            return at.url.origin === fresh.issuer
              ? { person: somebody, page: at }
              : { person: somebody, page: await fresh.atProvider(somebody, at, "carol") };
          })();
          assertTryAgain(page, what, fresh);
          await fresh.assertLoggedOut(person);
          fresh.provider.heal();
          await fresh.gate.clock(90);
          await fresh.assertLoggedIn((await fresh.loggedInWithProvider()).person);
        } finally {
          await fresh.stop();
        }
      });
    }
  });
}

test("a discovery document of another issuer is refused (OpenID Connect Discovery section 4.3)", async () => {
  const fresh = await startSite({ accounts: false, provider: true });
  try {
    fresh.provider.trouble = { discovery: (body) => ({ ...body, issuer: "https://evil.example" }) };
    assertTryAgain(await fresh.person().visit("/private/x"), "another issuer", fresh);
  } finally {
    await fresh.stop();
  }
});
