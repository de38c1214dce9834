// Raw `workerd serve`: a configuration from a description, one process, its ports.

import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { BENCH, ROOT } from "./paths.mjs";
import { printed, start, stop } from "./processes.mjs";

const fromRoot = createRequire(`${ROOT}package.json`);
const { default: binary, version } = fromRoot("workerd");
const esbuild = fromRoot("esbuild");

export const WORKERD_VERSION = version;
// Every Worker here gets the date that Postern is deployed with.
const COMPATIBILITY_DATE = /^compatibility_date = "(.*)"/m.exec(readFileSync(`${ROOT}wrangler.toml`, "utf8"))[1];
const DISK = "objects";
const START_MS = 20_000;

// A Worker of bench/workers/, bundled into one module.
export async function script(name) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(BENCH, "workers", `${name}.js`)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "import"],
    external: ["cloudflare:*"],
    target: "esnext",
    minify: true,
  });
  return [{ name: `${name}.js`, kind: "esModule", text: outputFiles[0].text }];
}

// Starts a process with these services.
//   workers:  [{ name, modules: [{ name, kind, text | path }], bindings: [capnp], objects: [className], outbound }],
//             `outbound` names the worker that answers what it fetches
//   external: [{ name, port }], services of other processes
//   sockets:  [{ name, service, entrypoint? }], each on a free port of the loopback
// Returns { server, pid, ports: { socket name: port } }.
export async function startWorkerd(room, name, { workers, external = [], sockets }) {
  const folder = room.folder(name);
  for (const module of workers.flatMap((worker) => worker.modules)) {
    const path = join(folder, module.name);
    if (module.path === undefined) writeFileSync(path, module.text);
    else copyFileSync(module.path, path);
  }
  const services = [...workers.map(workerService), ...external.map(externalService)];
  if (workers.some(({ objects }) => objects !== undefined)) services.push(diskService(room.folder(`${name}/objects`)));
  const config = [
    'using Workerd = import "/workerd/workerd.capnp";',
    "const config :Workerd.Config = (",
    `  v8Flags = [${room.v8Flags.map(text).join(", ")}],`,
    `  services = [\n${services.join(",\n")}\n  ],`,
    `  sockets = [\n${sockets.map(socket).join(",\n")}\n  ]`,
    ");",
  ].join("\n");
  const path = join(folder, "config.capnp");
  writeFileSync(path, config, { mode: 0o600 });
  const [command, ...args] = [...room.wrapper(folder), binary, "serve", "--experimental", "--control-fd=3", path];
  const server = start(command, args, { log: join(folder, "log") });
  const ports = await listening(
    server,
    sockets.map((each) => each.name),
    name,
  );
  return { server, pid: server.pid, ports };
}

function workerService({ name, modules, bindings, objects = [], outbound }) {
  const parts = [
    `modules = [${modules.map((m) => `(name = ${text(m.name)}, ${m.kind} = embed ${text(m.name)})`).join(", ")}]`,
    `compatibilityDate = ${text(COMPATIBILITY_DATE)}`,
    `bindings = [${bindings.join(", ")}]`,
    ...(outbound === undefined ? [] : [`globalOutbound = ${text(outbound)}`]),
  ];
  if (objects.length > 0) {
    const namespaces = objects.map((c) => `(className = ${text(c)}, uniqueKey = ${text(c)}, enableSql = true)`);
    parts.push(
      `durableObjectNamespaces = [${namespaces.join(", ")}]`,
      `durableObjectStorage = (localDisk = ${text(DISK)})`,
    );
  }
  return `    (name = ${text(name)}, worker = (${parts.join(", ")}))`;
}

// workerd's own in-memory storage has no SQLite.
function diskService(path) {
  return `    (name = ${text(DISK)}, disk = (path = ${text(path)}, writable = true))`;
}

function externalService({ name, port }) {
  return `    (name = ${text(name)}, external = (address = "127.0.0.1:${port}", http = ()))`;
}

function socket({ name, service, entrypoint }) {
  const target =
    entrypoint === undefined ? text(service) : `(name = ${text(service)}, entrypoint = ${text(entrypoint)})`;
  return `    (name = ${text(name)}, address = "127.0.0.1:0", http = (), service = ${target})`;
}

// JSON's quoting is Cap'n Proto's, for the ASCII that stands here.
export function text(value) {
  return JSON.stringify(value);
}

export const serviceBinding = (name, service) => `(name = ${text(name)}, service = ${text(service)})`;
export const kvBinding = (name, service) => `(name = ${text(name)}, kvNamespace = ${text(service)})`;
export const textBinding = (name, value) => `(name = ${text(name)}, text = ${text(value)})`;
export const jsonBinding = (name, value) => `(name = ${text(name)}, json = ${text(JSON.stringify(value))})`;
export const objectBinding = (name, className) => `(name = ${text(name)}, durableObjectNamespace = ${text(className)})`;

// workerd writes a line of JSON to its control descriptor for each socket that listens.
async function listening(server, names, name) {
  const ports = {};
  let buffered = "";
  const ready = new Promise((resolve) => {
    server.control.setEncoding("utf8");
    server.control.on("data", (chunk) => {
      const lines = (buffered + chunk).split("\n");
      buffered = lines.pop();
      for (const line of lines) {
        const message = JSON.parse(line);
        if (message.event === "listen") ports[message.socket] = message.port;
      }
      if (names.every((each) => each in ports)) resolve(true);
    });
  });
  const timer = new Promise((resolve) => setTimeout(resolve, START_MS, false).unref());
  const isReady = await Promise.race([ready, server.ended.then(() => false), timer]);
  if (isReady) return ports;
  await stop(server);
  throw new Error(`workerd did not start ${name}:\n${printed(server)}`);
}
