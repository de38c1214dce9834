// A Worker of one's own behind the gate, in the same isolate (`protect`, `origin = "app"`).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";

import { withoutTrace } from "./assertions.mjs";
import { bearer, clients, secrets, config as whole } from "./fixture.mjs";
import { start } from "./harness.mjs";
import { Connection, request } from "./http.mjs";
import { ticket } from "./tickets.mjs";

const { reports, reader } = clients;
const IDLE = 3_600;
const app = { origin: "app" };
const config = {
  ...whole,
  session_idle: IDLE,
  // Nobody logs in with it here: the tickets are made beside the Worker.
  providers: [{ id: "acme", issuer: "https://id.example.com", client_id: "postern", allow: "anyone" }],
  routes: [
    { match: "/public/*", access: "public", ...app },
    { match: "/passing/*", access: "public", authorization: "pass", ...app },
    { match: "/api/*", access: "token", scopes: ["orders:write"], ...app },
    { match: "/strong/*", access: "token", max_staleness: 0, ...app },
    { match: "/members/*", access: "session", ...app },
    { match: "/any/*", access: "any", ...app },
    { match: "/listed/*", access: "token", headers: ["X-App-Version"], ...app },
    { match: "/cut/*", access: "any", max_staleness: 1, cut_streams: true, ...app },
    { match: "/asked/*", access: "token", preflight: "pass", ...app },
    {
      match: "/cors/*",
      access: "token",
      preflight: "answer",
      cors_origins: ["https://app.example.com", "https://other.example.com"],
      ...app,
    },
    { match: "/origin/*", access: "any", origin: "service:ORIGIN" },
    { match: "/told/*", access: "any", origin: "service:ORIGIN", identity: { "X-Who": "subject" } },
    { match: "/files/*", access: "any", origin: "assets" },
  ],
};
const handler = readFileSync(new URL("handler.mjs", import.meta.url), "utf8");

/** A Worker whose handlers need their own `this`. */
const OBJECT = `
import entry from "./entry.mjs";
${handler.replace("export default { fetch: answer };", "")}
const told = [];
class Own {
  #secret = "mine";
  async fetch(request, env, ctx) {
    const { searchParams } = new URL(request.url);
    if (searchParams.get("do") === "told") return Response.json(told);
    if (searchParams.get("do") !== "call") return answer(request, env, ctx);
    const given = [{ one: 1 }, env, ctx];
    const back = await entry[searchParams.get("name")](...given);
    return Response.json({ secret: back.secret, same: back.args.every((arg, at) => arg === given[at]) });
  }
  async scheduled(controller, env, ctx) {
    told.push(["scheduled", this.#secret, controller.cron, "POSTERN_SESSIONS" in env, typeof ctx.waitUntil]);
  }
  async queue(batch) {
    told.push(["queue", this.#secret, batch.queue, batch.messages[0].body]);
    batch.ackAll();
  }
  email(...args) { return { secret: this.#secret, args }; }
  tail(...args) { return { secret: this.#secret, args }; }
  trace(...args) { return { secret: this.#secret, args }; }
  test(...args) { return { secret: this.#secret, args }; }
}
export default new Own();
`;

const CLASS = `
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
${handler.replace("export default { fetch: answer };", "")}
const told = [];
export default class Own extends WorkerEntrypoint {
  #secret = "mine";
  fetch(request) {
    if (request.url.endsWith("do=told")) return Response.json([this.#secret, this.constructor.name, ...told]);
    return answer(request, this.env, this.ctx);
  }
  async scheduled(controller) { told.push(["scheduled", this.#secret, controller.cron]); }
  greet(name) { return this.#secret + " " + name; }
}
export class Admin extends WorkerEntrypoint {
  fetch() { return new Response("the admin's own"); }
}
export class Counter extends DurableObject {
  fetch() { return new Response("the object's own"); }
}
`;

let world, gate, token, ann;
before(async () => {
  const own = { config, secrets, entry: "built", own: true };
  world = await start({
    gates: {
      gate: { config, secrets, handler },
      object: { ...own, kv: "object", handler: OBJECT },
      class: { ...own, kv: "class", handler: CLASS },
      none: { config, secrets },
    },
    files: { "files/style.css": "p { color: red }", "files/page.html": "a page" },
  });
  gate = world.gate;
  ann = await ticket(world, 0, IDLE);
});
after(() => world?.stop());
beforeEach(async () => {
  await gate.reset();
  world.logs.clear();
  token = await gate.token(reports);
});

const reached = async () => (await gate.get("/public/reached")).json.reached;

/** Whatever a client may claim, and must not be heard with. */
const SPOOFED = {
  "X-Postern-Subject": "eve",
  X_Postern_Scope: "all",
  "X-Postern-Anything": "x",
  // What another route tells its origin.
  "X-Who": "eve",
  x_who: "eve",
  "X-Forwarded-Host": "evil.example",
  "X-Original-URL": "/other",
  "Proxy-Authorization": "Basic eA==",
};

function assertNothingSpoofed({ headers, forwarded }, context) {
  for (const name of [...Object.keys(SPOOFED), "Authorization"]) {
    assert.equal(headers[name.toLowerCase()], undefined, `${context}: ${name}`);
    assert.equal(forwarded[name.toLowerCase()], undefined, `${context}: ${name} would go on`);
  }
}

describe("who may reach the handler", () => {
  test("what is refused does not", async () => {
    const before = await reached();
    const forbidden = await gate.token(reader);
    for (const [status, target, headers] of [
      [401, "/api/x", {}],
      [401, "/api/x", bearer("garbage")],
      [403, "/api/x", bearer(forbidden)],
      [401, "/members/x", bearer(token)],
      [401, "/strong/x", {}],
      [404, "/nothing", bearer(token)],
      [400, "/api/%2e%2e%2fmembers", bearer(token)],
    ]) {
      assert.equal((await gate.get(target, headers)).status, status, target);
    }
    await gate.faults({ "kv.get": "throw" });
    assert.equal((await gate.get("/strong/x", bearer(await ticketless()))).status, 503);
    await gate.faults();
    assert.equal(await reached(), before + 1, "only the question how many were");
  });

  /** A genuine token that this isolate has not seen. */
  async function ticketless() {
    return world.gates.none.token(reports).catch(() => gate.token(reports));
  }

  test("a configuration that names a handler is refused where there is none", async () => {
    assert.equal((await world.gates.none.get("/public/x")).status, 500);
    const { problems } = await world.logs.event("configuration_refused");
    assert.match(problems[0], /protect\(config, handler\)/);
  });
});

describe("who it is", () => {
  test("a token's", async () => {
    for (const target of ["/api/x", "/strong/x", "/any/x"]) {
      for (let again = 0; again < 2; again++) {
        const { json } = await gate.get(target, { ...bearer(token), ...SPOOFED });
        const { session, ...who } = json.who;
        assert.deepEqual(who, {
          subject: "reports",
          client: "reports",
          scope: who.scope,
          issuer: whole.issuer,
          amr: [],
          claims: {},
        });
        assert.match(who.scope, /^[a-z:]+( [a-z:]+)*$/);
        assert.match(session, /^[\w-]{22}$/);
        assert.ok(json.frozen && json.same);
        assert.equal(json.copied, null);
        assertNothingSpoofed(json, target);
      }
    }
  });

  test("a login session's, whose cookie stays here", async () => {
    const cookie = `a=1; ${ann.cookie}; b=2`;
    for (const target of ["/members/x", "/any/x"]) {
      const { json } = await gate.get(target, { ...SPOOFED, Cookie: cookie });
      assert.equal(json.who.subject, "person-0");
      assert.equal(json.who.client, "postern");
      assert.equal(json.who.scope, "");
      assert.equal(json.who.session, ann.session);
      assert.equal(json.headers.cookie, "a=1; b=2");
      assert.equal(json.forwarded.cookie, "a=1; b=2");
      assertNothingSpoofed(json, target);
    }
    const { json } = await gate.get("/members/x", ann.headers);
    assert.equal(json.headers.cookie, undefined);
  });

  test("nobody's on a public route", async () => {
    const { json } = await gate.get("/public/x?y=z", { ...bearer(token), ...SPOOFED, Cookie: `${ann.cookie}; b=2` });
    assert.equal(json.who, null);
    assert.equal(json.headers.cookie, "b=2");
    assertNothingSpoofed(json, "public");
    const plain = await gate.get("/public/x", { "X-Custom": "1", Cookie: "a=1" });
    assert.equal(plain.json.headers["x-custom"], "1");
    assert.equal(plain.json.headers.cookie, "a=1");
  });

  test("a route may pass `Authorization`, but not a token of Postern's", async () => {
    const of = async (value) => (await gate.get("/passing/x", { Authorization: value })).json.headers.authorization;
    assert.equal(await of("Bearer of-the-apps-own"), "Bearer of-the-apps-own");
    assert.equal(await of(`Bearer ${token}`), undefined);
  });

  test("an origin of the same session is told as ever, and assets get no copy", async () => {
    await gate.get("/any/x", bearer(token));
    await world.origin.clear();
    await gate.get("/origin/x", { ...bearer(token), ...SPOOFED });
    const [entry] = await world.origin.seen();
    assert.equal(entry.headers.find(([name]) => name === "x-postern-subject")[1], "reports");
    const file = await gate.get("/files/style.css", ann.headers);
    assert.equal(file.text, "p { color: red }");
    assert.equal(file.header("cache-control"), "private, no-cache");
    const again = await gate.get("/files/style.css", { ...ann.headers, "If-None-Match": file.header("etag") });
    assert.equal(again.status, 304);
    assert.equal((await gate.get("/files/style.css")).status, 401);
  });
});

describe("what the handler gets", () => {
  test("the request itself: method, body, headers, cf, props, bindings", async () => {
    const headers = { ...bearer(token), "X-Custom": "a, b", "Content-Type": "text/x", "User-Agent": "x" };
    const { json } = await gate.send("PUT", "/api/a%20b?c=%2F&d", headers, "hello");
    assert.equal(json.method, "PUT");
    assert.ok(json.url.endsWith("/api/a%20b?c=%2F&d"), json.url);
    assert.equal(json.body, "hello");
    assert.equal(json.redirect, "manual");
    assert.deepEqual(json.props, {});
    assert.ok(json.bindings);
    for (const name of ["X-Custom", "Content-Type", "User-Agent"]) {
      assert.equal(json.headers[name.toLowerCase()], headers[name], name);
    }
    const cf = { country: "DE", clientTcpRtt: 12, botManagement: { score: 90 } };
    for (const target of ["/api/x", "/public/x"]) {
      const reply = await world.mf.dispatchFetch(`http://gate.example${target}`, { headers: bearer(token), cf });
      const { cf: got } = await reply.json();
      for (const name of Object.keys(cf)) assert.deepEqual(got[name], cf[name], `${target}: ${name}`);
    }
  });

  test("with an allow list only what it names", async () => {
    const { json } = await gate.get("/listed/x", { ...bearer(token), "X-App-Version": "7", DNT: "1" });
    assert.equal(json.headers["x-app-version"], "7");
    assert.equal(json.headers.dnt, undefined);
  });

  test("a preflight, without a body, where the route forwards it; HEAD", async () => {
    const ask = { Origin: "https://app.example.com", "Access-Control-Request-Method": "PUT" };
    const { json } = await gate.send("OPTIONS", "/asked/x", ask, "a body");
    assert.deepEqual([json.method, json.body, json.who], ["OPTIONS", "", null]);
    const answered = await gate.send("OPTIONS", "/cors/x", ask);
    assert.equal(answered.header("access-control-allow-origin"), ask.Origin);
    const head = await gate.send("HEAD", "/api/x", bearer(token));
    assert.deepEqual([head.status, head.body.length], [200, 0]);
  });

  test("bodies stream in both directions", async () => {
    const connection = new Connection(gate.url);
    try {
      connection.write(request("POST", "/api/x?do=echo", { ...bearer(token), "Transfer-Encoding": "chunked" }));
      connection.write("5\r\nhello\r\n");
      await connection.until((received) => received.includes("hello"));
      connection.write("5\r\nworld\r\n0\r\n\r\n");
      assert.equal((await connection.reply("POST")).text, "helloworld");
    } finally {
      connection.close();
    }
  });

  test("waitUntil and passThroughOnException", async () => {
    assert.equal((await gate.get("/api/x?do=later", bearer(token))).text, "soon");
    for (;;) {
      const { afterwards } = (await gate.get("/public/reached")).json;
      if (afterwards.includes("waited")) break;
    }
  });
});

const UPGRADE = {
  Host: "gate.example.com",
  Connection: "Upgrade",
  Upgrade: "websocket",
  Origin: "http://gate.example.com",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Protocol": "chat",
};

describe("what the client gets", () => {
  test("the handler's errors are its own", async () => {
    for (const target of ["/api/x", "/public/x", "/strong/x", "/cut/x"]) {
      for (const what of ["throw", "reject", "nothing"]) {
        const reply = await gate.get(`${target}?do=${what}`, bearer(token));
        assert.equal(reply.status, 500, `${target} ${what}: ${reply.status}`);
        assert.doesNotMatch(reply.text, /"title"|problem/, `${target} ${what}: no answer of Postern's`);
      }
    }
    assert.deepEqual(world.logs.events("origin_unavailable"), []);
    assert.equal((await gate.get("/api/x", bearer(token))).status, 200);
  });

  test("no shared cache keeps it, and what the handler says of caches stays, whether it is its own or was fetched", async () => {
    for (const what of ["do=headers&header=X-A:b", "do=fetched"]) {
      const reply = await gate.get(`/api/x?${what}`, bearer(token));
      assert.equal(reply.status, 200);
      assert.deepEqual([reply.header("cache-control"), reply.header("vary")], ["private", "Authorization"], what);
    }
    const shared = "do=headers&header=Cache-Control:public,max-age=9&header=CDN-Cache-Control:max-age=9";
    const own = await gate.get(`/api/x?${shared}`, bearer(token));
    assert.equal(own.header("cache-control"), "private, max-age=9");
    assert.equal(own.header("cdn-cache-control"), null);
    const page = await gate.get(`/members/x?${shared}`, ann.headers);
    assert.equal(page.header("cache-control"), "private, no-store");
    const open = await gate.get(`/public/x?${shared}`);
    assert.equal(open.header("cdn-cache-control"), "max-age=9");
    assert.equal((await gate.get("/api/x?do=redirect", bearer(token))).status, 303);
  });

  test("the handler sets cookies, but none of Postern's", async () => {
    const lines = "do=headers&header=Set-Cookie:a%3D1&header=Set-Cookie:__Host-postern-session%3Dx";
    for (const [target, headers] of [
      ["/api/x", bearer(token)],
      ["/public/x", {}],
      ["/members/x", ann.headers],
    ]) {
      assert.deepEqual((await gate.get(`${target}?${lines}`, headers)).all("set-cookie"), ["a=1"], target);
    }
  });

  test("a ticket is renewed beside the handler's answer, and on a response that it shares with nobody else", async () => {
    const old = await ticket(world, -IDLE / 2, IDLE / 2);
    await old.begin();
    await gate.clock(61);
    const reply = await gate.get("/members/x?do=shared", old.headers);
    assert.equal(reply.status, 204);
    assert.match(reply.header("set-cookie"), /^__Host-postern-session=pst_st_/);
    const other = await gate.get("/members/x?do=shared", ann.headers);
    assert.deepEqual([other.status, other.header("set-cookie")], [204, null]);
  });

  test("CORS headers, on a response that the handler gives to several", async () => {
    for (const origin of ["https://app.example.com", "https://other.example.com"]) {
      const reply = await gate.get("/cors/x?do=shared", { ...bearer(token), Origin: origin });
      assert.equal(reply.header("access-control-allow-origin"), origin);
    }
  });

  test("a WebSocket", async () => {
    for (const [target, headers] of [
      ["/members/x", ann.headers],
      ["/public/x", {}],
      ["/cut/x", bearer(token)],
    ]) {
      const connection = new Connection(gate.url);
      try {
        connection.write(request("GET", `${target}?do=socket`, { ...UPGRADE, ...headers }));
        const opened = await connection.until(
          (received) => received.includes("\r\n\r\n") && received.toString("latin1"),
        );
        assert.match(opened, /^HTTP\/1\.1 101 /, target);
        connection.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
        await connection.until((received) => received.includes("echo hi"));
      } finally {
        connection.close();
      }
    }
  });

  test("an answer that is cut when its token is revoked, compressed or not", async () => {
    const connection = new Connection(gate.url);
    try {
      connection.write(request("GET", "/cut/x?do=ticks", bearer(token)));
      await connection.until((received) => received.includes("tick"));
      for (const [what, length] of [
        ["compressed", 100_000],
        ["fetched-zipped", 700],
      ]) {
        const packed = await gate.get(`/cut/x?do=${what}`, { ...bearer(token), "Accept-Encoding": "gzip" });
        const body = packed.header("content-encoding") === "gzip" ? gunzipSync(packed.body) : packed.body;
        assert.equal(body.length, length, what);
      }
      await gate.revoke(token, reports);
      await connection.until((_, closed) => closed);
    } finally {
      connection.close();
    }
  });
});

describe("the rest of the Worker", () => {
  const told = async (name) => (await world.gates[name].get("/public/x?do=told")).json;

  test("an object's other handlers are called as they are, with their own this", async () => {
    for (const name of ["email", "tail", "trace", "test"]) {
      const { json } = await world.gates.object.get(`/public/x?do=call&name=${name}`);
      assert.deepEqual(json, { secret: "mine", same: true }, name);
    }
    const worker = await world.mf.getWorker("object");
    await worker.scheduled({ cron: "1 2 3 4 5" });
    await worker.queue("orders", [{ id: "1", timestamp: new Date(), body: "first", attempts: 1 }]);
    assert.deepEqual(await told("object"), [
      ["scheduled", "mine", "1 2 3 4 5", true, "function"],
      ["queue", "mine", "orders", "first"],
    ]);
    assert.equal((await world.gates.object.get("/api/x")).status, 401);
    const own = await world.gates.object.token(reports);
    assert.equal((await world.gates.object.get("/api/x", bearer(own))).json.who.subject, "reports");
  });

  test("a class keeps its methods, and other entrypoints and objects are left alone", async () => {
    const own = await world.gates.class.token(reports);
    const { json } = await world.gates.class.get("/api/x", bearer(own));
    assert.equal(json.who.subject, "reports");
    assertNothingSpoofed(json, "class");
    assert.equal((await world.gates.class.get("/api/x")).status, 401);
    assert.equal((await world.gates.class.get("/api/x?do=throw", bearer(own))).status, 500);
    const worker = await world.mf.getWorker("class");
    await worker.scheduled({ cron: "1 2 3 4 5" });
    assert.deepEqual(await told("class"), ["mine", "Own", ["scheduled", "mine", "1 2 3 4 5"]]);
    assert.equal(await worker.greet("ann"), "mine ann");
  });
});

test("nothing of a refused request reaches an origin", async () => {
  assert.equal((await withoutTrace(world.origin, () => gate.get("/api/x?do=fetched"))).status, 401);
});
