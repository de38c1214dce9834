// The Worker on a port that its issuer names, for clients that compare the two.

import net from "node:net";

import { clients, config, files, secrets } from "../workerd/fixture.mjs";
import { start } from "../workerd/harness.mjs";

async function freePort() {
  const probe = net.createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Starts the entry as it is deployed, without TLS on loopback. */
export async function startWithIssuer() {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const gate = { config: { ...config, issuer }, secrets, entry: "built", port };
  return { world: await start({ gates: { gate }, files }), issuer: new URL(issuer), clients };
}
