// Postern as the benchmark runs it: the built Worker, a configuration, a KV and two Durable Objects in memory.
import { createHash, randomBytes } from "node:crypto";

import { basic } from "./client.mjs";
import { BUILD, MINT } from "./paths.mjs";
import { run } from "./processes.mjs";
import { AGE, LIFETIME, now } from "./sizes.mjs";
import { objectBinding, textBinding } from "./workerd.mjs";

export const ISSUER = "http://localhost";
// The default, which the measurements of memory are held against.
export const CACHE_BYTES = 16 * 1024 * 1024;

const key = () => `1:${randomBytes(32).toString("base64url")}`;
const KEYS = key();
// 32 bytes are a scalar of P-256 but for one in four billion.
const SIGNING_KEYS = key();
const OTHER_KEYS = key();
const SECRET = "the-benchmark-calls-postern";

// Two clients: one that takes what a copy of the revocation log says, one that has the log itself asked.
export const WEAK = basic("bench", SECRET);
export const STRONG = basic("strong", SECRET);

export function route(overrides = {}) {
  return {
    match: "/api/*",
    access: "token",
    scopes: ["bench:read"],
    audience: ISSUER,
    max_staleness: 5,
    origin: "service:ORIGIN",
    ...overrides,
  };
}

export function client(id, maxStaleness) {
  return {
    id,
    secret_sha256: createHash("sha256").update(SECRET).digest("hex"),
    grants: ["client_credentials"],
    scopes: ["bench:read"],
    audiences: [ISSUER],
    token_lifetime: LIFETIME,
    introspect: true,
    introspect_max_staleness: maxStaleness,
  };
}

// `.postern/worker.js`, beside the package.
const ENTRY = `import { worker } from "./index.js";
import config from "./config.js";
export { Person, RevocationLog, SessionCoordinator } from "./index.js";
export default worker(config);
`;

// The same with a handler of one's own.
const PROTECTING = `import { protect } from "./index.js";
import config from "./config.js";
import handler from "./handler.js";
export { Person, RevocationLog, SessionCoordinator } from "./index.js";
export default protect(config, handler);
`;

// The first with a count of what the platform signs, for `/api/signatures`.
const COUNTING = `import { worker } from "./index.js";
import config from "./config.js";
export { Person, RevocationLog, SessionCoordinator } from "./index.js";
const { sign } = SubtleCrypto.prototype;
let signatures = 0;
SubtleCrypto.prototype.sign = function (...given) {
  signatures += 1;
  return sign.apply(this, given);
};
const inner = worker(config);
export default {
  fetch: (request, ...given) =>
    request.url.endsWith("/api/signatures") ? new Response(String(signatures)) : inner.fetch(request, ...given),
};
`;

function entryOf(handler, isCounting) {
  if (handler !== undefined) return PROTECTING;
  return isCounting ? COUNTING : ENTRY;
}

const configModule = (table) => `export default ${JSON.stringify({ version: 1, table: JSON.stringify(table) })};\n`;

// What `startGate` needs. `config` overrides the configuration, `handler` is the text of a handler of one's own. With
// `isCounting`, `/api/signatures` says how often it has signed.
export function posternWorker({ handler, isCounting = false, ...config } = {}) {
  const configuration = {
    issuer: ISSUER,
    cache_bytes: CACHE_BYTES,
    clients: [client("bench", 5), client("strong", 0)],
    routes: [route()],
    ...config,
  };
  return {
    modules: [
      { name: "entry.js", kind: "esModule", text: entryOf(handler, isCounting) },
      ...(handler === undefined ? [] : [{ name: "handler.js", kind: "esModule", text: handler }]),
      { name: "config.js", kind: "esModule", text: configModule(configuration) },
      { name: "index.js", kind: "esModule", path: `${BUILD}/index.js` },
      { name: "index_bg.wasm", kind: "wasm", path: `${BUILD}/index_bg.wasm` },
    ],
    bindings: [
      textBinding("POSTERN_KEYS", KEYS),
      textBinding("POSTERN_SIGNING_KEYS", SIGNING_KEYS),
      objectBinding("POSTERN_COORDINATORS", "SessionCoordinator"),
      objectBinding("POSTERN_PEOPLE", "Person"),
      objectBinding("POSTERN_REVOCATION_LOG", "RevocationLog"),
    ],
    objects: ["SessionCoordinator", "Person", "RevocationLog"],
    kv: "POSTERN_SESSIONS",
  };
}

async function mint(keys, count, issuedAt, expiresAt, flags = []) {
  const arguments_ = [...flags, ISSUER, count, issuedAt, expiresAt].map(String);
  const output = await run(MINT, arguments_, { env: { ...process.env, POSTERN_KEYS: keys } });
  const lines = output
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  return { tokens: lines.map(([token]) => token), records: lines.map(([, key, record]) => [key, record]) };
}

// Tokens with their records, as the token endpoint would have issued them a while ago.
export const mintLive = (count) => mint(KEYS, count, now() - AGE, now() + LIFETIME);
// The tickets of logins, for the cookie of a browser.
export const mintTickets = (count) => mint(KEYS, count, now() - AGE, now() + LIFETIME, ["--ticket"]);
// The right form, sealed by somebody else.
export const mintForged = (count) => mint(OTHER_KEYS, count, now() - AGE, now() + LIFETIME);
// Genuine, but their time is over.
export const mintExpired = (count) => mint(KEYS, count, now() - 2 * AGE, now() - AGE);
