// The process of a gate: the candidate, the origin behind it and the KV beside it.
import { Client } from "./client.mjs";
import { Kv } from "./kv.mjs";
import { jsonBinding, kvBinding, script, serviceBinding, startWorkerd } from "./workerd.mjs";

const ORIGIN = serviceBinding("ORIGIN", "origin");
const ASSETS = serviceBinding("ASSETS", "assets");

const KV_SOCKET = { name: "kv", service: "kv", entrypoint: "admin" };

// `kv` names the KV binding; a candidate without one has no KV. With `hasAssets` there are static files beside it. With
// `issuer`, the key that it publishes, there is another issuer, and all that the gate fetches goes there.
export async function startGate(room, name, gate) {
  const workers = await gateWorkers(name, gate);
  const sockets = [{ name: "gate", service: "gate" }];
  if (gate.kv !== undefined) {
    workers.push({ name: "kv", modules: await script("kv"), bindings: [] });
    sockets.push(KV_SOCKET);
  }
  const { server, pid, ports } = await startWorkerd(room, name, { workers, sockets });
  const kv = gate.kv === undefined ? null : new Kv(ports.kv);
  return { server, pid, port: ports.gate, client: new Client(ports.gate), kv };
}

// The same with the KV in a process of its own.
export async function startGateBeside(room, name, gate) {
  const beside = await startWorkerd(room, `${name}-kv`, {
    workers: [{ name: "kv", modules: await script("kv"), bindings: [] }],
    sockets: [{ name: "store", service: "kv" }, KV_SOCKET],
  });
  const { server, pid, ports } = await startWorkerd(room, name, {
    workers: await gateWorkers(name, gate),
    external: [{ name: "kv", port: beside.ports.store }],
    sockets: [{ name: "gate", service: "gate" }],
  });
  return { server, pid, port: ports.gate, client: new Client(ports.gate), kv: new Kv(beside.ports.kv) };
}

async function gateWorkers(name, { modules, bindings = [], objects, kv, issuer, hasAssets = false }) {
  const behind = hasAssets ? "assets" : "origin";
  return [
    {
      name: "gate",
      modules: modules ?? (await script(name)),
      bindings: [hasAssets ? ASSETS : ORIGIN, ...bindings, ...(kv === undefined ? [] : [kvBinding(kv, "kv")])],
      objects,
      outbound: issuer === undefined ? undefined : "issuer",
    },
    { name: behind, modules: await script(behind), bindings: [] },
    ...(issuer === undefined
      ? []
      : [{ name: "issuer", modules: await script("issuer"), bindings: [jsonBinding("JWK", issuer)] }]),
  ];
}
