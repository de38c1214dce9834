// The floor of a session that is read from KV: one read, the copy of the request and that of the response. Nothing is
// digested, nothing decrypted, nothing decided: whoever is named by the value is told to the origin.
import { askOrigin, guarded } from "./floor-gate.js";

export default {
  async fetch(request, env) {
    const token = request.headers.get("authorization").slice(7);
    const value = await env.SESSIONS.get(token, { type: "arrayBuffer", cacheTtl: 300 });
    return guarded(await askOrigin(request, env, `subject-${value.byteLength}`));
  },
};
