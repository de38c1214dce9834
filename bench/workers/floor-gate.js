// The floor of a cached session: the two copies that changing headers takes, in the cheapest form that was found.
// Nothing is looked up and nothing decided; whoever asks is somebody. `/request` leaves the response alone.

export function guarded(response) {
  const out = new Response(response.body, response);
  out.headers.set("cache-control", "private");
  out.headers.set("vary", "Authorization");
  return out;
}

export function askOrigin(request, env, subject) {
  const headers = new Headers(request.headers);
  // A gate has to look at each name; one that could tell without looking would save this.
  request.headers.forEach((_, name) => {
    if (name === "authorization") headers.delete(name);
  });
  headers.set("x-postern-subject", subject);
  headers.set("x-postern-client", "bench");
  headers.set("x-postern-scope", "bench:read");
  headers.set("x-postern-session", "AAAAAAAAAAAAAAAAAAAAAA");
  return env.ORIGIN.fetch(request, { headers });
}

export default {
  fetch(request, env) {
    const response = askOrigin(request, env, "subject-1");
    return request.url.endsWith("/request") ? response : response.then(guarded);
  },
};
