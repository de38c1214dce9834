// A Worker of somebody's own, as the tests give it to `protect`: says what it got, and does what `?do=` says.

import { identity } from "./index.js";

/** How many requests have come here, and what went on after the answers. */
let reached = 0;
const afterwards = [];

/** What a Worker may keep and give to everyone. */
const SHARED = new Response(null, { status: 204 });

const encoder = new TextEncoder();

/** Says "tick" for ever. */
function ticks() {
  const { readable, writable } = new TransformStream();
  const writer = writable.getWriter();
  (async () => {
    for (;;) {
      await writer.write(encoder.encode("tick\n"));
      await scheduler.wait(20);
    }
  })().catch(() => {});
  return new Response(readable, { headers: { "Content-Type": "text/event-stream" } });
}

function webSocket() {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.addEventListener("message", ({ data }) => server.send(`echo ${data}`));
  return new Response(null, { status: 101, webSocket: client, headers: { "Sec-WebSocket-Protocol": "chat" } });
}

async function compressed() {
  const stream = new Blob(["x".repeat(100_000)]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream, { headers: { "Content-Encoding": "gzip" }, encodeBody: "manual" });
}

async function described(request, env, ctx) {
  const who = identity(request);
  return Response.json({
    who,
    same: identity(request) === who,
    copied: identity(new Request("https://elsewhere.example/")),
    frozen: who !== null && Object.isFrozen(who) && Object.isFrozen(who.amr) && Object.isFrozen(who.claims),
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    forwarded: Object.fromEntries(new Request(request.clone()).headers),
    body: await request.text(),
    redirect: request.redirect,
    cf: request.cf ?? null,
    props: ctx.props ?? null,
    bindings: Object.keys(env).includes("POSTERN_SESSIONS"),
  });
}

export function answer(request, env, ctx) {
  reached += 1;
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/public/reached") return Response.json({ reached: reached - 1, afterwards });
  switch (searchParams.get("do")) {
    case null:
      return described(request, env, ctx);
    case "throw":
      throw new Error("the app is broken");
    case "reject":
      return Promise.reject(new Error("the app is broken"));
    case "nothing":
      return undefined;
    case "shared":
      return SHARED;
    case "fetched":
      return env.ORIGIN.fetch(request);
    case "fetched-zipped":
      return env.ORIGIN.fetch(new Request("https://origin.example/x?do=zipped", request));
    case "redirect":
      return Response.redirect("https://elsewhere.example/", 303);
    case "echo":
      return new Response(request.body, { headers: { "Content-Type": "text/plain" } });
    case "ticks":
      return ticks();
    case "socket":
      return webSocket();
    case "compressed":
      return compressed();
    case "later":
      ctx.passThroughOnException();
      ctx.waitUntil(scheduler.wait(1).then(() => afterwards.push("waited")));
      return new Response("soon");
    case "headers": {
      const response = new Response("hello");
      for (const line of searchParams.getAll("header")) response.headers.append(...line.split(/:(.*)/).slice(0, 2));
      return response;
    }
    default:
      return new Response("what?", { status: 400 });
  }
}

export default { fetch: answer };
