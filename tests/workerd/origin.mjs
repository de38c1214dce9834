// The origin: records what reaches it, and answers as the query says.
//
// Job: record every request as evidence, and pass on those to the servers that really exist. The record is read and
// cleared through the `Control` entrypoint, on a socket that the gate does not know.

import { WorkerEntrypoint } from "cloudflare:workers";

let seen = [];
/** What lets go of the answers that are held. */
let held = [];
/** How long it is between two parts of an answer that goes on and on, in milliseconds. */
const PAUSE = 25;

/** An answer that goes on until somebody ends it, in parts as long as the first. */
function endless(part) {
  let timer;
  return new ReadableStream({
    start(controller) {
      let n = 0;
      timer = setInterval(() => {
        n += 1;
        controller.enqueue(new TextEncoder().encode(part(n)));
      }, PAUSE);
    },
    cancel() {
      clearInterval(timer);
    },
  });
}

/** The headers that the query asks for. */
function asked(url) {
  const headers = new Headers();
  for (const pair of url.searchParams.getAll("header")) {
    const at = pair.indexOf(":");
    headers.append(pair.slice(0, at), pair.slice(at + 1));
  }
  return headers;
}

async function answer(request, url, entry) {
  const ask = (name) => url.searchParams.get(name);
  const headers = asked(url);
  switch (ask("do")) {
    case "stream":
      // The body comes back as it arrives: a reader that buffers it waits for ever.
      return new Response(request.body, { headers });
    case "events":
      headers.set("Content-Type", "text/event-stream");
      return new Response(
        endless((n) => `data: ${n}\n\n`),
        { headers },
      );
    case "zipped": {
      const zipped = await new Response(
        new Blob(["zipped ".repeat(100)]).stream().pipeThrough(new CompressionStream("gzip")),
      ).arrayBuffer();
      headers.set("Content-Encoding", "gzip");
      return new Response(zipped, { headers, encodeBody: "manual" });
    }
    case "held": {
      // Where nothing is under way, the platform may take a request for one that will never be answered.
      const alive = setInterval(() => {}, PAUSE);
      await new Promise((resolve) => held.push(resolve));
      clearInterval(alive);
      return new Response("held", { headers });
    }
    case "throw":
      throw new Error("the origin is broken");
    case "status":
      return new Response(`status ${ask("status")}`, { status: Number(ask("status")), headers });
    case "empty":
      return new Response(null, { status: Number(ask("status")), headers });
    case "redirect":
      headers.set("Location", ask("to"));
      return new Response(null, { status: 302, headers });
    case "range": {
      const whole = "abcdefghij";
      const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "");
      if (!range) return new Response(whole, { headers: { "Accept-Ranges": "bytes", ETag: '"abc"' } });
      const [from, to] = [Number(range[1]), Number(range[2])];
      headers.set("Content-Range", `bytes ${from}-${to}/${whole.length}`);
      return new Response(whole.slice(from, to + 1), { status: 206, headers });
    }
    case "conditional":
      headers.set("ETag", '"abc"');
      if (request.headers.get("if-none-match") === '"abc"') return new Response(null, { status: 304, headers });
      return new Response("the representation", { headers });
    default: {
      const body = await request.arrayBuffer();
      entry.bytes = body.byteLength;
      entry.body = new TextDecoder().decode(body);
      return Response.json(entry, { headers });
    }
  }
}

export default {
  async fetch(request, env) {
    const { origin, pathname, search } = new URL(request.url);
    const server = env.SERVERS[origin];
    if (server !== undefined)
      return fetch(server === origin ? request : new Request(server + pathname + search, request));
    const entry = { method: request.method, url: request.url, headers: [...request.headers], cf: request.cf };
    seen.push(entry);
    if (request.headers.get("upgrade") === "websocket") {
      const [client, server] = Object.values(new WebSocketPair());
      server.binaryType = "arraybuffer";
      server.accept();
      server.addEventListener("message", (event) => {
        const { data } = event;
        if (data === "close") server.close(4321, "as asked");
        else server.send(typeof data === "string" ? `echo ${data}` : data);
      });
      const headers = asked(new URL(request.url));
      headers.set("Sec-WebSocket-Protocol", "chat");
      return new Response(null, { status: 101, webSocket: client, headers });
    }
    return answer(request, new URL(request.url), entry);
  },
};

/** `GET` gives the record, `DELETE` gives it and clears it. `POST` lets go of what is held, and says how many it was. */
export class Control extends WorkerEntrypoint {
  async fetch(request) {
    if (request.method === "POST") {
      const letGo = held;
      held = [];
      for (const go of letGo) go();
      return Response.json(letGo.length);
    }
    const answer = Response.json(seen);
    if (request.method === "DELETE") seen = [];
    return answer;
  }
}
