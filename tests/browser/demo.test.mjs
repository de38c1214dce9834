// The demo as `make dev` starts it: wrangler, `postern.toml`, and a person in a browser.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { ACCOUNTS } from "../people/world.mjs";
import { digest, freePort, newKeys, newSecret } from "../workerd/harness.mjs";
import { fillIn, open, picture, press, startChromium } from "./chromium.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const { ann } = ACCOUNTS;

/**
 * Runs tools/dev.sh in a folder that is like this one, except for the secrets.
 * A demo that already runs on this machine can keep running, and keeps its secrets.
 */
async function startDemo() {
  const [port, acme, origin] = await Promise.all([freePort(), freePort(), freePort()]);
  const folder = mkdtempSync(join(tmpdir(), "postern-demo-"));
  for (const name of ["build", "demo", "examples", "node_modules", "tests", ".tools"])
    symlinkSync(join(ROOT, name), join(folder, name));
  cpSync(join(ROOT, "tools"), join(folder, "tools"), { recursive: true });
  for (const name of ["package.json", "postern.toml", "wrangler.toml"]) cpSync(join(ROOT, name), join(folder, name));
  const secret = newSecret();
  const vars = {
    POSTERN_KEYS: newKeys(),
    DEMO_CLIENT_SECRET: secret,
    DEMO_CLIENT_SECRET_SHA256: digest(secret),
    DEMO_PASSWORD: ann.password,
    POSTERN_USERS: `${ann.name}:${ann.hash}`,
  };
  writeFileSync(
    join(folder, ".dev.vars"),
    Object.entries(vars)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(""),
  );
  const env = { ...process.env, PORT: String(port), ACME_PORT: String(acme), ORIGIN_PORT: String(origin) };
  const child = spawn("tools/dev.sh", { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (data) => {
          said += data;
          if (said.includes("Postern runs on")) resolve();
        });
      }
      child.on("exit", (code) => reject(new Error(`the demo ended with ${code}: ${said}`)));
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { site: `http://localhost:${port}`, folder, env, said: () => said, stop };
}

let demo, chromium;
before(async () => {
  chromium = await startChromium();
  demo = await startDemo();
});
after(async () => {
  await chromium?.close();
  await demo?.stop();
});

test("the private page: log in, see it, log out, and be refused", async () => {
  assert.ok(demo.said().includes(`${demo.site}/private/`), "it is not said where to try it");
  // The pictures are those of the documents, in docs/images.
  const { context, tab, troubles } = await open(chromium, { viewport: { width: 720, height: 540 } });
  try {
    const shown = readFileSync(join(ROOT, "demo/site/private/index.html"), "utf8");
    const [, heading] = /<h1[^>]*>([^<]+)</.exec(shown);
    // As people type it.
    await tab.goto(`${demo.site}/private`);
    assert.equal(new URL(tab.url()).pathname, "/_postern/login");
    await fillIn(tab, { ...ann, password: "wrong" });
    await tab.getByRole("alert").waitFor();
    await tab.goto(`${demo.site}/private`);
    await tab.getByLabel("User name").fill(ann.name);
    await tab.getByLabel("Password", { exact: true }).fill(ann.password);
    await tab.getByLabel("Password", { exact: true }).blur();
    await picture(tab, "demo-login");
    await fillIn(tab, ann);
    await tab.waitForURL(`${demo.site}/private/`);
    await tab.getByRole("heading", { name: heading }).waitFor();
    await picture(tab, "demo-private");
    await tab.goto(`${demo.site}/_postern/sessions`);
    await picture(tab, "demo-sessions");
    await tab.goto(`${demo.site}/_postern/logout`);
    await press(tab, /^sign out$/i);
    await tab.getByRole("heading", { name: /signed out/i }).waitFor();
    await tab.goto(`${demo.site}/private/`);
    assert.equal(new URL(tab.url()).pathname, "/_postern/login");
    assert.equal(await tab.getByRole("heading", { name: heading }).count(), 0);
    troubles.assertNone();
  } finally {
    await context.close();
  }
});

test("`make demo` walks through all of it", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["tools/demo.mjs"], {
    cwd: demo.folder,
    env: demo.env,
    encoding: "utf8",
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
});

test("the lines that are printed work as they are printed", () => {
  const [, lines] = demo.said().split("in this folder:\n");
  // Those for a browser are no commands.
  const commands = lines.split("\n").filter((line) => !line.startsWith("http"));
  const { stdout } = spawnSync("bash", ["-c", commands.join("\n")], {
    cwd: demo.folder,
    env: demo.env,
    encoding: "utf8",
  });
  const statuses = [...stdout.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
  assert.deepEqual(statuses, [401, 200, 200, 200, 401, 401, 200], stdout);
});
