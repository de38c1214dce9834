// Fifty requests at once, and at the worst moment. A thing that must be decided once is decided once.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { ACCOUNTS, clients, startSite } from "./world.mjs";

const MANY = 50;

let site, person;
before(async () => {
  // The second isolate has caches and a copy of the log of its own.
  site = await startSite({ gates: { second: {} } });
});
after(() => site?.stop());
beforeEach(async () => {
  await site.begin();
  person = await site.loggedIn();
});

const { webapp, spa } = clients;
const many = (act) => Promise.all(Array.from({ length: MANY }, (_, at) => act(at)));
const statuses = (replies) => replies.map(({ status }) => status).toSorted();

for (const client of [webapp, spa]) {
  test(`of ${MANY} redemptions of one code of ${client.id} exactly one succeeds, and the others end what it gave (RFC 6749 section 4.1.2)`, async () => {
    const granted = await site.code(person, client);
    const replies = await many(() => site.redeem(granted));
    assert.deepEqual(statuses(replies), [200, ...Array(MANY - 1).fill(400)]);
    for (const reply of replies) if (reply.status === 400) assert.equal(reply.json.error, "invalid_grant");
    const { access_token, refresh_token } = replies.find(({ status }) => status === 200).json;
    await site.assertEnded(access_token);
    assert.equal((await site.refresh(refresh_token, client)).json.error, "invalid_grant");
    await site.assertLoggedIn(person);
  });

  test(`${MANY} refreshes of ${client.id} at once all succeed and give the same refresh token`, async () => {
    const { refresh_token } = await site.tokens(person, client);
    const replies = await many(() => site.refresh(refresh_token, client));
    assert.deepEqual(statuses(replies), Array(MANY).fill(200));
    const successors = new Set(replies.map((reply) => reply.json.refresh_token));
    assert.equal(successors.size, 1);
    assert.notEqual([...successors][0], refresh_token);
    const access = new Set(replies.map((reply) => reply.json.access_token));
    for (const token of access) await site.assertActive(token);
    // And the one that all of them have goes on.
    const next = await site.refresh([...successors][0], client);
    assert.equal(next.status, 200, next.text);
  });
}

test("refreshes in two isolates at once give the same refresh token", async () => {
  const { second } = site.world.gates;
  const { refresh_token } = await site.tokens(person, webapp);
  const there = () => {
    const fields = new URLSearchParams({ grant_type: "refresh_token", refresh_token });
    return second.form("/oauth/token", fields.toString(), webapp, { Host: new URL(site.issuer).host });
  };
  const replies = await many((at) => (at % 2 ? site.refresh(refresh_token, webapp) : there()));
  assert.deepEqual(statuses(replies), Array(MANY).fill(200));
  assert.equal(new Set(replies.map((reply) => reply.json.refresh_token)).size, 1);
});

test("a lost answer logs nobody out: the previous refresh token stays valid for the grace, and gives the same new one", async () => {
  const { refresh_token: first } = await site.tokens(person, webapp);
  const second = (await site.refresh(first, webapp)).json.refresh_token;
  await site.gate.clock(10);
  const again = await site.refresh(first, webapp);
  assert.equal(again.status, 200, again.text);
  assert.equal(again.json.refresh_token, second);
  await site.assertActive(again.json.access_token);
});

const REUSES = {
  "after the grace": async (first) => {
    const second = (await site.refresh(first, webapp)).json;
    await site.gate.clock(90);
    return { used: first, live: second };
  },
  "within the grace, once its successor was used": async (first) => {
    const second = (await site.refresh(first, webapp)).json;
    const third = (await site.refresh(second.refresh_token, webapp)).json;
    return { used: first, live: third };
  },
};

for (const [when, act] of Object.entries(REUSES)) {
  test(`a refresh token that is used again ${when} ends the session and its access tokens everywhere (RFC 9700 section 4.14.2)`, async () => {
    const before = await site.tokens(person, webapp);
    const other = await site.tokens(person, spa);
    const { used, live } = await act(before.refresh_token);
    await site.assertActive(live.access_token);
    const reply = await site.refresh(used, webapp);
    assert.equal(reply.status, 400);
    assert.equal(reply.json.error, "invalid_grant");
    for (const token of [before.access_token, live.access_token]) await site.assertEnded(token, when);
    const there = await site.api(live.access_token, "/api/x", site.world.gates.second);
    assert.equal(there.status, 401, "the other isolate");
    assert.equal((await site.refresh(live.refresh_token, webapp)).json.error, "invalid_grant");
    // Nobody else is touched: not the login, and not another client's session.
    await site.assertLoggedIn(person);
    await site.assertActive(other.access_token);
  });
}

test("a refresh token ends with its idle time, which each use begins anew", async () => {
  const idle = await site.tokens(person, webapp);
  await site.gate.clock(7_000);
  const kept = await site.refresh(idle.refresh_token, webapp);
  assert.equal(kept.status, 200, kept.text);
  await site.gate.clock(7_000 + 7_300);
  assert.equal((await site.refresh(kept.json.refresh_token, webapp)).json.error, "invalid_grant");
});

test("a code that nobody redeems in time is not valid", async () => {
  const granted = await site.code(person, webapp);
  await site.gate.clock(601);
  const reply = await site.redeem(granted);
  assert.equal(reply.json.error, "invalid_grant");
});

const DEATHS = {
  "before it has written anything": { fault: "hold", count: "", redeemed: false },
  "when it has written, and not yet answered": { fault: "hold-after", count: ", done", redeemed: true },
};

for (const [when, { fault, count, redeemed }] of Object.entries(DEATHS)) {
  /** Has the object die in the middle of a command; the answer of the request that made it. */
  async function dieIn(command, act) {
    await site.gate.faults({ [`inside.${command}`]: fault });
    await site.gate.resetCounts();
    const pending = act();
    await site.gate.counted(`inside.${command}${count}`, 1);
    await site.gate.faults({});
    assert.ok((await site.world.evict("SessionCoordinator")) > 0);
    await site.gate.release();
    return pending;
  }

  test(`an object that dies in a redemption ${when}: it is finished, or never happened`, async () => {
    const granted = await site.code(person, webapp);
    const reply = await dieIn("redeem", () => site.redeem(granted));
    assert.equal(reply.status, 503, reply.text);
    const again = await site.redeem(granted);
    if (redeemed) assert.equal(again.json.error, "invalid_grant");
    else await site.assertActive(again.json.access_token);
    await site.assertLoggedIn(person);
  });

  test(`an object that dies in a refresh ${when}: the session goes on`, async () => {
    const { refresh_token } = await site.tokens(person, webapp);
    const reply = await dieIn("refresh", () => site.refresh(refresh_token, webapp));
    assert.ok([200, 503].includes(reply.status), reply.text);
    const again = await site.refresh(refresh_token, webapp);
    assert.equal(again.status, 200, again.text);
    if (reply.status === 200) assert.equal(again.json.refresh_token, reply.json.refresh_token);
    await site.assertActive(again.json.access_token);
    const next = await site.refresh(again.json.refresh_token, webapp);
    assert.equal(next.status, 200, next.text);
  });

  test(`an object that dies in a login ${when}: a yes means that the person is in`, async () => {
    const other = site.person();
    const page = await other.visit("/private/x");
    const answer = await dieIn("open", () => other.logIn(page, ACCOUNTS.ann));
    if (answer.next !== null) await site.assertLoggedIn(other);
    else assert.equal(answer.status, 503);
    const after = await other.follow(await other.logIn(page, ACCOUNTS.ann));
    assert.equal(after.status, 200, after.text);
  });

  test(`an object that dies in a revocation ${when}: it is revoked, or can be again`, async () => {
    const { access_token, refresh_token } = await site.tokens(person, webapp);
    const reply = await dieIn("end", () => site.post("/oauth/revoke", { token: refresh_token }, webapp));
    assert.ok([200, 503].includes(reply.status), reply.text);
    if (reply.status === 503)
      assert.equal((await site.post("/oauth/revoke", { token: refresh_token }, webapp)).status, 200);
    await site.assertEnded(access_token);
    assert.equal((await site.refresh(refresh_token, webapp)).json.error, "invalid_grant");
  });
}

test("whenever an object dies, what was answered holds", async () => {
  // Over and over at different moments: whatever the client was told holds afterwards.
  for (let round = 0; round < 5; round += 1) {
    const granted = await site.code(person, webapp);
    const [reply] = await Promise.all([site.redeem(granted), site.world.evict("SessionCoordinator")]);
    if (reply.status === 200) {
      const { access_token, refresh_token } = reply.json;
      await site.assertActive(access_token, `round ${round}`);
      const [next] = await Promise.all([site.refresh(refresh_token, webapp), site.world.evict("SessionCoordinator")]);
      const after = next.status === 200 ? next : await site.refresh(refresh_token, webapp);
      assert.equal(after.status, 200, `round ${round}: ${after.text}`);
      await site.assertActive(after.json.access_token, `round ${round}`);
      const replay = await site.redeem(granted);
      assert.equal(replay.json.error, "invalid_grant");
      await site.assertEnded(after.json.access_token, `round ${round}`);
    } else {
      assert.equal(reply.status, 503, reply.text);
      // It is not known whether it happened: either way nobody is let in twice.
      const again = await site.redeem(granted);
      assert.ok(again.status === 200 || again.json.error === "invalid_grant", again.text);
    }
  }
});

test("an ended session stays ended though every object dies", async () => {
  const { access_token, refresh_token } = await site.tokens(person, webapp);
  await site.post("/oauth/revoke", { token: refresh_token }, webapp);
  for (const name of ["SessionCoordinator", "RevocationLog"]) assert.ok((await site.world.evict(name)) > 0, name);
  await site.assertEnded(access_token);
  assert.equal((await site.refresh(refresh_token, webapp)).json.error, "invalid_grant");
  await site.assertLoggedIn(person);
});
