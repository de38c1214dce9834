// The JWT gate with a per-isolate cache of verified tokens. It cannot revoke.
import { bearer, forward, refuse } from "./gate.js";
import { isLive } from "./sessions.js";
import { verify } from "./verify-jwt.js";

const REMEMBERED = 20_000;
const verified = new Map();

async function check(request, env, token) {
  const session = await verify(env, token);
  if (session === null) return refuse("invalid_token");
  if (verified.size >= REMEMBERED) verified.delete(verified.keys().next().value);
  verified.set(token, session);
  return forward(request, env.ORIGIN, session);
}

export default {
  fetch(request, env) {
    const token = bearer(request);
    if (token === null) return refuse();
    const session = verified.get(token);
    if (session !== undefined && isLive(session)) return forward(request, env.ORIGIN, session);
    return check(request, env, token);
  },
};
