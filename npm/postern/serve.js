// `postern dev`: runs the project's own wrangler or Vite, shows its log as people read it, and stops all of it.

import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

import { readable } from "./wasm.js";

/** How long a program that was told to stop may take, in milliseconds. */
const PATIENCE = 5_000;

/** The file of `program` in the package `name`, as a script of this folder finds it; `undefined` where it is not installed. */
function find(name, program) {
  const paths = createRequire(join(resolve(), "package.json")).resolve.paths(name) ?? [];
  const folder = paths.map((path) => join(path, name)).find((path) => existsSync(join(path, "package.json")));
  if (!folder) return undefined;
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = typeof bin === "string" ? bin : bin?.[program];
  return file && join(folder, file);
}

/** Calls `show` with each line of a stream. */
function lines(stream, show) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop();
    for (const line of parts) show(line);
  });
  stream.on("end", () => rest && show(rest));
}

/** A line without colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const bare = (line) => line.replace(/\u001b\[[0-9;]*m/g, "");

// Runs it until it ends. The exit status is its own; 0 where somebody stopped it.
export function serve({ package: name, program, arguments: words, notice, install }) {
  const file = find(name, program);
  if (!file) {
    process.stderr.write(`postern: ${install}\n`);
    return Promise.resolve(1);
  }
  // A group of its own: what it starts is stopped with it, and a Ctrl-C reaches all of them once.
  const detached = process.platform !== "win32";
  const child = spawn(process.execPath, [file, ...words], { stdio: ["ignore", "pipe", "pipe"], detached });
  const signalAll = (signal) => {
    try {
      if (detached) process.kill(-child.pid, signal);
      else child.kill(signal);
    } catch (error) {
      // Nobody is left.
      if (error.code !== "ESRCH") throw error;
    }
  };
  let isReady = false;
  let last;
  const show = (to) => (line) => {
    const plain = bare(line);
    const shown = readable(plain);
    if (shown === undefined) return;
    const isTheirs = shown === plain;
    // wrangler leaves lines free around what is an error. A list of problems comes with each request, and is read once.
    if (isTheirs ? plain.trim() === "" && last !== undefined : shown === last && shown.includes("\n")) return;
    last = isTheirs ? undefined : shown;
    // What nobody reads differently keeps its colours.
    to.write(`${isTheirs ? line : shown}\n`);
    if (!isReady && /Ready on |Local: +http/.test(plain)) {
      isReady = true;
      process.stderr.write(`${notice}\n`);
    }
  };
  lines(child.stdout, show(process.stdout));
  lines(child.stderr, show(process.stderr));

  let isStopped = false;
  const stop = (signal) => {
    if (isStopped) return;
    isStopped = true;
    signalAll(signal);
    setTimeout(() => signalAll("SIGKILL"), PATIENCE).unref();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
  return new Promise((done) => {
    child.on("error", (error) => {
      process.stderr.write(`postern: ${dirname(file)} cannot be run: ${error.message}\n`);
      done(1);
    });
    child.on("close", (code) => done(isStopped ? 0 : (code ?? 1)));
  });
}
