// The in-memory KV of a candidate, seen through its admin socket.
import { Client } from "./client.mjs";

const LINES_A_REQUEST = 5_000;

export class Kv {
  #client;

  constructor(port) {
    this.#client = new Client(port);
  }

  // `entries` are [key, bytes in base64].
  async load(entries) {
    for (let at = 0; at < entries.length; at += LINES_A_REQUEST) {
      const lines = entries.slice(at, at + LINES_A_REQUEST).map((entry) => entry.join("\t"));
      await this.#client.request("/load", { method: "POST", body: lines.join("\n") });
    }
  }

  async delete(key) {
    const { body } = await this.#client.request("/delete", { method: "POST", body: key });
    if (body !== "true") throw new Error("the KV has no such key");
  }

  // How many reads it has answered so far.
  async reads() {
    return Number((await this.#client.request("/reads")).body);
  }
}
