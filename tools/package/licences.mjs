// The licences of what is inside a package: each text once, and whose it is.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What we may pass on in a package of our own, as SPDX says it. */
const ACCEPTED = new Set([
  "(MIT OR Apache-2.0) AND Unicode-3.0",
  "Apache-2.0",
  "Apache-2.0 OR BSL-1.0",
  "Apache-2.0 OR MIT",
  "BSD-3-Clause",
  "MIT",
  "MIT AND BSD-3-Clause",
  "MIT OR Apache-2.0",
  "Unicode-3.0",
  "Unlicense OR MIT",
  "Zlib",
]);

/** Crates whose archive has no text: which of their licences we take. Its text is that of a file of ours. */
const WITHOUT_TEXT = new Map([["maud", { license: "Apache-2.0", file: "LICENSE-APACHE" }]]);

const IS_TEXT = /^(licen[cs]e|copying|copyright|notice|unlicense)/i;

/** A licence as SPDX has it now. Crates may still write `MIT/Apache-2.0`. */
export function spdx(license) {
  return license?.replaceAll("/", " OR ");
}

function textsOf(root, { key, name, license, folder }) {
  const expression = spdx(license);
  if (!ACCEPTED.has(expression)) {
    throw new Error(`${key} has the licence ${expression}, which tools/package/licences.mjs does not accept`);
  }
  const files = readdirSync(folder).filter((file) => IS_TEXT.test(file));
  if (files.length > 0) return files.sort().map((file) => readFileSync(join(folder, file), "utf8"));
  const taken = WITHOUT_TEXT.get(name);
  if (taken === undefined || !expression.split(" OR ").includes(taken.license)) {
    throw new Error(`${key} (${expression}) has no licence text in ${folder}`);
  }
  return [readFileSync(join(root, taken.file), "utf8")];
}

/** Two texts that differ in their line ends and indents alone are one. */
function canonical(text) {
  return text.replace(/\s+/g, " ").trim();
}

function tidy(text) {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  return lines
    .map((line) => line.trimEnd())
    .join("\n")
    .replace(/^\n+|\n+$/g, "");
}

/**
 * The file THIRD_PARTY_LICENSES. `crates` are those of `cratesOf`, `others` is what is there besides:
 * `{ key, license, repository, text }`.
 */
export function licences(root, crates, others) {
  const texts = new Map();
  const owners = [
    ...crates.filter(({ isOwn }) => !isOwn).map((crate) => ({ ...crate, texts: textsOf(root, crate) })),
    ...others.map((other) => ({ ...other, texts: [other.text] })),
  ];
  const list = owners.map(({ key, license, repository, texts: own }) => {
    const numbers = own.map((text) => {
      const known = canonical(text);
      if (!texts.has(known)) texts.set(known, { number: texts.size + 1, text: tidy(text), owners: [] });
      texts.get(known).owners.push(key);
      return texts.get(known).number;
    });
    const from = repository ? `\n  ${repository}` : "";
    return `${key}, ${spdx(license)}: text ${numbers.join(", ")}${from}`;
  });
  const bodies = [...texts.values()].map(({ number, text, owners: whose }) => {
    const line = "-".repeat(80);
    return `${line}\nText ${number}: ${whose.join(", ")}\n${line}\n\n${text}\n`;
  });
  const head =
    "This package contains software of others. Each is listed with its licence and where the texts of it stand below.";
  return `${head}\n\n${list.join("\n")}\n\n${bodies.join("\n")}`;
}
