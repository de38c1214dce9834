// The floor of a cached session: what a gate that routes by path, and keeps its responses from every shared cache
// without weakening what the origin says, has to ask of the platform, in the cheapest form that was found. Nothing is
// looked up and nothing decided; whoever asks is somebody. `/request` makes the copy of the request and no more.

export function guarded(response) {
  const out = new Response(response.body, response);
  const headers = out.headers;
  // An origin's `no-store` must not become `private`, nor its `Vary` be lost.
  if (headers.get("cache-control") === null) headers.set("cache-control", "private");
  if (headers.get("vary") === null) headers.set("vary", "Authorization");
  // To a CDN each of these counts more than `Cache-Control` (RFC 9213).
  headers.delete("cdn-cache-control");
  headers.delete("cloudflare-cdn-cache-control");
  headers.delete("surrogate-control");
  return out;
}

export function askOrigin(request, env, subject) {
  const received = request.headers;
  const headers = new Headers(received);
  // A gate has to look at each name; one that could tell without looking would save this.
  received.forEach((_, name) => {
    if (name === "authorization") headers.delete(name);
  });
  headers.set("x-postern-subject", subject);
  headers.set("x-postern-client", "bench");
  headers.set("x-postern-scope", "bench:read");
  headers.set("x-postern-session", "AAAAAAAAAAAAAAAAAAAAAA");
  return env.ORIGIN.fetch(request, { headers });
}

// The token, where the method and the path are such that one is asked for.
export function tokenOf({ method, url, headers }) {
  return method === "GET" && url.includes("/api/") ? headers.get("authorization").slice(7) : "";
}

export default {
  fetch(request, env) {
    if (request.url.endsWith("/request")) return askOrigin(request, env, "subject-1");
    const subject = tokenOf(request) === "" ? "nobody" : "subject-1";
    return askOrigin(request, env, subject).then(guarded);
  },
};
