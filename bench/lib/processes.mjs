// The processes that a run starts: each is stopped by its own pid, however the run ends.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";

const running = new Set();
const GRACE_MS = 2_000;

// Starts a server; what it prints goes to `log`.
export function start(command, args, { log, env = process.env }) {
  const out = openSync(log, "w");
  const child = spawn(command, args, { stdio: ["ignore", out, out, "pipe"], env });
  closeSync(out);
  const ended = once(child, "exit").catch(() => {});
  const server = { child, pid: child.pid, log, ended, control: child.stdio[3] };
  running.add(server);
  ended.then(() => running.delete(server));
  return server;
}

// What a server has printed, for the message when it did not start.
export function printed(server) {
  return readFileSync(server.log, "utf8").slice(-2_000);
}

export async function stop(server) {
  server.child.kill("SIGTERM");
  const timer = setTimeout(() => server.child.kill("SIGKILL"), GRACE_MS);
  await server.ended;
  clearTimeout(timer);
}

export async function stopAll() {
  await Promise.all([...running].map(stop));
}

// For an end that cannot wait.
export function killAll() {
  for (const server of running) server.child.kill("SIGKILL");
}

// Runs a tool to its end; its output, or an error that shows it.
export async function run(command, args, { env = process.env, cwd, inherit = false } = {}) {
  const child = spawn(command, args, { stdio: ["ignore", inherit ? 2 : "pipe", inherit ? 2 : "pipe"], env, cwd });
  const tool = { child, ended: once(child, "exit").catch(() => {}) };
  running.add(tool);
  let output = "";
  let errors = "";
  child.stdout?.on("data", (data) => (output += data));
  child.stderr?.on("data", (data) => (errors += data));
  try {
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}\n${output}${errors}`.trim());
    return output;
  } finally {
    running.delete(tool);
  }
}
