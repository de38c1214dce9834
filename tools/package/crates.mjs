// Which crates are in a Wasm module: what cargo links for wasm32, with the features that it has there.
//
// Crates that only run while compiling (build scripts, macros) are not in it.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";

const TARGET = "wasm32-unknown-unknown";

function cargo(root, ...args) {
  const options = { cwd: root, encoding: "utf8", maxBuffer: 64 << 20, stdio: ["ignore", "pipe", "inherit"] };
  return execFileSync("cargo", [...args, "--locked"], options);
}

/** The SHA-256 of each crate's archive, from the lock file, by `name version`. */
function checksums(root) {
  const found = new Map();
  for (const block of readFileSync(`${root}/Cargo.lock`, "utf8").split("[[package]]")) {
    const value = (key) => block.match(new RegExp(`^${key} = "(.*)"$`, "m"))?.[1];
    if (value("checksum") !== undefined) found.set(`${value("name")} ${value("version")}`, value("checksum"));
  }
  return found;
}

/** Reads `cargo tree --prefix depth`: each crate's features and what it uses, by `name version`. */
function linked(root, crate) {
  const lines = cargo(
    ...[root, "tree", "-p", crate, "--target", TARGET, "-e", "normal,no-proc-macro"],
    ...["--prefix", "depth", "--format", "|{p}|{f}|"],
  );
  const crates = new Map();
  const path = [];
  for (const line of lines.trimEnd().split("\n")) {
    const [depth, named, features] = line.split("|");
    const [name, version] = named.split(" ");
    const key = `${name} ${version.replace(/^v/, "")}`;
    path[depth] = key;
    if (!crates.has(key)) crates.set(key, { features: new Set(), uses: new Set() });
    for (const feature of features.split(",")) if (feature !== "") crates.get(key).features.add(feature);
    if (depth > 0) crates.get(path[depth - 1]).uses.add(key);
  }
  return crates;
}

/**
 * The crates of `roots` (crates of the workspace, each of them a Wasm module) and of what is linked with them, sorted:
 * `{ key, name, version, license, repository, folder, checksum, features, uses, isOwn }`.
 */
export function cratesOf(root, roots) {
  const known = new Map();
  const { packages, workspace_members } = JSON.parse(cargo(root, "metadata", "--format-version", "1"));
  for (const one of packages) known.set(`${one.name} ${one.version}`, one);
  const sums = checksums(root);
  const found = new Map();
  for (const crate of roots) {
    for (const [key, { features, uses }] of linked(root, crate)) {
      if (!found.has(key)) found.set(key, { features: new Set(), uses: new Set() });
      for (const feature of features) found.get(key).features.add(feature);
      for (const used of uses) found.get(key).uses.add(used);
    }
  }
  return [...found]
    .map(([key, { features, uses }]) => {
      const { id, name, version, license, repository, manifest_path } = known.get(key);
      const isOwn = workspace_members.includes(id);
      const checksum = sums.get(key);
      if (!isOwn && checksum === undefined) throw new Error(`${key} has no checksum in Cargo.lock`);
      const sorted = { features: [...features].sort(), uses: [...uses].sort() };
      return { key, name, version, license, repository, folder: dirname(manifest_path), checksum, isOwn, ...sorted };
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
