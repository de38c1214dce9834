// Postern, a process for each way of asking it.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { each, parsed } from "../client.mjs";
import { startGate } from "../gate-process.mjs";
import { manyRoutes } from "../many.mjs";
import { BENCH } from "../paths.mjs";
import { mintExpired, mintForged, mintLive, mintTickets, posternWorker, route, STRONG, WEAK } from "../postern.mjs";
import { GARBAGE, LIVE } from "../sizes.mjs";

// The least that it may be: far fewer records than the load has tokens. They are drawn in turn, so the least recently
// used is always gone when it is needed next.
const SMALLEST_CACHE = 64 * 1024;
const ROUTES = [10, 1_000];
const OK = { status: 200, must: "hello subject-" };
const INTROSPECTION = { tokens: "live", path: "/oauth/introspect", status: 200, must: '"active":true' };

async function issue(client) {
  return parsed(await client.post("/oauth/token", { grant_type: "client_credentials" }, WEAK)).access_token;
}

async function revoke({ client }, token) {
  const { status, body } = await client.post("/oauth/revoke", { token }, WEAK);
  if (status !== 200) throw new Error(`Postern did not revoke: ${status} ${body}`);
}

async function seedLive(name, { client, kv }, room) {
  const { tokens, records } = await mintLive(LIVE);
  await kv.load(records);
  return { live: room.tokens(name, tokens), spare: await issue(client) };
}

function candidate({ name, title, config, cases, seed = seedLive.bind(null, name), ...rest }) {
  return {
    name,
    title,
    cases,
    start: (room) => startGate(room, name, posternWorker(config)),
    seed,
    revoke,
    ...rest,
  };
}

const cached = candidate({
  name: "postern-cached",
  title: "Postern",
  isGate: true,
  cases: [{ name: "postern-cached", title: "Postern, cached session", tokens: "live", ...OK, reads: 0 }],
});

const kv = candidate({
  name: "postern-kv",
  title: "Postern with the smallest cache",
  isGate: true,
  config: { cache_bytes: SMALLEST_CACHE },
  cases: [{ name: "postern-kv", title: "Postern, session read from KV", tokens: "live", ...OK, reads: 1 }],
});

const strict = candidate({
  name: "postern-strict",
  title: "Postern with max_staleness = 0",
  isGate: true,
  config: { routes: [route({ max_staleness: 0 })] },
  cases: [{ name: "postern-strict", title: "Postern, max_staleness = 0", tokens: "live", ...OK, reads: 0 }],
});

const cut = candidate({
  name: "postern-cut",
  title: "Postern with cut_streams = true",
  config: { routes: [route({ cut_streams: true })] },
  cases: [{ name: "postern-cut", title: "Postern, cached, answers may be cut", tokens: "live", ...OK, reads: 0 }],
});

// Three rules, of which the last one fits.
const rules = candidate({
  name: "postern-rules",
  title: "Postern with three rules",
  isGate: true,
  config: {
    routes: [
      route({
        require: [
          { claim: "sub", is: "nobody" },
          { claim: "client_id", is: "nobody" },
          { claim: "scope", has: "bench:read" },
        ],
      }),
    ],
  },
  cases: [{ name: "postern-rules", title: "Postern, cached, three rules", tokens: "live", ...OK, reads: 0 }],
});

// What the origin reads, and nothing else.
const ONE_HEADER = { identity: { "X-Postern-Subject": "subject" } };

const one = candidate({
  name: "postern-one",
  title: "Postern with one identity header",
  config: { routes: [route(ONE_HEADER)] },
  cases: [{ name: "postern-one", title: "Postern, cached, one identity header", tokens: "live", ...OK, reads: 0 }],
});

// Each is signed once in half of its life. So a session is one that is busy, as in production: with a thousand under
// valgrind, almost every request would sign.
const BUSY = 16;

const busy = (name, more, how = {}) =>
  candidate({
    name,
    title: "Postern with a few busy sessions",
    config: { routes: [route({ max_staleness: 60, ...more })], ...how },
    cases: [
      {
        name,
        title: `Postern, cached, busy sessions${more.assertion ? ", assertion" : ""}`,
        tokens: "live",
        ...OK,
        reads: 0,
      },
    ],
    async seed({ client, kv }, room) {
      const { tokens, records } = await mintLive(BUSY);
      await kv.load(records);
      return { live: room.tokens(name, tokens), spare: await issue(client) };
    },
  });

const app = candidate({
  name: "postern-app",
  title: "Postern with a handler in its isolate",
  isGate: true,
  config: {
    handler: readFileSync(join(BENCH, "workers/handler.js"), "utf8"),
    routes: [route({ origin: "app" })],
  },
  cases: [{ name: "postern-app", title: "Postern, handler in the same isolate", tokens: "live", ...OK, reads: 0 }],
});

const files = {
  name: "postern-files",
  title: "Postern, static files behind a login",
  cases: [
    {
      name: "postern-files",
      title: "Postern, static file behind a login",
      tokens: "tickets",
      path: "/guide/",
      cookie: "__Host-postern-session",
      ...OK,
      reads: 0,
    },
  ],
  start: (room) =>
    startGate(room, "postern-files", {
      ...posternWorker({
        providers: [{ id: "acme", issuer: "https://id.example.com", client_id: "bench", allow: "anyone" }],
        routes: [{ match: "/*", access: "session", origin: "assets" }],
      }),
      hasAssets: true,
    }),
  async seed({ kv }, room) {
    const { tokens, records } = await mintTickets(LIVE);
    await kv.load(records);
    return { tickets: room.tokens("postern-files", tokens) };
  },
};

const refused = (kind) => ({
  name: `postern-${kind}`,
  title: `Postern, refused: ${kind}`,
  tokens: kind,
  status: 401,
  reads: 0,
});

const refusing = candidate({
  name: "postern-refusing",
  title: "Postern, refusing without I/O",
  cases: ["garbage", "forged", "expired"].map(refused),
  async seed(_running, room) {
    const forged = await mintForged(LIVE);
    const expired = await mintExpired(LIVE);
    return {
      garbage: room.tokens("postern-garbage", GARBAGE),
      forged: room.tokens("postern-forged", forged.tokens),
      expired: room.tokens("postern-expired", expired.tokens),
    };
  },
});

const revoked = candidate({
  name: "postern-revoked",
  title: "Postern, refusing what was revoked",
  cases: [refused("revoked")],
  async seed(running, room) {
    const tokens = await each(Array.from({ length: LIVE }), async () => {
      const token = await issue(running.client);
      await revoke(running, token);
      return token;
    });
    return { revoked: room.tokens("postern-revoked", tokens) };
  },
});

const introspection = candidate({
  name: "postern-introspection",
  title: "Postern, introspection",
  isIntrospection: true,
  cases: [
    { name: "postern-weak", title: "Postern, introspection, weak", ...INTROSPECTION, credential: WEAK, reads: 0 },
    { name: "postern-strong", title: "Postern, introspection, strong", ...INTROSPECTION, credential: STRONG, reads: 0 },
  ],
});

// The last of ten routes and the last of a thousand, of the same form.
const routes = ROUTES.map((count) => {
  const { routes, path } = manyRoutes(count);
  const title = `Postern, cached, the last of ${count} routes`;
  return candidate({
    name: `postern-routes-${count}`,
    title: `Postern with ${count} routes`,
    config: { routes },
    cases: [{ name: `postern-routes-${count}`, title, tokens: "live", path, ...OK, reads: 0 }],
  });
});

// An assertion in each request, and the signatures are counted.
export const counting = busy("postern-counting", { assertion: true }, { isCounting: true });

export default [
  cached,
  rules,
  one,
  busy("postern-busy", {}),
  busy("postern-assertion", { assertion: true }),
  app,
  files,
  kv,
  strict,
  cut,
  refusing,
  revoked,
  introspection,
  ...routes,
];
