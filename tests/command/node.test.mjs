// What Node adds to the command: standard input and output, exit statuses. What a command decides is tested in cli/tests.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../build/cli/postern.js", import.meta.url));

function postern(words, input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], { input, encoding: "utf8" });
  return { status, stdout, stderr };
}

test("the exit status says what came of it", () => {
  assert.equal(postern(["--help"]).status, 0);
  assert.equal(postern(["check", "--config", "/nonexistent/postern.toml"]).status, 1);
  const misspelt = postern(["chek"]);
  assert.equal(misspelt.status, 2);
  assert.equal(misspelt.stdout, "");
  assert.match(misspelt.stderr, /a similar subcommand exists: 'check'/);
});

test("each key is new", () => {
  const [one, other] = [postern(["keys"]).stdout, postern(["keys"]).stdout];
  assert.match(one, /^1:[A-Za-z0-9_-]{43}\n$/);
  assert.notEqual(one, other);
});

test("the first line of standard input is the answer, however it ends", () => {
  for (const end of ["", "\n", "\r\n", "\nand another line\n"]) {
    const { status, stdout, stderr } = postern(["user", "Ann"], `correct horse bättery${end}`);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^Ann:\$argon2id\$v=19\$m=19456,t=2,p=1\$[^\n]+\n$/);
  }
  for (const input of ["", "\n", Buffer.from("\xff".repeat(20), "latin1"), "a".repeat(1 << 20)]) {
    const { status, stdout, stderr } = postern(["user", "Ann"], input);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /^postern: [^\n]+\n$/);
  }
});
