// The issuer whose tokens the gate takes: its documents, its key, and what a token of its own means. It is all that the
// gate can reach.

const ISSUER = "https://id.example.com";
const json = (value) => Response.json(value, { headers: { "Cache-Control": "max-age=3600" } });

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/.well-known/openid-configuration") {
      return json({ issuer: ISSUER, jwks_uri: `${ISSUER}/jwks`, introspection_endpoint: `${ISSUER}/introspect` });
    }
    if (pathname === "/jwks") return json({ keys: [env.JWK] });
    if (pathname !== "/introspect") return new Response(null, { status: 404 });
    const token = new URLSearchParams(await request.text()).get("token");
    // The load's own tokens begin with their number.
    const number = /^n(\d+)-/.exec(token)?.[1];
    if (number === undefined) return Response.json({ active: false });
    const now = Math.floor(Date.now() / 1000);
    return Response.json({
      active: true,
      iss: ISSUER,
      aud: "http://localhost",
      sub: `subject-${number}`,
      client_id: "bench",
      scope: "bench:read",
      iat: now - 60,
      exp: now + 3600,
    });
  },
};
