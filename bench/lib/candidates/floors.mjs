// What the candidates are compared with: the origin alone, a Worker that does nothing, constant answers.
import { basic, Client } from "../client.mjs";
import { startGate } from "../gate-process.mjs";
import { GARBAGE } from "../sizes.mjs";
import { objectBinding, script, startWorkerd } from "../workerd.mjs";

const garbage = (room, name) => ({ garbage: room.tokens(`${name}-garbage`, GARBAGE) });

const origin = {
  name: "origin",
  title: "origin alone",
  cases: [{ name: "origin", title: "origin alone", tokens: "garbage", status: 200, must: "hello" }],
  async start(room) {
    const workers = [{ name: "origin", modules: await script("origin"), bindings: [] }];
    const sockets = [{ name: "origin", service: "origin" }];
    const { server, pid, ports } = await startWorkerd(room, "origin", { workers, sockets });
    return { server, pid, port: ports.origin, client: new Client(ports.origin), kv: null };
  },
  seed: (_running, room) => garbage(room, "origin"),
};

const pass = {
  name: "pass",
  title: "pass-through Worker",
  cases: [{ name: "pass", title: "pass-through Worker", tokens: "garbage", status: 200, must: "hello" }],
  start: (room) => startGate(room, "pass", {}),
  seed: (_running, room) => garbage(room, "pass"),
};

const app = {
  name: "floor-app",
  title: "the platform's part of a gate with a handler in the same isolate",
  cases: [
    {
      name: "floor-app",
      title: "handler in the same isolate, copy of the request",
      tokens: "garbage",
      status: 200,
      must: "hello subject-1",
    },
  ],
  start: (room) => startGate(room, "floor-app", {}),
  seed: (_running, room) => garbage(room, "floor-app"),
};

const files = {
  name: "pass-files",
  title: "pass-through Worker before static files",
  cases: [
    {
      name: "pass-files",
      title: "pass-through Worker, static file",
      tokens: "garbage",
      path: "/guide/",
      cookie: "__Host-session",
      status: 200,
      must: "hello",
    },
  ],
  start: (room) => startGate(room, "pass-files", { hasAssets: true }),
  seed: (_running, room) => garbage(room, "pass-files"),
};

const constant = {
  name: "constant-401",
  title: "constant 401",
  cases: [{ name: "constant-401", title: "constant 401 Worker", tokens: "garbage", status: 401 }],
  start: (room) => startGate(room, "constant-401", {}),
  seed: (_running, room) => garbage(room, "constant-401"),
};

const active = {
  name: "constant-active",
  title: "constant introspection",
  cases: [
    {
      name: "constant-active",
      title: "constant introspection Worker",
      tokens: "garbage",
      path: "/oauth/introspect",
      credential: basic("bench", "nobody-asks"),
      status: 200,
      must: '"active":true',
    },
  ],
  start: (room) => startGate(room, "constant-active", {}),
  seed: (_running, room) => garbage(room, "constant-active"),
};

const kv = {
  name: "floor-kv",
  title: "one KV read and the platform's part of a gate",
  cases: [
    {
      name: "floor-kv",
      title: "one KV read, and the same",
      tokens: "garbage",
      status: 200,
      must: "hello subject-",
      reads: 1,
    },
  ],
  start: (room) => startGate(room, "floor-kv", { kv: "SESSIONS" }),
  async seed(running, room) {
    // As many bytes as a record of Postern's has.
    const value = Buffer.alloc(120).toString("base64");
    await running.kv.load(GARBAGE.map((token) => [token, value]));
    return garbage(room, "floor-kv");
  },
};

const gateCase = (name, title, path) => ({
  name,
  title,
  path,
  tokens: "garbage",
  status: 200,
  must: "hello subject-1",
});

const gate = {
  name: "floor-gate",
  title: "the platform's part of a gate",
  cases: [
    gateCase("floor-gate", "copies of request and response, reads of a gate", "/api/hello"),
    gateCase("floor-request", "copy of the request", "/request"),
  ],
  start: (room) => startGate(room, "floor-gate", {}),
  seed: (_running, room) => garbage(room, "floor-gate"),
};

const strong = {
  name: "floor-strong",
  title: "one Durable Object round trip",
  cases: [
    {
      ...active.cases[0],
      name: "floor-strong",
      title: "constant introspection behind a Durable Object",
    },
  ],
  start: (room) => startGate(room, "floor-strong", { bindings: [objectBinding("LOG", "Log")], objects: ["Log"] }),
  seed: (_running, room) => garbage(room, "floor-strong"),
};

export default [origin, pass, app, files, constant, active, gate, kv, strong];
