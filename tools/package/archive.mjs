// A package as npm takes it: a gzipped ustar archive of which every byte follows from its entries.
//
// Entries are sorted, and all have one time, no owner, and a mode that says only whether the file is a program.

import { gzipSync } from "node:zlib";

const BLOCK = 512;

/** Writes `text` at `at` of a header; it must fit into `length` bytes. */
function put(header, at, length, text) {
  const bytes = Buffer.from(text);
  if (bytes.length > length) throw new Error(`too long for an archive's header: ${text}`);
  bytes.copy(header, at);
}

/** A number as ustar has it: octal digits and a NUL. */
function octal(number, length) {
  return `${number.toString(8).padStart(length - 1, "0")}\0`;
}

function header({ path, bytes, isProgram }, seconds) {
  const header = Buffer.alloc(BLOCK);
  put(header, 0, 100, path);
  put(header, 100, 8, octal(isProgram ? 0o755 : 0o644, 8));
  put(header, 108, 8, octal(0, 8));
  put(header, 116, 8, octal(0, 8));
  put(header, 124, 12, octal(bytes.length, 12));
  put(header, 136, 12, octal(seconds, 12));
  put(header, 148, 8, " ".repeat(8));
  put(header, 156, 1, "0");
  put(header, 257, 8, "ustar\x0000");
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(header, 148, 8, `${octal(sum, 7)} `);
  return header;
}

/**
 * The archive of `entries` ({ path, bytes, isProgram }), below `package/` as npm has it. `seconds` is the time of all of
 * them, since 1970.
 */
export function archive(entries, seconds) {
  const sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const parts = sorted.flatMap((entry) => {
    const padding = Buffer.alloc((BLOCK - (entry.bytes.length % BLOCK)) % BLOCK);
    return [header({ ...entry, path: `package/${entry.path}` }, seconds), entry.bytes, padding];
  });
  const gzipped = gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]), { level: 9 });
  // The time is zero already. The system that it was made on is not said: 255 is "unknown".
  gzipped[9] = 255;
  return gzipped;
}
