// Guessing passwords is limited by source, by name and source, and loosely by name. It never shuts out a browser that has
// logged in under the name before, and what cannot be counted lets nobody in.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { assertUnavailablePage } from "../workerd/assertions.mjs";
import { SESSION } from "./person.mjs";
import { ACCOUNTS, startSite } from "./world.mjs";

const { ann, bob, zoe } = ACCOUNTS;
/** Of one source under one name, and of all sources under one name (src/accounts/counts.rs). */
const FROM_ONE = 10;
const FROM_ALL = 90;

let addresses = 0;
/** The objects that check passwords (src/accounts/desk.rs). */
const DESKS = Array.from({ length: 64 }, (_, at) => `${at}`);

/** An address that no test has used. */
function address() {
  addresses += 1;
  return `10.${addresses >> 16}.${(addresses >> 8) & 255}.${addresses & 255}`;
}

/** Sends the login form with this password. */
async function attempt(person, { name, password }, from = address()) {
  person.headers["CF-Connecting-IP"] = from;
  const page = await person.visit("/_postern/login?return_to=/private/x");
  return person.logIn(page, { name, password });
}

/** Guesses, and holds that exactly `most` guesses are answered before they are refused. */
async function assertRefusedAfter(most, guess) {
  for (let at = 0; at < most; at += 1) assert.equal((await guess(at)).status, 403, `guess ${at}`);
  return assertTooMany(await guess(most));
}

function assertTooMany(page) {
  assert.equal(page.status, 429, page.text);
  assert.match(page.reply.header("content-type"), /^text\/html/);
  assert.match(page.reply.header("cache-control"), /no-store/);
  assert.match(page.reply.header("retry-after"), /^[1-9]\d*$/);
  assert.match(page.text, /Wait \d+ minutes?, then try again/);
  return page;
}

describe("in one place", () => {
  let site;
  before(async () => {
    site = await startSite();
  });
  after(() => site?.stop());
  beforeEach(() => site.begin());
  /** An attempt from a browser of its own. */
  const stranger = (account, from) => attempt(site.person(), account, from);

  test("a storm under a name from many addresses shuts out strangers, not the browser that has logged in before", async () => {
    const owner = site.person();
    assert.notEqual((await attempt(owner, ann)).next, null);
    await assertRefusedAfter(FROM_ALL, (at) => stranger({ name: "ann", password: `guess ${at}` }));
    // The right password does not help a stranger, in whatever letter case the name is typed.
    assertTooMany(await stranger(ann));
    assertTooMany(await stranger({ ...ann, name: "ANN" }));
    owner.cookies().delete(SESSION);
    assert.equal((await attempt(owner, { ...ann, password: "mistyped" })).status, 403);
    assert.notEqual((await attempt(owner, ann)).next, null);
    await site.assertLoggedIn(owner);
    // Whoever has stolen what makes a browser known has attempts of their own, and as few.
    const thief = owner.copy();
    thief.cookies().delete(SESSION);
    await assertRefusedAfter(FROM_ONE, () => attempt(thief, { ...ann, password: "guess" }));
    assertTooMany(await attempt(thief, ann));
    // It makes the browser known to nobody else, and stays with the browser after a logout.
    await assertRefusedAfter(FROM_ALL, (at) => stranger({ name: "bob", password: `guess ${at}` }));
    owner.cookies().delete(SESSION);
    assertTooMany(await attempt(owner, bob));
  });

  test("two addresses of one /64 are one source", async () => {
    const from = (at) => `2001:db8:1:2:${(at * 7).toString(16)}::${at + 1}`;
    await assertRefusedAfter(FROM_ONE, (at) => stranger({ name: "zoe", password: "guess" }, from(at)));
    assertTooMany(await stranger(zoe, from(99)));
    assert.notEqual((await stranger(zoe, "2001:db8:1:3::1")).next, null);
    // An IPv4 address is one, however it is written.
    const [plain, mapped] = ["198.51.100.9", "::ffff:198.51.100.9"];
    await assertRefusedAfter(FROM_ONE, (at) => stranger({ name: "zoe", password: "guess" }, at % 2 ? plain : mapped));
  });

  test("a name without an account is counted like one that has one", async () => {
    const from = "198.51.100.10";
    await assertRefusedAfter(FROM_ONE, () => stranger({ name: "nobody", password: "guess" }, from));
    assert.equal((await stranger({ name: "nobody else", password: "guess" }, from)).status, 403);
  });

  test("counts outlive the object, and go with their time", async () => {
    const guess = { name: "somebody", password: "guess" };
    await assertRefusedAfter(FROM_ONE, () => stranger(guess, "198.51.100.11"));
    assert.ok((await site.world.evict("Account")) > 0);
    assertTooMany(await stranger(guess, "198.51.100.11"));
    // One more every six minutes.
    await site.gate.clock(361);
    assert.equal((await stranger(guess, "198.51.100.11")).status, 403);
    assertTooMany(await stranger(guess, "198.51.100.11"));
    const stored = await site.gate.ring("POSTERN_ACCOUNTS", DESKS);
    assert.ok(stored.some(({ rows, alarm }) => rows[0] > 0 && alarm !== null));
    // The fullest bucket has drained after nine hours: nothing is left of anyone.
    await site.gate.clock(10 * 3_600);
    for (const desk of await site.gate.ring("POSTERN_ACCOUNTS", DESKS))
      assert.deepEqual(desk, { tables: [], rows: [], alarm: null });
    await assertRefusedAfter(FROM_ONE, () => stranger(guess, "198.51.100.11"));
  });

  describe("an object that does not answer", () => {
    for (const fault of ["throw", "throw-after", "500", "empty", "garbage", "hang"])
      test(`(${fault}) lets nobody in, and nobody is told that the password is wrong`, async () => {
        const person = site.person();
        await site.gate.faults({ "accounts.check": fault });
        assertUnavailablePage((await attempt(person, bob)).reply, fault);
        assert.equal(person.cookies().has(SESSION), false);
        await site.gate.faults({});
      });
  });

  test("while passwords are checked, the gate goes on", async () => {
    const reader = await site.loggedIn(zoe);
    const checked = (await site.gate.counts())["inside.check"] ?? 0;
    await site.gate.faults({ "inside.check": "hold" });
    const waiting = attempt(site.person(), zoe);
    await site.gate.counted("inside.check", checked + 1);
    await site.assertLoggedIn(reader);
    assert.equal((await site.person().visit("/public/x")).status, 200);
    await site.gate.release();
    assert.notEqual((await waiting).next, null);
  });
});

describe("in several places", () => {
  // Accounts of the same names, whose passwords are others: the hash of a gate's own is of no use to it.
  const others = `ann:${bob.hash}\nbob:${ann.hash}\nzoe:${zoe.hash}`;
  let site;
  before(async () => {
    site = await startSite({ gates: { elsewhere: {}, outdated: { users: others } } });
  });
  after(() => site?.stop());
  beforeEach(() => site.begin());

  /** Somebody at this gate of the site. */
  function at(gate) {
    return Object.assign(site.person(), { gate: site.world.gates[gate] });
  }

  test("attempts are counted together", async () => {
    const from = "198.51.100.20";
    const gates = ["gate", "elsewhere", "outdated"];
    await assertRefusedAfter(FROM_ONE, (turn) =>
      attempt(at(gates[turn % 3]), { name: "ann", password: "guess" }, from),
    );
  });

  test("no gate checks a password itself: the hashes that it was given decide nothing", async () => {
    const wrong = { ...ann, password: bob.password };
    assert.equal((await attempt(at("outdated"), wrong)).status, 403);
    assert.notEqual((await attempt(at("outdated"), ann)).next, null);
  });
});

describe("the rate limit", () => {
  const LIMIT = 5;
  let site;
  before(async () => {
    site = await startSite({ loginLimit: LIMIT });
  });
  after(() => site?.stop());
  beforeEach(() => site.begin());
  /** An attempt from a browser of its own. */
  const stranger = (account, from) => attempt(site.person(), account, from);

  /** Guesses until it is refused as one guess too many. The limiter counts by the minute, and two may be touched. */
  async function exhaust(guess) {
    for (let at = 0; at < 3 * LIMIT + 1; at += 1) {
      const page = await guess(at);
      if (page.status === 429) return page;
      assert.equal(page.status, 403, page.text);
    }
    throw new Error("nobody stops the guessing");
  }

  test("too many attempts from one source under many names end with 429, and others still get in", async () => {
    for (const from of [() => "198.51.100.7", (at) => `2001:db8:7:7::${at}`]) {
      await site.gate.resetCounts();
      const page = await exhaust((at) => stranger({ name: `guess${at}`, password: "x" }, from(at)));
      assertTooMany(page);
      assert.equal(page.reply.header("retry-after"), "60");
      // The object is not asked when the limit has said no.
      const { limiter, "accounts.check": checks } = await site.gate.counts();
      assert.equal(checks, limiter - 1);
    }
    assert.notEqual((await stranger(bob)).next, null);
  });

  test("a limiter that does not answer stops the login with 503, and lets nobody in", async () => {
    for (const fault of ["throw", "throw-after"]) {
      await site.gate.faults({ limiter: fault });
      assertUnavailablePage((await stranger(bob)).reply, fault);
    }
    await site.gate.faults({ limiter: "full" });
    assertTooMany(await stranger(bob));
  });
});
