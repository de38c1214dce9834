// index.js
var seen = 0;
var index_default = {
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
        session: request.headers.get("X-Postern-Session")
      },
      authorization_reached_the_api: request.headers.has("Authorization")
    });
  }
};
export {
  index_default as default
};
//# sourceMappingURL=index.js.map
