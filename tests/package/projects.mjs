// What a user of the package writes: a site of files, and a Worker of one's own behind the gate.

import { createHash, randomBytes } from "node:crypto";

const DATE = "2026-08-01";

export const PROGRAM = { id: "program", secret: `pst_cs_${randomBytes(32).toString("base64url")}` };

/** The secrets of a local run. */
export const DEV_VARS = [
  `POSTERN_KEYS="1:${randomBytes(32).toString("base64url")}"`,
  `PROGRAM_SECRET_SHA256="${createHash("sha256").update(PROGRAM.secret).digest("hex")}"`,
  "",
].join("\n");

/** The configuration: programs get in with a token, and `origin` is behind the gate. */
export function postern(issuer, origin) {
  return `issuer = "${issuer}"
audience = "${issuer}"

[[clients]]
id = "${PROGRAM.id}"
secret_sha256 = "env:PROGRAM_SECRET_SHA256"
scopes = ["read"]
audiences = ["${issuer}"]

[[routes]]
match = "/private/**"
access = "token"
scopes = ["read"]
origin = "${origin}"

[[routes]]
match = "/*"
access = "public"
origin = "${origin}"
`;
}

/** The wrangler file of a Worker whose `main` this is; `more` is what else it has. */
export function wrangler(main, more = {}) {
  const objects = {
    POSTERN_COORDINATORS: "SessionCoordinator",
    POSTERN_PEOPLE: "Person",
    POSTERN_REVOCATION_LOG: "RevocationLog",
    POSTERN_ACCOUNTS: "Account",
    ...more.objects,
  };
  const bindings = Object.entries(objects).map(([name, class_name]) => ({ name, class_name }));
  const file = {
    name: "site",
    main,
    compatibility_date: DATE,
    workers_dev: false,
    preview_urls: false,
    kv_namespaces: [{ binding: "POSTERN_SESSIONS" }],
    durable_objects: { bindings },
    migrations: [{ tag: "v1", new_sqlite_classes: Object.values(objects) }],
    ratelimits: [{ name: "POSTERN_LOGIN_LIMIT", namespace_id: "1001", simple: { limit: 10, period: 60 } }],
    ...more.file,
  };
  return `// A comment, which JSON has not.\n${JSON.stringify(file, null, 2)}\n`;
}

/** A site of files alone. */
export function siteOfFiles(issuer) {
  return {
    "postern.toml": postern(issuer, "assets"),
    "wrangler.jsonc": wrangler(".postern/worker.js", {
      file: {
        build: { command: "npx postern build", watch_dir: "postern.toml" },
        assets: { directory: "public", binding: "ASSETS", run_worker_first: true },
      },
    }),
    "public/index.html": "<h1>for everyone</h1>\n",
    "public/private/report.txt": "for programs\n",
    ".dev.vars": DEV_VARS,
  };
}

/** A Worker with an object and a handler of its own. */
export const WORKER = `import { DurableObject } from "cloudflare:workers";
import { identity, protect } from "postern";
import config from "../.postern/config.js";

export { Account, Person, RevocationLog, SessionCoordinator } from "postern";

export class Counter extends DurableObject {
  async more() {
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return count;
  }
}

export default protect(config, {
  async fetch(request, env) {
    const who = identity(request);
    return Response.json({ subject: who?.subject ?? null, count: await env.COUNTER.getByName("all").more() });
  },
});
`;

/** The Worker, and its configuration in two files. \`file\` is what else is in the wrangler file. */
export function ownWorker(issuer, file = {}) {
  return {
    "postern.toml": postern(issuer, "app"),
    "wrangler.jsonc": wrangler("src/index.js", { objects: { COUNTER: "Counter" }, file }),
    "src/index.js": WORKER,
    ".dev.vars": DEV_VARS,
  };
}

/** A token for the program. */
export async function token(server) {
  const basic = Buffer.from(`${PROGRAM.id}:${PROGRAM.secret}`).toString("base64");
  const body = new URLSearchParams({ grant_type: "client_credentials" });
  const answer = await server.get("/oauth/token", {
    method: "POST",
    headers: { Authorization: `Basic ${basic}` },
    body,
  });
  const { access_token: text } = await answer.json();
  return text;
}
