// Where things are.
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

export const BENCH = at("../");
export const ROOT = at("../../");
export const BUILD = `${ROOT}build`;
export const WORKERD = `${ROOT}node_modules/.bin/workerd`;
export const TARGET = process.env.CARGO_TARGET_DIR ?? `${ROOT}target`;
export const MINT = `${TARGET}/release/postern-bench-mint`;
