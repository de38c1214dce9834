// A configuration that has one of everything, and its clients.

import { digest, newKeys, newSecret } from "./harness.mjs";

export const ISSUER = "https://auth.example.com";
export const API = "https://api.example.com";
export const OTHER_API = "https://other.example.com";

const client = (id) => ({ id, secret: newSecret() });

export const clients = {
  /** May read and write orders at the API. */
  reports: client("reports"),
  /** May only read them. */
  reader: client("reader"),
  /** Has tokens for another API. */
  elsewhere: client("elsewhere"),
  /** Has two audiences. */
  both: client("both"),
  /** Has tokens that end before KV would let their records end. */
  brief: client("brief"),
  /** Introspects every token. */
  server: client("server"),
  /** Introspects tokens for the other API. */
  other_server: client("other_server"),
  /** Introspects with a copy of the log that may be a minute old. */
  relaxed_server: client("relaxed_server"),
};

export const keys = newKeys();
export const secrets = { POSTERN_KEYS: keys };

const known = (client, more) => ({ id: client.id, secret_sha256: digest(client.secret), ...more });
const credentials = { grants: ["client_credentials"] };

export const config = {
  issuer: ISSUER,
  audience: API,
  outage_grace: 120,
  log_refusals: true,
  clients: [
    known(clients.reports, {
      ...credentials,
      scopes: ["orders:read", "orders:write"],
      audiences: [API],
      token_lifetime: 3600,
    }),
    known(clients.reader, { ...credentials, scopes: ["orders:read"], audiences: [API], token_lifetime: 7200 }),
    known(clients.elsewhere, { ...credentials, scopes: ["orders:read"], audiences: [OTHER_API] }),
    known(clients.both, { ...credentials, scopes: ["orders:read"], audiences: [API, OTHER_API] }),
    known(clients.brief, { ...credentials, scopes: ["orders:read"], audiences: [API], token_lifetime: 30 }),
    known(clients.server, { grants: [], introspect: true }),
    known(clients.other_server, { grants: [], introspect: [OTHER_API] }),
    known(clients.relaxed_server, { grants: [], introspect: true, introspect_max_staleness: 60 }),
  ],
  routes: [
    { match: "/public/*", access: "public", origin: "service:ORIGIN" },
    { match: "/denied/*", access: "deny" },
    {
      match: "/api/read/*",
      methods: ["GET", "PROPFIND"],
      access: "token",
      scopes: ["orders:read"],
      origin: "service:ORIGIN",
    },
    {
      match: "/api/write/*",
      methods: ["POST", "PUT"],
      access: "token",
      scopes: ["orders:read", "orders:write"],
      origin: "service:ORIGIN",
    },
    { match: "/api/other/*", access: "token", audience: OTHER_API, origin: "service:ORIGIN" },
    { match: "/api/strong/*", access: "token", max_staleness: 0, origin: "service:ORIGIN" },
    { match: "/api/bounded/*", access: "token", max_staleness: 60, origin: "service:ORIGIN" },
    { match: "/api/cached/*", access: "token", max_staleness: 60, on_outage: "allow_cached", origin: "service:ORIGIN" },
    { match: "/api/any/*", access: "token", origin: "service:ORIGIN" },
    {
      match: "/browser/pass/*",
      access: "token",
      preflight: "pass",
      cors_origins: ["https://app.example.com"],
      origin: "service:ORIGIN",
    },
    {
      match: "/browser/answer/*",
      access: "token",
      preflight: "answer",
      cors_origins: ["https://app.example.com"],
      origin: "service:ORIGIN",
    },
    { match: "/url/*", access: "token", origin: "https://origin.example.net" },
    { match: "/zone/*", access: "token", origin: "zone" },
    { match: "/private/*", access: "token", origin: "assets" },
    { match: "/site/*", access: "public", origin: "assets" },
  ],
};

export const files = {
  "private/report.txt": "the secret report",
  "site/page.html": "a page",
  "site/data.txt": "0123456789",
};

/** Every header in which the gate tells the origin who sent the request. */
export const IDENTITY = ["x-postern-subject", "x-postern-client", "x-postern-scope", "x-postern-session"];

export const bearer = (token) => ({ Authorization: `Bearer ${token}` });
