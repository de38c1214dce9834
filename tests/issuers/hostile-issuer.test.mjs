// An issuer of opaque tokens that lies, is slow, is down, or changes its mind, and strangers who make it work.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";

import { assertNoSecrets } from "../workerd/assertions.mjs";
import { API, startGate } from "./gate.mjs";
import { now, startScripted } from "./scripted.mjs";

const SECRET = "the secret: of the gate";

let vault, tried;
before(async () => {
  vault = await startScripted({ "/introspect": (form) => answer(form.get("token")) });
  const issuer = {
    id: "vault",
    issuer: vault.issuer,
    tokens: "opaque",
    audiences: [API],
    client_id: "gate",
    client_secret: "env:VAULT_SECRET",
    max_age: 2,
  };
  tried = await startGate({ issuers: [issuer], secrets: { VAULT_SECRET: SECRET } });
});
after(async () => {
  await tried?.stop();
  await vault?.stop();
});
/** Somebody else each time: one address may ask about few tokens that are not good. */
let address = 0;
const newAddress = () => {
  address += 1;
  return `198.18.${address >> 8}.${address & 255}`;
};
beforeEach(() => {
  vault.heal();
  vault.forget();
  tried.address = newAddress();
});

const newToken = () => randomBytes(24).toString("base64url");

/** What an honest issuer says of a token. */
function active(more = {}) {
  const times = { iat: now(), exp: now() + 600 };
  const who = { sub: "carol", client_id: "webapp", scope: "orders:read", token_type: "Bearer" };
  return { active: true, iss: vault.issuer, aud: API, ...who, ...times, ...more };
}

/** What is said of each token: the changes of a test. */
const said = new Map();
const answer = (token) => (said.has(token) ? said.get(token)() : { active: false });

/** A token of which this is said. */
function token(of = () => active()) {
  const fresh = newToken();
  said.set(fresh, of);
  return fresh;
}

test("an honest answer lets it in", async () => {
  const { subject, client, scope } = await tried.taken(token());
  assert.deepEqual(
    { subject, client, scope },
    { subject: "vault:carol", client: "vault:webapp", scope: ["orders:read"] },
  );
});

/** None of these lets anybody in. */
function letNobodyIn(cases) {
  for (const [name, of] of Object.entries(cases)) {
    test(name, async () => {
      vault.documents["/better"] = active();
      const reply = await tried.world.origin.clear().then(() => tried.get(token(of)));
      assert.ok([401, 503].includes(reply.status), `${reply.status} ${reply.text.slice(0, 200)}`);
      assert.deepEqual(await tried.world.origin.seen(), []);
      assert.equal(vault.count("/better"), 0);
      assert.doesNotMatch(reply.text, /panicked|RuntimeError|unreachable|\.rs:|wasm/i);
    });
  }
}

describe("an answer that is not about this gate, or not about now, lets nobody in", () => {
  const cases = {
    "active, for another audience": () => active({ aud: "https://other.example.com" }),
    "active, for a list of others": () => active({ aud: ["https://other.example.com", "webapp"] }),
    "active, for nobody": () => active({ aud: undefined }),
    "active, by another issuer": () => active({ iss: "https://other.example.com" }),
    "active as a text": () => active({ active: "true" }),
    "active as a number": () => active({ active: 1 }),
    "active is not said": () => active({ active: undefined }),
    "active null": () => active({ active: null }),
    "active twice": () => `{"active":false,${JSON.stringify(active()).slice(1)}`,
    "it has expired": () => active({ iat: now() - 700, exp: now() - 100 }),
    "exp as a text": () => active({ exp: "9999999999" }),
    "not yet": () => active({ nbf: now() + 600 }),
    "an ID token's type": () => active({ token_type: "N_A" }),
    "a list": () => [active()],
    null: () => "null",
    "no JSON": () => "<html>Please log in</html>",
    nothing: () => "",
    "a megabyte": () => active({ filler: "x".repeat(1_000_000) }),
    "deep JSON": () => `${JSON.stringify(active()).slice(0, -1)},"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
  };
  letNobodyIn(cases);

  test("whoever has such tokens closes the issuer for nobody else", async () => {
    for (let n = 0; n < 9; n++) await tried.refused(token(cases["active as a text"]), 503);
    await tried.taken(token());
  });
});

describe("an issuer that does not answer lets nobody in", () => {
  letNobodyIn({
    "a status of its own": () => 500,
    "the gate is not let in": () => ({ status: 401, json: { error: "invalid_client" } }),
    "too many questions": () => ({ status: 429, json: {}, headers: { "Retry-After": "30" } }),
    "active, with a status of 201": () => ({ status: 201, json: active() }),
    "a redirect to a better answer": () => ({ status: 307, json: {}, headers: { Location: "/better" } }),
  });

  test("it is asked again", () => tried.becomes(200, token()));

  test("a question that it cannot answer, and anybody can ask, closes it for nobody else", async () => {
    for (let n = 0; n < 9; n++) {
      await tried.get(token(() => ({ status: 400, json: { error: "unsupported_token_type" } })));
    }
    await tried.taken(token());
  });
});

test("what it does not know is refused, and what could not be found out is not", async () => {
  await tried.refused(newToken(), 401);
  vault.down(true);
  await tried.refused(newToken(), 503);
  await tried.refused(newToken(), 503, "/strong/x");
  vault.down(false);
  await tried.becomes(200, token());
});

test("a slow one makes nobody wait for ever, and its late answer is not taken for a refusal", async () => {
  const slow = token();
  vault.hold();
  await tried.refused(slow, 503);
  vault.release();
  await tried.becomes(200, slow);
});

test("it changes its mind: at once where nothing may be stale, elsewhere within max_age", async () => {
  let isActive = true;
  const one = token(() => (isActive ? active() : { active: false }));
  await tried.taken(one);
  await tried.taken(one, "/strong/x");
  isActive = false;
  await tried.refused(one, 401, "/strong/x");
  await tried.becomes(401, one);
  // What it has refused it does not take back within the token's life for a while at most.
  isActive = true;
  await tried.becomes(200, one);
});

test("it takes a scope away: the next answer counts", async () => {
  let scope = "orders:read orders:write";
  const one = token(() => active({ scope }));
  await tried.taken(one, "/write/x");
  scope = "orders:read";
  await tried.becomes(403, one, "/write/x");
  await tried.taken(one);
});

test("many requests with one token ask once", async () => {
  const one = token();
  await tried.taken(token());
  vault.forget();
  vault.hold();
  const replies = Array.from({ length: 40 }, () => tried.get(one));
  await new Promise((resolve) => setTimeout(resolve, 300));
  vault.release();
  assert.deepEqual([...new Set((await Promise.all(replies)).map(({ status }) => status))], [200]);
  assert.ok(vault.count("/introspect") <= 2, `${vault.count("/introspect")} questions`);
});

test("one that is refused is not asked about again at once", async () => {
  const unknown = newToken();
  for (let n = 0; n < 30; n++) await tried.refused(unknown, 401);
  assert.ok(vault.count("/introspect") <= 3, `${vault.count("/introspect")} questions`);
});

test("what cannot be one of its tokens is never asked about", async () => {
  const before = vault.count("/introspect");
  for (const text of ["x", "pst_at_AAAA", "a".repeat(20_000), "a b", `${newToken()}é`, `"${newToken()}"`]) {
    const reply = await tried.get(text);
    assert.ok([400, 401].includes(reply.status), `${text.slice(0, 20)}: ${reply.status}`);
  }
  assert.ok(vault.count("/introspect") - before <= 1, `${vault.count("/introspect") - before} questions`);
});

describe("a flood of unknown tokens does not become a flood at the issuer", () => {
  const FLOOD = 2_000;
  const flood = async (from) => {
    const known = token();
    await tried.taken(known);
    vault.forget();
    const statuses = {};
    for (let sent = 0; sent < FLOOD; sent += 50) {
      const replies = await Promise.all(Array.from({ length: 50 }, () => tried.get(newToken(), "/weak/x", from())));
      for (const { status } of replies) statuses[status] = (statuses[status] ?? 0) + 1;
    }
    const questions = vault.count("/introspect");
    console.log(`# ${FLOOD} unknown tokens: ${questions} questions, answers ${JSON.stringify(statuses)}`);
    assert.ok(
      Object.keys(statuses).every((status) => ["401", "429", "503"].includes(status)),
      "somebody was let in",
    );
    assert.equal((await tried.get(known)).status, 200, "whoever is known passes meanwhile");
    return questions;
  };

  test("from one address", async () => {
    const from = newAddress();
    const questions = await flood(() => from);
    assert.ok(questions <= 100, `${questions} questions`);
    await tried.taken(token());
  });

  test("from as many addresses", async () => {
    const questions = await flood(newAddress);
    assert.ok(questions <= FLOOD / 4, `${questions} questions`);
  });
});

test("the log has no token and no secret", () => {
  for (const { message } of tried.world.logs.all) {
    assert.ok(!message.includes(SECRET), message);
    for (const text of said.keys()) assert.ok(!message.includes(text), message);
  }
  assertNoSecrets(tried.world.logs);
});
