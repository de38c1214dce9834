// The plugin `postern/vite` with `@cloudflare/vite-plugin`: building, and developing.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, test } from "node:test";

import { freePort } from "../workerd/harness.mjs";
import { ownWorker, siteOfFiles, token } from "./projects.mjs";
import { Scratch } from "./scratch.mjs";

const scratch = new Scratch();
after(() => scratch.end());

const CONFIG = `import { cloudflare } from "@cloudflare/vite-plugin";
import postern from "postern/vite";
import { defineConfig } from "vite";

export default defineConfig({ plugins: [postern(), cloudflare()] });
`;

const wrong = (text) => text.replace('access = "public"', 'access = "publik"');

test("`vite build` bundles a site of files, whose `main` the plugin writes first", async () => {
  const files = siteOfFiles("https://docs.example.com");
  const project = await scratch.project("files", { ...files, "vite.config.js": CONFIG });
  const said = await project.run("vite", "build");
  assert.equal(said.split("postern: .postern/config.js is made of").length, 2, said);
  const built = readdirSync(project.path("dist/site"), { recursive: true });
  assert.ok(
    built.some((path) => path.endsWith(".wasm")),
    `${built}`,
  );
  assert.match(project.read("dist/site/wrangler.json"), /"run_worker_first":true/);
  assert.match(project.read("dist/client/private/report.txt"), /for programs/);

  project.write("postern.toml", wrong(files["postern.toml"]));
  const refused = await project.attempt("vite", "build");
  assert.notEqual(refused.status, 0);
  assert.match(
    refused.said,
    /postern\.toml is refused:\npostern\.toml:\d+:\d+: error: routes\[1\]\.access: must be one of/,
  );
});

test("`vite dev` serves a Worker of one's own, and shows a refused configuration until it is mended", async () => {
  const port = await freePort();
  const files = ownWorker(`http://localhost:${port}`);
  const right = files["postern.toml"];
  const project = await scratch.project("own", { ...files, "postern.toml": wrong(right), "vite.config.js": CONFIG });
  const words = ["dev", "--port", `${port}`, "--strictPort", "--host", "localhost"];
  const server = await project.serve(`http://localhost:${port}`, "vite", ...words);
  try {
    const isTold = ({ text }) => text.includes("routes[1].access");
    const isServed = ({ status }) => status === 200;
    assert.equal((await server.until("/", isTold)).status, 500);
    assert.match(server.said, /postern\.toml:\d+:\d+: error: routes\[1\]\.access: must be one of/);
    project.write("postern.toml", right);
    await server.until("/", isServed);
    assert.equal((await server.get("/private/count")).status, 401);
    const headers = { Authorization: `Bearer ${await token(server)}` };
    const { subject } = await (await server.get("/private/count", { headers })).json();
    assert.equal(subject, "program");

    // What was closed by a change is closed.
    project.write("postern.toml", right.replace('access = "public"', 'access = "token"'));
    await server.until("/", ({ status }) => status === 401);
    project.write("postern.toml", wrong(right));
    await server.until("/", isTold);
    project.write("postern.toml", right);
    await server.until("/", isServed);
  } finally {
    await server.stop();
  }
});
