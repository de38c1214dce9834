// django-oauth-toolkit, in a Python of its own (tools/setup.sh makes it): an issuer of opaque tokens.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { Browser, basic, codeFlow } from "./party.mjs";

const SITE = fileURLToPath(new URL("django/site.py", import.meta.url));
const PYTHON = fileURLToPath(new URL("../../.tools/django/bin/python", import.meta.url));

/** Starts it. */
export async function startDjango({ audience }) {
  if (!existsSync(PYTHON)) throw new Error(`${PYTHON} is missing: run \`tools/setup.sh issuers\``);
  const folder = mkdtempSync(join(tmpdir(), "postern-django-"));
  const python = spawn(PYTHON, ["-W", "ignore", SITE, folder], { stdio: ["pipe", "pipe", "inherit"] });
  const gone = once(python, "exit");
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  const { value: first = "nothing" } = await lines.next();
  if (!first.startsWith("READY ")) throw new Error(`django-oauth-toolkit did not start: ${first}`);
  const { port, secrets } = JSON.parse(first.slice("READY ".length));
  const issuer = `http://127.0.0.1:${port}`;
  const client = (id) => ({ id, secret: secrets[id] });

  return {
    issuer,
    /** Who its tokens are about. */
    person: { username: "carol", client: "app" },
    program: { client: "program" },
    /** What introspects. */
    gate: client("gate"),
    introspection: `${issuer}/o/introspect/`,
    /** A token of a program's own, by its grant of client credentials. `resource: null` asks for none. */
    async clientCredentials({ resource = audience, scope = "orders:read" } = {}) {
      const fields = { grant_type: "client_credentials", scope, ...(resource && { resource }) };
      return (await new Browser().token(`${issuer}/o/token/`, fields, client("program"))).access_token;
    },
    /** A person's tokens, by the code flow. */
    async code({ resource = audience, scope = "orders:read" } = {}) {
      const carol = new Browser();
      await carol.fetch(`${issuer}/log-in/carol`);
      return codeFlow(carol, {
        authorize: `${issuer}/o/authorize/`,
        token: `${issuer}/o/token/`,
        client: client("app"),
        scope,
        resource,
      });
    },
    /** Ends a token there (RFC 7009). */
    async revoke(token, of = "program") {
      const fields = { token };
      const answer = await new Browser().form(`${issuer}/o/revoke_token/`, fields, {
        Authorization: basic(client(of)),
      });
      assert.equal(answer.status, 200, await answer.text());
    },
    async down(value) {
      python.stdin.write(value ? "down\n" : "up\n");
      await lines.next();
    },
    async stop() {
      python.stdin.end();
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
