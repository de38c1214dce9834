// oidc-provider on Node: the introspection that Postern's is put beside.
import { join } from "node:path";

import { basic, Client, each, parsed } from "../client.mjs";
import { BENCH } from "../paths.mjs";
import { printed, start, stop } from "../processes.mjs";
import { LIVE } from "../sizes.mjs";

const name = "oidc-provider";
const CLIENT = "bench";
const SECRET = "the-benchmark-calls-oidc-provider";
const CREDENTIAL = basic(CLIENT, SECRET);
const START_MS = 15_000;

async function portOf(server) {
  for (const end = Date.now() + START_MS; Date.now() < end; ) {
    const port = /^PORT (\d+)$/m.exec(printed(server))?.[1];
    if (port !== undefined) return Number(port);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stop(server);
  throw new Error(`${name} did not start:\n${printed(server)}`);
}

async function issue(client) {
  const fields = { grant_type: "client_credentials", scope: "bench:read" };
  return parsed(await client.post("/token", fields, CREDENTIAL)).access_token;
}

export default [
  {
    name,
    title: "oidc-provider on Node",
    isIntrospection: true,
    cases: [
      {
        name,
        title: "oidc-provider on Node, introspection",
        tokens: "live",
        path: "/token/introspection",
        credential: CREDENTIAL,
        status: 200,
        must: '"active":true',
      },
    ],
    async start(room) {
      const log = join(room.folder(name), "log");
      const env = { ...process.env, NODE_ENV: "production" };
      const server = start(process.execPath, [join(BENCH, "oidc-server.mjs"), CLIENT, SECRET], { log, env });
      const port = await portOf(server);
      return { server, pid: server.pid, port, client: new Client(port), kv: null };
    },
    // Its adapter keeps the last 1,000 entries: the load's own tokens are issued last.
    async seed({ client }, room) {
      const spare = await issue(client);
      const tokens = await each(Array.from({ length: LIVE }), () => issue(client));
      return { live: room.tokens(name, tokens), spare };
    },
    async revoke({ client }, token) {
      const { status } = await client.post("/token/revocation", { token }, CREDENTIAL);
      if (status !== 200) throw new Error(`${name} did not revoke: ${status}`);
    },
  },
];
