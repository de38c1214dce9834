// A site whose stores can be taken from one version of Postern to the next.
//
// Job: the fixed keys, clients and account, and a miniflare that runs a built Worker with them. What the stores hold comes
// from `make.mjs`; what must be true of them with the next version, the test says.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

import { Person } from "../../people/person.mjs";
import { send } from "../../workerd/http.mjs";

const HERE = import.meta.dirname;
export const ISSUER = "http://localhost:18787";

// All of this is made up for this test, and opens nothing else.
export const KEYS = "1:c3RvcmUtb2YtdGhlLXByZXZpb3VzLXZlcnNpb24tMDE";
export const PROGRAM = { id: "program", secret: "pst_cs_a2VwdC1mb3ItdGhlLXRlc3Qtb2YtdXBncmFkaW5n" };
export const APP = { id: "app", redirectUri: "https://app.example.com/callback" };
export const ANN = { name: "ann", password: "correct horse battery staple" };
const ANN_HASH = "$argon2id$v=19$m=19456,t=2,p=1$y3MrEhW9s3dnJOCCLfQRuw$Omz1wW4n2SKbgBGewG6Hgmy45vZf5Bh2hXKYXs5j1hs";

/** The configuration, as it was always written. */
export const TABLE = {
  issuer: ISSUER,
  audience: ISSUER,
  name: "The site of the store",
  clients: [
    {
      id: PROGRAM.id,
      secret_sha256: createHash("sha256").update(PROGRAM.secret).digest("hex"),
      scopes: ["orders:read"],
      audiences: [ISSUER],
      introspect: true,
    },
    {
      id: APP.id,
      name: "App",
      public: true,
      grants: ["authorization_code", "refresh_token"],
      redirect_uris: [APP.redirectUri],
      scopes: ["orders:read"],
      audiences: [ISSUER],
    },
  ],
  routes: [
    { match: "/api/*", access: "token", scopes: ["orders:read"], max_staleness: 0, origin: "assets" },
    { match: "/private/*", access: "session", max_staleness: 0, origin: "assets" },
  ],
};

const LOOPBACK = { host: "127.0.0.1", port: 0 };

/** The modules of a built Worker in `folder`; `worker` is the text of the one that names it and its classes. */
function modules(folder, worker, more) {
  const files = readdirSync(folder).filter((name) => /^index.*\.(js|wasm)$/.test(name));
  const built = files.map((name) => {
    const isWasm = name.endsWith(".wasm");
    const contents = readFileSync(join(folder, name), isWasm ? undefined : "utf8");
    return { type: isWasm ? "CompiledWasm" : "ESModule", path: `/worker/${name}`, contents };
  });
  const own = { "worker.mjs": worker, ...more };
  return [
    { type: "ESModule", path: "/worker/entry.mjs", contents: readFileSync(join(HERE, "entry.mjs"), "utf8") },
    ...Object.entries(own).map(([name, contents]) => ({ type: "ESModule", path: `/worker/${name}`, contents })),
    ...built,
  ];
}

/** Starts the Worker in `folder`. `bindings` are variables besides the secrets. */
export async function start({ folder, worker, more = {}, bindings = {} }) {
  const object = (className) => ({ className, useSQLite: true });
  const mf = new Miniflare(
    convertV4MiniflareOptions({
      ...LOOPBACK,
      cf: false,
      handleStructuredLogs: () => {},
      workers: [
        {
          name: "site",
          modules: modules(folder, worker, more),
          modulesRoot: "/worker",
          compatibilityDate: "2026-10-01",
          bindings: { POSTERN_KEYS: KEYS, POSTERN_USERS: `${ANN.name}:${ANN_HASH}`, ...bindings },
          kvNamespaces: { POSTERN_SESSIONS: "sessions" },
          durableObjects: {
            POSTERN_COORDINATORS: object("SessionCoordinator"),
            POSTERN_PEOPLE: object("Person"),
            POSTERN_REVOCATION_LOG: object("RevocationLog"),
            POSTERN_ACCOUNTS: object("Account"),
          },
          ratelimits: { POSTERN_LOGIN_LIMIT: { namespace_id: "1", simple: { limit: 1_000, period: 60 } } },
          assets: {
            directory: join(HERE, "assets"),
            binding: "ASSETS",
            routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
          },
          unsafeDirectSockets: [LOOPBACK, { ...LOOPBACK, entrypoint: "Control" }],
        },
      ],
    }),
  );
  await mf.ready;
  return new Site(mf, await mf.unsafeGetDirectURL("site"), await mf.unsafeGetDirectURL("site", "Control"));
}

class Site {
  constructor(mf, url, control) {
    Object.assign(this, { mf, url, control });
  }

  /** All that is stored, after the clock was moved and the stores were filled. */
  async stores(command = {}) {
    const reply = await send(this.control, "POST", "/", {}, JSON.stringify(command));
    if (reply.status !== 200) throw new Error(`no stores: ${reply.status} ${reply.text}`);
    return reply.json;
  }

  /** Somebody with a browser and these cookies. */
  person(cookies = {}) {
    const person = new Person(ISSUER);
    person.gate = this;
    for (const [name, value] of Object.entries(cookies)) person.cookies().set(name, value);
    return person;
  }

  get(target, token) {
    const headers = { Host: new URL(ISSUER).host, Authorization: `Bearer ${token}` };
    return send(this.url, "GET", target, headers);
  }

  /** Posts a form, as the program where `basic` is said. */
  form(target, fields, basic = true) {
    const credentials = Buffer.from(`${PROGRAM.id}:${PROGRAM.secret}`).toString("base64");
    const headers = {
      Host: new URL(ISSUER).host,
      "Content-Type": "application/x-www-form-urlencoded",
      ...(basic && { Authorization: `Basic ${credentials}` }),
    };
    return send(this.url, "POST", target, headers, new URLSearchParams(fields).toString());
  }

  stop() {
    return this.mf.dispose();
  }
}
