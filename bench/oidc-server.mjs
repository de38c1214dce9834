// oidc-provider on Node with its in-memory adapter: a process of its own, which prints its port.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [id, secret] = process.argv.slice(2);
const provider = new Provider("http://localhost", {
  clients: [
    {
      client_id: id,
      client_secret: secret,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: "client_secret_basic",
      scope: "bench:read",
    },
  ],
  scopes: ["bench:read"],
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true },
    devInteractions: { enabled: false },
  },
  ttl: { ClientCredentials: 86_400 },
});
const server = createServer(provider.callback());
server.listen(0, "127.0.0.1", () => console.log(`PORT ${server.address().port}`));
