// The Worker behind the gate. It checks no login: the gate has done so, and says in a header who is there.

export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/webhooks/")) {
      return new Response("taken\n", { status: 202 });
    }
    if (pathname === "/live" && request.headers.get("Upgrade") === "websocket") {
      const [client, server] = Object.values(new WebSocketPair());
      server.accept();
      server.addEventListener("message", ({ data }) => server.send(`You said: ${data}`));
      return new Response(null, { status: 101, webSocket: client });
    }
    const subject = decodeURIComponent(request.headers.get("X-Postern-Subject"));
    return new Response(`Hello ${subject}, this is ${pathname}.\n`);
  },
};
