// The floor of `protect` with a handler in the same isolate: what it has to ask of the platform, in the cheapest form that
// was found. A request with a token must be copied, since nobody can take a header out of one that was received; a response
// that the handler made is changed in place.

const identities = new WeakMap();
const who = Object.freeze({ subject: "subject-1" });

const handler = {
  fetch: (request) => new Response(`hello ${identities.get(request).subject}\n`),
};

export default {
  fetch(request, env, context) {
    const { method, url } = request;
    const token = request.headers.get("authorization");
    if (method !== "GET" || token === null || !url.includes("/api/")) return new Response(null, { status: 401 });
    const given = new Request(request);
    const received = given.headers;
    received.delete("authorization");
    // A gate has to look at each name.
    received.forEach((_, name) => {
      if (name === "x-postern-subject") received.delete(name);
    });
    identities.set(given, who);
    const response = handler.fetch(given, env, context);
    const { headers } = response;
    if (headers.get("cache-control") === null) headers.set("cache-control", "private");
    if (headers.get("vary") === null) headers.set("vary", "Authorization");
    headers.delete("cdn-cache-control");
    headers.delete("cloudflare-cdn-cache-control");
    headers.delete("surrogate-control");
    return response;
  },
};
