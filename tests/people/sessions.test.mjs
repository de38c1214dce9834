// How people and administrators see sessions, and how they end them.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { API } from "../workerd/fixture.mjs";
import { ACCOUNTS, clients, startSite } from "./world.mjs";

const { ann, bob } = ACCOUNTS;
const { webapp, spa } = clients;

let site;
before(async () => {
  // The other isolate has caches and a copy of the log of its own.
  site = await startSite({ gates: { second: {} } });
});
after(() => site?.stop());
beforeEach(() => site.begin());

/** The buttons that end one session each. */
const endButtons = (page) => page.form("form_token").buttons.filter(({ label }) => /^end/i.test(label));
/** The button that ends all of them. */
const allButton = (page) => page.form("form_token").buttons.find(({ label }) => /everywhere|all/i.test(label));

const pressEnd = (person, page, button) =>
  person.send(page, page.form("form_token"), { [button.name]: button.value ?? "" });

describe("the list of a person’s sessions", () => {
  test("needs a login, and shows the client, when, and the browser", async () => {
    const stranger = await site.person().visit("/_postern/sessions");
    assert.ok(stranger.html.includes('name="password"'), stranger.text);
    const person = await site.loggedIn();
    await site.tokens(person, webapp);
    const page = await person.visit("/_postern/sessions");
    assert.equal(page.status, 200);
    assert.match(page.reply.header("cache-control"), /no-store/);
    assert.match(page.text, /Web App/);
    assert.match(page.text, /Firefox/);
    assert.match(page.text, /this browser/i);
  });

  test("shows nobody else’s", async () => {
    const person = await site.loggedIn(bob);
    const other = await site.loggedIn(ann);
    await site.tokens(other, spa);
    assert.doesNotMatch((await person.visit("/_postern/sessions")).text, /Single Page App/);
  });

  test("ending one ends the tokens of the client that came from it, and no others", async () => {
    const person = await site.loggedIn();
    const [mine, kept] = [await site.tokens(person, webapp), await site.tokens(person, spa)];
    const page = await person.visit("/_postern/sessions");
    const item = page.html.split("<li").find((part) => part.includes("Web App"));
    assert.ok(item, page.text);
    const button = endButtons(page).find(({ value }) => item.includes(value));
    assert.ok(button, page.html);
    const answer = await pressEnd(person, page, button);
    assert.ok(answer.status < 400, answer.text);
    await site.assertEnded(mine.access_token);
    assert.equal((await site.refresh(mine.refresh_token, webapp)).json.error, "invalid_grant");
    await site.assertActive(kept.access_token);
    await site.assertLoggedIn(person);
  });

  test("ending all logs out everywhere, and ends every token, in every isolate", async () => {
    const here = await site.loggedIn();
    const there = await site.loggedIn();
    const somebodyElse = await site.loggedIn(bob);
    const tokens = [await site.tokens(here, webapp), await site.tokens(there, spa)];
    const page = await here.visit("/_postern/sessions");
    await pressEnd(here, page, allButton(page));
    await site.assertLoggedOut(here, "this browser");
    await site.assertLoggedOut(there, "the other browser");
    for (const [{ access_token, refresh_token }, client] of [
      [tokens[0], webapp],
      [tokens[1], spa],
    ]) {
      await site.assertEnded(access_token);
      assert.equal((await site.refresh(refresh_token, client)).json.error, "invalid_grant");
      const reply = await site.api(access_token, "/api/x", site.world.gates.second);
      assert.equal(reply.status, 401, "the other isolate");
    }
    await site.assertLoggedIn(somebodyElse);
    // And the same person can come back, at once.
    await site.assertLoggedIn(await site.loggedIn());
  });

  test("a person’s form cannot end somebody else’s session", async () => {
    const victim = await site.loggedIn(bob);
    const theirs = await site.tokens(victim, webapp);
    const id = (await site.introspect(theirs.access_token)).json.jti;
    const list = await victim.visit("/_postern/sessions");
    const ids = [...endButtons(list).map(({ value }) => value), id].filter(Boolean);
    const person = await site.loggedIn(ann);
    await site.tokens(person, webapp);
    const page = await person.visit("/_postern/sessions");
    const [button] = endButtons(page);
    for (const value of ids) await person.send(page, page.form("form_token"), { [button.name]: value });
    await site.assertActive(theirs.access_token);
    await site.assertLoggedIn(victim);
  });
});

describe("the admin API", () => {
  const PATH = "/_postern/admin/sessions";
  let token;
  const headers = (bearer = token) => ({ Host: new URL(site.issuer).host, Authorization: `Bearer ${bearer}` });
  const list = (sub) => site.gate.get(`${PATH}?sub=${encodeURIComponent(sub)}`, headers());
  const end = (fields, bearer) => site.gate.form(PATH, new URLSearchParams(fields).toString(), null, headers(bearer));
  const adminToken = async (scope, resource = site.issuer) => {
    const reply = await site.post("/oauth/token", { grant_type: "client_credentials", scope, resource }, clients.admin);
    assert.equal(reply.status, 200, reply.text);
    return reply.json.access_token;
  };
  beforeEach(async () => {
    token = await adminToken("postern:admin");
  });

  /** Two people, with a login and a client each. */
  async function two() {
    const people = { ann: await site.loggedIn(ann), bob: await site.loggedIn(bob) };
    const tokens = {
      ann: (await site.tokens(people.ann, webapp)).access_token,
      bob: (await site.tokens(people.bob, spa)).access_token,
    };
    const meaning = (await site.introspect(tokens.ann)).json;
    return { people, tokens, sub: meaning.sub };
  }

  test("lists the sessions of a person, as JSON that nobody stores", async () => {
    const { sub } = await two();
    const reply = await list(sub);
    assert.equal(reply.status, 200, reply.text);
    assert.match(reply.header("content-type"), /^application\/json/);
    assert.match(reply.header("cache-control"), /no-store/);
    assert.ok(reply.text.includes("webapp"), reply.text);
    assert.ok(!reply.text.includes("pst_"), "a token is in the list");
  });

  test("ends a subject’s, a client’s or all sessions, with what came from them, and no others", async () => {
    const ends = {
      sub: async ({ sub }) => ({ fields: { sub }, ended: ["ann"], kept: ["bob"], loggedOut: true }),
      client_id: async () => ({ fields: { client_id: "spa" }, ended: ["bob"], kept: ["ann"], loggedOut: false }),
      everything: async () => ({ fields: { everything: "true" }, ended: ["ann", "bob"], kept: [], loggedOut: true }),
    };
    for (const [what, plan] of Object.entries(ends)) {
      if (what === "everything") token = await adminToken("postern:admin");
      const all = await two();
      const { fields, ended, kept, loggedOut } = await plan(all);
      const reply = await end(fields);
      assert.equal(reply.status, 200, `${what}: ${reply.text}`);
      for (const name of ended) {
        await site.assertEnded(all.tokens[name], what);
        if (loggedOut) await site.assertLoggedOut(all.people[name], what);
        else await site.assertLoggedIn(all.people[name], what);
      }
      for (const name of kept) {
        await site.assertActive(all.tokens[name], what);
        await site.assertLoggedIn(all.people[name], what);
      }
    }
  });

  test("ends by session", async () => {
    const { people, tokens, sub } = await two();
    const { sessions } = (await list(sub)).json;
    const ofClient = sessions.find((each) => each.client_id === "webapp" || each.client === "webapp");
    const id = ofClient.session ?? ofClient.id;
    const reply = await end({ session: id });
    assert.equal(reply.status, 200, reply.text);
    await site.assertEnded(tokens.ann);
    await site.assertLoggedIn(people.ann);
    await site.assertActive(tokens.bob);
  });

  test("takes back what a person agreed to, ends that client’s sessions, and the person is asked again", async () => {
    const { people, tokens, sub } = await two();
    const agreed = (await list(sub)).json.consents.map((each) => each.client_id);
    assert.ok(agreed.includes("webapp"), agreed);
    const reply = await end({ sub, client_id: "webapp" });
    assert.equal(reply.status, 200, reply.text);
    assert.ok(reply.json.sessions_ended >= 1, reply.text);
    await site.assertEnded(tokens.ann);
    await site.assertLoggedIn(people.ann);
    await site.assertActive(tokens.bob);
    const left = (await list(sub)).json;
    assert.ok(!left.consents.some((each) => each.client_id === "webapp"), JSON.stringify(left.consents));
    assert.ok(!left.sessions.some((each) => each.client_id === "webapp"), JSON.stringify(left.sessions));
    const asked = await people.ann.visit(site.authorization(webapp).url);
    assert.ok(asked.form("decision"), asked.text);
  });

  test("a cutoff of a person is turned into ended sessions: their records go, even when the index was evicted", async () => {
    const { people, tokens, sub } = await two();
    const kv = await site.world.kv();
    const records = async () => (await kv.list()).keys.length;
    const before = await records();
    const [person] = [people.ann];
    await site.gate.faults({ "coordinator.end": "throw" });
    assert.equal((await end({ sub })).status, 200);
    await site.world.evict("Person");
    await site.gate.faults({});
    assert.ok((await records()) > 0);
    await site.assertEnded(tokens.ann);
    await site.assertLoggedOut(person);
    // The first try failed; the next comes within half a minute.
    const until = Date.now() + 60_000;
    while ((await records()) > before - 2 && Date.now() < until) await new Promise((done) => setTimeout(done, 500));
    assert.ok((await records()) <= before - 2, `${before} records before, ${await records()} now`);
    await site.assertActive(tokens.bob);
  });

  const BAD = {
    nothing: {},
    "two at once": { session: "a", client_id: "spa" },
    "everything, and it is not true": { everything: "yes" },
    "no session": { session: "no session" },
    "an empty subject": { sub: "" },
  };
  for (const [what, fields] of Object.entries(BAD)) {
    test(`${what} is 400, and ends nothing`, async () => {
      const { people, tokens } = await two();
      const reply = await end(fields);
      assert.equal(reply.status, 400, reply.text);
      await site.assertLoggedIn(people.ann);
      await site.assertActive(tokens.bob);
    });
  }

  test("is for clients with the scope postern:admin, and for no one else", async () => {
    const { people, tokens } = await two();
    const weak = await adminToken("orders:read");
    const elsewhere = await adminToken("postern:admin", API);
    for (const [what, bearer, status] of [
      ["the wrong scope", weak, 403],
      ["a person’s token", tokens.ann, 401],
      ["a token for another resource", elsewhere, 401],
      ["no token", "x", 401],
    ]) {
      assert.equal((await end({ everything: "true" }, bearer)).status, status, what);
      assert.equal((await site.gate.get(`${PATH}?sub=ann`, headers(bearer))).status, status, what);
    }
    assert.equal(
      (
        await people.ann.request(PATH, {
          method: "POST",
          body: "everything=true",
          headers: { Origin: site.issuer, "Content-Type": "application/x-www-form-urlencoded" },
        })
      ).status,
      401,
    );
    await site.assertLoggedIn(people.bob);
    await site.assertActive(tokens.bob);
  });
});
