// Those without a login: programs with tokens of their own, tokens that nobody made, and clients that give up.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { SESSION } from "../people/person.mjs";
import { clients } from "../people/world.mjs";
import { Connection, request } from "../workerd/http.mjs";

/** Characters of a genuine token behind its prefix, and in bytes. */
const BODY = 65;

/** A token by its looks. */
const forged = (kind) => `pst_${kind}_${randomBytes(BODY).toString("base64url")}`;

/** Something that is no token: of the right form, of no form, too short, far too long. */
function garbage(random) {
  const kinds = [
    () => forged("at"),
    () => forged("st"),
    () => "pst_at_short",
    () => randomBytes(30).toString("hex"),
    () => `pst_at_${randomBytes(3_000).toString("base64url")}`,
  ];
  return kinds[Math.floor(random() * kinds.length)]();
}

/** A program gets a token, uses it where it is new and where it is known, and revokes it. */
async function program(site) {
  const got = await site.post(
    "/oauth/token",
    { grant_type: "client_credentials", scope: "orders:read" },
    clients.admin,
  );
  assert.equal(got.status, 200, got.text);
  const token = got.json.access_token;
  const { gate, second } = site.world.gates;
  for (const isolate of [gate, gate, second]) {
    assert.equal((await site.api(token, "/either/x", isolate)).status, 200);
  }
  const revoked = await site.post("/oauth/revoke", { token }, clients.admin);
  assert.equal(revoked.status, 200, revoked.text);
  for (const isolate of [gate, second]) assert.equal((await site.api(token, "/api/x", isolate)).status, 401);
}

async function forgeries(site, random) {
  const token = garbage(random);
  assert.equal((await site.api(token)).status, 401);
  assert.deepEqual((await site.introspect(token)).json, { active: false });
  const refresh = await site.refresh(forged("rt"), clients.webapp);
  assert.equal(refresh.json.error, "invalid_grant");
  const person = site.person();
  person.cookies().set(SESSION, forged("st"));
  await site.assertLoggedOut(person);
}

async function documents(site) {
  const host = { Host: new URL(site.issuer).host };
  for (const path of ["/.well-known/oauth-authorization-server", "/_postern/health", "/public/x", "/"]) {
    const reply = await site.gate.get(path, host);
    assert.equal(reply.status, 200, `${path}: ${reply.status}`);
  }
  assert.equal((await site.gate.get("/nowhere", host)).status, 404);
}

/** Requests whose client goes away: while the head is on its way, while the body is, and before the answer. */
async function abort(site, random) {
  const host = new URL(site.issuer).host;
  const form = { Host: host, "Content-Type": "application/x-www-form-urlencoded", "Content-Length": "1000" };
  const half = {
    head: () => `GET /private/x HTTP/1.1\r\nHost: ${host}\r\nCook`,
    body: () => request("POST", "/oauth/token", form, "grant_type=client_credentials"),
    upload: () => request("POST", "/public/x?do=stream", form, "half of it"),
    login: () => request("POST", "/_postern/login", form, "username=ann"),
    answer: () => request("GET", "/private/x", { Host: host, Cookie: `${SESSION}=${forged("st")}` }),
    page: () => request("GET", "/public/x", { Host: host }),
  };
  const kinds = Object.values(half);
  const connection = new Connection(site.gate.url);
  try {
    connection.write(kinds[Math.floor(random() * kinds.length)]());
    // Long enough that the Worker has begun, in most cases. Nothing depends on that.
    await sleep(random() * 500);
  } finally {
    connection.close();
  }
}

/** What strangers do at this site, as `[name, weight, act]`. */
export function strangers(site, random) {
  return [
    ["program", 8, () => program(site)],
    ["forgeries", 8, () => forgeries(site, random)],
    ["public documents", 4, () => documents(site)],
    ["aborted request", 10, () => abort(site, random)],
  ];
}
