// The Worker on a port that its issuer names, for clients that compare the two.

import { clients, config, files, secrets } from "../workerd/fixture.mjs";
import { freePort, start } from "../workerd/harness.mjs";

/** Starts the entry as it is deployed, without TLS on loopback. */
export async function startWithIssuer() {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const gate = { config: { ...config, issuer }, secrets, entry: "built", port };
  return { world: await start({ gates: { gate }, files }), issuer: new URL(issuer), clients };
}
