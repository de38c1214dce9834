// Projects of people who have Node and the archives from `make package`, and nothing else of this repository.
//
// Job: folders outside the repository, the package installed there by npm from its archive, and programs run in them without
// Rust. Not its job: what the projects are; the tests say that.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { send } from "../workerd/http.mjs";

const HERE = import.meta.dirname;
export const ROOT = join(HERE, "../..");
export const DIST = join(ROOT, "dist");
export const { version: VERSION } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
/** How long anything may take before the test counts as stuck. */
const STUCK = 60_000;

/** The archive of a package. */
export function archiveOf(name) {
  const path = join(DIST, `${name}-${VERSION}.tgz`);
  assert.ok(existsSync(path), `there is no ${path}: run \`make package\``);
  return path;
}

/** A folder for projects, in which the tools of tests/package/package-lock.json are found. */
export class Scratch {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "postern-package-"));
    symlinkSync(join(HERE, "node_modules"), join(this.folder, "node_modules"));
    // Whoever calls these is found out.
    this.called = join(this.folder, "called");
    const bin = join(this.folder, "without-rust");
    mkdirSync(bin);
    for (const name of ["cargo", "rustc", "rustup"]) {
      writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >>"${this.called}"\nexit 1\n`);
      chmodSync(join(bin, name), 0o755);
    }
    const path = [bin, dirname(process.execPath), join(HERE, "node_modules/.bin"), process.env.PATH];
    this.env = {
      ...process.env,
      PATH: path.join(delimiter),
      HOME: this.folder,
      CI: "1",
      NO_COLOR: "1",
      FORCE_COLOR: undefined,
      NODE_TEST_CONTEXT: undefined,
      WRANGLER_LOG_PATH: join(this.folder, "logs"),
      npm_config_cache: join(this.folder, "npm-cache"),
    };
  }

  /** A project of these files, with the package installed from its archive. `type` is what its `.js` files are. */
  async project(name, files, type = "module") {
    const project = new Project(this, join(this.folder, name));
    for (const [path, text] of Object.entries(files)) project.write(path, text);
    const dependencies = { postern: `file:${archiveOf("postern")}` };
    project.write("package.json", JSON.stringify({ name, private: true, type, dependencies }));
    await project.run("npm", "install", "--offline", "--no-audit", "--no-fund");
    return project;
  }

  /** Removes everything; nothing may have asked for Rust. */
  end() {
    const called = existsSync(this.called) ? readFileSync(this.called, "utf8") : "";
    rmSync(this.folder, { recursive: true, force: true });
    assert.equal(called, "", "Rust was asked for");
  }
}

class Project {
  constructor(scratch, folder) {
    this.scratch = scratch;
    this.folder = folder;
    this.env = scratch.env;
  }

  path(...parts) {
    return join(this.folder, ...parts);
  }

  write(path, text) {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
  }

  read(path) {
    return readFileSync(this.path(path), "utf8");
  }

  copy(from, to) {
    cpSync(from, this.path(to), { recursive: true });
  }

  /** What a program says, and its exit status. */
  attempt(program, ...words) {
    return new Promise((resolve) => {
      const options = { cwd: this.folder, env: this.env, timeout: STUCK, maxBuffer: 16 << 20 };
      execFile(program, words, options, (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : (error.code ?? error.signal), said: `${stdout}${stderr}` });
      });
    });
  }

  /** What a program says that must succeed. */
  async run(program, ...words) {
    const { status, said } = await this.attempt(program, ...words);
    assert.equal(status, 0, `${program} ${words.join(" ")}: ${said}`);
    return said;
  }

  /** Starts a program that serves at `url`, and waits until `isUp` is true of its answer. */
  async serve(url, program, ...words) {
    // In a group of its own, so that what it has started ends with it.
    const stdio = ["ignore", "pipe", "pipe"];
    const child = spawn(program, words, { cwd: this.folder, env: this.env, stdio, detached: true });
    const server = new Server(url, child);
    try {
      await server.until("/_postern/health", () => true);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }
}

/** A program that serves. */
class Server {
  said = "";

  constructor(url, child) {
    this.url = url;
    this.child = child;
    this.ended = new Promise((resolve) => child.once("exit", resolve));
    this.atExit = () => this.signal("SIGKILL");
    process.once("exit", this.atExit);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => {
        this.said += text;
      });
  }

  get(path, options) {
    return fetch(new URL(path, this.url), { redirect: "manual", ...options });
  }

  /** Asks, as a browser does, until `wanted` is true of the answer, and gives that. */
  async until(path, wanted) {
    const { host: Host } = new URL(this.url);
    const headers = { Host, Accept: "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
    let last;
    for (const deadline = Date.now() + STUCK; Date.now() < deadline; ) {
      assert.equal(this.child.exitCode, null, `it has ended: ${this.said}`);
      try {
        // `fetch` has its own mind about these headers.
        const { status, text } = await send(new URL(this.url), "GET", path, headers);
        last = { status, text };
        if (wanted(last)) return last;
      } catch (error) {
        last = String(error.cause ?? error);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.fail(`${this.url}${path} never was as it should be, but ${JSON.stringify(last)}: ${this.said}`);
  }

  /** To the program and to all that it has started; they may have ended already. */
  signal(name) {
    try {
      process.kill(-this.child.pid, name);
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  }

  async stop() {
    this.signal("SIGTERM");
    await this.ended;
    this.signal("SIGKILL");
    process.removeListener("exit", this.atExit);
  }
}
