// Starts the built Worker on workerd, with an origin beside it that records what it gets.
//
// Job: one miniflare with several Workers (the origin, and gates that each have a configuration and share one set of
// stores), on loopback and free ports. Not its job: what they should do; the tests say that.
//
// Every gate and the origin listen on workerd's own sockets: miniflare's entry would normalise each
// URL before the Worker sees it.

import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

import { send } from "./http.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const BUILD = process.env.POSTERN_BUILD ?? join(HERE, "../../build");
const ORIGIN = readFileSync(join(HERE, "origin.mjs"), "utf8");
const FAULTY_ENTRY = readFileSync(join(HERE, "faulty-entry.mjs"), "utf8");
/** `.postern/worker.js`, beside the package. */
const ENTRY = `import { worker } from "./index.js";
import config from "./config.js";
export { Account, Person, RevocationLog, RevocationRelay, SessionCoordinator } from "./index.js";
export default worker(config);
`;
/** The same with a handler of its own. */
const PROTECTING_ENTRY = `import { protect } from "./index.js";
import config from "./config.js";
import handler from "./handler.mjs";
export * from "./handler.mjs";
export { Account, Person, RevocationLog, RevocationRelay, SessionCoordinator } from "./index.js";
export default protect(config, handler);
`;
const COMPATIBILITY_DATE = "2026-11-01";
/** How long an event may take before the test counts as stuck. */
const STUCK = 20_000;

/** A client secret as `make client` makes them. */
export function newSecret() {
  return `pst_cs_${randomBytes(32).toString("base64url")}`;
}

/** The digest of a secret, for the client's configuration. */
export function digest(secret) {
  return createHash("sha256").update(secret).digest("hex");
}

/** A value for `POSTERN_KEYS` with one key. */
export function newKeys(id = 1) {
  return `${id}:${randomBytes(32).toString("base64url")}`;
}

/** A port of this machine that nobody uses. */
export async function freePort() {
  const probe = net.createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** What `postern build` writes as `.postern/config.js`. */
function configModule({ config, module }) {
  const table = config === undefined ? undefined : JSON.stringify(config);
  return `export default ${JSON.stringify({ version: 1, table, ...module })};\n`;
}

/** A module as miniflare takes it. */
const esModule = (path, contents) => ({ type: "ESModule", path: join("/worker", path), contents });

/** The modules of the built Worker with this gate's configuration, the one to start first. */
function modules(gate) {
  if (!existsSync(join(BUILD, "index.js"))) throw new Error(`${BUILD} holds no built Worker: run \`make build\``);
  return [
    gate.entry === "built"
      ? esModule("entry.mjs", gate.handler === undefined ? ENTRY : PROTECTING_ENTRY)
      : esModule("faulty-entry.mjs", FAULTY_ENTRY),
    esModule("handler.mjs", gate.handler ?? "export default undefined;"),
    esModule("config.js", configModule(gate)),
    esModule("index.js", readFileSync(join(BUILD, "index.js"), "utf8")),
    { type: "CompiledWasm", path: "/worker/index_bg.wasm", contents: readFileSync(join(BUILD, "index_bg.wasm")) },
  ];
}

const LOOPBACK = { host: "127.0.0.1", port: 0 };

/**
 * The options of one gate, which allows up to `loginLimit` attempts to log in a minute. `owner` is the gate whose
 * Durable Objects and KV namespace it uses.
 */
export function gateWorker(name, gate, owner, assets) {
  const objects = (className) =>
    name === owner ? { className, useSQLite: true } : { className, scriptName: owner, useSQLite: true };
  const bindings = { ...gate.secrets };
  const without = new Set(gate.without ?? []);
  const durableObjects = Object.fromEntries(
    [
      ["POSTERN_COORDINATORS", objects("SessionCoordinator")],
      ["POSTERN_PEOPLE", objects("Person")],
      ["POSTERN_REVOCATION_LOG", objects("RevocationLog")],
      ["POSTERN_ACCOUNTS", objects("Account")],
      ...(gate.relays ? [["POSTERN_RELAYS", objects("RevocationRelay")]] : []),
    ].filter(([binding]) => !without.has(binding)),
  );
  const faulty = gate.entry !== "built";
  return {
    name,
    modules: modules(gate),
    modulesRoot: "/worker",
    compatibilityDate: COMPATIBILITY_DATE,
    bindings,
    kvNamespaces: without.has("POSTERN_SESSIONS") ? {} : { POSTERN_SESSIONS: gate.kv ?? "sessions" },
    durableObjects,
    serviceBindings: without.has("ORIGIN") ? {} : { ORIGIN: "origin" },
    ratelimits: {
      ...(without.has("POSTERN_LOGIN_LIMIT")
        ? {}
        : { POSTERN_LOGIN_LIMIT: { namespace_id: name, simple: { limit: gate.loginLimit ?? 1_000, period: 60 } } }),
      ...gate.ratelimits,
    },
    outboundService: "origin",
    // The gate runs before the assets, as with `run_worker_first = true`.
    ...(without.has("ASSETS")
      ? {}
      : {
          assets: {
            directory: assets,
            binding: "ASSETS",
            routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
            assetConfig: gate.assetConfig,
          },
        }),
    unsafeDirectSockets: [
      { ...LOOPBACK, port: gate.port ?? 0 },
      ...(faulty ? [{ ...LOOPBACK, entrypoint: "Control" }] : []),
    ],
  };
}

/** One gate, as a client sees it, and its levers. */
export class Gate {
  /** How far this isolate's clock is ahead of the real one at the beginning of a test, and now, in seconds. */
  start = 0;
  ahead = 0;

  constructor(url, control) {
    this.url = url;
    this.control = control;
  }

  send(method, target, headers, body) {
    return send(this.url, method, target, headers, body);
  }

  get(target, headers) {
    return this.send("GET", target, headers);
  }

  /** A form, as one of the clients where `client` is given. */
  form(target, fields, client, headers = {}) {
    const basic = client && {
      Authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString("base64")}`,
    };
    const body = typeof fields === "string" ? fields : new URLSearchParams(fields).toString();
    return this.send(
      "POST",
      target,
      { "Content-Type": "application/x-www-form-urlencoded", ...basic, ...headers },
      body,
    );
  }

  /** An access token for `client`. */
  async token(client, fields = {}) {
    const reply = await this.form("/oauth/token", { grant_type: "client_credentials", ...fields }, client);
    if (reply.status !== 200) throw new Error(`no token: ${reply.status} ${reply.text}`);
    return reply.json.access_token;
  }

  introspect(token, client, fields = {}) {
    return this.form("/oauth/introspect", { token, ...fields }, client);
  }

  revoke(token, client, fields = {}) {
    return this.form("/oauth/revoke", { token, ...fields }, client);
  }

  async #control(command) {
    const reply = await send(this.control, "POST", "/", {}, JSON.stringify(command));
    if (reply.status !== 200) throw new Error(`no control: ${reply.status} ${reply.text}`);
    return reply.json;
  }

  /** Sets all faults of this gate's isolate: `{ 'kv.get': 'throw' }`. */
  async faults(faults = {}) {
    return (await this.#control({ faults })).counts;
  }

  /** Moves this isolate's clock to this many seconds after the beginning of the test. */
  clock(seconds) {
    this.ahead = this.start + seconds;
    return this.#control({ shift: this.ahead * 1000 });
  }

  /** This isolate's time, in whole seconds. */
  get now() {
    return Math.floor(Date.now() / 1000) + this.ahead;
  }

  /** How often each store was asked since the counts were last reset. */
  async counts() {
    return (await this.#control({})).counts;
  }

  async resetCounts() {
    return (await this.#control({ reset: true })).counts;
  }

  /** When the alarm of this object is to ring, in milliseconds; `null` if none is set. */
  async alarm(binding, name) {
    return (await this.#control({ alarm: { binding, name } })).alarm;
  }

  /** The object loses its alarm. */
  async loseAlarm(binding, name) {
    return (await this.#control({ lose: { binding, name } })).alarm;
  }

  /** Lets the alarms of these objects ring now, and says what each has stored then: its tables, rows and next alarm. */
  async ring(binding, names) {
    return (await this.#control({ ring: { binding, names } })).rung;
  }

  /** Lets go of everything that the fault `hold` holds back. */
  release() {
    return this.#control({ release: true });
  }

  /** Waits until a count has reached `least`. */
  counted(name, least) {
    return this.#until(name, (count) => count >= least, `at least ${least}`);
  }

  /** Waits until at most this many requests are under way, which goes on until each has its answer or has been given up. */
  underWay(most) {
    return this.#until("underWay", (count) => count <= most, `at most ${most}`);
  }

  async #until(name, isRight, wanted) {
    for (const deadline = Date.now() + STUCK; ; ) {
      const counts = await this.counts();
      if (isRight(counts[name] ?? 0)) return counts;
      if (Date.now() > deadline) throw new Error(`${name} was never ${wanted}: ${JSON.stringify(counts)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** No faults, no counts, and the clock where it was at the beginning of the test. */
  async reset() {
    await this.#control({ faults: {}, reset: true, release: true });
    await this.clock(0);
  }
}

/** The origin's record. */
class Origin {
  constructor(control) {
    this.control = control;
  }
  /** The requests that reached the origin since the record was last cleared. */
  async seen() {
    return (await send(this.control, "GET", "/")).json;
  }
  async clear() {
    return (await send(this.control, "DELETE", "/")).json;
  }
  /** Lets go of the answers that it holds back, as soon as there is one. */
  async release() {
    while ((await send(this.control, "POST", "/")).json === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The lines that the Workers wrote to the console. */
class Logs {
  /** Since they were last cleared. */
  lines = [];
  /** Since the start. */
  all = [];
  #wake = () => {};

  take({ level, message }) {
    this.lines.push({ level, message });
    this.all.push({ level, message });
    this.#wake();
  }

  /** The events (JSON lines) with this name. */
  events(name) {
    return this.lines.flatMap(({ message }) => {
      try {
        const event = JSON.parse(message);
        return event.event === name ? [event] : [];
      } catch {
        return [];
      }
    });
  }

  /** Waits for an event with this name for which `wanted` is true. */
  async event(name, wanted = () => true) {
    for (const deadline = Date.now() + STUCK; ; ) {
      const found = this.events(name).find(wanted);
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`no event ${name}; the log: ${JSON.stringify(this.lines.slice(-20))}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  clear() {
    this.lines = [];
  }
}

/**
 * Starts everything. `gates` maps names to `{ config, module, secrets, without, kv, entry, port, loginLimit, handler }`
 * (`module` is what the module of the configuration says besides, `handler` the text of a module whose default export is
 * given to `protect`); the
 * first one owns the Durable Objects, and the others follow the same log from their own isolates, unless
 * they say `own: true`. `files` are the static assets. Everything that a gate fetches goes to the origin, except
 * `servers`: web origins that are really there, or pairs of one and of where it is instead.
 */
export async function start({ gates, files = {}, servers = [] }) {
  const scratch = mkdtempSync(join(tmpdir(), "postern-"));
  const assets = join(scratch, "assets");
  mkdirSync(assets);
  for (const [name, text] of Object.entries({ "index.html": "the front page", ...files })) {
    mkdirSync(dirname(join(assets, name)), { recursive: true });
    writeFileSync(join(assets, name), text);
  }
  const logs = new Logs();
  const names = Object.keys(gates);
  const mf = new Miniflare(
    convertV4MiniflareOptions({
      ...LOOPBACK,
      cf: false,
      handleStructuredLogs: (line) => logs.take(line),
      workers: [
        ...names.map((name) => gateWorker(name, gates[name], gates[name].own ? name : names[0], assets)),
        {
          name: "origin",
          modules: [{ type: "ESModule", path: "/origin/origin.mjs", contents: ORIGIN }],
          modulesRoot: "/origin",
          compatibilityDate: COMPATIBILITY_DATE,
          bindings: { SERVERS: Object.fromEntries(servers.map((server) => [server, server].flat().slice(0, 2))) },
          unsafeDirectSockets: [{ ...LOOPBACK, entrypoint: "Control" }],
        },
      ],
    }),
  );
  const stop = async () => {
    await mf.dispose();
    rmSync(scratch, { recursive: true, force: true });
  };
  try {
    await mf.ready;
    const started = {};
    for (const name of names) {
      const control = gates[name].entry === "built" ? null : await mf.unsafeGetDirectURL(name, "Control");
      started[name] = new Gate(await mf.unsafeGetDirectURL(name), control);
    }
    return {
      gates: started,
      gate: started[names[0]],
      origin: new Origin(await mf.unsafeGetDirectURL("origin", "Control")),
      kv: (gate = names[0]) => mf.getKVNamespace("POSTERN_SESSIONS", gate),
      logs,
      mf,
      /** Ends the Durable Objects of this class, as may happen at any time, and says how many were alive. */
      async evict(className, gate = names[0]) {
        let evicted = 0;
        for (const id of await mf.listDurableObjectIds(className, gate)) {
          try {
            await mf.unsafeEvictDurableObject(gate, className, { id });
            evicted += 1;
          } catch (error) {
            if (!/not currently running/.test(error.message)) throw error;
          }
        }
        return evicted;
      },
      /**
       * Begins a test: resets every gate, and every clock goes on from the latest one. An isolate that has been in
       * the future would take its copy of the log for fresh until then.
       */
      async begin() {
        const all = Object.values(started);
        const latest = Math.max(...all.map((gate) => gate.ahead)) + 1;
        for (const gate of all) {
          gate.start = latest;
          await gate.reset();
        }
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
