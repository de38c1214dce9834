// What Node adds to the command: files that are written whole, where they should be, for those who may read them.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const program = fileURLToPath(new URL("../../build/cli/postern.js", import.meta.url));

const CONFIG = `issuer = "https://auth.example.com"

[[routes]]
match = "/*"
access = "public"
origin = "assets"
`;

const WRANGLER = {
  assets: { binding: "ASSETS", run_worker_first: true },
  kv_namespaces: [{ binding: "POSTERN_SESSIONS" }],
  durable_objects: {
    bindings: [
      { name: "POSTERN_COORDINATORS", class_name: "SessionCoordinator" },
      { name: "POSTERN_PEOPLE", class_name: "Person" },
      { name: "POSTERN_REVOCATION_LOG", class_name: "RevocationLog" },
    ],
  },
  migrations: [{ tag: "v1", new_sqlite_classes: ["SessionCoordinator", "Person", "RevocationLog"] }],
};

let folder;
const at = (name) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-command-"));
  writeFileSync(at("postern.toml"), CONFIG);
  writeFileSync(at("wrangler.jsonc"), `// A comment\n${JSON.stringify(WRANGLER)}`);
});

afterEach(() => rmSync(folder, { recursive: true }));

function build(...words) {
  const env = { ...process.env, WRANGLER_COMMAND: "", CLOUDFLARE_ENV: "" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "build", ...words], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("what is built is a module with the table, and nothing is left over", async () => {
  assert.deepEqual(build(), {
    status: 0,
    stdout: "postern: .postern/config.js is made of postern.toml (0 clients, 1 route)\n",
    stderr: "",
  });
  assert.deepEqual(readdirSync(at(".postern")).sort(), [
    ".gitignore",
    "config.d.ts",
    "config.js",
    "worker.d.ts",
    "worker.js",
  ]);
  writeFileSync(at("package.json"), '{ "type": "module" }');
  const { default: config } = await import(pathToFileURL(at(".postern/config.js")).href);
  assert.deepEqual(Object.keys(config), ["version", "table"]);
  assert.deepEqual(JSON.parse(config.table), {
    issuer: "https://auth.example.com",
    routes: [{ match: "/*", access: "public", origin: "assets" }],
  });
});

test("a file with the same in it is left alone, so that nobody who watches it is woken", () => {
  build();
  utimesSync(at(".postern/config.js"), 1_000_000_000, 1_000_000_000);
  build();
  assert.equal(statSync(at(".postern/config.js")).mtimeMs, 1_000_000_000_000);
  writeFileSync(at("postern.toml"), CONFIG.replace("/*", "/a/*"));
  build();
  assert.notEqual(statSync(at(".postern/config.js")).mtimeMs, 1_000_000_000_000);
});

test("a refused configuration leaves what was built", () => {
  build();
  const before = readFileSync(at(".postern/config.js"), "utf8");
  writeFileSync(at("postern.toml"), CONFIG.replace("public", "pubic"));
  const { status, stdout, stderr } = build();
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(stderr, /^postern\.toml:5:1: error: routes\[0\]\.access: must be one of [^\n]+\n$/);
  assert.equal(readFileSync(at(".postern/config.js"), "utf8"), before);
  assert.equal(build("--dev").status, 0);
  assert.match(readFileSync(at(".postern/config.js"), "utf8"), /refused: \["postern\.toml:5:1: routes/);
});

test("a link stays a link", () => {
  build("--out", "made");
  rmSync(at("made/config.js"));
  writeFileSync(at("real.js"), "old");
  symlinkSync(at("real.js"), at("made/config.js"));
  build("--out", "made");
  assert.match(readFileSync(at("real.js"), "utf8"), /^\/\/ Written by `postern build`/);
  assert.equal(readdirSync(folder, { withFileTypes: true }).length, 4);
});

test("what cannot be written or read is said", () => {
  writeFileSync(at("made"), "a file");
  const { status, stderr } = build("--out", "made");
  assert.equal(status, 1);
  assert.match(stderr, /^postern: made\/config\.js cannot be written: [^\n]+\n$/);
  rmSync(at("postern.toml"));
  symlinkSync(folder, at("postern.toml"));
  assert.match(build().stderr, /^postern\.toml: error: cannot be read: it is a folder\n$/);
});
