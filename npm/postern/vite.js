// A plugin for Vite and Vitest: `.postern/config.js` is always what `postern.toml` says.
//
// It runs `postern build` before anything else is read, and again when a file changes that it reads. A refused configuration
// ends `vite build` and a run of Vitest. While somebody develops it is printed, and the Worker shows it on each page.

import { spawnSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("cli/postern.js", import.meta.url));
const WRANGLER = ["wrangler.jsonc", "wrangler.json", "wrangler.toml"];

// Vite reads its configuration once for each environment that it builds.
let told;

function tellOnce(logger, built) {
  const text = JSON.stringify(built);
  if (text !== told) print(logger, built);
  told = text;
}

function print(logger, { made, said }) {
  if (made !== "") logger.info(made);
  if (said !== "") logger.warn(said);
}

export default function postern({ config: file = "postern.toml", wrangler, ...unknown } = {}) {
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new Error(`postern/vite has no option \`${name}\`, only \`config\` and \`wrangler\``);
  // The wrangler file is left alone: Cloudflare's plugin may have read it already.
  const words = ["build", "--no-edit", "--config", file, ...(wrangler === undefined ? [] : ["--wrangler", wrangler])];
  let folder;
  let isDeveloped;
  let built;

  /** Runs `postern build`: what it made, and what there is to say of it. */
  function build() {
    const all = [COMMAND, ...words, ...(isDeveloped ? ["--dev"] : [])];
    const { status, stdout, stderr, error } = spawnSync(process.execPath, all, { cwd: folder, encoding: "utf8" });
    if (error) throw error;
    if (status !== 0) throw new Error(`${file} is refused:\n${`${stdout}${stderr}`.trim()}`);
    return { made: stdout.trim(), said: stderr.trim() };
  }

  return {
    name: "postern",
    enforce: "pre",
    config: {
      // Before the plugins of Cloudflare, which ask for the file that `main` names.
      order: "pre",
      handler(config, { command, isPreview }) {
        if (isPreview) return;
        folder = resolve(config.root ?? ".");
        isDeveloped = command === "serve" && process.env.VITEST === undefined;
        built = build();
      },
    },
    configResolved({ logger }) {
      if (built) tellOnce(logger, built);
    },
    configureServer({ watcher, config: { logger } }) {
      const beside = dirname(resolve(folder, file));
      const read = [file, ...(wrangler === undefined ? WRANGLER.map((each) => resolve(beside, each)) : [wrangler])];
      const watched = new Set(read.map((each) => resolve(folder, each)));
      watcher.add([...watched]);
      const again = (path) => {
        if (!watched.has(resolve(path))) return;
        try {
          print(logger, build());
        } catch (error) {
          logger.error(error.message);
        }
      };
      watcher.on("add", again).on("change", again);
    },
  };
}
