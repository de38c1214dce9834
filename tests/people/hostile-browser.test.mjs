// Hostile pages, links and cookies: what another site can make a browser do.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";

import { send } from "../workerd/http.mjs";
import { SESSION } from "./person.mjs";
import { ACCOUNTS, clients, startSite } from "./world.mjs";

const { ann, bob } = ACCOUNTS;

let site;
before(async () => {
  site = await startSite({ provider: true });
});
after(() => site?.stop());
beforeEach(() => site.begin());

/** Places that are not on this site, however they are written. */
const ELSEWHERE = [
  "https://evil.example/",
  "http://evil.example/",
  "HTTPS://evil.example/",
  "//evil.example/",
  "///evil.example/",
  "////evil.example/",
  "/\\evil.example/",
  "\\/evil.example/",
  "\\\\evil.example/",
  "/\t/evil.example/",
  "/\n/evil.example/",
  "\t//evil.example/",
  " //evil.example/",
  "/\u0000/evil.example",
  "/a\r\nLocation: https://evil.example/",
  "javascript:alert(1)",
  "data:text/html,x",
  "evil.example",
  "@evil.example",
  ":80",
  "?x",
  "#x",
  "",
  "private/x",
  "/./\\evil.example",
  "/é",
  `/${"x".repeat(9_000)}`,
];
/** Where the answer leads as a browser reads it. */
const leadsTo = (page) => page.next && new URL(page.next.replaceAll("\\", "/"), page.url).origin;

describe("a login never leads to another site, with return_to", () => {
  for (const return_to of ELSEWHERE) {
    test(JSON.stringify(return_to).slice(0, 80), async () => {
      const person = site.person();
      const page = await person.visit(`/_postern/login?return_to=${encodeURIComponent(return_to)}`);
      if (page.forms.some((form) => form.names.has("password"))) {
        // By the page that it was shown on, and with the field changed.
        const answer = await person.logIn(page, ann);
        assert.equal(leadsTo(answer), site.issuer, `by the page: ${answer.next}`);
      } else {
        assert.equal(page.status, 400);
      }
      const other = site.person();
      const plain = await other.visit("/_postern/login?return_to=/private/x");
      const answer = await other.logIn(plain, ann, { return_to });
      if (answer.next !== null) assert.equal(leadsTo(answer), site.issuer, `by the field: ${answer.next}`);
      else assert.ok(answer.status < 500);
    });
  }
  for (const return_to of ["/private/x?a=b&c=%2F%2Fevil.example&d=https://evil.example/", "/", "/private/%C3%A9"]) {
    test(`a path of this site is good: ${return_to}`, async () => {
      const person = site.person();
      const answer = await person.logIn(
        await person.visit(`/_postern/login?return_to=${encodeURIComponent(return_to)}`),
        ann,
      );
      assert.equal(new URL(answer.next, site.issuer).href, `${site.issuer}${return_to}`);
    });
  }
  test("a path with two readings is refused by the gate and does not get into the login", async () => {
    const reply = await send(new URL(site.issuer), "GET", "//evil.example/%2e%2e", {
      Host: new URL(site.issuer).host,
      Accept: "text/html",
    });
    assert.notEqual(reply.status, 303);
  });
});

/** Ways to forge a form of this site. `other` is the page of another browser, `elsewhere` that of another form. */
const FORGERIES = {
  "no Origin and no Sec-Fetch-Site": () => [{}, { Origin: null, "Sec-Fetch-Site": null }],
  "the Origin of another site": () => [{}, { Origin: "https://evil.example" }],
  "the Origin of another site, and a Sec-Fetch-Site that lies": () => [
    {},
    { Origin: "https://evil.example", "Sec-Fetch-Site": "same-origin" },
  ],
  "an Origin like ours": ({ issuer }) => [{}, { Origin: `${issuer}.evil.example` }],
  "our Origin by another scheme": ({ issuer }) => [{}, { Origin: issuer.replace("http:", "https:") }],
  "our Origin on another port": () => [{}, { Origin: "http://localhost:1" }],
  "Origin: null": () => [{}, { Origin: "null", "Sec-Fetch-Site": null }],
  "no Origin, from another site": () => [{}, { Origin: null, "Sec-Fetch-Site": "cross-site" }],
  "no Origin, from a neighbour": () => [{}, { Origin: null, "Sec-Fetch-Site": "same-site" }],
  "no form token": () => [{ form_token: undefined }],
  "an empty form token": () => [{ form_token: "" }],
  "a form token that nobody made": () => [{ form_token: "x".repeat(67) }],
  "the form token of another browser": ({ other }) => [
    { form_token: other.form("form_token").fields.get("form_token") },
  ],
  "the form token of another form": ({ elsewhere }) => [
    { form_token: elsewhere.form("form_token").fields.get("form_token") },
  ],
  "another content type": () => [{}, { "Content-Type": "text/plain" }],
};

async function loginForm(person) {
  return [
    await person.visit("/_postern/login?return_to=/private/x"),
    "password",
    { username: ann.name, password: ann.password },
  ];
}

describe("only the page that was shown to this browser can send the login form (login CSRF), not one with", () => {
  for (const [what, forge] of Object.entries(FORGERIES)) {
    test(what, async () => {
      const person = site.person();
      const [page, field, fields] = await loginForm(person);
      const [other] = await loginForm(site.person());
      const elsewhere = await (await site.loggedIn(bob)).visit("/_postern/logout");
      const [over, headers = {}] = forge({ issuer: site.issuer, other, elsewhere });
      const answer = await person.send(page, page.form(field), { ...fields, ...over }, headers);
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.next}`);
      assert.equal(person.cookies().has(SESSION), false);
    });
  }
  test("the cookie of the browser taken away", async () => {
    const person = site.person();
    const [page, field, fields] = await loginForm(person);
    person.cookies().clear();
    const answer = await person.send(page, page.form(field), fields);
    assert.ok(answer.status >= 400, `${answer.status}`);
    assert.equal(person.cookies().has(SESSION), false);
  });
  test("a GET", async () => {
    const person = site.person();
    await person.visit("/_postern/login");
    const page = await person.visit(
      `/_postern/login?username=${ann.name}&password=${encodeURIComponent(ann.password)}`,
    );
    assert.equal(person.cookies().has(SESSION), false);
    assert.ok(!page.html.includes(ann.password));
  });
});

/** Forms for people who are logged in: the page, what it would do, and whether that was done. */
const FORMS = {
  "a logout": {
    path: "/_postern/logout",
    form: "form_token",
    fields: {},
    wasDone: async (person) => (await site.strong(person)).status !== 200,
  },
  "ending sessions": {
    path: "/_postern/sessions",
    form: "form_token",
    fields: (page) => {
      const { name, value } = page.form("form_token").buttons.find(({ label }) => /everywhere|all/i.test(label));
      return { [name]: value ?? "" };
    },
    wasDone: async (person) => (await site.strong(person)).status !== 200,
  },
  consent: {
    path: () => site.authorization(clients.rival, { prompt: "consent" }).url,
    form: "decision",
    fields: { decision: "allow" },
    wasDone: async (_, answer) => answer.next?.includes("code=") ?? false,
  },
};
for (const [name, { path, form, fields, wasDone }] of Object.entries(FORMS)) {
  describe(`${name} is sent in by the page that we showed, not with`, () => {
    const show = (person) => person.visit(typeof path === "function" ? path() : path);
    const filled = (page) => (typeof fields === "function" ? fields(page) : fields);
    for (const [what, forge] of Object.entries(FORGERIES)) {
      test(what, async () => {
        const person = await site.loggedIn(ann);
        const page = await show(person);
        const other = await show(await site.loggedIn(bob));
        const elsewhere = await person.visit(name === "a logout" ? "/_postern/sessions" : "/_postern/logout");
        const [over, headers = {}] = forge({ issuer: site.issuer, other, elsewhere });
        const answer = await person.send(page, page.form(form), { ...filled(page), ...over }, headers);
        assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.next}`);
        assert.equal(await wasDone(person, answer), false);
        // The right form still does it.
        const done = await person.send(page, page.form(form), filled(page));
        assert.equal(await wasDone(person, done), true, `${done.status} ${done.text.slice(0, 200)}`);
      });
    }
  });
}

test("a request without the cookie takes the cookie away from nobody (logout CSRF by a form of another site)", async () => {
  // SameSite=Lax keeps the cookie from such a form, and a browser would take what the answer sets.
  for (const [method, headers] of [
    [
      "POST",
      {
        Origin: "https://evil.example",
        "Sec-Fetch-Site": "cross-site",
        "Content-Type": "application/x-www-form-urlencoded",
      },
    ],
    ["GET", { "Sec-Fetch-Site": "cross-site" }],
  ]) {
    for (const path of [
      "/_postern/logout",
      "/_postern/sessions",
      "/_postern/login",
      "/_postern/callback?code=x&state=xxxxxxxxxxxxxxxxxxxxxx",
      "/private/x",
      "/oauth/authorize",
    ]) {
      const page = await site
        .person()
        .request(path, { method, headers, ...(method === "POST" && { body: "all=yes" }) });
      assert.deepEqual(
        page.reply.all("set-cookie").filter((line) => line.startsWith(`${SESSION}=`)),
        [],
        `${method} ${path}`,
      );
    }
  }
});

test("a consent form cannot be changed into another request, nor be used by another person", async () => {
  const person = await site.loggedIn(ann);
  const small = await person.visit(site.authorization(clients.rival, { prompt: "consent" }).url);
  const large = await person.visit(
    site.authorization(clients.rival, { prompt: "consent", scope: "orders:read orders:write" }).url,
  );
  const request = large.form("decision").fields.get("request");
  assert.ok(request);
  const answer = await person.send(small, small.form("decision"), { decision: "allow", request });
  assert.ok(!answer.next?.includes("code="), answer.next);
  const changed = await person.send(small, small.form("decision"), {
    decision: "allow",
    request: `${request.slice(0, -2)}AA`,
  });
  assert.ok(!changed.next?.includes("code="), changed.next);
  const other = await site.loggedIn(bob);
  const theirs = await other.visit(site.authorization(clients.rival, { prompt: "consent" }).url);
  const stolen = await other.send(theirs, theirs.form("decision"), {
    decision: "allow",
    request: small.form("decision").fields.get("request"),
  });
  assert.ok(!stolen.next?.includes("code="), stolen.next);
});

test("a person who logs in meanwhile does not consent for the one before", async () => {
  const person = await site.loggedIn(ann);
  const page = await person.visit(site.authorization(clients.rival, { prompt: "consent" }).url);
  // In another tab the same browser becomes bob's.
  const out = await person.visit("/_postern/logout");
  await person.send(out, out.form("form_token"));
  const again = await person.visit("/_postern/login?return_to=/private/x");
  await person.send(again, again.form("password"), { username: bob.name, password: bob.password });
  const answer = await person.send(page, page.form("decision"), { decision: "allow" });
  assert.ok(!answer.next?.includes("code="), answer.next);
});

describe("cookie tossing: planting a cookie gains nothing", () => {
  test("two session cookies count as none", async () => {
    const victim = await site.loggedIn(ann);
    const attacker = await site.loggedIn(bob);
    const [mine, theirs] = [victim.cookies().get(SESSION), attacker.cookies().get(SESSION)];
    for (const pair of [
      [mine, theirs],
      [theirs, mine],
      [mine, mine],
      [mine, ""],
      ["", mine],
    ]) {
      const page = await site
        .person()
        .request("/strong/x", { headers: { Cookie: pair.map((value) => `${SESSION}=${value}`).join("; ") } });
      assert.equal(page.status, 303, JSON.stringify(pair.map((value) => value.slice(0, 10))));
    }
  });
  const NAMES = [
    "__host-postern-session",
    "__HOST-POSTERN-SESSION",
    "postern-session",
    "__Secure-postern-session",
    "__Host-postern-session2",
    " __Host-postern-session\u00a0",
  ];
  for (const name of NAMES) {
    test(`a cookie of another name counts for nothing: ${JSON.stringify(name)}`, async () => {
      const person = await site.loggedIn(ann);
      const value = person.cookies().get(SESSION);
      const page = await site
        .person()
        .request("/strong/x", { headers: { Cookie: Buffer.from(`${name}=${value}`, "utf8").toString("latin1") } });
      assert.equal(page.status, 303);
    });
  }
  for (const value of ["x", "pst_st_", "pst_st_AAAA", '"', " ", "pst_at_AXX", "%70st", `pst_st_${"A".repeat(8_000)}`]) {
    test(`a malformed session cookie leads to the login: ${JSON.stringify(value).slice(0, 30)}`, async () => {
      const page = await site.person().request("/strong/x", { headers: { Cookie: `${SESSION}=${value}` } });
      assert.equal(page.status, 303);
    });
  }
  test("a planted ticket is not the one after the login (fixation)", async () => {
    const attacker = await site.loggedIn(bob);
    const planted = attacker.cookies().get(SESSION);
    const victim = site.person();
    const page = await victim.visit("/_postern/login?return_to=/private/x");
    victim.cookies().set(SESSION, planted);
    await victim.logIn(page, ann);
    assert.notEqual(victim.cookies().get(SESSION), planted);
    const seen = (await victim.request("/private/x")).reply.json;
    assert.ok(seen.headers.some(([name, value]) => name === "x-postern-subject" && value.includes("ann")));
    // It was in the browser when somebody else logged in there, so it is over.
    assert.equal((await attacker.request("/private/x")).reply.status, 303);
  });
  test("two browser cookies count as none, and neither sends a form", async () => {
    const person = site.person();
    const [page, field, fields] = await loginForm(person);
    const name = "__Host-postern-browser";
    const own = person.cookies().get(name);
    assert.ok(own);
    for (const pair of [
      [own, own],
      [own, "A".repeat(22)],
      ["A".repeat(22), own],
    ]) {
      const answer = await person.send(page, page.form(field), fields, {
        Cookie: pair.map((value) => `${name}=${value}`).join("; "),
      });
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}`);
      assert.equal(person.cookies().has(SESSION), false);
    }
  });
  test("two cookies of a login with the provider count as none", async () => {
    const person = site.person();
    const form = await site.chooseProvider(person, await person.visit("/private/x"));
    const sent = await person.send(form, form.form("login"), { login: "carol", password: "any", decision: "enter" });
    const back = await person.follow(sent, (page) => page.next?.startsWith(site.issuer));
    const [name, value] = [...person.cookies()].find(([each]) => each.startsWith("__Host-postern-login-"));
    const page = await person.request(back.next, { headers: { Cookie: `${name}=${value}; ${name}=${value}` } });
    assert.equal(page.status, 400);
    assert.equal(person.cookies().has(SESSION), false);
  });
  test("a planted browser cookie lets nobody send the victim’s forms", async () => {
    const attacker = site.person();
    const [page] = await loginForm(attacker);
    const victim = site.person();
    for (const [name, value] of attacker.cookies()) victim.cookies().set(name, value);
    // The attacker's form, sent in by the victim's browser from the attacker's site.
    const answer = await victim.logIn(
      page,
      bob,
      {},
      {
        Origin: "https://evil.example",
        "Sec-Fetch-Site": "cross-site",
      },
    );
    assert.ok(answer.status >= 400);
    assert.equal(victim.cookies().has(SESSION), false);
  });
});

const PAGES = {
  "the login": async () => site.person().visit("/_postern/login?return_to=/private/x"),
  "a wrong password": async () => {
    const person = site.person();
    const page = await person.visit("/_postern/login");
    return person.logIn(page, { name: "ann", password: "wrong" });
  },
  consent: async () => (await site.loggedIn()).visit(site.authorization(clients.rival, { prompt: "consent" }).url),
  logout: async () => (await site.loggedIn()).visit("/_postern/logout"),
  sessions: async () => (await site.loggedIn()).visit("/_postern/sessions"),
  "an error": async () => site.person().visit("/oauth/authorize?client_id=nobody"),
  "an answer that no provider sent": async () => site.person().visit("/_postern/callback?code=x&state=y"),
};
for (const [what, show] of Object.entries(PAGES)) {
  test(`nobody frames, keeps or adds to the page of ${what}`, async () => {
    const page = await show();
    const header = (name) => page.reply.header(name) ?? "";
    assert.match(header("content-type"), /^text\/html/);
    const policy = Object.fromEntries(
      header("content-security-policy")
        .split(/; */)
        .map((part) => [part.split(" ")[0], part.split(" ").slice(1).join(" ")]),
    );
    assert.equal(policy["default-src"], "'none'");
    assert.equal(policy["frame-ancestors"], "'none'");
    assert.equal(policy["base-uri"], "'none'");
    assert.match(policy["form-action"], /^'self'/);
    // Its own scripts, to the letter, and no others.
    const scripts = [...page.html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
      ([, text]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`,
    );
    assert.equal(policy["script-src"] ?? "", scripts.join(" "));
    assert.doesNotMatch(header("content-security-policy"), /unsafe|\*/);
    assert.equal(header("x-frame-options"), "DENY");
    assert.equal(header("x-content-type-options"), "nosniff");
    assert.match(header("referrer-policy"), /^(no-referrer|same-origin)$/);
    assert.match(header("cache-control"), /no-store/);
    assert.doesNotMatch(page.html, /<script\s|\son\w+=|style=|javascript:/i);
    assert.match(page.html, /<html lang=/);
    assert.match(page.html, /<title>[^<]+<\/title>/);
    assert.match(page.html, /name="viewport"/);
  });
}

test("what people write is text on every page", async () => {
  const evil = '"><script>alert(1)</script>';
  for (const target of [
    `/_postern/login?return_to=${encodeURIComponent(`/private/${evil}`)}`,
    `/_postern/login?error=${encodeURIComponent(evil)}`,
    site.authorization(clients.webapp, { login_hint: evil }).url,
    `/oauth/authorize?client_id=${encodeURIComponent(evil)}`,
    `/_postern/callback?state=${encodeURIComponent(evil)}&error=${encodeURIComponent(evil)}&error_description=${encodeURIComponent(evil)}`,
  ]) {
    const page = await site.person().visit(target);
    assert.ok(!page.html.includes("<script>alert"), `${target}`);
  }
  const person = site.person();
  const page = await person.visit("/_postern/login");
  const refused = await person.logIn(page, { name: evil, password: "x" });
  assert.ok(!refused.html.includes("<script>alert"));
});

test("a method that an endpoint does not have is 405 with Allow", async () => {
  for (const [path, method] of [
    ["/_postern/login", "PUT"],
    ["/_postern/logout", "DELETE"],
    ["/_postern/sessions", "PATCH"],
    ["/_postern/callback", "POST"],
    ["/_postern/backchannel/acme", "GET"],
    ["/oauth/authorize", "PUT"],
  ]) {
    const reply = await site.gate.send(method, path, { Host: new URL(site.issuer).host });
    assert.equal(reply.status, 405, `${method} ${path}`);
    assert.ok(reply.header("allow"), path);
  }
});

test("a form that is too large logs nobody in", async () => {
  const person = site.person();
  const page = await person.visit("/_postern/login");
  const answer = await person.logIn(page, { name: "ann", password: "x".repeat(40_000) });
  assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}`);
  assert.equal(person.cookies().has(SESSION), false);
});

test("two tabs may log in one after the other, and both come to their page", async () => {
  const person = site.person();
  const tabs = [await person.visit("/private/one"), await person.visit("/private/two")];
  for (const [at, page] of tabs.entries()) {
    const after = await person.follow(await person.logIn(page, ann));
    assert.equal(after.url.pathname, `/private/${["one", "two"][at]}`);
    assert.equal(after.status, 200);
  }
  await site.assertLoggedIn(person);
});
