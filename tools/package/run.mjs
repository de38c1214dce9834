// `make package`: writes dist/ (or the folder that is named) from what `make build` made.
//
//   NAME-VERSION.tgz        what npm installs, for each package
//   NAME-VERSION.cdx.json   its bill of materials, which is in the package too
//   SHA256SUMS, INTEGRITY   the digests of all of them; the second one as npm writes it into a lock file
//
// The same commit makes the same bytes, with the same Rust and the tools of package-lock.json: all times are the commit's.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

import { archive } from "./archive.mjs";
import { bill } from "./bill.mjs";
import { cratesOf } from "./crates.mjs";
import { licences } from "./licences.mjs";

const ROOT = join(import.meta.dirname, "../..");
const DIST = resolve(process.argv[2] ?? join(ROOT, "dist"));
/** What each package has besides what the `files` of its package.json list. */
const ALWAYS = ["package.json", "README.md", "LICENSE", "LICENSE-APACHE", "LICENSE-MIT"];
const SUMMARY = "THIRD_PARTY_LICENSES";
const BILL = "sbom.cdx.json";

/** Each package: where its files are, in this order, and the crates whose Wasm is in it. */
const PACKAGES = [
  { name: "postern", folders: ["npm/postern", "build", "."], crates: ["postern", "postern-cli"] },
  // With the command line, so that it needs no other package: `npm create` gets all that it runs at once.
  { name: "create-postern", folders: ["npm/create-postern", "build/cli", "."], crates: ["postern-cli"] },
];

const read = (path) => readFileSync(join(ROOT, path), "utf8");
const run = (program, ...args) => execFileSync(program, args, { cwd: ROOT, encoding: "utf8" }).trim();

function fail(problem) {
  console.error(`postern: ${problem}`);
  process.exit(1);
}

/** The version, which is written in several files. */
function theVersion() {
  const version = /^\[workspace\.package\]\nversion = "(.*)"$/m.exec(read("Cargo.toml"))?.[1];
  for (const path of ["package.json", ...PACKAGES.map(({ name }) => `npm/${name}/package.json`)]) {
    const said = JSON.parse(read(path)).version;
    if (said !== version) fail(`${path} says version ${said}, and Cargo.toml ${version}`);
  }
  return version;
}

/** The time of the commit, in seconds since 1970; SOURCE_DATE_EPOCH where there is no commit. */
function theTime() {
  const said = process.env.SOURCE_DATE_EPOCH;
  return Number(said ?? run("git", "log", "-1", "--format=%ct"));
}

function warnWhereChanged() {
  if (process.env.SOURCE_DATE_EPOCH !== undefined) return;
  if (run("git", "status", "--porcelain") !== "")
    console.error("postern: the working copy has changes that are in no commit, so nobody else can make these bytes");
}

/** The file of a package, from the first folder that has it. */
function take(folders, path) {
  const folder = folders.find((each) => existsSync(join(ROOT, each, path)));
  if (folder === undefined)
    fail(`the package lists ${path}, which is in none of ${folders.join(", ")}: run \`make build\``);
  return readFileSync(join(ROOT, folder, path));
}

/** Nothing that is shipped names a folder of this machine. */
function refuseOwnPaths({ path, bytes }) {
  const own = [ROOT, homedir(), process.env.CARGO_HOME].filter((each) => each !== undefined && each.length > 1);
  for (const folder of own) if (bytes.includes(`${folder}/`)) fail(`${path} names ${folder}, a folder of this machine`);
}

/** What is in the Wasm and in the JavaScript besides the crates. */
function others() {
  const rust = run("rustc", "--version").split(" ")[1];
  const bundler = JSON.parse(read("node_modules/esbuild/package.json"));
  return [
    {
      key: `rust-std ${rust}`,
      name: "rust-std",
      version: rust,
      license: "(MIT OR Apache-2.0) AND Unicode-3.0 AND (Apache-2.0 WITH LLVM-exception)",
      purl: `pkg:generic/rust-std@${rust}`,
      description: "Rust's standard library for wasm32-unknown-unknown",
      repository: "https://github.com/rust-lang/rust",
      text: read("npm/licences/rust-std.txt"),
    },
    {
      key: `esbuild ${bundler.version}`,
      name: "esbuild",
      version: bundler.version,
      license: bundler.license,
      purl: `pkg:npm/esbuild@${bundler.version}`,
      description: "The helper functions that the bundler puts into index.js",
      repository: "https://github.com/evanw/esbuild",
      text: read("node_modules/esbuild/LICENSE.md"),
    },
  ];
}

function tools() {
  const { version: binaryen } = JSON.parse(read("node_modules/binaryen/package.json"));
  const { version: esbuild } = JSON.parse(read("node_modules/esbuild/package.json"));
  return [
    { name: "rustc", version: run("rustc", "--version").split(" ")[1] },
    { name: "wasm-bindgen", version: run("wasm-bindgen", "--version").split(" ")[1] },
    { name: "binaryen", version: binaryen },
    { name: "esbuild", version: esbuild },
  ];
}

/** The package as `{ name, bytes }` of each file for dist/. */
function made({ name, folders, crates: roots }, version, seconds) {
  const manifest = JSON.parse(read(`npm/${name}/package.json`));
  const programs = new Set(Object.values(manifest.bin ?? {}).map((path) => path.replace(/^\.\//, "")));
  const listed = [...ALWAYS, ...manifest.files.filter((path) => path !== SUMMARY && path !== BILL)];
  const entries = listed.map((path) => ({ path, bytes: take(folders, path), isProgram: programs.has(path) }));
  const crates = cratesOf(ROOT, roots);
  const besides = others();
  entries.push({ path: SUMMARY, bytes: Buffer.from(licences(ROOT, crates, besides)) });
  const { license, description } = manifest;
  const about = { name, version, license, description, seconds };
  const materials = Buffer.from(bill(about, crates, besides, tools(), entries));
  entries.push({ path: BILL, bytes: materials });
  for (const entry of entries) {
    refuseOwnPaths(entry);
    const isWhole = !entry.path.endsWith(".wasm") || WebAssembly.validate(entry.bytes);
    if (!isWhole) fail(`${entry.path} is not whole: run \`make build\` again`);
  }
  const stem = `${name}-${version}`;
  return [
    { name: `${stem}.tgz`, bytes: archive(entries, seconds) },
    { name: `${stem}.cdx.json`, bytes: materials },
  ];
}

warnWhereChanged();
const version = theVersion();
const seconds = theTime();
const byName = (a, b) => (a.name < b.name ? -1 : 1);
const files = PACKAGES.flatMap((each) => made(each, version, seconds)).sort(byName);
rmSync(DIST, { recursive: true, force: true });
mkdirSync(DIST);
const digest = (algorithm, encoding, bytes) => createHash(algorithm).update(bytes).digest(encoding);
for (const { name, bytes } of files) {
  writeFileSync(join(DIST, name), bytes);
  console.log(`postern: dist/${name} is ${bytes.length} bytes`);
}
const lines = (line) => files.map(line).join("");
writeFileSync(
  join(DIST, "SHA256SUMS"),
  lines(({ name, bytes }) => `${digest("sha256", "hex", bytes)}  ${name}\n`),
);
const packed = files.filter(({ name }) => name.endsWith(".tgz"));
const integrity = packed.map(({ name, bytes }) => `sha512-${digest("sha512", "base64", bytes)}  ${name}\n`);
writeFileSync(join(DIST, "INTEGRITY"), integrity.join(""));
