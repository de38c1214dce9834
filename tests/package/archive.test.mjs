// What is in the archives of `make package`.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { archiveOf, DIST, ROOT, VERSION } from "./scratch.mjs";

const scratch = mkdtempSync(join(tmpdir(), "postern-archive-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const NAMES = ["create-postern", "postern"];

/** The files of a package, unpacked. */
function unpacked(name) {
  const folder = join(scratch, name);
  execFileSync("mkdir", ["-p", folder]);
  execFileSync("tar", ["xzf", archiveOf(name), "-C", folder]);
  return join(folder, "package");
}

const folders = Object.fromEntries(NAMES.map((name) => [name, unpacked(name)]));
const filesOf = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();
const json = (...path) => JSON.parse(readFileSync(join(...path), "utf8"));
const digest = (algorithm, encoding, path) => createHash(algorithm).update(readFileSync(path)).digest(encoding);

const LEGAL = ["LICENSE", "LICENSE-APACHE", "LICENSE-MIT", "THIRD_PARTY_LICENSES", "sbom.cdx.json"];
const EXPECTED = {
  postern: [
    ...LEGAL,
    "README.md",
    "cli/postern.js",
    "cli/serve.js",
    "cli/wasm.js",
    "cli/wasm_bg.wasm",
    "index.d.ts",
    "index.js",
    "index_bg.wasm",
    "package.json",
    "postern.schema.json",
    "vite.d.ts",
    "vite.js",
    "worker.d.ts",
    "worker.js",
  ],
  "create-postern": [
    ...LEGAL,
    "README.md",
    "create.js",
    "package.json",
    "postern.js",
    "serve.js",
    "wasm.js",
    "wasm_bg.wasm",
  ],
};

for (const name of NAMES) {
  const folder = folders[name];

  test(`${name} has these files and no other`, () => {
    assert.deepEqual(filesOf(folder), EXPECTED[name].toSorted());
  });

  test(`${name} depends on nothing, and runs nothing when it is installed`, () => {
    const manifest = json(folder, "package.json");
    for (const key of Object.keys(manifest)) assert.doesNotMatch(key, /dependencies/i);
    assert.equal(manifest.scripts, undefined);
    assert.equal(manifest.version, VERSION);
  });

  test(`${name} names no folder of this machine and no registry`, () => {
    for (const path of filesOf(folder)) {
      const bytes = readFileSync(join(folder, path), "latin1");
      for (const own of [ROOT, process.env.HOME, "/.cargo/"])
        assert.ok(!bytes.includes(`${own}/`), `${path} has ${own}`);
      assert.doesNotMatch(bytes, /index\.crates\.io|registry\.npmjs/, path);
    }
  });

  test(`the bill of materials of ${name} lists each crate whose code is found in its Wasm, and each file`, () => {
    const { components, metadata } = json(folder, "sbom.cdx.json");
    const listed = new Set(components.map(({ name: crate, version }) => `${crate}-${version}`));
    const found = new Set();
    for (const path of filesOf(folder).filter((each) => each.endsWith(".wasm"))) {
      const text = readFileSync(join(folder, path), "latin1");
      // Where a panic would come from: `argon2-0.6.0/src/params.rs`. What the standard library is made of comes with it.
      for (const [, crate] of text.matchAll(/(?<![\w/+-])([a-z][a-z0-9_-]*-\d+\.\d+\.\d+(?:\+[\w.-]+)?)\/src\//g))
        found.add(crate);
    }
    assert.ok(found.size > 5, `few crates are found in the Wasm: ${[...found]}`);
    for (const crate of found) assert.ok(listed.has(crate), `${crate} is in the Wasm and not in the list`);
    const files = Object.fromEntries(metadata.component.components.map((file) => [file.name, file.hashes[0].content]));
    const own = filesOf(folder).filter((path) => path !== "sbom.cdx.json");
    assert.deepEqual(files, Object.fromEntries(own.map((path) => [path, digest("sha256", "hex", join(folder, path))])));
  });

  test(`each component of ${name} has a licence, and its text is there`, () => {
    const { components } = json(folder, "sbom.cdx.json");
    const texts = readFileSync(join(folder, "THIRD_PARTY_LICENSES"), "utf8");
    const own = new Set(["postern", "postern-cli"]);
    for (const { name: crate, version, licenses } of components) {
      assert.ok(licenses[0].expression.length > 2, crate);
      if (own.has(crate)) continue;
      const line = texts.split("\n").find((each) => each.startsWith(`${crate} ${version}, `));
      assert.ok(line, `${crate} ${version} is not in THIRD_PARTY_LICENSES`);
      const numbers = /: text ([\d, ]+)$/.exec(line)[1].split(", ");
      for (const number of numbers) assert.ok(texts.includes(`\nText ${number}: `), `text ${number} of ${crate}`);
    }
  });
}

test("the digests are those of the files", () => {
  const sums = readFileSync(join(DIST, "SHA256SUMS"), "utf8").trimEnd().split("\n");
  const others = readdirSync(DIST).filter((name) => !["SHA256SUMS", "INTEGRITY"].includes(name));
  const expected = others.sort().map((name) => `${digest("sha256", "hex", join(DIST, name))}  ${name}`);
  assert.deepEqual(sums, expected);
  const integrity = NAMES.toSorted().map(
    (name) => `sha512-${digest("sha512", "base64", archiveOf(name))}  ${name}-${VERSION}.tgz\n`,
  );
  assert.equal(readFileSync(join(DIST, "INTEGRITY"), "utf8"), integrity.join(""));
});

test("packing again makes the same bytes, whoever does it and when", () => {
  const again = join(scratch, "again");
  const run = join(ROOT, "tools/package/run.mjs");
  const env = { ...process.env, TZ: "Pacific/Apia", LC_ALL: "C" };
  execFileSync("sh", ["-c", `umask 077 && exec "$0" "$@"`, process.execPath, run, again], { env, stdio: "pipe" });
  assert.deepEqual(readdirSync(again), readdirSync(DIST));
  for (const name of readdirSync(DIST))
    assert.ok(readFileSync(join(again, name)).equals(readFileSync(join(DIST, name))), `${name} differs`);
});

test("publint and attw find nothing wrong with the archive", () => {
  const run = (tool, ...words) => {
    const program = join(import.meta.dirname, "node_modules/.bin", tool);
    return execFileSync(process.execPath, [program, archiveOf("postern"), ...words], { encoding: "utf8" });
  };
  assert.match(run("publint", "--strict"), /All good!/);
  // ESM alone: nobody can `require` what runs in a Worker. attw fails where it finds something.
  run("attw", "--profile", "esm-only");
});
