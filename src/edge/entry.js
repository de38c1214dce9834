// The Worker's entry module: one plain handler in front of the Wasm, and the two Durable Objects.
//
// worker-build's own entry makes an object and three proxies for each request, so that after a panic
// the next request meets a new Wasm instance. Here that costs one comparison: the flag that the panic
// hook sets is the same, and so is the constructor that acts on it.

import Shim, { answer, RevocationLog, SessionCoordinator } from "postern-wasm";

export { RevocationLog, SessionCoordinator };

const state = globalThis.__worker_init_state;

export default {
  fetch(request, env, ctx) {
    // The constructor replaces the Wasm instance that a panic left behind.
    if (state.criticalError) new Shim(ctx, env);
    try {
      return answer(request, env, ctx);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
      throw error;
    }
  },
};
