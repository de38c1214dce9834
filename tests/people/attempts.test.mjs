// Guessing passwords is limited by name and by address. A limiter that cannot count lets nobody go on.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { assertUnavailablePage } from "../workerd/assertions.mjs";
import { ACCOUNTS, startSite } from "./world.mjs";

const LIMIT = 5;
const { ann, bob } = ACCOUNTS;

let site;
before(async () => {
  site = await startSite({ loginLimit: LIMIT });
});
after(() => site?.stop());
beforeEach(() => site.begin());

async function attempt(name, password, from) {
  const person = site.person();
  person.headers["CF-Connecting-IP"] = from;
  const page = await person.visit("/private/x");
  return person.logIn(page, { name, password });
}

/** Guesses until it is refused as one guess too many. The limiter counts by the minute, and two may be touched. */
async function exhaust(guess) {
  for (let at = 0; at < 3 * LIMIT + 1; at += 1) {
    const page = await guess(at);
    if (page.status === 429) return page;
    assert.equal(page.status, 403, page.text);
  }
  throw new Error("nobody stops the guessing");
}

test("too many attempts under one name from many addresses end with 429, whatever the password", async () => {
  const page = await exhaust((at) => attempt("ann", `guess ${at}`, `192.0.2.${at}`));
  assert.match(page.reply.header("content-type"), /^text\/html/);
  assert.match(page.reply.header("cache-control"), /no-store/);
  assert.match(page.text, /wait/i);
  assert.equal((await attempt("ann", ann.password, "192.0.2.99")).status, 429);
  assert.equal((await attempt("ANN", ann.password, "192.0.2.98")).status, 429);
});

test("too many attempts from one address under many names end with 429, and others still get in", async () => {
  await exhaust((at) => attempt(`guess${at}`, "x", "198.51.100.7"));
  assert.equal((await attempt("bob", bob.password, "203.0.113.5")).status, 303);
});

test("a limiter that does not answer stops the login with 503, and lets nobody in", async () => {
  for (const fault of ["throw", "throw-after"]) {
    await site.gate.faults({ limiter: fault });
    const page = await attempt("bob", bob.password, "203.0.113.6");
    assertUnavailablePage(page.reply, fault);
  }
  await site.gate.faults({ limiter: "full" });
  assert.equal((await attempt("bob", bob.password, "203.0.113.6")).status, 429);
});
