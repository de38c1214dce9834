// Better Auth with its OAuth provider, on loopback: an issuer of JWTs that nobody here has written.
//
// Job: one user, one client for people and one for programs, one resource. Not its job: knowing what is right.

import { createServer } from "node:http";
import { oauthProvider } from "@better-auth/oauth-provider";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { jwt } from "better-auth/plugins";

import { Browser, codeFlow, listen, REDIRECT } from "./party.mjs";

const PERSON = { name: "Carol", email: "carol@example.com", password: "a long passphrase of carol's" };

/** Starts it. Its JWTs are for `audience`, or for `elsewhere`, which it knows as well. */
export async function startBetterAuth({ audience, elsewhere }) {
  const server = createServer();
  const origin = await listen(server);
  const issuer = `${origin}/api/auth`;
  const tables = ["user", "session", "account", "verification", "jwks"];
  const oauth = ["oauthClient", "oauthResource", "oauthClientResource", "oauthRefreshToken", "oauthAccessToken"];
  const names = [...tables, ...oauth, "oauthConsent", "oauthClientAssertion"];
  const auth = betterAuth({
    baseURL: origin,
    secret: "a secret of thirty-two bytes or more",
    database: memoryAdapter(Object.fromEntries(names.map((name) => [name, []]))),
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { level: "error" },
    plugins: [
      jwt(),
      oauthProvider({
        loginPage: "/log-in",
        consentPage: "/consent",
        scopes: ["openid", "offline_access", "orders:read", "orders:write"],
        clientPrivileges: () => true,
        grantTypes: ["authorization_code", "refresh_token", "client_credentials"],
        resources: [audience, elsewhere],
        enforcePerClientResources: false,
        silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
      }),
    ],
  });
  const handler = toNodeHandler(auth);
  let isDown = false;
  const asked = {};
  server.on("request", (request, response) => {
    if (isDown) return request.socket.destroy();
    const path = new URL(request.url, origin).pathname.slice("/api/auth".length);
    asked[path] = (asked[path] ?? 0) + 1;
    return handler(request, response);
  });

  const json = { "Content-Type": "application/json", Origin: origin };
  const body = JSON.stringify(PERSON);
  const carol = new Browser();
  const { user } = await (await carol.fetch(`${issuer}/sign-up/email`, { method: "POST", headers: json, body })).json();
  const create = (body) => auth.api.adminCreateOAuthClient({ body, headers: new Headers({ Cookie: carol.cookie }) });
  const program = await create({
    grant_types: ["client_credentials"],
    client_credentials_scopes: ["orders:read", "orders:write"],
    token_endpoint_auth_method: "client_secret_basic",
  });
  const application = await create({
    redirect_uris: [REDIRECT],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "client_secret_basic",
    skip_consent: true,
    scope: "openid offline_access orders:read orders:write",
  });

  return {
    issuer,
    asked,
    /** Who its tokens are about. */
    person: { subject: user.id, client: application.client_id },
    program: { client: program.client_id },
    /** A token of a program's own, by its grant of client credentials. */
    async clientCredentials({ resource = audience, scope = "orders:read" } = {}) {
      const fields = { grant_type: "client_credentials", scope, ...(resource && { resource }) };
      return (await new Browser().token(`${issuer}/oauth2/token`, fields, basic(program))).access_token;
    },
    /** A person's tokens, by the code flow. */
    async code({ resource = audience, scope = "openid orders:read" } = {}) {
      return codeFlow(carol, {
        authorize: `${issuer}/oauth2/authorize`,
        token: `${issuer}/oauth2/token`,
        client: basic(application),
        scope,
        resource,
        // A script is told in JSON where it is to go.
        logIn: (_browser, _url, text) => JSON.parse(text).url,
      });
    },
    down(value) {
      isDown = value;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const basic = ({ client_id, client_secret }) => ({ id: client_id, secret: client_secret });
