// What the candidates are compared with: the origin alone, a Worker that does nothing, constant answers.
import { Client, basic } from "../client.mjs";
import { startGate } from "../gate-process.mjs";
import { script, startWorkerd } from "../workerd.mjs";
import { GARBAGE } from "../sizes.mjs";

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

export default [origin, pass, constant, active];
