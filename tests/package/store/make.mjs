// Makes a store for `store.test.mjs`: `node tests/package/store/make.mjs FOLDER VERSION` runs the built Worker in FOLDER (an
// unpacked package of that version), has people and programs use it, and writes tests/package/store/VERSION.json.
//
// The text of the module that starts that version stands here: change it where a version is started differently.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { ANN, APP, ISSUER, start, TABLE } from "./site.mjs";

const [folder, version] = process.argv.slice(2);

const site = await start({
  folder,
  // 0.1 before its release, with the configuration in a variable.
  worker: `export { default } from "./index.js"; export * as classes from "./index.js";`,
  bindings: { POSTERN: TABLE },
});

async function token() {
  const reply = await site.form("/oauth/token", { grant_type: "client_credentials" });
  assert.equal(reply.status, 200, reply.text);
  return reply.json.access_token;
}

/** What an application gets for somebody who is signed in. */
async function granted(person) {
  const verifier = randomBytes(32).toString("base64url");
  const url = new URL("/oauth/authorize", ISSUER);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: APP.id,
    redirect_uri: APP.redirectUri,
    scope: "orders:read",
    state: "state",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  const page = await person.visit(url);
  // Who has agreed before is not asked again.
  const asks = page.html.includes('name="decision"');
  const after = asks
    ? await person.follow(await person.send(page, page.form("decision"), { decision: "allow" }))
    : page;
  const code = new URL(after.next, after.url).searchParams.get("code");
  const fields = { grant_type: "authorization_code", code, redirect_uri: APP.redirectUri, client_id: APP.id };
  const reply = await site.form("/oauth/token", { ...fields, code_verifier: verifier }, false);
  assert.equal(reply.status, 200, reply.text);
  return reply.json;
}

async function signedIn() {
  const person = site.person();
  const page = await person.visit("/private/page.txt");
  const after = await person.follow(await person.logIn(page, ANN));
  assert.equal(after.text, "for people");
  return person;
}

try {
  const made = Date.now();
  const live = await token();
  const revoked = await token();
  const ann = await signedIn();
  const gone = await signedIn();
  const app = await granted(ann);
  const ended = await granted(await signedIn());
  // A used refresh token is the end of all that came from it.
  const again = { grant_type: "refresh_token", client_id: APP.id };
  const second = await site.form("/oauth/token", { ...again, refresh_token: app.refresh_token }, false);
  assert.equal(second.status, 200, second.text);

  // KV may show a record for a while that was deleted. So the log alone says that these have ended.
  const { kv: before } = await site.stores();

  assert.equal((await site.form("/oauth/revoke", { token: revoked })).status, 200);
  const revoking = { token: ended.refresh_token, client_id: APP.id };
  assert.equal((await site.form("/oauth/revoke", revoking, false)).status, 200);
  const gonesCookies = Object.fromEntries(gone.cookies());
  const page = await gone.visit("/_postern/logout");
  await gone.press(page, "Sign out");

  for (const [what, value, status] of [
    ["live", live, 200],
    ["revoked", revoked, 401],
    ["the app's", second.json.access_token, 200],
    ["the app's that ended", ended.access_token, 401],
  ]) {
    assert.equal((await site.get("/api/orders.txt", value)).status, status, what);
  }
  const known = {
    live,
    revoked,
    app: second.json,
    used: app.refresh_token,
    ended,
    signedIn: Object.fromEntries(ann.cookies()),
    signedOut: gonesCookies,
  };
  const { kv, objects } = await site.stores();
  const store = { version, made, known, kv: { ...before, ...kv }, objects };
  const path = join(import.meta.dirname, `${version}.json`);
  writeFileSync(path, `${JSON.stringify(store, null, 2)}\n`);
  console.log(`postern: ${path} has ${Object.keys(store.kv).length} records and ${objects.length} objects`);
} finally {
  await site.stop();
}
