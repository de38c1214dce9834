// `@cloudflare/workers-oauth-provider` in its one-Worker shape: it protects /api and issues its own tokens. The
// default handler stands in for the consent page; the benchmark drives it once for each token.
import { OAuthProvider } from "@cloudflare/workers-oauth-provider";
import { forward, SCOPE } from "./gate.js";

const api = {
  fetch(request, env, ctx) {
    return forward(request, env.ORIGIN, { ...ctx.props, scopes: ctx.auth.scope });
  },
};

const consent = {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/client") {
      return Response.json(
        await env.OAUTH_PROVIDER.createClient({
          redirectUris: ["https://client.example/back"],
          tokenEndpointAuthMethod: "client_secret_basic",
        }),
      );
    }
    if (pathname === "/authorize") {
      const subject = searchParams.get("subject");
      const authorization = await env.OAUTH_PROVIDER.parseAuthRequest(request);
      const { redirectTo } = await env.OAUTH_PROVIDER.completeAuthorization({
        request: authorization,
        userId: subject,
        metadata: {},
        scope: authorization.scope,
        props: { subject, client: authorization.clientId, scope: SCOPE, id: `session-of-${subject}` },
        revokeExistingGrants: false,
      });
      return new Response(new URL(redirectTo).searchParams.get("code"));
    }
    return new Response(null, { status: 404 });
  },
};

export default new OAuthProvider({
  apiRoute: "/api/",
  apiHandler: api,
  defaultHandler: consent,
  authorizeEndpoint: "/authorize",
  tokenEndpoint: "/oauth/token",
  scopesSupported: [SCOPE],
  resourceMetadata: { resource: "http://localhost", authorization_servers: ["http://localhost"] },
  requiredScopes: [SCOPE],
  accessTokenTTL: 86_400,
});
