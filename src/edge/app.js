// A Worker of one's own behind the gate, in the same isolate (`protect`), and who asks it (`identity`).
//
// Job: what the platform is given in place of the Worker, and what the Worker is told. Not its job: sending it requests;
// that is `forward.js`'s.

const HOW_TO_WRITE =
  "protect(config, handler) takes what the Worker would have exported: an object that has `fetch`, or a class that extends WorkerEntrypoint";

// Who each request is from that a handler was given.
const identities = new WeakMap();

// From now on, `identity` knows this request.
export function introduce(request, who) {
  identities.set(request, who);
}

// Who a request is from; null on a public route, and for any other request than the one that the handler was given.
export function identity(request) {
  return identities.get(request) ?? null;
}

// That a request may go to the handler in this isolate, from the Wasm. The handler is called when the Wasm is left: what
// happens in there must not end its instance, and may begin another request.
export class Admitted {
  // `call` is `forward.js`'s.
  constructor(call, route, identity, isPreflight, cookie) {
    this.call = call;
    this.route = route;
    this.identity = identity;
    this.isPreflight = isPreflight;
    this.cookie = cookie;
    // What becomes of the response (`streams.js`).
    this.after = undefined;
  }

  go(handler, request, env, context) {
    const response = this.call(handler, request, env, context, this);
    return this.after === undefined ? response : this.after(response);
  }
}

// Who a session is of, as `identity` gives it: made once for each session, so nobody may change it. The claims are read when
// somebody asks for them.
export function person(json) {
  const { claims, ...said } = JSON.parse(json);
  let read;
  return frozen({
    ...said,
    get claims() {
      read ??= frozen(JSON.parse(claims));
      return read;
    },
  });
}

function frozen(value) {
  for (const { value: part } of Object.values(Object.getOwnPropertyDescriptors(value))) {
    if (typeof part === "object" && part !== null) frozen(part);
  }
  return Object.freeze(value);
}

// What the platform gets in place of `handler`: the same, but for `fetch`, about which `decide` decides first.
export function gated(handler, decide) {
  const gate = (request, env, context, handler) => {
    const go = (decided) => (decided instanceof Admitted ? decided.go(handler, request, env, context) : decided);
    const decided = decide(request, env, context);
    return decided instanceof Promise ? decided.then(go) : go(decided);
  };
  if (typeof handler === "function" && typeof handler.prototype?.fetch === "function") return gatedClass(handler, gate);
  if (typeof handler !== "object" || typeof handler?.fetch !== "function") throw new TypeError(HOW_TO_WRITE);
  const given = {};
  for (let from = handler; from !== null && from !== Object.prototype; from = Object.getPrototypeOf(from)) {
    for (const name of Object.getOwnPropertyNames(from)) {
      if (name in given || typeof handler[name] !== "function") continue;
      given[name] = (...args) => handler[name](...args);
    }
  }
  given.fetch = (request, env, context) => gate(request, env, context, handler);
  return given;
}

function gatedClass(Handler, gate) {
  class Gated extends Handler {
    fetch(request) {
      return gate(request, this.env, this.ctx, { fetch: (given) => super.fetch(given) });
    }
  }
  return Object.defineProperty(Gated, "name", { value: Handler.name });
}
