// The hand-written JavaScript gates: one digest and one KV read, without and with a cache in the isolate.
import { createHash, randomBytes } from "node:crypto";

import { startGate } from "../gate-process.mjs";
import { LIFETIME, LIVE, now } from "../sizes.mjs";

const keyOf = (token) => `at:${createHash("sha256").update(token).digest("base64url")}`;

function session(at) {
  return {
    subject: `subject-${at}`,
    client: "bench",
    scope: "bench:read",
    scopes: ["bench:read"],
    id: randomBytes(16).toString("base64url"),
    expiresAt: now() + LIFETIME,
  };
}

function candidate({ name, title, reads, believedAfterRevocation }) {
  return {
    name,
    title,
    isGate: true,
    believedAfterRevocation,
    cases: [{ name, title, tokens: "live", status: 200, must: "hello subject-", reads }],
    start: (room) => startGate(room, name, { kv: "SESSIONS" }),
    async seed({ kv }, room) {
      const tokens = Array.from({ length: LIVE + 1 }, () => randomBytes(32).toString("base64url"));
      const value = (at) => Buffer.from(JSON.stringify(session(at))).toString("base64");
      await kv.load(tokens.map((token, at) => [keyOf(token), value(at)]));
      return { live: room.tokens(name, tokens.slice(1)), spare: tokens[0] };
    },
    revoke: ({ kv }, token) => kv.delete(keyOf(token)),
  };
}

export default [
  candidate({ name: "js-kv", title: "JavaScript gate, one KV read", reads: 1 }),
  candidate({ name: "js-cached", title: "JavaScript gate, cached", reads: 0, believedAfterRevocation: 60 }),
];
