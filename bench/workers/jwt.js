// A gate that verifies an ES256 JWT at each request. It cannot revoke.
import { bearer, forward, refuse } from "./gate.js";
import { verify } from "./verify-jwt.js";

export default {
  async fetch(request, env) {
    const token = bearer(request);
    if (token === null) return refuse();
    const session = await verify(env, token);
    return session === null ? refuse("invalid_token") : forward(request, env.ORIGIN, session);
  },
};
