#!/usr/bin/env node
// `npm create postern FOLDER`: makes a project with `postern init`, whose Wasm is in this package too, and installs what it
// needs. What it is asked and what it writes is decided there.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));

/** The options of `postern init` that have a value, which is no folder. */
const VALUED = new Set(["--gate", "--login", "--client-id", "--client-secret", "--allow", "--name"]);

const HELP = `Makes a site that is behind Postern.

Usage: npm create postern [FOLDER] -- [OPTIONS]

  --no-install      do not install its packages
  --postern FILE    take this tarball of the package \`postern\`
  and the options of \`postern init\`: --gate, --login, --yes and others
`;

function read(words) {
  const wanted = { rest: [], install: true };
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === "--no-install") wanted.install = false;
    else if (word === "--help" || word === "-h") wanted.help = true;
    else if (word === "--postern") wanted.postern = words[++at];
    else if (VALUED.has(word)) wanted.rest.push(word, ...words.slice(++at, at + 1));
    else if (word.startsWith("-") || wanted.folder !== undefined) wanted.rest.push(word);
    else wanted.folder = word;
  }
  return wanted;
}

/** The tarball of `postern` beside the one that npm took this package from, if it took it from a file. */
function tarballBeside() {
  // npm notes beside the packages where each of them came from.
  const notes = join(here, "..", ".package-lock.json");
  if (!existsSync(notes)) return undefined;
  const { resolved } = JSON.parse(readFileSync(notes, "utf8")).packages?.["node_modules/create-postern"] ?? {};
  if (!resolved?.startsWith("file:")) return undefined;
  const file = join(dirname(resolve(here, "../..", resolved.slice("file:".length))), `postern-${version}.tgz`);
  return existsSync(file) ? file : undefined;
}

async function ask() {
  if (!process.stdin.isTTY) return "my-site";
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const line = await lines.question("In which folder? [my-site] ");
  lines.close();
  return line.trim() || "my-site";
}

/** Runs a program as if somebody had called it here, and gives its exit status. */
function run(program, words, folder) {
  // npm and its like are scripts of the shell on Windows.
  const shell = process.platform === "win32" && program !== process.execPath;
  const { status, error } = spawnSync(program, words, { cwd: folder, stdio: "inherit", shell });
  if (error) process.stderr.write(`create-postern: ${program} cannot be run: ${error.message}\n`);
  return status ?? 1;
}

async function main() {
  const { help, rest, install, postern = tarballBeside(), folder = await ask() } = read(process.argv.slice(2));
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const words = ["init", folder, ...rest, "--create"];
  if (postern !== undefined) {
    if (!existsSync(postern)) {
      process.stderr.write(`create-postern: there is no file ${postern}\n`);
      return 1;
    }
    const path = relative(resolve(folder), resolve(postern)).replaceAll("\\", "/");
    words.push("--postern", `file:${path}`);
  }
  const made = run(process.execPath, [join(here, "postern.js"), ...words]);
  if (made !== 0) return made;
  // Whoever called this: npm, pnpm, yarn or bun.
  const manager = process.env.npm_config_user_agent?.split("/")[0] || "npm";
  if (install) {
    const quiet = manager === "npm" ? ["--no-audit", "--no-fund", "--loglevel=error"] : [];
    const installed = run(manager, ["install", ...quiet], folder);
    if (installed !== 0) {
      process.stderr.write(`create-postern: \`${manager} install\` failed in ${folder}; the files are there\n`);
      return installed;
    }
  }
  const steps = [`cd ${folder}`, ...(install ? [] : [`${manager} install`]), `${manager} run dev`];
  process.stderr.write(`\nNext:\n${steps.map((step) => `  ${step}\n`).join("")}`);
  return 0;
}

process.exitCode = await main();
