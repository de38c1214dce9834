// An application of Hono behind the gate, in a project that has the package from its archive: examples/hono as it is.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { freePort, newKeys } from "../workerd/harness.mjs";
import { ROOT, Scratch } from "./scratch.mjs";

const scratch = new Scratch();
after(() => scratch.end());

const SECRET = "a secret of the robot";
const EXAMPLE = join(ROOT, "examples/hono");
// Nobody can log in here, so a program asks.
const robot = `
[[clients]]
id = "robot"
secret_sha256 = "${createHash("sha256").update(SECRET).digest("hex")}"
scopes = ["account:read"]
`;

test("a Hono application is reached through the gate alone, and knows who asks", async () => {
  const table = readFileSync(join(EXAMPLE, "postern.toml"), "utf8").replace('access = "session"', 'access = "token"');
  const project = await scratch.project("hono", {
    "postern.toml": `${table}${robot}`,
    ".dev.vars": `POSTERN_KEYS=${newKeys()}\n`,
  });
  for (const name of ["wrangler.toml", "src"]) project.copy(join(EXAMPLE, name), name);
  const port = await freePort();
  const server = await project.serve(
    `http://localhost:${port}`,
    project.path("node_modules/.bin/postern"),
    "dev",
    "--port",
    `${port}`,
  );
  try {
    assert.equal(await (await server.get("/")).text(), "Welcome.\n");
    assert.equal((await server.get("/account")).status, 401);
    const form = new URLSearchParams({ grant_type: "client_credentials" });
    const credential = Buffer.from(`robot:${SECRET.replaceAll(" ", "+")}`).toString("base64");
    const asked = { method: "POST", body: form, headers: { Authorization: `Basic ${credential}` } };
    const { access_token: token } = await (await server.get("/oauth/token", asked)).json();
    const account = await server.get("/account", { headers: { Authorization: `Bearer ${token}` } });
    assert.equal(await account.text(), "Hello robot.\n");
  } finally {
    await server.stop();
  }
});
