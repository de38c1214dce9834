// Hostile authorization requests: redirect URIs, parameters, codes. Tables: adding one is adding a line.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { API } from "../workerd/fixture.mjs";
import { SESSION } from "./person.mjs";
import { ACCOUNTS, BACK, clients, startSite } from "./world.mjs";

const { webapp, spa, native, house, rival } = clients;

let site, person;
before(async () => {
  site = await startSite();
  await site.begin();
  person = await site.loggedIn();
});
after(() => site?.stop());
beforeEach(async () => {
  await site.gate.faults({});
});

/** An error page of our own, which leads nowhere. */
function assertPage(page, context) {
  assert.equal(page.status, 400, `${context}: ${page.status} ${page.next}`);
  assert.equal(page.next, null, context);
  assert.match(page.reply.header("content-type"), /^text\/html/, context);
  assert.match(page.reply.header("cache-control"), /no-store/, context);
  assert.doesNotMatch(page.html, /<script|onerror=|javascript:/i, context);
}

/** An error that the client is told of (RFC 6749 section 4.1.2.1). */
function assertRedirect(page, error, { state, context, redirectUri = BACK }) {
  // After the form for consent, a page goes on.
  assert.ok([200, 303].includes(page.status) && page.next, `${context}: ${page.status} ${page.text.slice(0, 200)}`);
  const to = new URL(page.next);
  assert.equal(`${to.origin}${to.pathname}`, redirectUri, context);
  assert.equal(to.searchParams.get("error"), error, `${context}: ${to.search}`);
  assert.equal(to.searchParams.get("state"), state ?? null, context);
  assert.equal(to.searchParams.get("iss"), site.issuer, context);
  assert.equal(to.searchParams.get("code"), null, context);
}

/** Not the redirect URI of `webapp` (RFC 9700 section 4.1: compared as strings). */
const WRONG_REDIRECTS = [
  "https://evil.example/callback",
  "https://app.example.com.evil.example/callback",
  "https://app.example.com@evil.example/callback",
  "https://evil.example/https://app.example.com/callback",
  "https://app.example.com/callback/",
  "https://app.example.com/callback/../evil",
  "https://app.example.com/callback%2f..%2fevil",
  "https://app.example.com/callback?x=1",
  "https://app.example.com/callback#",
  "https://app.example.com/callback#fragment",
  "https://app.example.com/CALLBACK",
  "https://APP.example.com/callback",
  "https://app.example.com:443/callback",
  "https://app.example.com.:443/callback",
  "http://app.example.com/callback",
  "https://app.example.com",
  "https://app.example.com/callback ",
  " https://app.example.com/callback",
  "https://app.example.com/callback\u0000",
  "https://app.example.com/callback\r\nX: y",
  "https://app.example.com\\@evil.example/callback",
  "//app.example.com/callback",
  "/callback",
  "javascript:alert(1)//https://app.example.com/callback",
  "data:text/html,<script>alert(1)</script>",
  "https://spa.example.com/callback",
];
describe("an unknown redirect URI gets a page and not a redirect, with or without a login:", () => {
  for (const redirect_uri of WRONG_REDIRECTS) {
    test(JSON.stringify(redirect_uri), async () => {
      const { url } = site.authorization(webapp, { redirect_uri });
      assertPage(await person.request(url), "logged in");
      assertPage(await site.person().request(url), "logged out");
      assertPage(await person.request(site.authorization(webapp, { redirect_uri, prompt: "none" }).url), "prompt=none");
      assertPage(
        await person.request(site.authorization(webapp, { redirect_uri, response_type: "token" }).url),
        "with another error",
      );
    });
  }
});

describe("the loopback exception (RFC 8252 section 7.3) is for the port of 127.0.0.1 and nothing else:", () => {
  for (const redirect_uri of [
    "http://127.0.0.1:1/callback",
    "http://127.0.0.1:51004/callback",
    "http://127.0.0.1:65535/callback",
    "http://127.0.0.1/callback",
  ]) {
    test(`${redirect_uri} is good`, async () => {
      const granted = await site.code(person, { ...native, redirectUri: redirect_uri });
      assert.equal(`${granted.url.origin}${granted.url.pathname}`, redirect_uri);
      assert.equal((await site.redeem(granted)).status, 200);
    });
  }
  const bad = [
    "http://localhost:51004/callback",
    "https://127.0.0.1:51004/callback",
    "http://127.0.0.1:51004/other",
    "http://127.0.0.2:51004/callback",
    "http://127.0.0.1:x/callback",
    "http://127.0.0.1:99999/callback",
    "http://127.0.0.1:/callback",
    "http://127.0.0.1:51004@evil.example/callback",
    "http://127.0.0.1:51004.evil.example/callback",
    "http://127.1:51004/callback",
    "http://2130706433:51004/callback",
    "http://[::1]:51004/callback",
    "http://127.0.0.1:51004/callback?x",
    "http://127.0.0.1:51004/callback#x",
  ];
  for (const redirect_uri of bad) {
    test(`${redirect_uri} is not`, async () =>
      assertPage(await person.request(site.authorization(native, { redirect_uri }).url), redirect_uri));
  }
  test("a client with another redirect URI has no such freedom", async () => {
    assertPage(
      await person.request(site.authorization(webapp, { redirect_uri: "https://app.example.com:8443/callback" }).url),
      "port",
    );
  });
});

const WRONG_CLIENTS = [
  undefined,
  "",
  "nobody",
  "WEBAPP",
  "webapp ",
  "server",
  "admin",
  "../webapp",
  "<script>alert(1)</script>",
  "postern",
  "x".repeat(5_000),
];
describe("a client that may not send people gets a page and not a redirect:", () => {
  for (const client_id of WRONG_CLIENTS) {
    test(JSON.stringify(client_id)?.slice(0, 60) ?? "none", async () => {
      assertPage(await person.request(site.authorization(webapp, { client_id }).url), "logged in");
      assertPage(await site.person().request(site.authorization(webapp, { client_id }).url), "logged out");
    });
  }
});

test("a redirect URI may not be left out", async () => {
  assertPage(await person.request(site.authorization(webapp, { redirect_uri: undefined }).url), "none");
});

const TOLD = {
  "no response type": [{ response_type: undefined }, "invalid_request"],
  "the implicit grant": [{ response_type: "token" }, "unsupported_response_type"],
  "an ID token": [{ response_type: "code id_token" }, "unsupported_response_type"],
  "no PKCE challenge": [{ code_challenge: undefined }, "invalid_request"],
  "an empty PKCE challenge": [{ code_challenge: "" }, "invalid_request"],
  "no PKCE method, which would be plain": [{ code_challenge_method: undefined }, "invalid_request"],
  "PKCE plain": [{ code_challenge_method: "plain" }, "invalid_request"],
  "a PKCE challenge that no SHA-256 is": [{ code_challenge: "x".repeat(42) }, "invalid_request"],
  "a PKCE challenge with other characters": [{ code_challenge: "+".repeat(43) }, "invalid_request"],
  "a scope that it may not have": [{ scope: "orders:read orders:delete" }, "invalid_scope"],
  "the scope of administrators": [{ scope: "postern:admin" }, "invalid_scope"],
  "a malformed scope": [{ scope: 'orders:read "' }, "invalid_scope"],
  "a resource that it may not use": [{ resource: "https://evil.example" }, "invalid_target"],
  "a malformed resource": [{ resource: "orders" }, "invalid_target"],
  "a resource with a fragment": [{ resource: `${API}#x` }, "invalid_target"],
  "a prompt that nobody knows": [{ prompt: "sing" }, "invalid_request"],
  "prompt=none with another": [{ prompt: "none login" }, "invalid_request"],
  "a max_age that is not a number": [{ max_age: "-1" }, "invalid_request"],
  "a request object": [{ request: "eyJhbGciOiJub25lIn0.e30." }, "request_not_supported"],
  "a request by reference": [{ request_uri: "https://evil.example/request" }, "request_uri_not_supported"],
  "another response mode": [{ response_mode: "fragment" }, "invalid_request"],
};
describe("the client is told of any other error, with state and iss, and nobody is asked to log in:", () => {
  for (const [what, [more, error]] of Object.entries(TOLD)) {
    test(what, async () => {
      const { url, state } = site.authorization(webapp, more);
      assertRedirect(await person.request(url), error, { state, context: "logged in" });
      assertRedirect(await site.person().request(url), error, { state, context: "logged out" });
    });
  }
  for (const name of ["client_id", "redirect_uri", "scope", "state", "code_challenge", "response_type"]) {
    test(`${name} twice (RFC 6749 section 3.1) is a page: nobody knows which counts`, async () => {
      const { url } = site.authorization(webapp);
      url.searchParams.append(name, url.searchParams.get(name));
      assertPage(await person.request(url), name);
    });
  }
  test("state comes back to the letter, whatever is in it", async () => {
    for (const state of ["a b+c&d=e#f", '"><script>', "é€\u{1f600}", "%0d%0aX: y", "x".repeat(1_000)]) {
      const page = await person.request(site.authorization(house, { state }).url);
      assert.equal(new URL(page.next).searchParams.get("state"), state);
      assert.equal(page.reply.header("x"), null);
    }
  });
  test("a request without state gets an answer without state", async () => {
    const page = await person.request(site.authorization(house, { state: undefined }).url);
    assert.equal(new URL(page.next).searchParams.has("state"), false);
  });
});

test("a page goes on from the form, so that nothing of it is sent on (RFC 9700 section 4.12)", async () => {
  const page = await person.visit(site.authorization(rival).url);
  const answer = await person.send(page, page.form("decision"), { decision: "allow" });
  assert.equal(answer.status, 200);
  assert.equal(answer.reply.header("referrer-policy"), "no-referrer");
  assert.equal(new URL(answer.next).origin, "https://rival.example.com");
});

test("the request may be a form too (RFC 6749 section 3.1), even one that comes from the client", async () => {
  const { url } = site.authorization(house);
  const page = await person.request("/oauth/authorize", {
    method: "POST",
    body: url.searchParams.toString(),
    headers: {
      Origin: "https://app.example.com",
      "Sec-Fetch-Site": "cross-site",
      "Content-Type": "application/x-www-form-urlencoded",
    },
  });
  assert.ok(page.status < 500, page.text);
});

describe("a code", () => {
  const refused = async (granted, over, client, context) => {
    const reply = await site.redeem(granted, over, client);
    assert.ok([400, 401].includes(reply.status), `${context}: ${reply.status} ${reply.text}`);
    assert.match(reply.json.error, /^invalid_(grant|request|client)$/, context);
    return reply.json.error;
  };
  const verifier = "v".repeat(43);
  /** Code injection: the attacker has the code, and lacks something else. */
  const LACKS = {
    "another verifier": { code_verifier: verifier },
    "no verifier": { code_verifier: undefined },
    "the challenge for the verifier": (granted) => ({ code_verifier: granted.challenge }),
    "a verifier that is too short": { code_verifier: "v".repeat(42) },
    "a verifier that is too long": { code_verifier: "v".repeat(129) },
    "another redirect URI of the client": { redirect_uri: "https://app.example.com/other" },
    "another redirect URI": { redirect_uri: "https://evil.example/callback" },
    "no redirect URI": { redirect_uri: undefined },
    "a changed code": (granted) => ({ code: `${granted.code.slice(0, -1)}${granted.code.endsWith("A") ? "B" : "A"}` }),
    "half a code": (granted) => ({ code: granted.code.slice(0, 20) }),
    "no code": { code: undefined },
    "an access token for a code": async () => ({ code: (await site.tokens(person, house)).access_token }),
    "a refresh token for a code": async () => ({ code: (await site.tokens(person, house)).refresh_token }),
  };
  for (const [what, over] of Object.entries(LACKS)) {
    test(`with ${what} gives nothing, and is not used up for its client`, async () => {
      const granted = await site.code(person, webapp);
      granted.challenge = new URL(site.authorization(webapp).url).searchParams.get("code_challenge");
      await refused(granted, typeof over === "function" ? await over(granted) : over, webapp, what);
      const reply = await site.redeem(granted);
      assert.equal(reply.status, 200, reply.text);
    });
  }

  for (const [what, thief] of Object.entries({
    "a confidential client": rival,
    "a public client": spa,
    "one of the house": house,
  })) {
    test(`of one client gives ${what} nothing, and is not used up`, async () => {
      const granted = await site.code(person, webapp);
      assert.equal(await refused(granted, {}, thief, what), "invalid_grant");
      assert.equal((await site.redeem(granted)).status, 200);
    });
  }

  test("of a confidential client gives nobody anything without the secret", async () => {
    const granted = await site.code(person, webapp);
    assert.equal(await refused(granted, { client_id: "webapp" }, null, "no secret"), "invalid_client");
    assert.equal(await refused(granted, {}, { ...webapp, secret: rival.secret }, "another secret"), "invalid_client");
    assert.equal((await site.redeem(granted)).status, 200);
  });

  test("of another person does not log this browser in: only its client can use it", async () => {
    const granted = await site.code(person, webapp);
    const other = site.person();
    other.cookies().set(SESSION, granted.code);
    await site.assertLoggedOut(other);
  });

  test("gives no tokens once the login that it came from has ended", async () => {
    const somebody = await site.loggedIn(ACCOUNTS.bob);
    const granted = await site.code(somebody, webapp);
    const page = await somebody.visit("/_postern/logout");
    await somebody.send(page, page.form("form_token"));
    assert.equal(await refused(granted, {}, webapp, "logged out"), "invalid_grant");
  });
});

describe("a refresh token", () => {
  test("of one client gives another client nothing, and the session stays the same", async () => {
    const granted = await site.tokens(person, webapp);
    for (const thief of [rival, spa, house]) {
      const reply = await site.refresh(granted.refresh_token, thief);
      assert.equal(reply.json.error, "invalid_grant", thief.id);
    }
    await site.assertActive(granted.access_token);
    assert.equal((await site.refresh(granted.refresh_token, webapp)).status, 200);
  });

  test("is not an access token, and an access token is not a refresh token", async () => {
    const granted = await site.tokens(person, webapp);
    assert.equal((await site.api(granted.refresh_token)).status, 401);
    assert.equal((await site.refresh(granted.access_token, webapp)).json.error, "invalid_grant");
    await site.assertActive(granted.access_token);
  });

  test("of another client is not revoked by this one, and says nothing to it (RFC 7009 section 2.1)", async () => {
    const granted = await site.tokens(person, webapp);
    await site.post("/oauth/revoke", { token: granted.refresh_token }, rival);
    await site.assertActive(granted.access_token);
    assert.equal((await site.refresh(granted.refresh_token, webapp)).status, 200);
    assert.deepEqual((await site.introspect(granted.refresh_token)).json, { active: false });
  });
});
