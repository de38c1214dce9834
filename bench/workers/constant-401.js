// The floor of a refusal: the answer that Postern gives to garbage, as a constant.

const BODY = JSON.stringify({
  type: "about:blank",
  title: "Unauthorized",
  status: 401,
  error: "invalid_token",
  detail: "The access token is unknown, expired or revoked: get a new one.",
});
const METADATA = "http://localhost/.well-known/oauth-protected-resource";
const HEADERS = {
  "content-type": "application/problem+json",
  "cache-control": "no-store",
  "www-authenticate": `Bearer error="invalid_token", resource_metadata="${METADATA}"`,
};

export default {
  fetch() {
    return new Response(BODY, { status: 401, headers: HEADERS });
  },
};
