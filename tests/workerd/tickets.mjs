// Login sessions without a login: the Worker's own code makes the tickets, and they are put into the stores.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { ISSUER, keys } from "./fixture.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64")).buffer;

/** A ticket, and the header in which a browser sends it. */
class Ticket {
  constructor(world, [text, key, record, session, open, end]) {
    Object.assign(this, { world, text, key, record, session, open, end });
    this.cookie = `__Host-postern-session=${text}`;
    this.headers = { Cookie: this.cookie };
  }

  async #ask(command) {
    const coordinators = await this.world.mf.getDurableObjectNamespace(
      "POSTERN_COORDINATORS",
      Object.keys(this.world.gates)[0],
    );
    const reply = await coordinators
      .getByName(this.session)
      .fetch("https://postern.internal/", { method: "POST", body: bytes(command) });
    if (reply.status !== 200) throw new Error(`the coordinator answered ${reply.status}`);
  }

  /** Makes its coordinator begin the session, as a login does. */
  begin() {
    return this.#ask(this.open);
  }

  /** Makes its coordinator end the session; its alarm then tells the log. */
  finish() {
    return this.#ask(this.end);
  }
}

/** A ticket that lasts from `from` to `to`, seconds after now, with its record in KV. */
export async function ticket(world, from, to, { secret = keys, stored = true } = {}) {
  const now = world.gate.now;
  const args = ["run", "-q", "-p", "postern-bench-mint", "--", "--ticket", ISSUER, "1", `${now + from}`, `${now + to}`];
  const line = execFileSync("cargo", args, {
    cwd: ROOT,
    env: { ...process.env, POSTERN_KEYS: secret },
    encoding: "utf8",
  });
  const made = new Ticket(world, line.trimEnd().split("\t"));
  if (stored) {
    const kv = await world.kv();
    await kv.put(made.key, bytes(made.record));
  }
  return made;
}
