// Answers that are under way when a login or token ends: cut where the route says so, within its budget, and only then.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, beforeEach, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";

import { assertGateUnavailable } from "./assertions.mjs";
import { bearer, clients, secrets, config as whole } from "./fixture.mjs";
import { start } from "./harness.mjs";
import { Connection, request } from "./http.mjs";
import { ticket } from "./tickets.mjs";

const { reports } = clients;
const IDLE = 3_600;
const cut = { access: "any", max_staleness: 1, cut_streams: true };
const config = {
  ...whole,
  session_idle: IDLE,
  // Nobody logs in with it here: the tickets are made beside the Worker.
  providers: [{ id: "acme", issuer: "https://id.example.com", client_id: "postern", allow: "anyone" }],
  routes: [
    { match: "/cut/*", ...cut, origin: "service:ORIGIN" },
    { match: "/url/*", ...cut, origin: "https://origin.example.net" },
    { match: "/strong/*", ...cut, max_staleness: 0, origin: "service:ORIGIN" },
    { match: "/gracious/*", ...cut, on_outage: "allow_cached", origin: "service:ORIGIN" },
    { match: "/kept/*", access: "any", max_staleness: 1, origin: "service:ORIGIN" },
    { match: "/assets/*", ...cut, origin: "assets" },
  ],
};

/** A server that announces a million bytes and sends some of them now and then, or gives what is asked for at once. */
const server = createServer((request, response) => {
  if (!request.url.startsWith("/server/download")) {
    response.writeHead(200, { "Content-Length": 10 }).end("0123456789");
    return;
  }
  response.writeHead(200, { "Content-Length": 1_000_000 });
  const timer = setInterval(() => response.write("x".repeat(100)), 25);
  response.on("close", () => clearInterval(timer));
});

let world, a, b;
before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${server.address().port}`;
  config.routes.push({ match: "/server/*", ...cut, origin: base });
  const files = { "assets/page.html": "a page", "assets/style.css": "p {}" };
  world = await start({ gates: { a: { config, secrets }, b: { config, secrets } }, files, servers: [base] });
  ({ a, b } = world.gates);
});
after(async () => {
  await world?.stop();
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  await world.begin();
  world.logs.clear();
});

const count = (bytes, text) => bytes.toString("latin1").split(text).length - 1;

/** An answer that goes on, read by hand. */
class Stream {
  constructor(gate, target, headers) {
    this.connection = new Connection(gate.url);
    this.connection.write(request("GET", target, headers));
  }
  /** Waits until so many more parts have come. */
  async more(parts, text) {
    let seen = null;
    await this.connection.until((received) => {
      seen ??= count(received, text);
      return count(received, text) >= seen + parts;
    });
  }
  /** Waits until the connection is closed, and gives what came. */
  ended() {
    return this.connection.until((received, closed) => closed && received.toString("latin1"));
  }
  close() {
    this.connection.close();
  }
}

const UPGRADE = {
  Host: "gate.example.com",
  Connection: "Upgrade",
  Upgrade: "websocket",
  Origin: "http://gate.example.com",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Protocol": "chat",
};

/** The frames that a server has sent (RFC 6455 section 5.2), each with its opcode. */
function frames(received) {
  let at = received.indexOf("\r\n\r\n") + 4;
  const found = [];
  while (at >= 4 && received.length >= at + 2) {
    let length = received[at + 1] & 127;
    let from = at + 2;
    if (length === 126) {
      if (received.length < at + 4) break;
      length = received.readUInt16BE(at + 2);
      from = at + 4;
    }
    if (received.length < from + length) break;
    found.push({ opcode: received[at] & 15, data: received.subarray(from, from + length) });
    at = from + length;
  }
  return found;
}

class Socket {
  constructor(gate, target, headers) {
    this.connection = new Connection(gate.url);
    this.connection.write(request("GET", target, { ...UPGRADE, ...headers }));
  }
  opened() {
    return this.connection.until((received) => received.includes("\r\n\r\n") && received.toString("latin1"));
  }
  /** Sends a frame under a mask of zeros. */
  send(data, opcode = 1) {
    const bytes = Buffer.from(data);
    this.connection.write(Buffer.concat([Buffer.from([128 | opcode, 128 | bytes.length, 0, 0, 0, 0]), bytes]));
  }
  frame(opcode, find = () => true) {
    return this.connection.until((received) => frames(received).find((one) => one.opcode === opcode && find(one.data)));
  }
  async echoes(text) {
    this.send(text);
    await this.frame(1, (data) => data.toString() === `echo ${text}`);
  }
  /** The code and the reason of the frame that closes it. */
  async closed() {
    const { data } = await this.frame(8);
    return [data.readUInt16BE(0), data.subarray(2).toString()];
  }
  close() {
    this.connection.close();
  }
}

/** Credentials of both kinds, each with what ends it. */
const KINDS = {
  "a token": async () => {
    const token = await a.token(reports);
    return { headers: bearer(token), end: async () => assert.equal((await a.revoke(token, reports)).status, 200) };
  },
  "a login": async () => {
    const ann = await ticket(world, 0, IDLE);
    await ann.begin();
    return { headers: ann.headers, end: () => ann.finish() };
  },
};

/** Runs `act` with streams, which are closed afterwards. */
async function having(streams, act) {
  try {
    return await act(...streams);
  } finally {
    for (const stream of streams) stream.close();
  }
}

describe("after a revocation", () => {
  for (const [kind, credential] of Object.entries(KINDS)) {
    test(`${kind}: events, downloads and WebSockets end, whatever their origin, and not where the route does not say so`, async () => {
      const { headers, end } = await credential();
      const streams = [
        new Stream(b, "/cut/x?do=events", headers),
        new Stream(b, "/url/x?do=events", headers),
        new Stream(b, "/strong/x?do=events", headers),
        new Stream(b, "/server/download", headers),
        new Socket(b, "/cut/ws", headers),
        new Socket(b, "/url/ws", headers),
        new Stream(b, "/kept/x?do=events", headers),
      ];
      await having(streams, async (events, url, strong, download, socket, far, kept) => {
        for (const stream of [events, url, strong, kept]) await stream.more(3, "data: ");
        await download.more(300, "x");
        for (const each of [socket, far]) {
          const head = await each.opened();
          assert.match(head, /^HTTP\/1\.1 101 /);
          assert.match(head, /sec-websocket-protocol: chat/i);
          await each.echoes("hi");
        }
        await end();
        for (const stream of [events, url, strong]) {
          const text = await stream.ended();
          assert.match(text, /^HTTP\/1\.1 200 /);
          assert.doesNotMatch(text, /\r\n0\r\n\r\n$/, "a client takes it for broken off, not for whole");
        }
        const [head, body] = (await download.ended()).split("\r\n\r\n");
        assert.match(head, /content-length: 1000000/i);
        assert.ok(body.length < 1_000_000, `${body.length} bytes`);
        for (const each of [socket, far]) {
          assert.deepEqual(await each.closed(), [1008, "the login or token has ended"]);
        }
        await kept.more(3, "data: ");
        const reasons = world.logs.events("stream_cut").map(({ reason }) => reason);
        assert.deepEqual(new Set(reasons), new Set(["revoked"]));
      });
    });
  }

  test("an answer that comes when its token has ended already is not sent", async () => {
    const { headers, end } = await KINDS["a token"]();
    await having([new Stream(b, "/cut/x?do=held", headers)], async (stream) => {
      await end();
      await b.clock(10);
      await world.origin.release();
      const text = await stream.ended();
      assert.match(text, /^HTTP\/1\.1 401 /);
      assert.match(text, /invalid_token/);
      assert.doesNotMatch(text, /held/);
    });
  });

  test("a token that expires ends its stream", async () => {
    const token = await a.token(clients.brief);
    await having([new Stream(b, "/cut/x?do=events", bearer(token))], async (stream) => {
      await stream.more(3, "data: ");
      await b.clock(31);
      await stream.ended();
      await world.logs.event("stream_cut", ({ reason }) => reason === "expired");
    });
  });
});

describe("while nothing has ended", () => {
  test("streams go on, however often the log is asked, and share its answers", async () => {
    const { headers } = await KINDS["a token"]();
    const streams = Array.from({ length: 40 }, () => new Stream(b, "/cut/x?do=events", headers));
    await having([new Socket(b, "/cut/ws", headers), ...streams], async (socket, ...events) => {
      for (const stream of events) await stream.more(1, "data: ");
      await b.resetCounts();
      const begun = Date.now();
      await b.counted("log.since", 5);
      for (const stream of events) await stream.more(2, "data: ");
      await socket.echoes("still here");
      const asked = (await b.counts())["log.since"];
      // Twice a second, if all of them share.
      const seconds = (Date.now() - begun) / 1_000;
      assert.ok(asked <= 3 * seconds + 3, `${asked} questions in ${seconds} s`);
      assert.deepEqual(world.logs.events("stream_cut"), []);
    });
  });

  test("an answer is as its origin sent it", async () => {
    const { headers } = await KINDS["a token"]();
    for (const route of ["cut", "url"]) {
      const plain = await b.get(`/${route}/x?do=status&status=200`, headers);
      assert.equal(plain.text, "status 200");
      assert.match(plain.header("cache-control"), /private/);
      const zipped = await b.get(`/${route}/x?do=zipped`, { ...headers, "Accept-Encoding": "gzip" });
      assert.equal(zipped.header("content-encoding"), "gzip");
      assert.equal(gunzipSync(zipped.body).toString(), "zipped ".repeat(100));
      assert.equal((await b.get(`/${route}/x?do=empty&status=204`, headers)).status, 204);
      assert.equal((await b.send("HEAD", `/${route}/x?do=status&status=200`, headers)).status, 200);
      const matching = { ...headers, "If-None-Match": '"abc"' };
      assert.equal((await b.get(`/${route}/x?do=conditional`, matching)).status, 304);
      assert.equal((await b.get(`/${route}/x?do=throw`, headers)).status, 502);
      const posted = await b.send("POST", `/${route}/x`, headers, "y".repeat(100_000));
      assert.equal(posted.json.bytes, 100_000);
      assert.equal((await b.get(`/${route}/x?do=redirect&to=/y`, headers)).header("location"), "/y");
    }
    const sized = await b.get("/server/x", headers);
    assert.equal(sized.header("content-length"), "10");
    assert.equal(sized.text, "0123456789");
    assert.equal((await b.get("/assets/page", headers)).text, "a page");
    assert.equal((await b.get("/assets/style.css", headers)).text, "p {}");
  });

  test("a WebSocket carries bytes and both ways of closing", async () => {
    const { headers } = await KINDS["a token"]();
    await having([new Socket(b, "/cut/ws", headers), new Socket(b, "/cut/ws", headers)], async (one, other) => {
      await one.opened();
      one.send([0, 255, 7], 2);
      assert.deepEqual([...(await one.frame(2)).data], [0, 255, 7]);
      one.send("close");
      assert.deepEqual(await one.closed(), [4321, "as asked"]);
      await other.opened();
      other.send([0x0f, 0xa0, 0x62, 0x79, 0x65], 8);
      assert.deepEqual((await other.closed())[0], 4000);
    });
  });
});

describe("while the log does not answer", () => {
  test("streams end as new requests are refused, and that is not a revocation", async () => {
    const { headers } = await KINDS["a token"]();
    await having(
      [new Stream(b, "/cut/x?do=events", headers), new Socket(b, "/cut/ws", headers)],
      async (events, socket) => {
        await events.more(3, "data: ");
        await socket.echoes("hi");
        await b.faults({ log: "throw" });
        await events.ended();
        const [code, reason] = await socket.closed();
        assert.equal(code, 1013);
        assert.match(reason, /is not known/);
        assertGateUnavailable(await b.get("/cut/x", headers));
        const reasons = world.logs.events("stream_cut").map(({ reason }) => reason);
        assert.deepEqual(reasons, ["unavailable", "unavailable"]);
        await b.faults({});
      },
    );
  });

  test("with allow_cached they go on for outage_grace, and no longer", async () => {
    const { headers } = await KINDS["a token"]();
    await having([new Stream(b, "/gracious/x?do=events", headers)], async (events) => {
      await events.more(3, "data: ");
      await b.faults({ log: "throw" });
      await b.resetCounts();
      await b.counted("log.since", 3);
      await events.more(3, "data: ");
      assert.deepEqual(world.logs.events("stream_cut"), []);
      await b.clock(config.outage_grace + 10);
      await events.ended();
      await world.logs.event("stream_cut", ({ reason }) => reason === "unavailable");
    });
  });
});
