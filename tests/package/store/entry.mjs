// A built Worker whose clock can be moved, and whose stores can be read out and filled.
//
// Job: wrap the clock and the Durable Objects' storage of the Worker beside it (`./worker.mjs` gives it as `default` and
// `classes`). `Control` has a socket of its own: `POST` sets `shift` (milliseconds), fills the stores with what `restore`
// holds, and answers with all that is in them.

import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import Built, { classes } from "./worker.mjs";

const realNow = Date.now;
let shift = 0;
Date.now = () => realNow() + shift;

/** The binding of each class, and the names under which the Worker asked for objects of it. */
const BINDINGS = {
  SessionCoordinator: "POSTERN_COORDINATORS",
  Person: "POSTERN_PEOPLE",
  RevocationLog: "POSTERN_REVOCATION_LOG",
  Account: "POSTERN_ACCOUNTS",
};
const names = Object.fromEntries(Object.keys(BINDINGS).map((name) => [name, new Set()]));

const encode = (bytes) => ({ base64: btoa(String.fromCharCode(...new Uint8Array(bytes))) });
const decode = ({ base64 }) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer;
const isBytes = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value);
const out = (value) => (isBytes(value) ? encode(value) : value);
const back = (value) => (value?.base64 === undefined ? value : decode(value));

/** The object with some methods replaced. */
function wrap(target, methods) {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(methods, name)) return methods[name];
      const value = Reflect.get(target, name, target);
      return typeof value === "function" && name !== "constructor" ? value.bind(target) : value;
    },
  });
}

/** A namespace that remembers for whom it was asked. */
function remembering(namespace, className) {
  return wrap(namespace, {
    getByName(name, options) {
      names[className].add(name);
      return namespace.getByName(name, options);
    },
  });
}

/** The platform lets values expire by its own clock. */
function wrapKv(kv) {
  const put = (key, value, { expiration, ...options } = {}) =>
    kv.put(
      key,
      value,
      expiration === undefined ? options : { ...options, expiration: expiration - Math.floor(shift / 1000) },
    );
  return wrap(kv, { put });
}

function wrapEnv(env) {
  const wrapped = { ...env, POSTERN_SESSIONS: wrapKv(env.POSTERN_SESSIONS) };
  for (const [className, binding] of Object.entries(BINDINGS)) wrapped[binding] = remembering(env[binding], className);
  return wrapped;
}

/** The platform rings alarms by its own clock. */
function wrapContext(ctx) {
  const { storage } = ctx;
  const setAlarm = (at, ...more) => storage.setAlarm(Number(at) - shift, ...more);
  const getAlarm = async () => ((at) => (at === null ? null : at + shift))(await storage.getAlarm());
  return wrap(ctx, { storage: wrap(storage, { setAlarm, getAlarm }) });
}

function dump({ sql }, entries) {
  const tables = sql
    .exec("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 1) <> '_' ORDER BY name")
    .toArray()
    .map(({ name, sql: made }) => {
      const rows = [...sql.exec(`SELECT * FROM ${name}`).raw()].map((row) => row.map(out));
      return { name, made, rows };
    });
  const indexes = sql
    .exec("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND substr(name, 1, 1) <> '_'")
    .toArray();
  const values = [...entries].map(([key, value]) => [key, out(value)]);
  return { tables, indexes: indexes.map(({ sql: made }) => made), values };
}

async function restore(storage, { tables, indexes, values, alarm }) {
  if (alarm !== null) await storage.setAlarm(alarm - shift);
  for (const { name, made, rows } of tables) {
    storage.sql.exec(made);
    for (const row of rows) {
      storage.sql.exec(`INSERT INTO ${name} VALUES (${row.map(() => "?").join(", ")})`, ...row.map(back));
    }
  }
  for (const made of indexes) storage.sql.exec(made);
  for (const [key, value] of values) await storage.put(key, new Uint8Array(back(value)));
}

function wrapObject(className) {
  return class extends DurableObject {
    #inner;
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const { storage } = this.ctx;
      if (pathname === "/dump") {
        const alarm = await storage.getAlarm();
        return Response.json({ ...dump(storage, await storage.list()), alarm });
      }
      if (pathname === "/restore") {
        await restore(storage, await request.json());
        return new Response();
      }
      return this.inner().fetch(request);
    }
    alarm(info) {
      return this.inner().alarm(info);
    }
    // Made when it is first needed: what is restored must be there before.
    inner() {
      this.#inner ??= new classes[className](wrapContext(this.ctx), wrapEnv(this.env));
      return this.#inner;
    }
  };
}

export const SessionCoordinator = wrapObject("SessionCoordinator");
export const Person = wrapObject("Person");
export const RevocationLog = wrapObject("RevocationLog");
export const Account = wrapObject("Account");

export default class extends WorkerEntrypoint {
  fetch(request) {
    return Built.fetch(request, wrapEnv(this.env), this.ctx);
  }
}

export class Control extends WorkerEntrypoint {
  async fetch(request) {
    const { shift: moved, restore: stores } = await request.json();
    if (moved !== undefined) shift = moved;
    const kv = this.env.POSTERN_SESSIONS;
    for (const [key, value] of Object.entries(stores?.kv ?? {})) await kv.put(key, back(value));
    for (const { className, name, ...stored } of stores?.objects ?? []) {
      names[className].add(name);
      await this.#ask(className, name, "/restore", JSON.stringify(stored));
    }
    const found = { kv: {}, objects: [] };
    const { keys } = await kv.list();
    for (const { name } of keys) found.kv[name] = out(await kv.get(name, "arrayBuffer"));
    for (const [className, all] of Object.entries(names)) {
      for (const name of [...all].sort()) {
        const stored = await (await this.#ask(className, name, "/dump")).json();
        const isEmpty = stored.tables.length === 0 && stored.values.length === 0;
        if (!isEmpty) found.objects.push({ className, name, ...stored });
      }
    }
    return Response.json(found);
  }
  #ask(className, name, path, body = "") {
    const stub = this.env[BINDINGS[className]].getByName(name);
    return stub.fetch(`https://postern.internal${path}`, { method: "POST", body });
  }
}
