// Answers that end with what they were asked for with (`cut_streams`): their bodies and WebSockets go through here.
//
// Each has a timer of its own, since the platform lets nobody end what belongs to another request. Such a request lives
// until its client has the whole answer or is gone: the platform forgets a request whose answer it passes on by itself,
// and then no timer would ring any more. A body passes natively, without JavaScript for each part of it; a message of a
// WebSocket does not.

// The module that `main.js` imports too (tools/bundle.mjs).
import { Admitted } from "postern-app";
import { streamBegins, streamGoesOn } from "postern-wasm";

// How many bytes a client or an origin may be behind with its messages. The platform keeps them in memory.
const MOST_BEHIND = 4 * 1024 * 1024;

// Why a WebSocket is closed (RFC 6455 section 7.4.1).
const POLICY = 1008;
const INTERNAL_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;

// The response that is promised, which ends when what these bytes stand for does not count any more.
export function cutWhenOver(promise, request, env, context, route, bytes) {
  // They are in the memory of the Wasm.
  const stream = bytes.slice();
  const isOwn = promise instanceof Admitted;
  const cut = async (promise) => {
    const response = await promise;
    // What a handler answers that is no response, the platform complains about.
    return response instanceof Response ? begin(response, isOwn, request, env, context, route, stream) : response;
  };
  if (!isOwn) return cut(promise);
  promise.after = cut;
  return promise;
}

async function begin(response, isOwn, request, env, context, route, stream) {
  const { body, webSocket } = response;
  if (body === null && !webSocket) return response;
  // It may have taken long to come.
  const first = await streamBegins(request, env, context, route, stream);
  if (typeof first !== "number") {
    drop(response);
    return first;
  }
  const watched = (cut) => watch(first, () => streamGoesOn(request, env, context, route, stream), cut);
  return webSocket ? relayed(response, watched) : piped(response, isOwn, watched);
}

function drop({ body, webSocket }) {
  webSocket?.accept();
  webSocket?.close(POLICY);
  body?.cancel().catch(() => {});
}

// Looks again and again, each time after as many milliseconds as the last look said. `cut` gets what ended it.
function watch(first, look, cut) {
  let timer = setTimeout(again, first);
  function again() {
    let next = -1;
    try {
      next = look();
    } finally {
      if (next > 0) timer = setTimeout(again, next);
      else cut(next);
    }
  }
  return () => clearTimeout(timer);
}

// A body as its origin has encoded it, and as long as was announced: a client takes what is cut for cut. What a handler in
// this isolate fetched is decoded here, so its length is not the announced one.
function piped(response, isOwn, watched) {
  const { headers } = response;
  const length = isOwn && headers.has("content-encoding") ? null : headers.get("content-length");
  const { readable, writable } =
    length === null ? new IdentityTransformStream() : new FixedLengthStream(BigInt(length));
  const controller = new AbortController();
  const done = watched(() => controller.abort());
  response.body.pipeTo(writable, { signal: controller.signal }).then(done, done);
  return new Response(readable, response);
}

function relayed(response, watched) {
  const { webSocket: origin } = response;
  const { 0: client, 1: ours } = new WebSocketPair();
  const end = (code, reason) => {
    done();
    close(origin, code, reason);
    close(ours, code, reason);
  };
  const done = watched((next) => {
    if (next === 0) end(POLICY, "the login or token has ended");
    else end(TRY_AGAIN_LATER, "whether the login or token still counts is not known");
  });
  for (const [from, to] of [
    [origin, ours],
    [ours, origin],
  ]) {
    from.binaryType = "arraybuffer";
    from.addEventListener("message", ({ data }) => {
      if (to.bufferedAmount > MOST_BEHIND) end(TRY_AGAIN_LATER, "the other side does not keep up");
      else to.send(data);
    });
    from.addEventListener("close", ({ code, reason }) => {
      done();
      close(to, code, reason);
    });
    from.addEventListener("error", () => end(INTERNAL_ERROR, "the connection was lost"));
    from.accept();
  }
  const headers = new Headers(response.headers);
  // The platform settles with each side which ones are used there.
  headers.delete("sec-websocket-extensions");
  return new Response(null, { status: 101, webSocket: client, headers });
}

// These codes say what happened to a connection, and are not sent (RFC 6455 section 7.4.1).
const NO_STATUS = 1005;
const ABNORMAL = 1006;

function close(socket, code, reason) {
  try {
    if (code === NO_STATUS) socket.close();
    else if (code === ABNORMAL) socket.close(INTERNAL_ERROR, "the connection was lost");
    else socket.close(code, reason);
  } catch {
    // It is closed already.
  }
}
