// The origin: says whom it was told the request comes from. `/api/echo` shows all that it got, for the checks.

export default {
  fetch(request) {
    if (request.url.endsWith("/api/echo")) return Response.json(Object.fromEntries(request.headers));
    return new Response(`hello ${request.headers.get("x-postern-subject")}\n`);
  },
};
