#!/usr/bin/env node
// The command `postern`, as seen from the machine: the Wasm decides and says, and this reads, asks, fetches and writes.
//
// A command that needs an answer stops there. It is called again with all answers so far, does the same as before, and comes
// further. So what it is told here must stay the same until it is done, and what was printed is not printed again.

import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

import { serve } from "./serve.js";
import { initSync, run } from "./wasm.js";

/** How long an answer to a request may take, in milliseconds. */
const PATIENCE = 10_000;
/** How much of a body is read, in bytes; and of a line of standard input. */
const LONGEST_BODY = 1 << 20;
const LONGEST_LINE = 1 << 16;

/** What each function said once, it says again for the same arguments. */
function remembered(ask) {
  const known = new Map();
  return (name) => {
    if (!known.has(name)) known.set(name, ask(name));
    return known.get(name);
  };
}

const MISSING = new Set(["ENOENT", "ENOTDIR"]);

/** What `look` finds, `undefined` where there is nothing. What is thrown to the Wasm is text. */
function found(look) {
  try {
    return look();
  } catch (error) {
    if (MISSING.has(error.code)) return undefined;
    throw reason(error);
  }
}

const REASONS = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a folder",
  ENOSPC: "no space left",
  EROFS: "the file system is read-only",
};

const reason = (error) => REASONS[error.code] ?? error.code ?? String(error.message ?? error);

function entry(folder, name) {
  if (name.isDirectory()) return { name: name.name, kind: "folder", size: 0 };
  if (!name.isFile()) return { name: name.name, kind: "other", size: 0 };
  const size = found(() => statSync(join(folder, name.name)).size) ?? 0;
  return { name: name.name, kind: "file", size };
}

function write(path, bytes, mode) {
  // A link stays one, and what it leads to is replaced.
  const target = existsSync(path) ? realpathSync(path) : path;
  const folder = dirname(target);
  const scratch = join(folder, `.${basename(target)}.${process.pid}.new`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(scratch, bytes, { mode, flag: "wx" });
    renameSync(scratch, target);
  } catch (error) {
    rmSync(scratch, { force: true });
    throw reason(error);
  }
}

const started = Date.now();
let drawn = Buffer.alloc(0);

/** What src/host.rs of the crate `cli` asks for. */
const host = {
  read: remembered((path) => found(() => readFileSync(path))),
  list: remembered((folder) => {
    const names = found(() => readdirSync(folder || ".", { withFileTypes: true }));
    names?.sort((a, b) => (a.name < b.name ? -1 : 1));
    return names && JSON.stringify(names.map((name) => entry(folder, name)));
  }),
  exists: remembered((path) => existsSync(path)),
  write,
  variable: (name) => process.env[name],
  random(from, length) {
    const missing = from + length - drawn.length;
    if (missing > 0) drawn = Buffer.concat([drawn, randomBytes(missing)]);
    return drawn.subarray(from, from + length);
  },
  now: () => started,
  isTerminal: () => process.stdin.isTTY === true,
};

/** Asks a person. What is typed to a hidden question is not shown. */
function askPerson({ prompt, hidden }) {
  return new Promise((resolve) => {
    let silent = false;
    const output = new Writable({
      write(chunk, _encoding, done) {
        if (!silent) process.stderr.write(chunk);
        done();
      },
    });
    const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
    let answer = { noLine: "stopped" };
    lines.once("close", () => {
      if (hidden || answer.noLine) process.stderr.write("\n");
      resolve(answer);
    });
    lines.question(prompt, (line) => {
      answer = { line };
      lines.close();
    });
    silent = hidden;
  });
}

let input;
let rest = Buffer.alloc(0);

/** The next line of standard input, for a program that answers. */
async function nextLine() {
  input ??= process.stdin[Symbol.asyncIterator]();
  for (;;) {
    const end = rest.indexOf("\n");
    if (end >= 0 || rest.length > LONGEST_LINE) return take(end);
    const { done, value } = await input.next();
    if (done) return rest.length > 0 ? take(rest.length) : { noLine: "standard input has no answer" };
    rest = Buffer.concat([rest, value]);
  }
}

function take(end) {
  if (end < 0) return { noLine: "the line of standard input is too long" };
  const line = rest.subarray(0, end);
  rest = rest.subarray(end + 1);
  try {
    return { line: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line).replace(/\r$/, "") };
  } catch {
    return { noLine: "the line of standard input is not UTF-8" };
  }
}

async function body(response) {
  const parts = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    size += part.length;
    if (size >= LONGEST_BODY) break;
  }
  return new TextDecoder().decode(Buffer.concat(parts).subarray(0, LONGEST_BODY));
}

async function reply({ method, url, headers, body: content }) {
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    const response = await fetch(url, { method, headers, body: content ?? undefined, redirect: "manual", signal });
    const at = Date.now();
    return { status: response.status, headers: [...response.headers], body: await body(response), at };
  } catch (error) {
    if (signal.aborted) return { failed: "no answer within ten seconds" };
    return { failed: String(error.cause?.code ?? error.cause?.message ?? error.message) };
  }
}

async function answered({ ask, fetch: requests }) {
  if (requests) return { replies: await Promise.all(requests.map(reply)) };
  return host.isTerminal() ? askPerson(ask) : nextLine();
}

/** Calls the Wasm. What ends that is never what somebody typed; it has said why on standard error. */
function step(words, answers) {
  try {
    return JSON.parse(run(words, JSON.stringify(answers), host));
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    process.stderr.write("postern: this is a mistake of the program: please report it, with the lines above\n");
    return { printed: [], done: 1 };
  }
}

async function main() {
  initSync({ module: readFileSync(new URL("wasm_bg.wasm", import.meta.url)) });
  const words = JSON.stringify(process.argv.slice(2));
  const answers = [];
  let shown = 0;
  for (;;) {
    const { printed, done, ...wanted } = step(words, answers);
    for (const { out, err } of printed.slice(shown))
      (out === undefined ? process.stderr : process.stdout).write(out ?? err);
    shown = printed.length;
    if (done !== undefined) return done;
    if (wanted.serve) return serve(wanted.serve);
    answers.push(await answered(wanted));
  }
}

// `postern check | head` is no error.
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
});
// Not `process.exit`, which would cut off what is still to be printed.
process.exitCode = await main();
process.stdin.unref?.();
