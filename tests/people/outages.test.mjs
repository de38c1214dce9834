// Stores that fail before or after they did what they were asked: nobody loses a session, nobody gets in who
// should not, and a yes stays a yes.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { assertNoSecrets, assertUnavailable, assertUnavailablePage } from "../workerd/assertions.mjs";
import { SESSION } from "./person.mjs";
import { ACCOUNTS, clients, startSite } from "./world.mjs";

const { ann } = ACCOUNTS;
const { webapp, house } = clients;

let site;
before(async () => {
  site = await startSite({ configure: (config) => ({ ...config, store_timeout_ms: 500 }) });
});
after(() => site?.stop());
beforeEach(() => site.begin());

const FAULTS = ["throw", "throw-after", "500", "hang", "hang-after", "garbage"];
const COORDINATOR = {
  open: "coordinator.open",
  offer: "coordinator.offer",
  present: "coordinator.present",
  redeem: "coordinator.redeem",
  refresh: "coordinator.refresh",
};

describe("a login", () => {
  for (const fault of FAULTS) {
    test(`where the coordinator is down (${fault}) is a page that says to try again, and works afterwards`, async () => {
      const person = site.person();
      const page = await person.visit("/private/x");
      await site.gate.faults({ [COORDINATOR.open]: fault });
      const answer = await person.logIn(page, ann);
      assertUnavailablePage(answer.reply, fault);
      assert.equal(person.cookies().has(SESSION), false);
      await site.gate.faults({});
      const again = await person.follow(await person.logIn(page, ann));
      assert.equal(again.status, 200, again.text);
    });
  }

  for (const fault of ["throw", "throw-after", "lose"]) {
    test(`where KV does not take the record (${fault}) either fails or lasts`, async () => {
      const person = site.person();
      const page = await person.visit("/private/x");
      await site.gate.faults({ "kv.put": fault });
      const answer = await person.logIn(page, ann);
      await site.gate.faults({});
      if (answer.next !== null) await site.assertLoggedIn(person, fault);
      else {
        assert.equal(answer.status, 503);
        await site.assertLoggedOut(person, fault);
      }
    });
  }
});

describe("a person who is logged in", () => {
  for (const faults of [{ kv: "throw" }, { "kv.get": "miss" }, { "kv.put": "throw" }]) {
    test(`stays in where KV fails (${JSON.stringify(faults)}): the coordinator has the record`, async () => {
      const person = await site.loggedIn();
      await site.gate.faults(faults);
      const page = await site.strong(person);
      assert.ok([200, 503].includes(page.status), `${page.status}: an outage would log people out`);
      await site.gate.faults({});
      await site.assertLoggedIn(person);
    });
  }
  for (const fault of ["throw", "hang", "500", "garbage", "empty"]) {
    test(`gets 503 and no login page where the log is down (${fault}), and keeps the cookie`, async () => {
      const person = await site.loggedIn();
      const ticket = person.cookies().get(SESSION);
      await site.gate.faults({ log: fault });
      const page = await site.strong(person);
      assert.equal(page.status, 503, `${page.status} ${page.next}`);
      assert.equal(page.next, null);
      assert.equal(person.cookies().get(SESSION), ticket);
      assert.match(page.reply.header("retry-after") ?? "", /^\d+$/);
      await site.gate.faults({});
      await site.assertLoggedIn(person);
    });
  }
  test("stays in where the renewal of the ticket fails", async () => {
    const person = await site.loggedIn();
    await site.gate.clock(2_400);
    for (const fault of ["throw", "throw-after", "hang"]) {
      await site.gate.faults({ "coordinator.touch": fault, "kv.put": fault === "hang" ? undefined : fault });
      const page = await person.request("/private/x");
      assert.equal(page.status, 200, `${fault}: ${page.status}`);
    }
    await site.gate.faults({});
    await site.assertLoggedIn(person);
  });
});

describe("a logout", () => {
  for (const fault of ["throw", "throw-after", "500"]) {
    test(`where the log is down (${fault}) is not said to have been done, and can be tried again`, async () => {
      const person = await site.loggedIn();
      const { access_token } = await site.tokens(person, house);
      const page = await person.visit("/_postern/logout");
      await site.gate.faults({ "log.append": fault });
      const answer = await person.send(page, page.form("form_token"));
      await site.gate.faults({});
      if (answer.status < 400) {
        // Then it must be true.
        await site.assertEnded(access_token, fault);
      } else {
        assert.equal(answer.status, 503, answer.text);
        assert.ok(person.cookies().has(SESSION), "without the cookie nobody could try again");
        const again = await person.send(page, page.form("form_token"));
        assert.ok(again.status < 400, `${again.status} ${again.text}`);
        await site.assertEnded(access_token, fault);
      }
    });
  }
});

describe("a redemption", () => {
  for (const name of ["present", "redeem"]) {
    for (const fault of FAULTS) {
      test(`where the coordinator fails at "${name}" (${fault}) is 503, and nobody gets two answers`, async () => {
        const person = await site.loggedIn();
        const granted = await site.code(person, webapp);
        await site.gate.faults({ [COORDINATOR[name]]: fault });
        assertUnavailable(await site.redeem(granted), `${name} ${fault}`);
        await site.gate.faults({});
        const again = await site.redeem(granted);
        const took = name === "redeem" && fault.endsWith("-after");
        if (took) assert.equal(again.json.error, "invalid_grant", "it was used up");
        else {
          assert.equal(again.status, 200, again.text);
          await site.assertActive(again.json.access_token);
        }
        await site.assertLoggedIn(person);
      });
    }
  }
  for (const fault of ["throw", "throw-after"]) {
    test(`where KV does not take the record (${fault}) gives a token that lasts, or nothing`, async () => {
      const person = await site.loggedIn();
      const granted = await site.code(person, webapp);
      await site.gate.faults({ "kv.put": fault });
      const reply = await site.redeem(granted);
      await site.gate.faults({});
      if (reply.status === 200) await site.assertActive(reply.json.access_token, fault);
      else assertUnavailable(reply, fault);
    });
  }
});

describe("a refresh", () => {
  for (const name of ["present", "refresh"]) {
    for (const fault of FAULTS) {
      test(`where the coordinator fails at "${name}" (${fault}) is 503, and the session is not lost`, async () => {
        const person = await site.loggedIn();
        const { refresh_token } = await site.tokens(person, webapp);
        await site.gate.faults({ [COORDINATOR[name]]: fault });
        assertUnavailable(await site.refresh(refresh_token, webapp), `${name} ${fault}`);
        await site.gate.faults({});
        const again = await site.refresh(refresh_token, webapp);
        assert.equal(again.status, 200, again.text);
        await site.assertActive(again.json.access_token);
        assert.equal((await site.refresh(again.json.refresh_token, webapp)).status, 200);
      });
    }
  }

  test("that is used again while the log is down still ends the session once the log is back", async () => {
    const person = await site.loggedIn();
    const first = await site.tokens(person, webapp);
    const second = (await site.refresh(first.refresh_token, webapp)).json;
    const third = (await site.refresh(second.refresh_token, webapp)).json;
    await site.gate.faults({ "log.append": "throw" });
    const reply = await site.refresh(first.refresh_token, webapp);
    assert.ok(reply.status >= 400);
    await site.gate.faults({});
    assert.equal((await site.refresh(third.refresh_token, webapp)).json.error, "invalid_grant");
    await site.assertEnded(third.access_token);
  });
});

test("consent that cannot be remembered gives no code", async () => {
  const person = await site.loggedIn();
  await site.gate.faults({ "person.agree": "throw" });
  const page = await person.visit(site.authorization(webapp, { prompt: "consent" }).url);
  const answer = await person.send(page, page.form("decision"), { decision: "allow" });
  await site.gate.faults({});
  assert.ok(answer.next?.includes("error=temporarily_unavailable"), `${answer.status} ${answer.next}`);
});

test("consent that cannot be looked up is asked for, or the client is told to wait; it is never assumed", async () => {
  const person = await site.loggedIn();
  await site.gate.faults({ "person.consent": "throw" });
  const page = await person.request(site.authorization(clients.rival).url);
  assert.ok(!page.next?.includes("code="), page.next);
});

test("the list of sessions says that it could not be had, and hides nothing", async () => {
  const person = await site.loggedIn();
  await site.gate.faults({ "person.sessions": "throw" });
  const page = await person.visit("/_postern/sessions");
  assert.equal(page.status, 503, page.text);
});

test("the log has no password, no ticket, no code and no token", () => {
  assertNoSecrets(site.world.logs);
  assert.ok(!site.world.logs.all.some(({ message }) => message.includes(ann.password)));
});
