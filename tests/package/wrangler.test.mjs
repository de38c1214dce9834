// The package with wrangler: a site of files, and a Worker of one's own.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, test } from "node:test";

import { freePort } from "../workerd/harness.mjs";
import { ownWorker, siteOfFiles, token } from "./projects.mjs";
import { Scratch } from "./scratch.mjs";

const scratch = new Scratch();
after(() => scratch.end());

/** What `wrangler deploy` would send, as `--outdir` writes it. */
async function dryRun(project) {
  const said = await project.run("wrangler", "deploy", "--dry-run", "--outdir", "out");
  assert.doesNotMatch(said, /WARNING/);
  return { said, files: readdirSync(project.path("out")) };
}

/** Asks at `path` without a token and with one. */
async function gated(server, path) {
  const refused = await server.get(path);
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get("www-authenticate"), /^Bearer /);
  const headers = { Authorization: `Bearer ${await token(server)}` };
  const answer = await server.get(path, { headers });
  assert.equal(answer.status, 200);
  return answer;
}

test("a site of files is deployed and served with `postern/worker`", async () => {
  const port = await freePort();
  const project = await scratch.project("files", siteOfFiles(`http://localhost:${port}`));
  const { said, files } = await dryRun(project);
  assert.match(said, /env\.POSTERN_REVOCATION_LOG \(RevocationLog\)/);
  assert.ok(files.includes("worker.js"), `${files}`);
  assert.equal(files.filter((name) => name.endsWith("-index_bg.wasm")).length, 1, `${files}`);

  const words = ["dev", "--port", `${port}`, "--ip", "127.0.0.1", "--show-interactive-dev-session=false"];
  const server = await project.serve(`http://localhost:${port}`, "wrangler", ...words);
  try {
    assert.match((await server.until("/", ({ status }) => status === 200)).text, /for everyone/);
    assert.equal(await (await gated(server, "/private/report.txt")).text(), "for programs\n");
    // A change that is refused is told on the page, and then taken back.
    const right = project.read("postern.toml");
    project.write("postern.toml", right.replace('access = "public"', 'access = "publik"'));
    const told = await server.until("/", ({ text }) => text.includes("routes[1].access"));
    assert.equal(told.status, 500);
    assert.match(server.said, /routes\[1\]\.access: must be one of/);
    project.write("postern.toml", right);
    await server.until("/", ({ status }) => status === 200);
  } finally {
    await server.stop();
  }
});

test("a refused configuration is not deployed", async () => {
  const project = await scratch.project("refused", siteOfFiles("https://docs.example.com"));
  project.write("postern.toml", project.read("postern.toml").replace('origin = "assets"', 'origin = "nowhere"'));
  const { status, said } = await project.attempt("wrangler", "deploy", "--dry-run", "--outdir", "out");
  assert.notEqual(status, 0);
  assert.match(said, /postern\.toml:\d+:\d+: error: routes\[0\]\.origin: /);
});

test("a Worker of one's own keeps its objects behind `protect`", async () => {
  const port = await freePort();
  const build = { command: "npx postern build", watch_dir: "postern.toml" };
  const project = await scratch.project("own", ownWorker(`http://localhost:${port}`, { build }));
  const { said } = await dryRun(project);
  assert.match(said, /env\.COUNTER \(Counter\)/);
  const words = ["dev", "--port", `${port}`, "--ip", "127.0.0.1", "--show-interactive-dev-session=false"];
  const server = await project.serve(`http://localhost:${port}`, "wrangler", ...words);
  try {
    await server.until("/", ({ status }) => status === 200);
    const { subject, count } = await (await gated(server, "/private/count")).json();
    assert.equal(subject, "program");
    assert.ok(count > 1);
    assert.equal((await (await server.get("/")).json()).subject, null);
  } finally {
    await server.stop();
  }
});
