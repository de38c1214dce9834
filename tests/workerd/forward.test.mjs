// Behind the gate: every kind of origin, and what passes through in both directions.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { arrived, had, withoutTrace } from "./assertions.mjs";
import { bearer, clients, config, files, secrets } from "./fixture.mjs";
import { start } from "./harness.mjs";
import { Connection, chunked, request } from "./http.mjs";

const { reports } = clients;

let world, gate, plain;
before(async () => {
  const listed = { access: "token", headers: ["X-App-Version", "x-team-*", "x-webauth-*"] };
  const routes = [
    { match: "/listed/*", ...listed, origin: "service:ORIGIN" },
    { match: "/listed-url/*", ...listed, origin: "https://origin.example.net" },
    { match: "/listed-public/*", access: "public", headers: [], origin: "service:ORIGIN" },
    ...config.routes,
  ];
  world = await start({ gates: { gate: { config: { ...config, routes }, secrets } }, files });
  gate = world.gate;
  plain = await gate.token(reports);
});
after(() => world?.stop());
beforeEach(() => gate.reset());

/** Has the origin set a cookie of its own and one of Postern's. */
const SET_COOKIES = "?header=Set-Cookie:a=1&header=Set-Cookie:__Host-postern-session=x";

const refused = (act) => withoutTrace(world.origin, act);

/** Sends one request; the answer, and what the origin got of it. */
const sent = (...request) => arrived(world.origin, () => gate.send(...request));

describe("origins", () => {
  test("an https URL: path and query are kept, the host is its own", async () => {
    const { reply, entry } = await sent("POST", "/url/a%20b?c=%2F&d", bearer(plain), "hello");
    assert.equal(reply.status, 200);
    assert.equal(entry.url, "https://origin.example.net/url/a%20b?c=%2F&d");
    assert.ok([null, "origin.example.net"].includes(had(entry, "host")), `Host: ${had(entry, "host")}`);
    assert.equal(had(entry, "x-postern-subject"), "reports");
    assert.equal(had(entry, "authorization"), null);
    assert.equal(reply.json.body, "hello");
  });

  test("a client cannot choose the host of an https origin", async () => {
    for (const headers of [{ Host: "evil.example" }, { "X-Forwarded-Host": "evil.example" }]) {
      const { entry } = await sent("GET", "/url/x", { ...headers, ...bearer(plain) });
      assert.equal(new URL(entry.url).host, "origin.example.net");
    }
  });

  test("the zone itself", async () => {
    const { reply, entry } = await sent("GET", "/zone/x?y", { Host: "www.example.com", ...bearer(plain) });
    assert.equal(reply.status, 200);
    assert.equal(new URL(entry.url).host, "www.example.com");
    assert.equal(had(entry, "x-postern-client"), "reports");
    assert.equal((await refused(() => gate.get("/zone/x"))).status, 401);
    assert.equal((await refused(() => gate.get("/url/x"))).status, 401);
  });

  test("static assets: public and gated", async () => {
    const page = await gate.get("/site/page");
    assert.equal(page.status, 200);
    assert.equal(page.text, "a page");
    const report = await gate.get("/private/report.txt", bearer(plain));
    assert.equal(report.text, "the secret report");
    assert.match(report.header("cache-control"), /private/);
    const without = await gate.get("/private/report.txt");
    assert.equal(without.status, 401);
    assert.doesNotMatch(without.text, /secret report/);
    assert.equal((await gate.get("/private/nothing", bearer(plain))).status, 404);
  });

  test("assets: conditional and HEAD", async () => {
    const first = await gate.get("/private/report.txt", bearer(plain));
    const again = await gate.get("/private/report.txt", { ...bearer(plain), "If-None-Match": first.header("etag") });
    assert.equal(again.status, 304);
    assert.equal(again.body.length, 0);
    assert.match(again.header("cache-control"), /private/);
    const head = await gate.send("HEAD", "/private/report.txt", bearer(plain));
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
  });

  test("an origin that breaks: 502 or its own error, and never its exception", async () => {
    for (const target of ["/api/any/x?do=throw", "/url/x?do=throw", "/public/x?do=throw"]) {
      const reply = await gate.get(target, bearer(plain));
      assert.equal(reply.status, 502, `${target}: ${reply.status}`);
      assert.doesNotMatch(reply.text, /the origin is broken|Error|at /);
      assert.match(reply.header("cache-control") ?? "", /no-store/);
    }
    const { method, path } = await world.logs.event("origin_unavailable", (event) => event.route === "/api/any/*");
    assert.deepEqual([method, path], ["GET", "/api/any/x"]);
    for (const status of [400, 401, 404, 500, 503]) {
      const reply = await gate.get(`/api/any/x?do=status&status=${status}`, bearer(plain));
      assert.equal(reply.status, status, "an answer of the origin is its own");
      assert.equal(reply.text, `status ${status}`);
    }
  });
});

describe("what passes through", () => {
  test("other request headers go on unchanged", async () => {
    const headers = {
      ...bearer(plain),
      Accept: "text/x",
      "Accept-Language": "de",
      "Content-Type": "text/x",
      "X-Custom": "a, b",
      Cookie: "a=1; b=2",
      "User-Agent": "x",
      "If-Match": '"e"',
    };
    const { entry } = await sent("PUT", "/api/any/x", headers, "x");
    for (const name of ["Accept", "Accept-Language", "Content-Type", "X-Custom", "Cookie", "User-Agent", "If-Match"]) {
      assert.equal(had(entry, name.toLowerCase()), headers[name], name);
    }
  });

  test("with an allow list, only what it names and what a request cannot do without", async () => {
    const passes = {
      Accept: "text/x",
      "Content-Type": "text/x",
      Cookie: "a=1",
      "If-Match": '"e"',
      Origin: "https://app.example.com",
      "Sec-Fetch-Site": "same-site",
      "X-App-Version": "7",
      "x-Team-a": "1",
      "X-TEAM-B": "2",
    };
    const stops = ["X-App-Versions", "X_App_Version", "X-Gate-Of-Yesterday", "X-WebAuth-User", "DNT", "Traceparent"];
    const headers = { ...bearer(plain), ...passes, ...Object.fromEntries(stops.map((name) => [name, "1"])) };
    for (const prefix of ["/listed", "/listed-url"]) {
      const { entry } = await sent("PUT", `${prefix}/x`, { ...headers, Cookie: "a=1; __Host-postern-session=x" }, "x");
      for (const name of Object.keys(passes)) assert.equal(had(entry, name.toLowerCase()), passes[name], name);
      for (const name of stops) assert.equal(had(entry, name.toLowerCase()), null, `${prefix}: ${name}`);
      assert.equal(had(entry, "x-postern-subject"), "reports");
      assert.equal(entry.body, "x");
    }
    const { entry: open } = await sent("PUT", "/listed-public/x", headers, "x");
    for (const name of [...stops, "X-App-Version", "X-Team-A"]) assert.equal(had(open, name.toLowerCase()), null, name);
    // What one route's list stops goes on where there is none, whichever came first.
    const { entry: other } = await sent("PUT", "/api/any/x", headers, "x");
    for (const name of ["x-app-versions", "x-gate-of-yesterday", "dnt"]) assert.equal(had(other, name), "1", name);
    assert.equal(had(other, "x-webauth-user"), null);
  });

  test("what Cloudflare says of a request (request.cf) reaches the origin", async () => {
    const cf = { country: "DE", clientTcpRtt: 12, botManagement: { score: 90 } };
    for (const target of ["/api/any/x", "/public/x", "/zone/x", "/url/x"]) {
      await world.origin.clear();
      const reply = await world.mf.dispatchFetch(`http://gate.example${target}`, { headers: bearer(plain), cf });
      assert.equal(reply.status, 200, target);
      const [entry] = await world.origin.seen();
      for (const name of Object.keys(cf)) assert.deepEqual(entry.cf?.[name], cf[name], `${target}: ${name}`);
    }
  });

  test("Postern's cookies do not go on, and others' do", async () => {
    for (const target of ["/api/any/x", "/public/x"]) {
      const { entry } = await sent("GET", target, { ...bearer(plain), Cookie: "a=1; __Host-postern=pst_st_x; b=2" });
      assert.equal(had(entry, "cookie"), "a=1; b=2");
    }
  });

  test("a body, with its length and without one", async () => {
    const sized = await sent("POST", "/api/any/x", bearer(plain), "y".repeat(100_000));
    assert.equal(sized.reply.json.bytes, 100_000);
    const streamed = await sent(
      "POST",
      "/api/any/x",
      { ...bearer(plain), "Transfer-Encoding": "chunked" },
      chunked("y".repeat(70_000), "z"),
    );
    assert.equal(streamed.reply.json.bytes, 70_001);
    const empty = await sent("POST", "/api/any/x", bearer(plain), "");
    assert.equal(empty.reply.json.bytes, 0);
  });

  test("bodies stream in both directions, through every origin that takes them", async () => {
    for (const target of ["/api/any/x?do=stream", "/url/x?do=stream", "/zone/x?do=stream", "/public/x?do=stream"]) {
      const connection = new Connection(gate.url);
      try {
        connection.write(request("POST", target, { ...bearer(plain), "Transfer-Encoding": "chunked" }));
        connection.write("5\r\nhello\r\n");
        // The first part is back before the last one is sent: nobody waits for the whole.
        await connection.until((received) => received.includes("hello"));
        connection.write("5\r\nworld\r\n0\r\n\r\n");
        const reply = await connection.reply("POST");
        assert.equal(reply.status, 200);
        assert.equal(reply.text, "helloworld", target);
      } finally {
        connection.close();
      }
    }
  });

  test("half a body is not blamed on the origin, which never takes it for a whole one", async () => {
    const half = {
      "a chunk that is none": [{ "Transfer-Encoding": "chunked" }, "5\r\nhello\r\nzz\r\n", false],
      "chunks that end early": [{ "Transfer-Encoding": "chunked" }, "5\r\nhello\r\n", true],
      "less than was announced": [{ "Content-Length": 100 }, "hello", true],
    };
    for (const target of ["/api/any/x", "/public/x", "/url/x"]) {
      for (const [what, [headers, body, ends]] of Object.entries(half)) {
        await world.origin.clear();
        world.logs.clear();
        const connection = new Connection(gate.url);
        try {
          connection.write(request("POST", target, { ...bearer(plain), ...headers }));
          connection.write(body);
          if (ends) connection.end();
          const reply = await connection.reply("POST");
          assert.equal(reply.status, 502, `${target}: ${what}`);
          assert.match(reply.json.detail, /body .* did not arrive whole, or the origin/, `${target}: ${what}`);
          await world.logs.event("connection_lost");
          assert.deepEqual(world.logs.events("origin_unavailable"), [], `${target}: ${what}`);
          for (const entry of await world.origin.seen()) assert.equal(entry.bytes, undefined, `${target}: ${what}`);
        } finally {
          connection.close();
        }
      }
    }
    // An origin that breaks with a whole body is still what is said to have broken.
    world.logs.clear();
    const reply = await gate.send("POST", "/api/any/x?do=throw", bearer(plain), "hello");
    assert.match(reply.json.detail, /origin behind this gate did not answer/);
    await world.logs.event("origin_unavailable");
    assert.deepEqual(world.logs.events("connection_lost"), []);
  });

  test("a refusal does not wait for the body", async () => {
    const connection = new Connection(gate.url);
    try {
      await world.origin.clear();
      connection.write(request("POST", "/api/any/x", { "Content-Length": 1_000_000 }));
      connection.write("the beginning");
      assert.equal((await connection.reply("POST")).status, 401);
      assert.deepEqual(await world.origin.seen(), []);
    } finally {
      connection.close();
    }
  });

  test("Range", async () => {
    const { reply } = await sent("GET", "/api/any/x?do=range", { ...bearer(plain), Range: "bytes=2-4" });
    assert.equal(reply.status, 206);
    assert.equal(reply.text, "cde");
    assert.equal(reply.header("content-range"), "bytes 2-4/10");
    assert.match(reply.header("cache-control"), /private/);
  });

  test("conditional requests", async () => {
    for (const target of ["/api/any/x?do=conditional", "/url/x?do=conditional"]) {
      const { reply } = await sent("GET", target, { ...bearer(plain), "If-None-Match": '"abc"' });
      assert.equal(reply.status, 304, target);
      assert.equal(reply.header("etag"), '"abc"');
      assert.match(reply.header("cache-control"), /private/);
      assert.equal((await sent("GET", target, bearer(plain))).reply.text, "the representation");
    }
  });

  test("answers without a body", async () => {
    for (const status of [204, 205, 304]) {
      const { reply } = await sent("GET", `/api/any/x?do=empty&status=${status}`, bearer(plain));
      assert.equal(reply.status, status);
    }
  });

  test("redirects are handed on, not followed", async () => {
    for (const target of ["/api/any/x", "/url/x", "/zone/x", "/public/x"]) {
      const { reply } = await sent(
        "GET",
        `${target}?do=redirect&to=${encodeURIComponent("https://origin.example.net/elsewhere")}`,
        bearer(plain),
      );
      assert.equal(reply.status, 302, target);
      assert.equal(reply.header("location"), "https://origin.example.net/elsewhere");
    }
  });

  test("Set-Cookie lines stay apart", async () => {
    const { reply } = await sent("GET", "/api/any/x?header=Set-Cookie:a=1&header=Set-Cookie:b=2", bearer(plain));
    assert.deepEqual(reply.all("set-cookie"), ["a=1", "b=2"]);
  });

  test("an origin sets its own cookies and never Postern's", async () => {
    const session = await gate.token(reports);
    const lines = [
      "a=1; Path=/",
      "__Host-postern-session=somebody; Secure; Path=/",
      "__Host-postern-login-AAAAAAAA=x; Secure; Path=/",
      "__host-Postern-known=; Max-Age=0; Secure; Path=/",
      "__Host-own=2; Secure; Path=/",
    ];
    const query = lines.map((line) => `header=${encodeURIComponent(`Set-Cookie:${line}`)}`).join("&");
    for (const path of ["/public/x", "/api/any/x", "/url/x", "/zone/x", "/browser/answer/x"]) {
      const { reply } = await sent("GET", `${path}?${query}`, bearer(session));
      assert.deepEqual(reply.all("set-cookie"), [lines[0], lines[4]], path);
      assert.equal(reply.status, 200, path);
    }
    const only = await sent("GET", `/public/x?${query.split("&")[1]}`);
    assert.equal(only.reply.header("set-cookie"), null);
  });

  test("a WebSocket", async () => {
    const upgrade = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Protocol": "chat",
    };
    for (const target of ["/api/any/ws", "/url/ws", "/public/ws"]) {
      const connection = new Connection(gate.url);
      try {
        await world.origin.clear();
        connection.write(request("GET", `${target}${SET_COOKIES}`, { ...upgrade, ...bearer(plain) }));
        const opened = await connection.until(
          (received) => received.includes("\r\n\r\n") && received.toString("latin1"),
        );
        assert.match(opened, /^HTTP\/1\.1 101 /, target);
        assert.match(opened, /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i);
        assert.match(opened, /sec-websocket-protocol: chat/i);
        assert.match(opened, /set-cookie: a=1/i);
        assert.doesNotMatch(opened, /postern/i, "an origin sets a cookie of Postern's");
        // A masked text frame "hi" with a mask of zeros (RFC 6455 section 5.2).
        connection.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
        await connection.until((received) => received.includes("echo hi"));
        const [entry] = await world.origin.seen();
        assert.equal(had(entry, "x-postern-subject"), target.startsWith("/public") ? null : "reports");
        assert.equal(had(entry, "authorization"), null);
      } finally {
        connection.close();
      }
    }
    const reply = await refused(() => gate.get("/api/any/ws", upgrade));
    assert.equal(reply.status, 401, "an upgrade does not get past the gate");
  });
});

describe("caching", () => {
  const answered = async (cacheControl, more = "") => {
    const query = cacheControl === null ? "" : `header=${encodeURIComponent(`Cache-Control:${cacheControl}`)}`;
    return (await sent("GET", `/api/any/x?${query}${more}`, bearer(plain))).reply;
  };
  const words = (reply) => reply.header("cache-control").split(/, */).toSorted();

  test("an answer from a protected route is private unless the origin was stricter", async () => {
    assert.deepEqual(words(await answered(null)), ["private"]);
    assert.deepEqual(words(await answered("public, max-age=60")), ["max-age=60", "private"]);
    assert.deepEqual(words(await answered("max-age=60, s-maxage=600, stale-while-revalidate=5")), [
      "max-age=60",
      "private",
      "stale-while-revalidate=5",
    ]);
    assert.deepEqual(words(await answered('private="set-cookie", max-age=5')), ["max-age=5", "private"]);
    assert.deepEqual(words(await answered("no-store")), ["no-store"]);
    assert.deepEqual(words(await answered("private, max-age=5")), ["max-age=5", "private"]);
    assert.ok(words(await answered("PUBLIC, immutable")).includes("private"));
  });

  test("Vary names what decided", async () => {
    const vary = (reply) =>
      reply
        .header("vary")
        .split(/, */)
        .map((name) => name.toLowerCase())
        .toSorted();
    assert.deepEqual(vary(await answered(null)), ["authorization"]);
    assert.deepEqual(vary(await answered(null, "&header=Vary:Accept-Encoding")), ["accept-encoding", "authorization"]);
    assert.deepEqual(vary(await answered(null, "&header=Vary:AUTHORIZATION")), ["authorization"]);
    assert.deepEqual(vary(await answered(null, "&header=Vary:*")), ["*"]);
  });

  test("headers that override Cache-Control for shared caches are removed", async () => {
    const reply = await answered(
      "public",
      "&header=CDN-Cache-Control:max-age=60&header=Cloudflare-CDN-Cache-Control:max-age=60&header=Surrogate-Control:max-age=60",
    );
    for (const name of ["cdn-cache-control", "cloudflare-cdn-cache-control", "surrogate-control"])
      assert.equal(reply.header(name), null, name);
  });

  test("a public route stays as the origin made it", async () => {
    const { reply } = await sent(
      "GET",
      "/public/x?header=Cache-Control:public,%20max-age=60&header=CDN-Cache-Control:max-age=9",
    );
    assert.equal(reply.header("cache-control"), "public, max-age=60");
    assert.equal(reply.header("cdn-cache-control"), "max-age=9");
    assert.equal(reply.header("vary"), null);
  });

  test("no cache keeps a refusal", async () => {
    for (const [target, headers] of [
      ["/api/any/x", {}],
      ["/api/any/x", bearer("x")],
      ["/denied/x", {}],
      ["/nothing", {}],
      ["/a//b", {}],
    ]) {
      assert.match((await gate.get(target, headers)).header("cache-control") ?? "", /no-store/, target);
    }
  });
});
