// What the package `postern` gives: plain handlers in front of the Wasm.
//
// After a panic or an exception that nobody expected, a Wasm instance is not used again: `postern-wasm`, the
// glue around it, makes a new one before the next call. An object that a Durable Object kept in the old one is
// made anew. The classes extend nothing of the platform, so it calls `fetch` and `alarm` and nothing else.

import {
  SessionCoordinator as Coordinator,
  Account as Desk,
  fetch,
  instance,
  RevocationLog as Log,
  Person as PersonInWasm,
  RevocationRelay as RelayInWasm,
} from "postern-wasm";
import { gated } from "./app.js";
import { configure } from "./configuration.js";
import { untilBroken } from "./under_way.js";

// The whole Worker, of a configuration that `postern build` wrote.
export function worker(config) {
  configure(config, false);
  return { fetch };
}

// A Worker of one's own behind the gate: what is exported in its place.
export function protect(config, handler) {
  const given = gated(handler, fetch);
  configure(config, true);
  return given;
}

export { identity } from "./app.js";

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

  constructor(state, env) {
    this.#log = new InWasm(() => new Log(state, env));
  }

  fetch(request) {
    return this.#log.object().fetch(request);
  }

  alarm() {
    return untilBroken(this.#log.object().alarm());
  }
}

export class RevocationRelay {
  #relay;

  constructor(state, env) {
    this.#relay = new InWasm(() => new RelayInWasm(state, env));
  }

  fetch(request) {
    return this.#relay.object().fetch(request);
  }
}

class WithAlarm {
  #inWasm;

  constructor(make) {
    this.#inWasm = new InWasm(make);
  }

  fetch(request) {
    return untilBroken(this.#inWasm.object().fetch(request));
  }

  alarm() {
    return untilBroken(this.#inWasm.object().alarm());
  }
}

export class SessionCoordinator extends WithAlarm {
  constructor(state, env) {
    super(() => new Coordinator(state, env));
  }
}

export class Person extends WithAlarm {
  constructor(state, env) {
    super(() => new PersonInWasm(state, env));
  }
}

export class Account extends WithAlarm {
  constructor(state, env) {
    super(() => new Desk(state, env));
  }
}
