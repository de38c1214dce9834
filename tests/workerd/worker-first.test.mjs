// Static files that are served without the Worker: what `postern build` writes as `run_worker_first`, in front of Cloudflare's
// own router and asset server as miniflare has them.
//
// Random policies, folders and paths. Whatever is served without the Worker is what the gate gives to everyone: the same
// answer, or, where the gate refuses a path because it can be read in two ways, a file that it gives to everyone elsewhere.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as workerOptions } from "wrangler";

import { gateWorker, newKeys } from "./harness.mjs";
import { send } from "./http.mjs";

const COMMAND = join(dirname(fileURLToPath(import.meta.url)), "../../build/cli/postern.js");
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const REQUESTS = 250;
/** What answers where the Worker is asked. */
const STUB = 'export default { fetch: () => new Response("the Worker", { headers: { "X-Worker": "asked" } }) };';

/** The same numbers for the same seed. */
function numbers(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count) => Math.floor(next() * count);
  return { below, one: (list) => list[below(list.length)] };
}

const NAMES = ["open", "docs", "img", "private", "a.b"];
const ENDS = ["", "/", "/*", "/**", "*", ".html", "/index.html", "/x", "/*/x", "/*.png"];
const FILES = ["", "/index", "/x", "/x/index", "/page", "/é", "/a;b", "/a b", "/x.png", "/404"];

function randomFolder({ below, one }) {
  const files = { "/index.html": "", "/secret.html": "", "/deep/secret.txt": "" };
  if (below(2) === 0) files["/404.html"] = "";
  for (let at = 0; at < 14; at++) files[`/${one(NAMES)}${one(FILES)}${one([".html", ".html", ".txt", ""])}`] = "";
  const paths = Object.keys(files).filter((path) => !/\/$|\.$/.test(path));
  // A file has no files below it.
  return paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`)));
}

function randomRoutes({ below, one }) {
  const routes = [];
  for (let at = 0; at < 2 + below(6); at++) {
    const match = `/${one(NAMES)}${one(ENDS)}`;
    const kind = below(8);
    if (kind < 5)
      routes.push({ match, access: "public", origin: "assets", ...(kind === 0 ? { methods: ["GET"] } : {}) });
    else if (kind < 7) routes.push({ match, access: "session", origin: "assets" });
    else routes.push({ match, access: "deny" });
  }
  routes.push(
    one([
      { match: "/*", access: "session", origin: "assets" },
      { match: "/*", access: "public", origin: "assets" },
    ]),
  );
  return routes;
}

const ESCAPES = [
  "%2F",
  "%2f",
  "%2e%2e",
  "..%2f",
  "%2e",
  "%5c",
  "%3B",
  "%zz",
  "%",
  "%25",
  "%C3%A9",
  "//",
  "/./",
  "/../",
  ";",
  "\\",
  "*",
  "~",
];

function randomPath({ below, one }, routes, files) {
  const pieces = [
    () => `/${one(NAMES)}`,
    () => one(files),
    () => one(files).replace(/(\/index)?\.html$/, ""),
    () => one(routes).match.replace(/\/?\*+/g, () => one(["/x", "", "/page", "/nothing", "/..%2fsecret"])),
  ];
  let path = one(pieces)();
  for (let at = below(3); at > 0; at--) path += one([...ESCAPES, "/", "/x", "/index", ".html", "/secret.html"]);
  if (below(3) === 0) path = `/${one(NAMES)}/${one(ESCAPES)}${path}`;
  if (below(6) === 0) path = path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
  path = path.replace(/[ é]/g, (letter) => encodeURIComponent(letter));
  return path.startsWith("/") ? path : `/${path}`;
}

const toml = (routes) =>
  `issuer = "https://auth.example.com"\n${routes
    .map(
      (route) =>
        `\n[[routes]]\n${Object.entries(route)
          .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
          .join("")}`,
    )
    .join("")}`;

const wranglerFile = (handling) => ({
  name: "site",
  main: "stub.mjs",
  compatibility_date: "2026-11-01",
  assets: { directory: "site", binding: "ASSETS", run_worker_first: true, ...handling },
  kv_namespaces: [{ binding: "POSTERN_SESSIONS", id: "0" }],
  durable_objects: {
    bindings: [
      { name: "POSTERN_COORDINATORS", class_name: "SessionCoordinator" },
      { name: "POSTERN_PEOPLE", class_name: "Person" },
      { name: "POSTERN_REVOCATION_LOG", class_name: "RevocationLog" },
      { name: "POSTERN_ACCOUNTS", class_name: "Account" },
    ],
  },
  ratelimits: [{ name: "POSTERN_LOGIN_LIMIT", namespace_id: "1", simple: { limit: 10, period: 60 } }],
  migrations: [{ tag: "v1", new_sqlite_classes: ["SessionCoordinator", "Person", "RevocationLog", "Account"] }],
});

/** Has `postern build` write the list, until it takes the routes. `null` where no route is left that it takes. */
function built(folder, routes) {
  for (let left = [...routes]; left.length > 0; ) {
    writeFileSync(join(folder, "postern.toml"), toml(left));
    try {
      execFileSync(process.execPath, [COMMAND, "build"], { cwd: folder, encoding: "utf8", stdio: "pipe" });
      return left;
    } catch (error) {
      // A route that is never reached, or whose page has a second path.
      const wrong = new Set([...error.stderr.matchAll(/error: routes\[(\d+)\]/g)].map(([, at]) => Number(at)));
      if (wrong.size === 0) throw error;
      left = left.filter((_, at) => !wrong.has(at));
    }
  }
  return null;
}

/** Both sites: the one with the list, whose Worker only says that it was asked, and the gate that is asked for everything. */
async function both(folder, routes) {
  const { workerOptions: options } = workerOptions(join(folder, "wrangler.jsonc"));
  const { assets } = JSON.parse(readFileSync(join(folder, "wrangler.jsonc"), "utf8"));
  const { html_handling, not_found_handling } = assets;
  const directory = join(folder, "site");
  const config = { issuer: "https://auth.example.com", routes, log_refusals: false };
  const secrets = { POSTERN_KEYS: newKeys(), POSTERN_USERS: USERS };
  const assetConfig = { html_handling, not_found_handling };
  const gate = gateWorker(
    "gate",
    { config, secrets, entry: "built", without: ["ORIGIN"], assetConfig },
    "gate",
    directory,
  );
  const mf = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      handleStructuredLogs: () => {},
      workers: [
        {
          name: "site",
          modules: [{ type: "ESModule", path: "/worker/stub.mjs", contents: STUB }],
          modulesRoot: "/worker",
          compatibilityDate: "2026-11-01",
          assets: { ...options.assets, directory },
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        },
        { ...gate, outboundService: undefined },
      ],
    }),
  );
  await mf.ready;
  return {
    mf,
    site: await mf.unsafeGetDirectURL("site"),
    gate: await mf.unsafeGetDirectURL("gate"),
    list: assets.run_worker_first,
  };
}

/** Somebody has to be able to log in. The hash is of no password. */
const USERS = `ann:$argon2id$v=19$m=19456,t=2,p=1$${"A".repeat(22)}$${"A".repeat(43)}`;

const said = (reply) => [reply.status, reply.header("location"), reply.header("content-type"), reply.text];

/** Whether the gate does not read such a path, or no such method. */
const isUnread = ({ status }) => [400, 405, 414].includes(status);

/** The answers that everyone gets from the gate under a path that it reads. */
async function open(gate, files, list) {
  const bodies = new Set([""]);
  const note = async (path) => {
    const reply = await send(gate, "GET", path);
    if (reply.status === 200 || reply.status === 404) bodies.add(reply.text);
  };
  for (const file of files) {
    const own = encodeURI(file);
    const folder = own.replace(/(\/index)?\.html$/, "/");
    for (const path of [own, own.replace(/\.html$/, ""), folder]) await note(path);
  }
  for (const rule of list === true ? [] : list.slice(1)) await note(rule.slice(1).replace("*", "nothing"));
  return bodies;
}

let without = 0;
for (const seed of SEEDS) {
  test(`what is served without the Worker is what the gate gives to everyone (seed ${seed})`, async () => {
    const random = numbers(seed);
    const folder = mkdtempSync(join(tmpdir(), "postern-first-"));
    let running;
    try {
      const files = randomFolder(random);
      for (const file of files) {
        mkdirSync(dirname(join(folder, "site", file)), { recursive: true });
        writeFileSync(join(folder, "site", file), `the file ${file}`);
      }
      if (seed % 2 === 0)
        writeFileSync(join(folder, "site/_redirects"), "/open/old /private/x 301\n/docs/* /img/:splat 302\n");
      const handling = {
        html_handling: random.one(["auto-trailing-slash", "force-trailing-slash", "drop-trailing-slash", "none"]),
        not_found_handling: random.one(["none", "404-page", "single-page-application"]),
      };
      writeFileSync(join(folder, "stub.mjs"), STUB);
      writeFileSync(join(folder, "wrangler.jsonc"), JSON.stringify(wranglerFile(handling), null, 2));
      writeFileSync(join(folder, ".dev.vars"), `POSTERN_USERS='${USERS}'\nPOSTERN_KEYS=${newKeys()}\n`);
      const routes = built(folder, randomRoutes(random));
      running = await both(folder, routes);
      const everyone = await open(running.gate, files, running.list);
      for (let at = 0; at < REQUESTS; at++) {
        const path = randomPath(random, routes, files);
        const method = random.one(["GET", "GET", "GET", "HEAD", "POST"]);
        const headers = random.one([{}, { "Sec-Fetch-Mode": "navigate", Accept: "text/html" }]);
        const served = await send(running.site, method, path, headers);
        if (served.header("X-Worker") !== null) continue;
        without += 1;
        let gated = await send(running.gate, method, path, headers);
        // The gate reads what was sent; the router and the assets read what the URL's parser makes of it.
        if (isUnread(gated))
          gated = await send(running.gate, method, new URL(`http://a.example${path}`).pathname, headers);
        const about = `${method} ${path} of ${JSON.stringify({ routes, handling, list: running.list, seed })}`;
        if (isUnread(gated)) assert.ok(everyone.has(served.text), `${about}: ${served.status} ${served.text}`);
        else assert.deepEqual(said(gated), said(served), about);
      }
    } finally {
      await running?.mf.dispose();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test("something is served without the Worker", () => {
  assert.ok(without > 100, `${without} of ${SEEDS.length * REQUESTS}`);
});
