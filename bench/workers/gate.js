// What every JavaScript candidate does around its own check of the token, so that only the check differs.

export const SCOPE = "bench:read";

export function bearer(request) {
  const value = request.headers.get("authorization");
  return value?.startsWith("Bearer ") ? value.slice(7) : null;
}

export function refuse(error) {
  const challenge = error === undefined ? "Bearer" : `Bearer error="${error}"`;
  return new Response(null, {
    status: error === "insufficient_scope" ? 403 : 401,
    headers: { "www-authenticate": challenge, "cache-control": "no-store" },
  });
}

// Credentials, our own names in any spelling, and what other proxies would tell the origin. Asked once for each
// distinct name.
const STRIPPED =
  /^(authorization|proxy-authorization|forwarded|connection|keep-alive|te|trailer|transfer-encoding|x[-_]postern[-_].*|x[-_]forwarded[-_](?!for$|proto$).*)$/;
const verdicts = new Map();

function isStripped(name) {
  let verdict = verdicts.get(name);
  if (verdict === undefined) {
    verdict = STRIPPED.test(name);
    if (verdicts.size < 1024) verdicts.set(name, verdict);
  }
  return verdict;
}

// Hands the request to the origin as `session`'s, and keeps shared caches from the response.
export async function forward(request, origin, session) {
  if (!session.scopes.includes(SCOPE)) return refuse("insufficient_scope");
  const out = new Request(request, { redirect: "manual" });
  for (const name of request.headers.keys()) {
    if (isStripped(name)) out.headers.delete(name);
  }
  out.headers.set("x-postern-subject", session.subject);
  out.headers.set("x-postern-client", session.client);
  out.headers.set("x-postern-scope", session.scope);
  out.headers.set("x-postern-session", session.id);
  const response = await origin.fetch(out);
  if (response.webSocket) return response;
  const guarded = new Response(response.body, response);
  guarded.headers.set("cache-control", "private");
  guarded.headers.append("vary", "Authorization");
  return guarded;
}
