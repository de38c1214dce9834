// The Worker under test, with stores that can be made to fail and a clock that can be moved.
//
// Job: wrap the bindings of the built Worker (`./index.js` once the harness has put both side by side)
// and leave every request and answer as it is. The wrapping is by binding and not by request, because
// an isolate keeps its bindings; tests set the faults through the `Control` entrypoint, which has a
// socket of its own, so that no path and no header is taken from the Worker under test.

import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import config from "./config.js";
import handler from "./handler.mjs";
import * as built from "./index.js";

const { worker, protect, ...classes } = built;
const Built = handler === undefined ? worker(config) : protect(config, handler);

const realNow = Date.now;
const state = { faults: {}, counts: {}, shift: 0, held: [], begun: 0, underWay: 0 };
Date.now = () => realNow() + state.shift;

// Randomness that is not there is what no Worker can go on without: the Wasm panics.
const realRandom = crypto.getRandomValues.bind(crypto);
crypto.getRandomValues = (into) => {
  if (state.faults.random === "throw") throw new Error("injected: there is no randomness");
  return realRandom(into);
};

// The platform's own signing.
const realSign = crypto.subtle.sign.bind(crypto.subtle);
crypto.subtle.sign = (...args) => faulty("sign", () => realSign(...args));
const realImport = crypto.subtle.importKey.bind(crypto.subtle);
crypto.subtle.importKey = (...args) => {
  count(`import of ${args[0]}`);
  return realImport(...args);
};

/** How long a slow store takes, in milliseconds: less than it may. */
const SLOW = 50;

/** What a fault does in place of `act`. `say` makes the answers that only this binding can make. */
async function faulty(name, act, say = {}) {
  count(name);
  // A fault of `log` is one of everything that the log is asked.
  const fault = state.faults[name] ?? state.faults[name.split(".")[0]];
  switch (fault) {
    case undefined:
      return act();
    case "throw":
      throw new Error(`injected: ${name} is down`);
    case "throw-after":
      await act();
      throw new Error(`injected: ${name} was carried out, its answer was lost`);
    case "hang":
      return new Promise(() => {});
    case "hold": {
      // Until the test says `release`.
      await new Promise((resolve) => state.held.push(resolve));
      const answer = await act();
      state.counts[`${name}, let go`] = (state.counts[`${name}, let go`] ?? 0) + 1;
      return answer;
    }
    case "hold-after": {
      const answer = await act();
      state.counts[`${name}, done`] = (state.counts[`${name}, done`] ?? 0) + 1;
      await new Promise((resolve) => state.held.push(resolve));
      return answer;
    }
    case "hang-after":
      await act();
      return new Promise(() => {});
    case "slow":
      await new Promise((resolve) => setTimeout(resolve, SLOW));
      return act();
    default:
      if (!(fault in say)) throw new Error(`there is no fault ${fault} for ${name}`);
      return say[fault](act);
  }
}

/** The object with some methods replaced; everything else is the real one, its constructor included. */
function wrap(target, methods) {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(methods, name)) return methods[name];
      const value = Reflect.get(target, name, target);
      return typeof value === "function" && name !== "constructor" ? value.bind(target) : value;
    },
  });
}

function corrupt(value) {
  if (value === null) return null;
  const bytes = new Uint8Array(value).slice();
  bytes[bytes.length - 1] ^= 1;
  return bytes.buffer;
}

/** The first half of what is answered. */
async function half(act) {
  const answer = await act();
  const bytes = await answer.arrayBuffer();
  return new Response(bytes.slice(0, bytes.byteLength >> 1), answer);
}

function wrapKv(kv) {
  return wrap(kv, {
    get: (...args) =>
      faulty("kv.get", () => kv.get(...args), {
        miss: async () => null,
        corrupt: async (act) => corrupt(await act()),
        half: async (act) => ((value) => value?.slice(0, value.byteLength >> 1) ?? null)(await act()),
        garbage: async () => new TextEncoder().encode('{"not":"a record"}').buffer,
      }),
    put: (...args) => faulty("kv.put", () => kv.put(...args), { lose: async () => {} }),
    delete: (...args) => faulty("kv.delete", () => kv.delete(...args), { lose: async () => {} }),
  });
}

/** The first answer to each question, so that `stale` can give it again. */
const oldest = new Map();

/** The commands of a coordinator, by the number that stands for each (src/session/wire.rs). */
const COORDINATOR = [
  "issue",
  "find",
  "read",
  "forget",
  "open",
  "touch",
  "adopt",
  "offer",
  "present",
  "redeem",
  "refresh",
  "end",
];

/** The commands of a person's index (src/person/wire.rs). */
const PERSON = [
  "put",
  "confirm",
  "seen",
  "forget",
  "sessions",
  "cutoff",
  "knowslogout",
  "consent",
  "consents",
  "agree",
  "withdraw",
];

const COMMANDS = { coordinator: COORDINATOR, SessionCoordinator: COORDINATOR, person: PERSON, Person: PERSON };

/** `log.since`, `coordinator.issue`: what an object is asked, by its path or by its command. */
async function question(actor, request, of = actor) {
  const path = new URL(request.url).pathname;
  if (path !== "/") return `${actor}.${path.slice(1)}`;
  const [, kind] = new Uint8Array(await request.clone().arrayBuffer());
  const command = COMMANDS[of][kind];
  if (command === undefined) throw new Error(`${of} has no command ${kind}: has its wire.rs changed?`);
  return `${actor}.${command}`;
}

function wrapStub(stub, actor) {
  return wrap(stub, {
    async fetch(input, init) {
      const request = new Request(input, init);
      const name = await question(actor, request);
      const act = async () => {
        const answer = await stub.fetch(request);
        if (!oldest.has(name)) oldest.set(name, await answer.clone().arrayBuffer());
        return answer;
      };
      return faulty(name, act, {
        500: async () => new Response("injected", { status: 500 }),
        404: async () => new Response("injected", { status: 404 }),
        half,
        empty: async () => new Response(""),
        garbage: async () => new Response('{"reply":"nothing like it"}\u0000\u0001'),
        stale: async () => {
          if (!oldest.has(name)) throw new Error(`${name} has not been asked yet`);
          return new Response(oldest.get(name));
        },
      });
    },
  });
}

function count(name) {
  state.counts[name] = (state.counts[name] ?? 0) + 1;
}

/**
 * The objects of one class, in a jurisdiction. workerd has no jurisdictions, so a prefix makes of a name another object
 * in each, as Cloudflare documents it. Counted: where objects were looked for, and with which hint.
 */
function wrapNamespace(namespace, actor, jurisdiction) {
  return wrap(namespace, {
    get: (...args) => wrapStub(namespace.get(...args), actor),
    getByName(name, options) {
      count(`objects in ${jurisdiction ?? "no jurisdiction"}`);
      if (options?.locationHint) count(`${actor} hinted to ${options.locationHint}`);
      const full = jurisdiction === undefined ? name : `${jurisdiction}: ${name}`;
      return wrapStub(namespace.getByName(full, options), actor);
    },
    jurisdiction: (name) => wrapNamespace(namespace, actor, name),
  });
}

/** The limiter of attempts to log in. */
function wrapLimiter(limiter) {
  return wrap(limiter, {
    limit: (...args) => faulty("limiter", () => limiter.limit(...args), { full: async () => ({ success: false }) }),
  });
}

// What goes to a server elsewhere: `http./token`, or `http` for all of it.
const realFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  return faulty(`http.${new URL(request.url).pathname}`, () => realFetch(request), {
    half,
    500: async () => new Response("injected", { status: 500 }),
    garbage: async () => new Response("<html>nothing like it</html>", { headers: { "Content-Type": "text/html" } }),
  });
};

const wrapped = new WeakMap();

/** The environment that the built Worker sees: one for each real one. */
function wrapEnv(env) {
  if (!wrapped.has(env)) {
    const copy = { ...env };
    if (env.POSTERN_SESSIONS) copy.POSTERN_SESSIONS = wrapKv(env.POSTERN_SESSIONS);
    if (env.POSTERN_COORDINATORS) copy.POSTERN_COORDINATORS = wrapNamespace(env.POSTERN_COORDINATORS, "coordinator");
    if (env.POSTERN_PEOPLE) copy.POSTERN_PEOPLE = wrapNamespace(env.POSTERN_PEOPLE, "person");
    if (env.POSTERN_REVOCATION_LOG) copy.POSTERN_REVOCATION_LOG = wrapNamespace(env.POSTERN_REVOCATION_LOG, "log");
    if (env.POSTERN_RELAYS) copy.POSTERN_RELAYS = wrapNamespace(env.POSTERN_RELAYS, "relay");
    if (env.POSTERN_ACCOUNTS) copy.POSTERN_ACCOUNTS = wrapNamespace(env.POSTERN_ACCOUNTS, "accounts");
    if (env.POSTERN_LOGIN_LIMIT) copy.POSTERN_LOGIN_LIMIT = wrapLimiter(env.POSTERN_LOGIN_LIMIT);
    wrapped.set(env, copy);
  }
  return wrapped.get(env);
}

export default class extends WorkerEntrypoint {
  // What is never gone on with stays under way, and with it all that it holds.
  async fetch(request) {
    state.begun += 1;
    state.underWay += 1;
    try {
      return await Built.fetch(request, wrapEnv(this.env), this.ctx);
    } finally {
      state.underWay -= 1;
    }
  }
}

/** The context of an object, with a storage that fails each statement in which the text of the fault `sql` is. */
function wrapContext(ctx) {
  const { sql } = ctx.storage;
  const exec = (statement, ...values) => {
    if (state.faults.sql !== undefined && statement.includes(state.faults.sql)) {
      count("sql");
      throw new Error("injected: the storage is full");
    }
    return sql.exec(statement, ...values);
  };
  return wrap(ctx, { storage: wrap(ctx.storage, { sql: wrap(sql, { exec }) }) });
}

/** A Durable Object class that runs the built one over the wrapped environment. */
function wrapObject(name) {
  return class extends DurableObject {
    #inner;
    constructor(ctx, env) {
      super(ctx, env);
      this.#inner = new classes[name](wrapContext(ctx), wrapEnv(env));
    }
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/ring") return this.#ring();
      if (pathname === "/lose") await this.ctx.storage.deleteAlarm();
      if (pathname === "/lose" || pathname === "/alarm") return Response.json(await this.ctx.storage.getAlarm());
      // `inside.redeem`: while it is being carried out, in the object.
      const asked = await question("inside", request, name);
      return faulty(asked, () => this.#inner.fetch(request));
    }
    alarm(info) {
      return this.#inner.alarm(info);
    }
    /** Lets the alarm ring now; what is stored then. */
    async #ring() {
      const { storage } = this.ctx;
      await this.#inner.alarm();
      const tables = storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
      const own = tables.map(({ name }) => name).filter((name) => !name.startsWith("_cf_"));
      const rows = own.map((name) => storage.sql.exec(`SELECT count(*) AS n FROM ${name}`).one().n);
      return Response.json({ tables: own, rows, alarm: await storage.getAlarm() });
    }
  };
}

export const SessionCoordinator = wrapObject("SessionCoordinator");
export const Person = wrapObject("Person");
export const RevocationLog = wrapObject("RevocationLog");
export const RevocationRelay = wrapObject("RevocationRelay");
export const Account = wrapObject("Account");

/**
 * `POST` sets `faults` (all of them) and `shift` (milliseconds), lets go what is held, lets the alarms of objects ring
 * (`ring`: their binding and names), loses or shows the alarm of one (`lose`, `alarm`: its binding and name), and gives the counts: how often each store was asked, and how many requests have
 * begun and are under way.
 */
export class Control extends WorkerEntrypoint {
  async fetch(request) {
    const { faults, shift, reset, release, ring, lose, alarm } = await request.json();
    if (faults !== undefined) state.faults = faults;
    if (shift !== undefined) state.shift = shift;
    if (release) for (const go of state.held.splice(0)) go();
    const { begun, underWay } = state;
    const answer = { counts: { ...state.counts, begun, underWay }, rung: [] };
    for (const name of ring?.names ?? []) {
      const rung = await this.env[ring.binding].getByName(name).fetch("https://postern.internal/ring");
      answer.rung.push(await rung.json());
    }
    for (const [path, object] of Object.entries({ lose, alarm })) {
      if (object === undefined) continue;
      const stub = this.env[object.binding].getByName(object.name);
      answer.alarm = await (await stub.fetch(`https://postern.internal/${path}`)).json();
    }
    if (reset) {
      state.counts = {};
      state.begun = 0;
    }
    return Response.json(answer);
  }
}
