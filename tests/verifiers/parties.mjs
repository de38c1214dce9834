// The verifiers of examples/verifiers, each started as its document says, behind no gate.
//
// Job: for each, how it is started with an issuer, an audience and a key set, what it needs that may not be there, and what
// it promises less than the others. Not its job: what they are sent.

import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

import { freePort } from "../workerd/harness.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const VERIFIERS = join(ROOT, "examples/verifiers");
const TOOLS = join(ROOT, ".tools");
/** How long a server may take to answer at all. */
const STUCK = 60_000;

/** A program that listens on PORT, once it answers. */
async function listening(command, args, { cwd, env, port = undefined }) {
  port ??= await freePort();
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + STUCK; ; ) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`${command} ${args.join(" ")} does not answer: ${said}`);
    }
    try {
      await fetch(`${url}/nothing`);
      return { url, stop };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The settings as every example reads them. */
const variables = ({ issuer, audience, jwksUri, pause }) => ({
  ISSUER: issuer,
  AUDIENCE: audience,
  JWKS_URI: jwksUri,
  PAUSE: String(pause),
});

const express = {
  name: "Express",
  start: (settings) =>
    listening(process.execPath, ["server.mjs"], {
      cwd: join(VERIFIERS, "express"),
      env: variables(settings),
      port: settings.port,
    }),
};

/** The text of a Worker of one module. */
export async function bundled(entry) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    write: false,
  });
  return outputFiles[0].text;
}

const hono = {
  name: "Hono on workerd",
  async start(settings) {
    const mf = new Miniflare(
      convertV4MiniflareOptions({
        host: "127.0.0.1",
        port: settings.port ?? 0,
        cf: false,
        modules: [
          { type: "ESModule", path: "/worker.mjs", contents: await bundled(join(VERIFIERS, "hono/worker.mjs")) },
        ],
        modulesRoot: "/",
        compatibilityDate: "2026-11-01",
        bindings: variables(settings),
        handleStructuredLogs: () => {},
      }),
    );
    const url = await mf.ready;
    return { url: url.origin, stop: () => mf.dispose() };
  },
};

const PYTHON = join(TOOLS, "verifiers-python/bin/python");
const fastapi = {
  name: "FastAPI",
  missing: () => !existsSync(PYTHON) && "Python 3.10 or later with venv (Debian: python3-venv)",
  async start(settings) {
    const cwd = join(VERIFIERS, "fastapi");
    // uvicorn takes no port from the environment.
    const program = 'import os, uvicorn; uvicorn.run("main:app", port=int(os.environ["PORT"]), log_level="warning")';
    const env = { ...variables(settings), PYTHONPATH: cwd, PYTHONDONTWRITEBYTECODE: "1" };
    return listening(PYTHON, ["-c", program], { cwd, env });
  },
};

const GO = [join(TOOLS, "go/bin/go"), "go"].find((go) => spawnSync(go, ["version"]).status === 0);
const go = {
  name: "Go",
  missing: () => !GO && "Go 1.19 or later (Debian: golang-go)",
  async prepare() {
    const scratch = mkdtempSync(join(tmpdir(), "postern-go-"));
    go.server = join(scratch, "server");
    const env = { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-mod=mod", GOPROXY: "off" };
    const built = spawnSync(GO, ["build", "-o", go.server, "."], { cwd: join(VERIFIERS, "go"), env, encoding: "utf8" });
    if (built.status !== 0) throw new Error(`go build: ${built.stderr}`);
    return () => rmSync(scratch, { recursive: true, force: true });
  },
  start: (settings) => listening(go.server, [], { cwd: ROOT, env: variables(settings) }),
};

const AXUM = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "verifiers/debug/behind-the-gate");
const axum = {
  name: "axum",
  missing: () => !existsSync(AXUM) && "the built example: `make verifiers` builds it",
  start: (settings) => listening(AXUM, [], { cwd: ROOT, env: variables(settings) }),
};

/** Where Apache's files are: Debian's, installed or unpacked by tools/setup.sh. */
const APACHE = ["/", join(TOOLS, "apache")].find((root) =>
  existsSync(join(root, "usr/lib/apache2/modules/mod_oauth2.so")),
);
const MODULES = ["mpm_event", "authn_core", "authz_core", "headers", "env", "rewrite", "oauth2"];
const apache = {
  name: "Apache with mod_oauth2",
  missing: () => !APACHE && "Apache 2.4 with mod_oauth2 (Debian: apache2 and libapache2-mod-oauth2)",
  // It says 401 where it does not know, and asks for the keys again for each assertion that none of them has signed.
  unsure: 401,
  asksAgain: true,
  async start({ issuer, audience, jwksUri }) {
    const scratch = mkdtempSync(join(tmpdir(), "postern-apache-"));
    // What it serves is read by another user if it is started as root.
    chmodSync(scratch, 0o755);
    mkdirSync(join(scratch, "htdocs"));
    writeFileSync(join(scratch, "htdocs/whoami"), "");
    const text = readFileSync(join(VERIFIERS, "apache/postern.conf"), "utf8")
      .replace(/^(Define POSTERN_ISSUER) .*/m, `$1 ${issuer}`)
      .replace(/^(Define POSTERN_AUDIENCE) .*/m, `$1 ${audience}`)
      // The example knows the key set by the issuer.
      .replace("$" + "{POSTERN_ISSUER}/.well-known/jwks.json", jwksUri);
    writeFileSync(join(scratch, "postern.conf"), text);
    const port = await freePort();
    writeFileSync(
      join(scratch, "apache.conf"),
      [
        `ServerRoot "${scratch}"`,
        "ServerName 127.0.0.1",
        `Listen 127.0.0.1:${port}`,
        `PidFile "${join(scratch, "pid")}"`,
        `DefaultRuntimeDir "${scratch}"`,
        `ErrorLog "${join(scratch, "error.log")}"`,
        ...MODULES.map(
          (name) => `LoadModule ${name}_module "${join(APACHE, `usr/lib/apache2/modules/mod_${name}.so`)}"`,
        ),
        ...(process.getuid() === 0 ? ["User nobody", "Group nogroup"] : []),
        `DocumentRoot "${join(scratch, "htdocs")}"`,
        `Include "${join(scratch, "postern.conf")}"`,
        // What a program behind it sees.
        ...["sub", "client_id", "scope", "username", "claims"].map(
          (name) => `Header set Seen-${name} "%{POSTERN_${name}}e"`,
        ),
        'Header set Seen-user "expr=%{REMOTE_USER}"',
        "",
      ].join("\n"),
    );
    const libraries = ["x86_64", "aarch64"].map((machine) => join(APACHE, `usr/lib/${machine}-linux-gnu`)).join(":");
    const env = APACHE === "/" ? {} : { LD_LIBRARY_PATH: libraries };
    const args = ["-X", "-f", join(scratch, "apache.conf")];
    const server = await listening(join(APACHE, "usr/sbin/apache2"), args, { cwd: scratch, env, port });
    return {
      url: server.url,
      async stop() {
        await server.stop();
        rmSync(scratch, { recursive: true, force: true });
      },
    };
  },
  /** The claims, from what it put into the environment. */
  read(response) {
    const seen = (name) => Buffer.from(response.headers.get(`seen-${name}`) ?? "", "latin1").toString("utf8");
    const { user: sub, ...others } = Object.fromEntries(
      ["user", "client_id", "scope", "username", "claims"].map((name) => [name, seen(name)]),
    );
    return { sub, ...others, claims: JSON.parse(others.claims) };
  },
};

export const PARTIES = [express, hono, fastapi, go, axum, apache];
