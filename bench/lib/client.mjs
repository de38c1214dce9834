// The benchmark's own requests: checks, minting, warming up. Never the load that is measured.
import { Agent, request as send } from "node:http";

const CONNECTIONS = 16;

export class Client {
  #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  #port;

  constructor(port) {
    this.#port = port;
  }

  close() {
    this.#agent.destroy();
  }

  // The status, the headers and the body of an answer. Host is what every candidate is addressed as.
  request(path, { method = "GET", headers = {}, body } = {}) {
    const options = {
      host: "127.0.0.1",
      port: this.#port,
      path,
      method,
      headers: { host: "localhost", ...headers },
      agent: this.#agent,
    };
    return new Promise((resolve, reject) => {
      const outgoing = send(options, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: text }));
        response.on("error", reject);
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  bearer(path, token, headers = {}) {
    return this.request(path, { headers: { ...headers, authorization: `Bearer ${token}` } });
  }

  // A form, as OAuth's endpoints take it.
  post(path, fields, credential) {
    return this.request(path, {
      method: "POST",
      headers: {
        authorization: `Basic ${credential}`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams(fields).toString(),
    });
  }

  async json(path, options) {
    return parsed(await this.request(path, options));
  }
}

export function parsed({ status, body }) {
  if (status !== 200 && status !== 201) throw new Error(`answered ${status}: ${body}`);
  return JSON.parse(body);
}

// HTTP Basic, for identifiers and secrets that need no encoding.
export function basic(id, secret) {
  return Buffer.from(`${id}:${secret}`).toString("base64");
}

// `work` for each item, on as many connections as the load has; the results in order.
export async function each(items, work) {
  const results = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(items[at], at);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return results;
}
