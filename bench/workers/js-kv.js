// A hand-written gate: one digest, one KV read.
import { bearer, forward, refuse } from "./gate.js";
import { isLive, readSession } from "./sessions.js";

export default {
  async fetch(request, env) {
    const token = bearer(request);
    if (token === null) return refuse();
    const session = await readSession(env, token);
    return isLive(session) ? forward(request, env.ORIGIN, session) : refuse("invalid_token");
  },
};
