// @cloudflare/workers-oauth-provider: each token is issued by its own endpoints, code and PKCE included.
import { createHash, randomBytes } from "node:crypto";

import { basic, each, parsed } from "../client.mjs";
import { startGate } from "../gate-process.mjs";
import { LIVE } from "../sizes.mjs";

const REDIRECT = "https://client.example/back";
const name = "oauth-provider";
const title = "@cloudflare/workers-oauth-provider";

async function issue(client, registered, at) {
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    response_type: "code",
    client_id: registered.clientId,
    redirect_uri: REDIRECT,
    scope: "bench:read",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    subject: `subject-${at}`,
  });
  const { status, body: code } = await client.request(`/authorize?${query}`);
  if (status !== 200) throw new Error(`${name} gave no code: ${status} ${code}`);
  const fields = { grant_type: "authorization_code", code, redirect_uri: REDIRECT, code_verifier: verifier };
  const answer = await client.post("/oauth/token", fields, registered.credential);
  return parsed(answer).access_token;
}

export default [
  {
    name,
    title,
    isGate: true,
    cases: [{ name, title, tokens: "live", status: 200, must: "hello subject-", reads: 1 }],
    start: (room) => startGate(room, name, { kv: "OAUTH_KV" }),
    async seed(running, room) {
      const { clientId, clientSecret } = await running.client.json("/client");
      const registered = { clientId, credential: basic(clientId, clientSecret) };
      running.credential = registered.credential;
      const subjects = Array.from({ length: LIVE + 1 }, (_, at) => at);
      const tokens = await each(subjects, (at) => issue(running.client, registered, at));
      return { live: room.tokens(name, tokens.slice(1)), spare: tokens[0] };
    },
    async revoke({ client, credential }, token) {
      const { status } = await client.post("/oauth/token", { token }, credential);
      if (status !== 200) throw new Error(`${name} did not revoke: ${status}`);
    },
  },
];
