// HTTP on the wire: `fetch` would tidy up exactly what these tests are about.

import net from "node:net";

/** How long an answer may take before the test counts as stuck. It never decides about a right answer. */
const STUCK = 20_000;

/** An answer, with its headers as they came. */
export class Reply {
  constructor(status, lines, body) {
    this.status = status;
    this.lines = lines;
    this.body = body;
  }
  /** The values of a header, one for each line. */
  all(name) {
    return this.lines.filter(([n]) => n === name.toLowerCase()).map(([, value]) => value);
  }
  /** The value of a header, lines joined; `null` where there is none. */
  header(name) {
    const values = this.all(name);
    return values.length ? values.join(", ") : null;
  }
  get text() {
    return this.body.toString("utf8");
  }
  get json() {
    return JSON.parse(this.text);
  }
}

function unchunk(bytes) {
  const parts = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return null;
    const size = Number.parseInt(bytes.subarray(at, end).toString("latin1"), 16);
    if (Number.isNaN(size)) throw new Error("not a chunk size");
    if (size === 0) return Buffer.concat(parts);
    if (bytes.length < end + 2 + size + 2) return null;
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

/** The answer in `bytes` to a request with this method; `null` while it is not whole. */
function parse(bytes, method, closed) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [first, ...rest] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const status = Number(first.split(" ")[1]);
  if (status === 100) return parse(bytes.subarray(end + 4), method, closed);
  const lines = rest.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const reply = (body) => new Reply(status, lines, body);
  const after = bytes.subarray(end + 4);
  if (method === "HEAD" || status === 204 || status === 304 || status === 101) return reply(after);
  const value = (name) => lines.find(([n]) => n === name)?.[1];
  if (value("transfer-encoding") === "chunked") {
    const body = unchunk(after);
    return body && reply(body);
  }
  const length = value("content-length");
  if (length !== undefined) return after.length >= Number(length) ? reply(after.subarray(0, Number(length))) : null;
  return closed ? reply(after) : null;
}

/** A connection that a test itself writes to and reads from. */
export class Connection {
  #socket;
  #received = Buffer.alloc(0);
  #closed = false;
  #wake = () => {};

  constructor(url) {
    this.#socket = net.connect(Number(url.port), url.hostname);
    this.#socket.on("data", (data) => {
      this.#received = Buffer.concat([this.#received, data]);
      this.#wake();
    });
    const over = () => {
      this.#closed = true;
      this.#wake();
    };
    // A server may refuse a request before it has read all of it; its answer has arrived by then.
    this.#socket.on("error", over);
    this.#socket.on("close", over);
  }

  write(bytes) {
    this.#socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** Sends no more, and goes on reading. */
  end() {
    this.#socket.end();
  }

  /** Waits until `find(received, closed)` gives something. */
  async until(find) {
    const deadline = Date.now() + STUCK;
    for (;;) {
      const found = find(this.#received, this.#closed);
      if (found !== null && found !== undefined && found !== false) return found;
      if (this.#closed)
        throw new Error(
          `the connection closed after ${JSON.stringify(this.#received.toString("latin1").slice(0, 400))}`,
        );
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(`no answer; so far ${JSON.stringify(this.#received.toString("latin1").slice(0, 400))}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  reply(method = "GET") {
    return this.until((received, closed) => parse(received, method, closed));
  }

  close() {
    this.#socket.destroy();
  }

  /** Breaks off, as a client does that gives up. Node never gets rid of a socket that is reset while it is being ended. */
  reset() {
    if (this.#socket.writable) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }
}

/** Sends these very bytes (a string is taken as latin1) and gives the answer. */
export async function raw(url, bytes, method) {
  const connection = new Connection(url);
  try {
    connection.write(bytes);
    return await connection.reply(method ?? bytes.toString("latin1").split(" ", 1)[0]);
  } finally {
    connection.close();
  }
}

/** The bytes of a request. `headers` is an object or a list of pairs, sent as written. */
export function request(method, target, headers = {}, body) {
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
  const named = new Set(pairs.map(([name]) => name.toLowerCase()));
  const lines = pairs.map(([name, value]) => `${name}: ${value}`);
  if (!named.has("host")) lines.unshift("Host: gate.example.com");
  if (!named.has("connection")) lines.push("Connection: close");
  const content = body === undefined ? Buffer.alloc(0) : Buffer.from(body);
  if (body !== undefined && !named.has("content-length") && !named.has("transfer-encoding")) {
    lines.push(`Content-Length: ${content.length}`);
  }
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`, "latin1");
  return Buffer.concat([head, content]);
}

/** Sends a request and gives the answer. */
export function send(url, method, target, headers, body) {
  return raw(url, request(method, target, headers, body), method);
}

/** A body in chunks, for a request with `Transfer-Encoding: chunked`. */
export function chunked(...parts) {
  const chunks = parts.map((part) => `${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`);
  return `${chunks.join("")}0\r\n\r\n`;
}
