// A provider that sends what is odd and legal: people get in all the same. What only looks like it lets nobody in, and
// the log names what was wrong.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";

import { assertUnavailablePage } from "../workerd/assertions.mjs";
import { TENANTS } from "./provider.mjs";
import { startSite } from "./world.mjs";

let site, provider;
before(async () => {
  site = await startSite({ accounts: false, provider: true });
  ({ provider } = site);
});
after(() => site?.stop());
beforeEach(() => site.begin());

const now = () => site.gate.now;

/** Algorithms that few providers use, and how their keys are made. Ed25519 is the name that RFC 9864 gives. */
const ALGORITHMS = {
  Ed25519: ["ed25519"],
  ES512: ["ec", { namedCurve: "P-521" }],
  PS384: ["rsa", { modulusLength: 2_048 }],
  PS512: ["rsa", { modulusLength: 2_048 }],
};

function newKey(alg) {
  const { privateKey } = generateKeyPairSync(...ALGORITHMS[alg]);
  return { ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid: alg };
}

describe("somebody gets in with an ID token that has", () => {
  const ODD = {
    "times with a fraction (RFC 7519 section 2)": ({ exp }) => ({
      iat: now() + 0.25,
      exp: exp + 0.123456,
      auth_time: now() - 1.5,
      nbf: now() - 300.75,
    }),
    "optional claims that are null": () => ({ azp: null, sid: null, nbf: null, auth_time: null, acr: null, amr: null }),
    "optional claims that are empty": () => ({ azp: "", sid: "", acr: "", amr: [] }),
    "two audiences and no azp (OpenID Connect Core 3.1.3.7)": () => ({ aud: ["postern", "another"], azp: undefined }),
    "an nbf that was never set": () => ({ nbf: -62135596800 }),
    "a null in its list of groups": ({ groups }) => ({ groups: [null, ...groups] }),
  };
  for (const [what, claims] of Object.entries(ODD))
    test(what, async () => {
      provider.idToken = { claims };
      const { person, page } = await site.loggedInWithProvider();
      assert.equal(page.status, 200, page.text);
      await site.assertLoggedIn(person);
    });

  test("null members in its header, and keys with null members", async () => {
    provider.idToken = { header: { typ: null, cty: null } };
    provider.trouble = {
      jwks: ({ keys }) => ({ keys: keys.map((key) => ({ ...key, use: null, key_ops: null, x5c: null })) }),
    };
    await site.gate.clock(4_000);
    await site.assertLoggedIn((await site.loggedInWithProvider()).person);
  });
});

test("the log names what was wrong, and nothing that was sent", async () => {
  for (const [claims, reason] of [
    [{ exp: "evil" }, "exp of the token is not a number"],
    [{ sid: 7 }, "sid of the token is not a text of 1 to 255 bytes"],
    [{ aud: ["evil"] }, "aud of the token does not name the client_id in the configuration"],
    [{ azp: "evil" }, "azp of the token is not the client_id in the configuration"],
    [{ iat: undefined }, "iat is missing in the token"],
    [{ sub: "" }, "sub, which names the subject, is not a text of 1 to 255 bytes without control characters"],
  ]) {
    await site.begin();
    provider.idToken = { claims };
    const { page } = await site.loggedInWithProvider();
    assert.equal(page.status, 502);
    await site.world.logs.event("request_refused", (event) => event.reason === reason);
    assert.doesNotMatch(JSON.stringify(site.world.logs.lines), /evil/);
  }
});

test("a login that the provider forgot begins again by itself, once, and leads to the page that was wanted", async () => {
  // As Keycloak, when somebody has logged in in another tab and the login page of this one is too old.
  let times = 0;
  const forget = (most) => (answer) => {
    times += 1;
    if (times > most) return;
    answer.delete("code");
    answer.set("error", "temporarily_unavailable");
    answer.set("error_description", "authentication_expired");
  };
  provider.answer = forget(1);
  const { person, page } = await site.loggedInWithProvider("carol", "/private/deep?x=1");
  assert.equal(page.status, 200, page.text);
  assert.equal(`${page.url.pathname}${page.url.search}`, "/private/deep?x=1");
  await site.assertLoggedIn(person);
  // Where it goes on like that, there is a page with a link, and no circle.
  times = 0;
  provider.answer = forget(Number.POSITIVE_INFINITY);
  const other = await site.loggedInWithProvider("carol", "/private/deep?x=2");
  assert.equal(times, 2);
  assert.equal(other.page.status, 400, other.page.text);
  provider.heal();
  const after = await other.person.click(other.page, "Continue with ACME");
  assert.equal(`${after.url.pathname}${after.url.search}`, "/private/deep?x=2");
});

test("where the provider says that it can't at the moment, there is a link to the page that was wanted", async () => {
  provider.answer = (answer) => {
    answer.delete("code");
    answer.set("error", "server_error");
  };
  const { person, page } = await site.loggedInWithProvider("carol", "/private/deep?x=3");
  assertUnavailablePage(page.reply, "server_error");
  provider.heal();
  const after = await person.click(page, "Try again");
  assert.equal(`${after.url.pathname}${after.url.search}`, "/private/deep?x=3");
});

test("somebody in 300 groups gets in, and the way out is no longer than a provider takes", async () => {
  const groups = Array.from({ length: 300 }, (_, at) => `${at}`.padStart(36, "0"));
  provider.idToken = { claims: { groups: [...groups, "staff"] } };
  const { person, page } = await site.loggedInWithProvider();
  assert.equal(page.status, 200, page.text);
  const { claim, kept, of } = await site.world.logs.event("claims_left_out");
  assert.deepEqual([claim, of], ["groups", 301]);
  assert.ok(kept > 90 && kept < 110, `${kept} of them`);
  person.sites = [site.issuer];
  const out = await person.press(await person.visit("/_postern/logout"), "Sign out");
  const url = new URL(out.next);
  assert.equal(url.origin, provider.issuer);
  assert.equal(url.searchParams.get("client_id"), "postern");
  assert.equal(url.searchParams.get("id_token_hint"), null);
  assert.ok(url.href.length < 2_000, `${url.href.length} characters`);
});

test("algorithms that few use, and Ed25519 by its new name (RFC 9864)", async () => {
  const fresh = await startSite({ accounts: false, provider: true });
  try {
    fresh.provider.trouble = {
      discovery: (body) => ({ ...body, id_token_signing_alg_values_supported: Object.keys(ALGORITHMS) }),
    };
    let later = 0;
    for (const alg of Object.keys(ALGORITHMS)) {
      fresh.provider.rotate(newKey(alg));
      // The keys are not asked for more often than once a minute.
      later += 90;
      await fresh.gate.clock(later);
      await fresh.assertLoggedIn((await fresh.loggedInWithProvider()).person, alg);
    }
  } finally {
    await fresh.stop();
  }
});

test("an issuer for every tenant, as Microsoft Entra ID has it", async () => {
  const [mine, other] = ["8eaef023-2b34-4da1-9baa-8bc8c9d6a490", "82229342-1101-4ab6-817b-70c0747630f3"];
  const tenants = await startSite({
    accounts: false,
    provider: true,
    configure: (config, at) => ({
      ...config,
      providers: config.providers.map((one) => ({
        ...one,
        issuer: `${at.issuer}${TENANTS}`,
        allow: [{ claim: "tid", is: mine }],
      })),
    }),
  });
  const of = (tenant) => `${tenants.provider.issuer}/${tenant}/v2.0`;
  const enter = (iss, tid, named = of(tid)) => {
    tenants.provider.idToken = { claims: { iss: of(iss), tid } };
    tenants.provider.answer = (answer) => answer.set("iss", named);
    return tenants.loggedInWithProvider();
  };
  try {
    const { person, page } = await enter(mine, mine);
    assert.equal(page.status, 200, page.text);
    const subject = page.reply.json.headers.find(([name]) => name === "x-postern-subject")[1];
    assert.equal(decodeURIComponent(subject), `acme:${mine}:carol`);
    await tenants.assertLoggedIn(person);
    assert.equal((await enter(other, other)).page.status, 403, "a tenant that no rule names");
    const { page: mixedUp } = await enter(mine, mine, "https://evil.example/x/v2.0");
    assert.equal(mixedUp.status, 502, "an answer that names another provider (RFC 9207)");
    assert.equal((await enter(mine, other)).page.status, 502);
    const reason = "iss of the token is not the issuer of the tenant in its tid";
    await tenants.world.logs.event("request_refused", (event) => event.reason === reason);
  } finally {
    await tenants.stop();
  }
});

test("an answer in a form, and claims that only UserInfo has", async () => {
  const forms = await startSite({ accounts: false, provider: { form_post: true, userinfo: true } });
  const { provider: there } = forms;
  /** Up to the page on which the provider's form posts itself. */
  const answered = async (person, target) => {
    const page = await forms.atProvider(person, await person.visit(target), "carol");
    assert.equal(page.url.origin, there.issuer, page.text);
    return page;
  };
  // From another site, a browser sends no cookie that is `SameSite=Lax` with a form.
  const across = { Cookie: null, "Sec-Fetch-Site": "cross-site" };
  there.idToken = { claims: { groups: undefined, email: undefined, email_verified: undefined } };
  try {
    const person = forms.person();
    const page = await answered(person, "/private/deep?x=1");
    const form = page.form("code");
    const posted = await person.send(page, form, {}, across);
    assert.equal(posted.status, 303, posted.text);
    assert.doesNotMatch(posted.next, /code=/);
    const after = await person.follow(posted);
    assert.equal(after.status, 200, after.text);
    assert.equal(`${after.url.pathname}${after.url.search}`, "/private/deep?x=1");
    assert.equal(there.requests.userinfo, 1);
    // The answer is gone, and the login's cookie only says that it is over.
    const kept = [...person.cookies().keys()].filter((name) => !name.startsWith("__Host-postern-login-"));
    assert.deepEqual(kept, ["__Host-postern-session"]);
    // The same form in somebody else's browser.
    const victim = forms.person();
    const stolen = await victim.follow(await victim.send(page, form, {}, across));
    assert.equal(stolen.status, 400);
    await forms.assertLoggedOut(victim);
    // Somebody else's claims, and a signed answer.
    for (const [answer, reason] of [
      [(body) => ({ ...body, sub: "dave" }), "UserInfo: sub is not the one of the ID token"],
      [() => "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "UserInfo: the answer is signed or encrypted"],
    ]) {
      there.trouble = { userinfo: answer };
      const somebody = forms.person();
      const at = await answered(somebody, "/private/x");
      const refused = await somebody.follow(await somebody.send(at, at.form("code"), {}, across));
      assert.equal(refused.status, 502, refused.text);
      await forms.world.logs.event("request_refused", (event) => event.reason.startsWith(reason));
      await forms.assertLoggedOut(somebody);
    }
  } finally {
    await forms.stop();
  }
});
