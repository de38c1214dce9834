// A newcomer: somebody with Node, npm and the archives from `make package`, in a folder of their own, without Rust.
//
// Job: run what the documents tell them to run, and look at it with a browser. What they do is in the tests.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";

import { fillIn, open } from "../browser/chromium.mjs";
import { archiveOf, ROOT, VERSION } from "../package/scratch.mjs";
import { freePort } from "../workerd/harness.mjs";

/** How long anything may take before the test counts as stuck; and how long until what should be printed is. */
const STUCK = 180_000;
const PATIENCE = 60_000;

/** npm's cache on this machine, which may be warm. */
const CACHE = process.env.npm_config_cache ?? join(process.env.HOME, ".npm");

const fileOf = (name) => `${name}-${VERSION}.tgz`;

/** Programs that must not be called: whoever calls one is found out. */
const RUST = ["cargo", "rustc", "rustup", "cc"];

export class Newcomer {
  sites = [];

  /** `hasPackages`: what tests/newcomer/package.json names is installed above all projects. */
  constructor({ hasPackages = false } = {}) {
    this.scratch = mkdtempSync(join(tmpdir(), "postern-newcomer-"));
    this.folder = join(this.scratch, "home");
    this.called = join(this.scratch, "called");
    const bin = join(this.scratch, "without-rust");
    for (const folder of [this.folder, bin, join(this.scratch, "npm-cache")]) mkdirSync(folder);
    for (const name of RUST)
      writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >>"${this.called}"\nexit 1\n`, { mode: 0o755 });
    symlinkSync(join(CACHE, "_cacache"), join(this.scratch, "npm-cache/_cacache"));
    // The programs of this repository are not on their PATH.
    const others = process.env.PATH.split(delimiter).filter((folder) => !folder.startsWith(ROOT));
    this.env = {
      ...process.env,
      PATH: [bin, dirname(process.execPath), ...others].join(delimiter),
      HOME: this.folder,
      npm_config_cache: join(this.scratch, "npm-cache"),
      // What is set where this repository's own tests run.
      CI: undefined,
      ASTRO_TELEMETRY_DISABLED: "1",
      CHROMIUM: undefined,
      NODE_TEST_CONTEXT: undefined,
      WRANGLER_LOG_PATH: undefined,
    };
    // As `make package` leaves them, and where no other run has been: npm remembers what it took from a path.
    for (const name of ["postern", "create-postern"]) copyFileSync(archiveOf(name), this.archive(name));
    if (hasPackages) symlinkSync(join(import.meta.dirname, "node_modules"), join(this.folder, "node_modules"));
  }

  archive(name) {
    return join(this.folder, fileOf(name));
  }

  /** What a command prints that must succeed. */
  async run(folder, ...words) {
    const { status, said } = await this.attempt(folder, ...words);
    assert.equal(status, 0, `${words.join(" ")}: ${said}`);
    return said;
  }

  /** What a command prints, and its exit status. */
  attempt(folder, program, ...words) {
    const options = {
      cwd: join(this.folder, folder),
      env: this.env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: STUCK,
    };
    return new Promise((resolve, reject) => {
      const child = spawn(program, words, options);
      let said = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (text) => {
          said += text;
        });
      child.on("error", reject).on("close", (code, signal) => resolve({ status: code ?? signal, said }));
    });
  }

  /** The same, printed to be read: `npx postern ...`. */
  async say(folder, ...words) {
    const said = await this.run(folder, "npx", "postern", ...words);
    console.log(`$ npx postern ${words.join(" ")}\n${said}`);
    return said;
  }

  /** What the commands say that look at a project, which runs at `url`. */
  async look(folder, url) {
    assert.match(await this.say(folder, "check"), /: ok: \d+ clients?, \d+ routes?\n/);
    assert.match(await this.say(folder, "test", "--every-route"), /\d+ requests?, each as expected/);
    assert.match(await this.say(folder, "routes"), /who is logged in/);
    assert.match(await this.say(folder, "explain", "GET", "/", "--why"), /sent to the login[\s\S]*Step by step/);
    const opened = this.read(folder, "postern.toml").replaceAll('"session"', '"public"');
    this.write(folder, { "new.toml": opened });
    assert.match(await this.say(folder, "plan", "postern.toml", "new.toml"), /opens|everyone/i);
    const { said } = await this.attempt(folder, "npx", "postern", "doctor", url);
    console.log(`$ npx postern doctor ${url}\n${said}`);
    assert.match(said, /ok +the Worker is healthy/);
    assert.match(said, /asked for without one, and refused/);
    assert.match(said, /no problems, no warnings/);
  }

  /** `npm create postern`, before anything is published. */
  create(...words) {
    const archive = `./${fileOf("create-postern")}`;
    return this.run(".", "npm", "exec", "--yes", "--package", archive, "--", "create-postern", ...words);
  }

  /** Files of theirs. */
  write(folder, files) {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.folder, folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  copy(from, folder) {
    cpSync(from, join(this.folder, folder), { recursive: true });
  }

  read(folder, path) {
    return readFileSync(join(this.folder, folder, path), "utf8");
  }

  /** Starts `npm run SCRIPT`, on a free port, and waits for what it says when it is ready. */
  async serve(folder, script = "dev") {
    const port = await freePort();
    const options = {
      cwd: join(this.folder, folder),
      env: this.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    };
    const child = spawn("npm", ["run", script, "--", "--port", String(port)], options);
    const site = new Site(child, `http://localhost:${port}`);
    this.sites.push(site);
    await site.says(/postern: open http/);
    return site;
  }

  /** What runs of theirs. */
  running() {
    const all = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
    return all.filter((line) => line.includes(this.scratch));
  }

  /** Stops and removes everything; nothing may have asked for Rust. */
  async end() {
    for (const site of this.sites) await site.end();
    const called = existsSync(this.called) ? readFileSync(this.called, "utf8") : "";
    rmSync(this.scratch, { recursive: true, force: true });
    assert.equal(called, "", "Rust was asked for");
  }
}

/** A site that runs. */
class Site {
  said = "";

  constructor(child, url) {
    this.child = child;
    this.url = url;
    this.ended = new Promise((resolve) => child.once("close", resolve));
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => {
        this.said += text;
      });
  }

  /** Waits until it has printed something. */
  async says(pattern) {
    for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; ) {
      const found = pattern.exec(this.said);
      if (found) return found;
      assert.equal(this.child.exitCode, null, `it has ended: ${this.said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return assert.fail(`it never says ${pattern}: ${this.said}`);
  }

  /** What a browser gets that opens a page. `fetch` would say that it is a script. */
  visit(path) {
    const headers = { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    return new Promise((resolve, reject) => {
      const asked = request(this.url + path, { headers }, async (answer) => {
        const { statusCode: status, headers } = answer;
        resolve({ status, location: headers.location, text: await text(answer) });
      });
      asked.on("error", reject).end();
    });
  }

  /** Asks until `wanted` is true of the answer. */
  async until(path, wanted) {
    let last;
    for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; ) {
      try {
        last = await this.visit(path);
        if (wanted(last)) return last;
      } catch (error) {
        last = error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return assert.fail(`${path} is never as it should be, but ${JSON.stringify(last)}: ${this.said}`);
  }

  /** Ctrl-C, as a terminal sends it: to all that it has started. Nothing of it may be left. */
  async stop() {
    await this.end();
    await assert.rejects(fetch(this.url), "nothing listens any more");
  }

  /** The same, where a test has failed before. */
  async end() {
    if (this.child.exitCode === null && this.child.signalCode === null) process.kill(-this.child.pid, "SIGINT");
    await this.ended;
  }

  /** Opens a page that needs a login, logs in, and gives the page that was wanted. */
  async logIn(chromium, path, name, password) {
    const { tab } = await open(chromium);
    await tab.goto(this.url + path);
    await fillIn(tab, { name, password });
    return tab;
  }
}

/** The password that `init` has shown. */
export const passwordIn = (said) => /with the password (\S+) /.exec(said)[1];
