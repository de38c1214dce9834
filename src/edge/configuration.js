// The configuration, as `postern build` wrote it, before the Wasm reads it. An isolate has one.

import { __wbg_reset_state as startAnew } from "postern-wasm";

/** What `postern build` writes as `version`. */
const VERSION = 1;

let configured;
let handled = false;

const isSame = (one, other) =>
  one.table === other.table && one.dev === other.dev && `${one.refused}` === `${other.refused}`;

// Takes what the module `.postern/config.js` exports, and whether there is a handler beside it.
export function configure(config, withHandler) {
  if (config?.version !== VERSION) {
    throw new Error(
      config === undefined || config === null || config.version === undefined
        ? "Postern needs its configuration: import it from .postern/config.js, which `npx postern build` writes"
        : `Postern cannot read this configuration (version ${config.version}): run \`npx postern build\` again`,
    );
  }
  if (configured !== undefined && !isSame(configured, config)) {
    // While somebody develops, a bundler may load a changed module into the isolate that ran the one before.
    if (!config.dev) throw new Error("Postern was given two configurations: a Worker has one");
    startAnew();
  }
  configured = config;
  handled ||= withHandler;
}

// The table as JSON; undefined where there is none.
export function configurationTable() {
  return configured?.table;
}

// What is wrong with it, a problem in each line, where it was refused while somebody develops.
export function configurationRefused() {
  return configured?.refused?.join("\n");
}

// Whether somebody develops.
export function isDeveloped() {
  return configured?.dev === true;
}

// Whether there is a handler in this isolate that requests may go to.
export function hasHandler() {
  return handled;
}
