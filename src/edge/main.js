// The Worker's entry module: plain handlers in front of the Wasm.
//
// After a panic or an exception that nobody expected, a Wasm instance is not used again: `postern-wasm`, the
// glue around it, makes a new one before the next call. An object that a Durable Object kept in the old one is
// made anew. The classes extend nothing, so the platform calls `fetch` and `alarm` and nothing else.

import { SessionCoordinator as Coordinator, fetch, instance, RevocationLog as Log } from "postern-wasm";
import { untilBroken } from "./under_way.js";

export default { fetch };

class InWasm {
  #make;
  #home;
  #object;

  constructor(make) {
    this.#make = make;
    this.object();
  }

  object() {
    const home = instance();
    if (this.#home !== home) {
      this.#object = this.#make();
      this.#home = home;
    }
    return this.#object;
  }
}

export class RevocationLog {
  #log;

  constructor(state) {
    this.#log = new InWasm(() => new Log(state));
  }

  fetch(request) {
    return this.#log.object().fetch(request);
  }
}

export class SessionCoordinator {
  #coordinator;

  constructor(state, env) {
    this.#coordinator = new InWasm(() => new Coordinator(state, env));
  }

  fetch(request) {
    return untilBroken(this.#coordinator.object().fetch(request));
  }

  alarm() {
    return untilBroken(this.#coordinator.object().alarm());
  }
}
