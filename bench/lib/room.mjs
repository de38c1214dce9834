// A run's own folder: configurations, logs, token files, and the Durable Objects' SQLite files. It is in memory where
// Linux offers that, so that no disk is measured; and it goes when the run ends.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const IN_MEMORY = "/dev/shm";

export class Room {
  // How workerd is started: V8's flags, and a command to run it under, for a folder.
  v8Flags = [];
  wrapper = () => [];
  path = mkdtempSync(join(existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir(), "postern-bench-"));

  folder(name) {
    const path = join(this.path, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  // A set of tokens: the list, and the file that wrk draws from.
  tokens(name, list) {
    const path = join(this.folder("tokens"), name);
    writeFileSync(path, list.map((token) => `${token}\n`).join(""), { mode: 0o600 });
    return { list, path };
  }

  remove() {
    rmSync(this.path, { recursive: true, force: true });
  }
}
