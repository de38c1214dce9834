// What a person sees where the gate refuses: a page that says what happened and what to do, in a browser; for programs, JSON.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { newKeys } from "../workerd/harness.mjs";
import { ACCOUNTS, startSite } from "./world.mjs";

const { ann } = ACCOUNTS;
/** What a browser sends with a navigation. */
const NAVIGATE = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", Accept: "text/html,*/*;q=0.8" };
const OLD_BROWSER = { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const SCRIPT = { "Sec-Fetch-Mode": "cors", Accept: "text/html" };
const FORM = { ...NAVIGATE, "Content-Type": "application/x-www-form-urlencoded" };

let site;
before(async () => {
  site = await startSite({
    files: { "404.html": "<!doctype html><h1>nothing of ours</h1>", "secret/404.html": "not for strangers" },
    configure: (config) => ({
      ...config,
      log_refusals: true,
      routes: [
        { match: "/closed/*", access: "deny" },
        { match: "/reading", access: "public", methods: ["GET"], origin: "assets" },
        { match: "/gone/*", access: "public", origin: "service:ORIGIN" },
        ...config.routes,
      ],
    }),
    gates: {
      // The operator shows everyone the site's own page.
      own: { configure: (config) => ({ ...config, routes: [...config.routes, publicly("/404.html")] }) },
      secretly: { configure: (config) => ({ ...config, routes: [...config.routes, behindLogin("/404.html")] }) },
      broken: { config: { issuer: 1 }, secrets: { POSTERN_KEYS: newKeys() } },
    },
  });
});
after(() => site?.stop());
beforeEach(async () => {
  await site.begin();
  site.world.logs.clear();
});

const publicly = (match) => ({ match, access: "public", origin: "assets" });
const behindLogin = (match) => ({ match, access: "session", origin: "assets" });
const host = () => ({ Host: new URL(site.issuer).host });
const send = (method, path, headers, body, gate = site.gate) =>
  gate.send(method, path, { ...host(), ...headers }, body);
const nav = (path, headers = {}) => send("GET", path, { ...NAVIGATE, ...headers });

/** The page that a refusal is, with what every page has. */
function assertPage(reply, status, words) {
  assert.equal(reply.status, status, reply.text);
  assert.equal(reply.header("content-type"), "text/html; charset=utf-8");
  assert.equal(reply.header("cache-control"), "no-store");
  assert.match(reply.header("content-security-policy"), /^default-src 'none'; /);
  assert.match(reply.text, /^<!DOCTYPE html><html lang="en">/);
  assert.match(reply.text, words);
}

/** What the page calls itself, for whoever is asked about it. */
const reference = (reply) => /<code>([^<]+)<\/code>/.exec(reply.text)?.[1];

describe("a person who is refused sees a page", () => {
  const CASES = [
    ["no route matches", "GET", "/nope", {}, 404, /Page not found/],
    ["nothing of Postern's own is there", "GET", "/_postern/nope", {}, 404, /Page not found/],
    ["the path has two readings", "GET", "/public/a%2fb", {}, 400, /address does not work/],
    ["the path is too long", "GET", `/${"a".repeat(8_300)}`, {}, 414, /address is too long/],
    ["a token is in the query", "GET", "/api/x?access_token=a", {}, 400, /link does not work/],
    ["it is for programs", "GET", "/api/x", {}, 401, /for programs/],
    ["the route is closed", "GET", "/closed/x", {}, 403, /closed/],
    ["there is no route for the method", "POST", "/reading", FORM, 405, /cannot be used/],
    ["the origin is gone", "GET", "/gone/x?do=throw", {}, 502, /not responding/],
  ];
  for (const [name, method, path, headers, status, words] of CASES) {
    test(name, async () => {
      const reply = await send(method, path, { ...NAVIGATE, ...headers }, method === "POST" ? "a=b" : undefined);
      assertPage(reply, status, words);
      assert.match(reply.text, /<a [^>]*href="\/"/, "no way back");
    });
  }

  test("a store is down: with when to try again, and a link to do so", async () => {
    const person = await site.loggedIn(ann);
    await site.gate.faults({ log: "throw" });
    const { reply } = await person.request("/strong/x?a=1&b=2", { headers: NAVIGATE });
    assertPage(reply, 503, /not available right now/);
    assert.equal(reply.header("retry-after"), "2");
    assert.match(reply.text, /href="\/strong\/x\?a=1&amp;b=2"/);
  });

  test("the configuration is refused: with its style sheet", async () => {
    const reply = await send("GET", "/x", NAVIGATE, undefined, site.world.gates.broken);
    assertPage(reply, 500, /not set up correctly/);
    const [, style] = /href="(\/_postern\/style\.css[^"]*)"/.exec(reply.text);
    const sheet = await send("GET", style, {}, undefined, site.world.gates.broken);
    assert.equal(sheet.status, 200);
    assert.match(sheet.header("content-type"), /^text\/css/);
  });

  test("another site's form changes nothing", async () => {
    const person = await site.loggedIn(ann);
    const headers = { ...FORM, Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };
    const { reply } = await person.request("/private/x", { method: "POST", headers, body: "a=b" });
    assertPage(reply, 403, /another site/);
  });

  test("HEAD gets the same head and no body", async () => {
    for (const path of ["/nope", "/gone/x?do=throw"]) {
      const [head, get] = await Promise.all(["HEAD", "GET"].map((method) => send(method, path, NAVIGATE)));
      assert.equal(head.status, get.status);
      assert.equal(head.text, "");
      assert.equal(head.header("content-type"), get.header("content-type"));
    }
  });

  test("a browser without fetch metadata does too", async () => {
    assertPage(await send("GET", "/nope", OLD_BROWSER), 404, /Page not found/);
  });

  test("nothing of the address gets into the page", async () => {
    const reply = await nav('/nope/"><script>alert(1)</script>');
    assert.doesNotMatch(reply.text, /alert\(1\)/);
  });
});

describe("what names the refusal", () => {
  test("is the ray, on Cloudflare, in the page and in the log", async () => {
    const reply = await nav("/nope", { "CF-Ray": "9f8e7d6c5b4a3210-VIE" });
    assert.equal(reference(reply), "9f8e7d6c5b4a3210-VIE");
    const event = await site.world.logs.event("gate_refused", ({ ray }) => ray === "9f8e7d6c5b4a3210-VIE");
    assert.equal(event.reason, "no_route");
  });

  test("is another one where there is none, or where somebody made it up", async () => {
    for (const headers of [{}, { "CF-Ray": "<b>" }, { "CF-Ray": "a".repeat(100) }]) {
      const name = reference(await nav("/nope", headers));
      assert.match(name, /^[0-9a-f]{16}$/);
      await site.world.logs.event("gate_refused", ({ ray }) => ray === name);
    }
  });

  test("is in the log of an origin that does not answer", async () => {
    const name = reference(await nav("/gone/x?do=throw"));
    const event = await site.world.logs.event("gate_refused", ({ ray }) => ray === name);
    assert.equal(event.reason, "origin_failed");
  });
});

test("programs and scripts get JSON as before", async () => {
  for (const headers of [
    {},
    { Accept: "*/*" },
    SCRIPT,
    { ...NAVIGATE, "Sec-Fetch-Mode": "no-cors" },
    { ...NAVIGATE, Authorization: "Bearer x" },
  ]) {
    for (const [path, status] of [
      ["/nope", 404],
      ["/api/x", 401],
      ["/gone/x?do=throw", 502],
    ]) {
      const reply = await send("GET", path, headers);
      assert.equal(reply.status, status);
      assert.equal(reply.header("content-type"), "application/problem+json", JSON.stringify(headers));
      assert.equal(reply.json.status, status);
    }
  }
});

describe("the site's own 404.html", () => {
  test("is shown where a public route gives it to everyone", async () => {
    const { own } = site.world.gates;
    const reply = await send("GET", "/nope?x=y", NAVIGATE, undefined, own);
    assert.equal(reply.status, 404);
    assert.match(reply.text, /nothing of ours/);
    assert.equal((await send("HEAD", "/nope", NAVIGATE, undefined, own)).text, "");
    const script = await send("GET", "/nope", SCRIPT, undefined, own);
    assert.equal(script.header("content-type"), "application/problem+json");
  });

  test("is not shown where no public route does", async () => {
    for (const gate of [site.gate, site.world.gates.secretly])
      assertPage(await send("GET", "/nope", NAVIGATE, undefined, gate), 404, /Page not found/);
  });

  test("is not shown in the place of another refusal", async () => {
    const { own } = site.world.gates;
    assertPage(await send("GET", "/closed/x", NAVIGATE, undefined, own), 403, /closed/);
  });
});

describe("a form that is sent after the session is over", () => {
  const posted = (headers) => send("POST", "/private/form?x=1", { ...FORM, ...host(), ...headers }, "a=b");

  test("leads to the login, and back to the page that it was on", async () => {
    await site.origin.clear();
    const reply = await posted({ Origin: site.issuer, Referer: `${site.issuer}/private/page?a=b` });
    assert.equal(reply.status, 303, reply.text);
    assert.equal(reply.header("location"), "/_postern/login?return_to=/private/page%3Fa%3Db");
    assert.deepEqual(await site.origin.seen(), []);
  });

  test("leads to the front page where it is not said which page that was, or it is another site's", async () => {
    for (const headers of [
      {},
      { Referer: "https://evil.example/private/x" },
      { Referer: `${site.issuer}.evil.example/x` },
      { Referer: "not a url" },
      { Referer: `${site.issuer}/_postern/logout` },
    ]) {
      const reply = await posted(headers);
      assert.equal(reply.status, 303);
      assert.equal(reply.header("location"), "/_postern/login", JSON.stringify(headers));
    }
  });

  test("by a script gets 401", async () => {
    const reply = await posted({ "Sec-Fetch-Mode": "cors", Origin: site.issuer });
    assert.equal(reply.status, 401);
    assert.equal(reply.header("content-type"), "application/problem+json");
  });

  test("where the login was ended elsewhere leads there too", async () => {
    const person = await site.loggedIn(ann);
    const page = await person.visit("/_postern/sessions");
    await person.send(page, page.form("all"), { all: "yes" });
    const { reply } = await person.request("/strong/x", {
      method: "POST",
      headers: { ...FORM, Origin: site.issuer, Referer: `${site.issuer}/strong/page` },
      body: "a=b",
    });
    assert.equal(reply.status, 303);
  });
});
