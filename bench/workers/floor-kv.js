// The floor of a session that is read from KV: one read, and what `floor-gate` does. Nothing is digested, nothing
// decrypted, nothing decided: whoever is named by the value is told to the origin.
import { askOrigin, guarded, tokenOf } from "./floor-gate.js";

export default {
  async fetch(request, env) {
    const token = tokenOf(request);
    const value = await env.SESSIONS.get(token, { type: "arrayBuffer", cacheTtl: 300 });
    return guarded(await askOrigin(request, env, `subject-${value.byteLength}`));
  },
};
