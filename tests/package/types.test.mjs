// The types of the package, as TypeScript reads them in other people's projects: tests/package/types has what must be right,
// and, behind `@ts-expect-error`, what must be wrong.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { postern, wrangler } from "./projects.mjs";
import { Scratch } from "./scratch.mjs";

const TYPES = join(import.meta.dirname, "types");
const scratch = new Scratch();
after(() => scratch.end());

/** As strict as it gets, and types of libraries are read too. */
const STRICT = {
  target: "es2024",
  lib: ["es2024"],
  strict: true,
  noEmit: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
};
const BUNDLER = { module: "esnext", moduleResolution: "bundler" };
const ENV = `interface Env {
  POSTERN_SESSIONS: KVNamespace;
  POSTERN_REVOCATION_LOG: DurableObjectNamespace<import("./src/protect.js").RevocationLog>;
}
`;

let project;
before(async () => {
  project = await scratch.project("types", {
    "postern.toml": postern("https://docs.example.com", "app"),
    "wrangler.jsonc": wrangler("src/protect.ts"),
    "env.d.ts": ENV,
  });
  for (const name of ["protect", "hono", "worker"]) project.copy(join(TYPES, `${name}.ts`), `src/${name}.ts`);
  project.copy(join(TYPES, "vite.config.ts"), "vite.config.ts");
  await project.run("npx", "postern", "build");
});

/** Compiles these files with these options. */
async function compiles(name, include, options) {
  const compilerOptions = { ...STRICT, ...options };
  project.write(`tsconfig.${name}.json`, JSON.stringify({ compilerOptions, include }));
  const { status, said } = await project.attempt("tsc", "-p", `tsconfig.${name}.json`);
  assert.equal(status, 0, said);
}

test("with what `wrangler types` writes", async () => {
  await project.run("wrangler", "types");
  assert.match(
    project.read("worker-configuration.d.ts"),
    /DurableObjectNamespace<import\("\.\/src\/protect"\)\.RevocationLog>/,
  );
  await compiles("wrangler", ["src", "worker-configuration.d.ts"], { ...BUNDLER, types: [] });
});

test("with what `wrangler types` writes for a site without a Worker of its own", async () => {
  project.write("wrangler.jsonc", wrangler(".postern/worker.js"));
  project.write(
    "sessions.ts",
    "export const log = (env: Env) => env.POSTERN_REVOCATION_LOG.getByName('log').fetch('/');\n",
  );
  await project.run("wrangler", "types", "files.d.ts");
  assert.match(project.read("files.d.ts"), /import\("\.\/\.postern\/worker"\)\.RevocationLog/);
  await compiles("files", ["sessions.ts", "files.d.ts"], { ...BUNDLER, types: [] });
});

for (const [name, options] of [
  ["bundler", BUNDLER],
  ["node16", { module: "node16", moduleResolution: "node16" }],
  ["nodenext", { module: "nodenext", moduleResolution: "nodenext" }],
]) {
  test(`with @cloudflare/workers-types, as modules are found by ${name}`, () =>
    compiles(name, ["src", "env.d.ts"], { ...options, types: ["@cloudflare/workers-types"] }));
}

test("the plugin for Vite, in a project that knows nothing of Workers", () =>
  compiles("vite", ["vite.config.ts"], { ...BUNDLER, types: [], lib: ["es2024", "dom"], skipLibCheck: true }));
