// The floor of an introspection: reads the form and answers a constant of the size that Postern's answer has.

const BODY = JSON.stringify({
  active: true,
  scope: "bench:read",
  client_id: "bench",
  token_type: "Bearer",
  exp: 1795518339,
  iat: 1795430739,
  nbf: 1795430739,
  sub: "subject-123",
  aud: "http://localhost",
  iss: "http://localhost",
  jti: "AAAAAAAAAAAAAAAAAAAAAA",
});
const HEADERS = { "content-type": "application/json", "cache-control": "no-store" };

export default {
  async fetch(request) {
    await request.text();
    return new Response(BODY, { headers: HEADERS });
  },
};
