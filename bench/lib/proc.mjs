// What Linux says of a process.
import { readdirSync, readFileSync } from "node:fs";

// CPU nanoseconds of all threads of a process, user and system, since they began: what /proc/PID/stat has in hundredths
// of a second.
export function cpuNanoseconds(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = (thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  return threads.reduce((sum, thread) => sum + spent(thread), 0);
}

export function residentBytes(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
}

// Bytes of the Wasm memories of a process, or null where none can be made out. V8 reserves 4 GiB and a guard for each,
// of which what is in use comes first: a mapping that can be written, then one without access, together just over
// 4 GiB. Nothing else in workerd looks so (found with a memory of a known size).
export function wasmBytes(pid) {
  const mappings = readFileSync(`/proc/${pid}/maps`, "utf8").trimEnd().split("\n").map(mapping);
  const found = mappings.filter((used, at) => isWasmMemory(used, mappings[at + 1]));
  return found.length === 0 ? null : found.reduce((sum, { start, end }) => sum + end - start, 0);
}

function mapping(line) {
  const [range, access] = line.split(" ");
  const [start, end] = range.split("-").map((address) => Number.parseInt(address, 16));
  return { start, end, access };
}

function isWasmMemory(used, rest) {
  if (used.access !== "rw-p" || rest?.access !== "---p" || used.end !== rest.start) return false;
  const reserved = rest.end - used.start;
  return reserved >= 2 ** 32 && reserved < 2 ** 32 + 2 ** 20;
}
