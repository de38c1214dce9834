// Routes for people: the ticket in the session cookie, the way to the login, other sites, caches, and renewal.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import {
  assertGateUnavailable,
  assertNoSecrets,
  assertUnavailablePage,
  challenge,
  had,
  withoutTrace,
} from "./assertions.mjs";
import { API, bearer, clients, files, ISSUER, secrets, config as whole } from "./fixture.mjs";
import { newKeys, start } from "./harness.mjs";
import { Connection, request } from "./http.mjs";
import { ticket } from "./tickets.mjs";

const IDLE = 3_600;
const config = {
  ...whole,
  store_timeout_ms: 400,
  session_idle: IDLE,
  // Nobody logs in with it here: the tickets are made beside the Worker.
  providers: [{ id: "acme", issuer: "https://id.example.com", client_id: "postern", allow: "anyone" }],
  routes: [
    { match: "/members/*", access: "session", origin: "service:ORIGIN" },
    { match: "/strong/*", access: "session", max_staleness: 0, origin: "service:ORIGIN" },
    { match: "/lasting/*", access: "session", max_staleness: 60, on_outage: "allow_cached", origin: "service:ORIGIN" },
    { match: "/any/*", access: "any", scopes: ["orders:write"], origin: "service:ORIGIN" },
    {
      match: "/shared/*",
      access: "session",
      cors_origins: ["https://app.example.com"],
      preflight: "answer",
      origin: "service:ORIGIN",
    },
    { match: "/url/*", access: "session", origin: "https://origin.example.net" },
    { match: "/api/*", access: "token", origin: "service:ORIGIN" },
    { match: "/*", access: "session", origin: "assets" },
  ],
};
const pages = { ...files, "inside.html": "a page for members", "style.css": "p { color: red }" };

const NAVIGATE = { "Sec-Fetch-Mode": "navigate" };
const OWN = "http://gate.example.com";

let world, gate, ann;
before(async () => {
  world = await start({ gates: { gate: { config, secrets } }, files: pages });
  gate = world.gate;
});
after(() => world?.stop());
beforeEach(async () => {
  await world.begin();
  ann = await ticket(world, 0, IDLE);
});

/** How often each store was asked. */
async function asked() {
  const { begun: _, underWay: __, ...stores } = await gate.counts();
  return stores;
}

const refused = (act) => withoutTrace(world.origin, act);
const get = (target, headers = {}) => gate.get(target, { ...ann.headers, ...headers });

describe("with a session", () => {
  test("the origin learns who is there, and gets none of Postern's cookies", async () => {
    for (const target of ["/members/x?y=z", "/any/x", "/url/x"]) {
      await world.origin.clear();
      const reply = await get(target, { Cookie: `a=1; ${ann.cookie}; b=2`, "X-Postern-Subject": "eve" });
      assert.equal(reply.status, 200, reply.text);
      const [entry] = await world.origin.seen();
      assert.equal(had(entry, "x-postern-subject"), "person-0");
      assert.equal(had(entry, "x-postern-client"), "postern");
      assert.equal(had(entry, "x-postern-scope") ?? "", "");
      assert.equal(had(entry, "x-postern-session"), ann.session);
      assert.equal(had(entry, "cookie"), "a=1; b=2");
      assert.equal(reply.header("set-cookie"), null);
    }
  });

  test("files, HEAD and conditional requests", async () => {
    assert.equal((await get("/inside")).text, "a page for members");
    assert.equal((await gate.send("HEAD", "/inside", ann.headers)).status, 200);
    assert.equal((await get("/members/x?do=conditional", { "If-None-Match": '"abc"' })).status, 304);
    assert.equal((await refused(() => gate.send("HEAD", "/inside"))).status, 401);
  });

  test("a cached session asks no store", async () => {
    assert.equal((await get("/members/x")).status, 200);
    await gate.resetCounts();
    for (let i = 0; i < 5; i++) assert.equal((await get("/members/x")).status, 200);
    assert.deepEqual(await asked(), {});
  });

  test("a page of this site may change things, another one may not", async () => {
    const post = (headers) => gate.send("POST", "/members/x", { ...ann.headers, ...headers }, "body");
    assert.equal((await post({ Origin: OWN })).status, 200);
    assert.equal((await post({ "Sec-Fetch-Site": "same-origin" })).status, 200);
    assert.equal((await post({ Host: "gate.example.com:8787", Origin: `${OWN}:8787` })).status, 200);
    for (const headers of [
      {},
      { Origin: "https://evil.example" },
      { Origin: "null" },
      { Origin: "https://gate.example.com" },
      { Origin: `${OWN}:8787` },
      { Origin: `${OWN}.evil.example` },
      { Origin: OWN.toUpperCase() },
      { Host: "gate.example.com@evil.example", Origin: OWN },
      { "Sec-Fetch-Site": "same-site" },
      { "Sec-Fetch-Site": "cross-site" },
    ]) {
      const reply = await refused(() => post(headers));
      assert.ok([400, 403, 404].includes(reply.status), `${JSON.stringify(headers)}: ${reply.status} ${reply.text}`);
      if (!("Host" in headers)) {
        assert.equal(reply.status, 403);
        assert.match(reply.json.detail, /pages of this site/);
      }
    }
  });

  test("a WebSocket opens for pages of this site", async () => {
    const upgrade = {
      ...ann.headers,
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Protocol": "chat",
    };
    const connection = new Connection(gate.url);
    try {
      connection.write(request("GET", "/members/ws", { ...upgrade, Origin: OWN }));
      const opened = await connection.until((received) => received.includes("\r\n\r\n") && received.toString("latin1"));
      assert.match(opened, /^HTTP\/1\.1 101 /);
    } finally {
      connection.close();
    }
    for (const headers of [{}, { Origin: "https://evil.example" }, { Origin: "null" }]) {
      const reply = await refused(() => gate.get("/members/ws", { ...upgrade, ...headers }));
      assert.equal(reply.status, 403);
    }
  });
});

describe("without one", () => {
  // The issuer is at another address than this socket: tests/people has the way to the login at the issuer's own.
  test("a person is led to the page at the issuer’s address, everything else gets 401", async () => {
    const reply = await refused(() => gate.get("/members/a%20b?c=d&e", NAVIGATE));
    assert.equal(reply.status, 303);
    assert.equal(reply.header("location"), `${ISSUER}/members/a%20b?c=d&e`);
    assert.equal(reply.header("cache-control"), "no-store");
    assert.equal(reply.header("vary"), "Cookie, Sec-Fetch-Mode, Accept");
    assert.equal(reply.header("set-cookie"), null);
    assert.equal(reply.text, "");
    const script = await refused(() => gate.get("/members/x", { Accept: "application/json" }));
    assert.equal(script.status, 401);
    assert.equal(
      script.header("www-authenticate"),
      `Cookie realm="${ISSUER}", form-action="/_postern/login", cookie-name=__Host-postern-session`,
    );
    assert.match(script.json.detail, /log in at https:\/\/auth\.example\.com,/);
    const posted = await refused(() =>
      gate.send("POST", "/members/x", { ...NAVIGATE, Accept: "text/html", Origin: OWN }, "x"),
    );
    assert.equal(posted.status, 303);
    assert.equal(posted.header("location"), `${ISSUER}/`);
  });

  test("a malformed ticket and one that is not valid get the same answer", async () => {
    const expired = await ticket(world, -IDLE, -1);
    const forged = await ticket(world, 0, IDLE, { secret: newKeys() });
    const unknown = await ticket(world, -1_000, IDLE, { stored: false });
    const token = await gate.token(clients.reports);
    const name = "__Host-postern-session";
    for (const cookie of [
      expired.cookie,
      forged.cookie,
      unknown.cookie,
      `${name}=${token}`,
      `${name}=x`,
      `${name}=`,
      `${name}="${ann.text}"`,
      `${name}=${ann.text} x`,
      `${ann.cookie}; ${name}=x`,
      `${ann.cookie}; ${ann.cookie}`,
      ann.cookie.toUpperCase(),
    ]) {
      const headers = { Cookie: cookie };
      const page = await refused(() => gate.get("/members/x", { ...headers, ...NAVIGATE }));
      assert.equal(page.status, 303, cookie);
      assert.equal(page.header("location"), `${ISSUER}/members/x`);
      assert.equal(page.header("set-cookie"), null, "another tab may have logged in meanwhile");
      assert.equal((await refused(() => gate.get("/members/x", headers))).status, 401, cookie);
      assert.equal((await refused(() => gate.get("/any/x", headers))).status, 401, cookie);
    }
    const twice = [
      ["Cookie", ann.cookie],
      ["Cookie", `__Host-postern-session=x`],
    ];
    assert.equal((await refused(() => gate.get("/members/x", twice))).status, 401);
  });

  test("a ticket is not an access token", async () => {
    for (const target of ["/api/x", "/any/x"]) {
      const reply = await refused(() => gate.get(target, bearer(ann.text)));
      assert.equal(reply.status, 401);
      assert.equal(challenge(reply).error, "invalid_token");
    }
    assert.equal((await refused(() => gate.get("/members/x", bearer(ann.text)))).status, 401);
    assert.equal((await refused(() => get("/api/x"))).status, 401);
    const { json } = await gate.introspect(ann.text, clients.server);
    assert.deepEqual(json, { active: false });
  });

  test("a session that has ended opens nothing", async () => {
    await ann.begin();
    assert.equal((await get("/strong/x")).status, 200);
    await ann.finish();
    await gate.counted("log.append", 1);
    for (let reply; reply?.status !== 303; ) {
      reply = await get("/strong/x", NAVIGATE);
      assert.ok([200, 303].includes(reply.status), reply.text);
    }
    assert.equal((await refused(() => get("/strong/x"))).status, 401);
    assert.equal((await refused(() => get("/members/x"))).status, 401);
  });
});

describe("either", () => {
  test("the header decides, whatever the cookie is worth", async () => {
    const writing = await gate.token(clients.reports);
    const reading = await gate.token(clients.reader);
    assert.equal((await gate.get("/any/x", bearer(writing))).status, 200);
    assert.equal((await get("/any/x")).status, 200, "a person needs no scope");
    assert.equal((await refused(() => gate.get("/any/x", bearer(reading)))).status, 403);
    assert.equal((await refused(() => get("/any/x", bearer(reading)))).status, 403);
    assert.equal((await refused(() => get("/any/x", bearer("x")))).status, 401);
    assert.equal((await refused(() => get("/any/x", { Authorization: "Basic YTpi" }))).status, 401);
    const elsewhere = await gate.send("POST", "/any/x", { ...bearer(writing), Origin: "https://evil.example" }, "x");
    assert.equal(elsewhere.status, 200, "a header is set on purpose");
    const [entry] = (await world.origin.seen()).slice(-1);
    assert.equal(had(entry, "x-postern-client"), "reports");
  });

  test("a token in the query is refused where tokens are read", async () => {
    assert.equal((await refused(() => get("/any/x?access_token=x"))).status, 400);
    assert.equal((await get("/members/x?access_token=x")).status, 200);
  });

  test("without either: the way to the login, or the challenge for tokens", async () => {
    const page = await refused(() => gate.get("/any/x", { Accept: "text/html" }));
    assert.equal(page.status, 303);
    assert.equal(page.header("vary"), "Authorization, Cookie, Sec-Fetch-Mode, Accept");
    const reply = await refused(() => gate.get("/any/x", { Host: new URL(API).host }));
    assert.equal(reply.status, 401);
    assert.equal(challenge(reply).resource_metadata, `${API}/.well-known/oauth-protected-resource`);
  });
});

describe("caching", () => {
  const kept = async (target, headers) => {
    const reply = await get(target, headers);
    return [reply.header("cache-control"), reply.header("vary")];
  };
  const answering = (headers, more = "") =>
    `/members/x?do=status&status=200${headers.map((header) => `&header=${encodeURIComponent(header)}`).join("")}${more}`;

  test("no cache keeps a page, and its parts are revalidated each time", async () => {
    assert.deepEqual(await kept(answering(["Content-Type:text/html"])), ["private, no-store", "Cookie"]);
    assert.deepEqual(await kept(answering(["Content-Type:text/html", "Cache-Control:public, max-age=9"])), [
      "private, no-store",
      "Cookie",
    ]);
    assert.deepEqual(await kept(answering(["Content-Type:application/pdf"])), ["private, no-store", "Cookie"]);
    assert.deepEqual(await kept(answering(["Content-Type:text/css", "Cache-Control:max-age=9", "Vary:Accept"])), [
      "private, no-cache",
      "Accept, Cookie",
    ]);
    assert.deepEqual(await kept("/members/x?do=conditional", { "If-None-Match": '"abc"' }), [
      "private, no-cache",
      "Cookie",
    ]);
    assert.deepEqual(await kept(`/any${answering(["Content-Type:text/html"]).slice("/members".length)}`), [
      "private, no-store",
      "Authorization, Cookie",
    ]);
  });

  test("static files too, and a style sheet is still answered by 304", async () => {
    assert.match((await get("/inside")).header("cache-control"), /no-store/);
    const css = await get("/style.css");
    assert.match(css.header("cache-control"), /^private.*no-cache/);
    const again = await get("/style.css", { "If-None-Match": css.header("etag") });
    assert.equal(again.status, 304);
    assert.doesNotMatch(again.header("cache-control"), /no-store/);
  });

  test("another web origin may read a refusal, and nothing with the cookie", async () => {
    const app = { Origin: "https://app.example.com" };
    const reply = await refused(() => gate.get("/shared/x", app));
    assert.equal(reply.status, 401);
    assert.equal(reply.header("access-control-allow-origin"), app.Origin);
    assert.equal(reply.header("access-control-allow-credentials"), null);
    const asked = await gate.send("OPTIONS", "/shared/x", { ...app, "Access-Control-Request-Method": "POST" });
    assert.equal(asked.status, 204);
    assert.equal(asked.header("access-control-allow-credentials"), null);
    assert.equal((await refused(() => gate.send("POST", "/shared/x", { ...ann.headers, ...app }, "x"))).status, 403);
  });
});

describe("outages", () => {
  for (const fault of [
    { "kv.get": "throw" },
    { "log.since": "hang" },
    { kv: "throw", log: "throw", coordinator: "throw" },
  ]) {
    test(`${JSON.stringify(fault)}: 503, and nobody is led to the login`, async () => {
      await gate.faults(fault);
      const reply = await refused(() => get("/strong/x", NAVIGATE));
      assertUnavailablePage(reply);
      assert.equal(reply.header("www-authenticate"), null);
      assert.equal(reply.header("location"), null);
      assertGateUnavailable(await refused(() => get("/strong/x")));
      await gate.faults({});
      assert.equal((await get("/strong/x")).status, 200);
    });
  }

  test("allow_cached lets a session through that was seen", async () => {
    assert.equal((await get("/lasting/x")).status, 200);
    await gate.faults({ log: "throw", kv: "throw" });
    await gate.clock(100);
    assert.equal((await get("/lasting/x")).status, 200);
    assert.equal((await world.logs.event("cached_session_allowed")).route, "/lasting/*");
    assertUnavailablePage(await refused(() => get("/members/x", NAVIGATE)));
  });
});

describe("renewal", () => {
  /** A ticket that has used half of its time, of a session that was opened more than a minute ago. */
  async function due() {
    const made = await ticket(world, -IDLE / 2, IDLE / 2);
    await made.begin();
    await gate.clock(61);
    await gate.resetCounts();
    return made;
  }

  for (const target of ["/members/x", "/members/x?do=conditional", "/inside", "/style.css", "/url/x", "/any/x"]) {
    test(`${target}: the next ticket comes with the answer, and counts`, async () => {
      const old = await due();
      const reply = await gate.get(target, { ...old.headers, "If-None-Match": '"abc"' });
      assert.ok([200, 304].includes(reply.status), reply.text);
      const [cookie, ...more] = reply.all("set-cookie");
      assert.deepEqual(more, []);
      const [, value] =
        /^(__Host-postern-session=pst_st_[A-Za-z0-9_-]+); Secure; HttpOnly; SameSite=Lax; Path=\/; Max-Age=3600$/.exec(
          cookie,
        ) ?? [];
      assert.ok(value, cookie);
      assert.notEqual(value, old.cookie);
      const next = await gate.get("/members/x", { Cookie: value });
      assert.equal(next.status, 200);
      assert.equal(next.json.headers.find(([name]) => name === "x-postern-session")[1], old.session);
      assert.equal(next.header("set-cookie"), null);
      assert.equal((await gate.get("/members/x", old.headers)).status, 200, "other tabs still have the old one");
    });
  }

  test("forty requests at once renew once", async () => {
    const old = await due();
    const replies = await Promise.all(Array.from({ length: 40 }, () => gate.get("/members/x", old.headers)));
    assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([200]));
    assert.ok(replies.filter((reply) => reply.header("set-cookie")).length <= 1);
    // Forty that all came before the record was open may each have opened it.
    const again = await Promise.all(Array.from({ length: 40 }, () => gate.get("/members/x", old.headers)));
    assert.deepEqual(
      again.map((reply) => reply.header("set-cookie")),
      Array(40).fill(null),
    );
  });

  test("the cookies of the origin stay", async () => {
    const old = await due();
    const reply = await gate.get("/members/x?header=Set-Cookie:a%3D1&header=Set-Cookie:b%3D2", old.headers);
    assert.deepEqual(reply.all("set-cookie").slice(0, 2), ["a=1", "b=2"]);
    assert.match(reply.all("set-cookie")[2], /^__Host-postern-session=pst_st_/);
  });

  test("an unknown session is not renewed", async () => {
    const stray = await ticket(world, -IDLE / 2, IDLE / 2);
    const reply = await gate.get("/members/x", stray.headers);
    assert.equal(reply.status, 200);
    assert.equal(reply.header("set-cookie"), null);
  });

  test("a WebSocket leaves it to the next request", async () => {
    const old = await due();
    const connection = new Connection(gate.url);
    try {
      const upgrade = {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
      };
      connection.write(request("GET", "/members/ws", { ...upgrade, ...old.headers, Origin: OWN }));
      await connection.until((received) => received.includes("\r\n\r\n"));
    } finally {
      connection.close();
    }
    assert.equal((await gate.counts())["coordinator.touch"], undefined);
    assert.match((await gate.get("/members/x", old.headers)).header("set-cookie"), /pst_st_/);
  });

  for (const fault of [
    { "coordinator.touch": "throw" },
    { "coordinator.touch": "hang" },
    { "kv.put": "throw" },
    { "kv.put": "hang-after" },
  ]) {
    test(`${JSON.stringify(fault)}: the request goes on, and the next ones do not wait`, async () => {
      const old = await due();
      world.logs.clear();
      await gate.faults(fault);
      const reply = await gate.get("/members/x", old.headers);
      assert.equal(reply.status, 200);
      assert.equal(reply.header("set-cookie"), null);
      const event = await world.logs.event("dependency_unavailable");
      assert.ok(event.dependency && event.cause);
      await gate.resetCounts();
      for (let i = 0; i < 3; i++) assert.equal((await gate.get("/members/x", old.headers)).status, 200);
      assert.deepEqual(await asked(), {});
    });
  }
});

test("the log has no ticket and no secret", () => assertNoSecrets(world.logs));
