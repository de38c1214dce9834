// What Linux says of a process.
import { readFileSync } from "node:fs";

// USER_HZ: the unit of times in /proc, 100 on every architecture that Linux has kept.
const TICKS_PER_SECOND = 100;

// CPU seconds of all threads of a process, user and system, since it began.
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is the name in parentheses and may hold anything; utime and stime are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
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
