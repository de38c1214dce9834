// The API of the demo. It checks no token: the gate has done so, and tells it who asks in headers that nobody else can
// send. It answers with what has reached it.

// Requests to /api/ since this Worker started. A request that the gate refused is not among them.
let seen = 0;

export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/demo/seen") {
      return Response.json({ seen });
    }
    if (!pathname.startsWith("/api/")) {
      return Response.json({ error: "not found" }, { status: 404 });
    }
    seen += 1;
    return Response.json({
      method: request.method,
      path: pathname,
      identity: {
        subject: request.headers.get("X-Postern-Subject"),
        client: request.headers.get("X-Postern-Client"),
        scope: request.headers.get("X-Postern-Scope"),
        session: request.headers.get("X-Postern-Session"),
      },
      authorization_reached_the_api: request.headers.has("Authorization"),
    });
  },
};
