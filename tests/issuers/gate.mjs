// A gate that takes the tokens of others, in real workerd, and what one expects of it.

import assert from "node:assert/strict";

import { had, withoutTrace } from "../workerd/assertions.mjs";
import { bearer } from "../workerd/fixture.mjs";
import { digest, newKeys, newSecret, start } from "../workerd/harness.mjs";

/** For whom the tokens of these tests are. */
export const API = "https://api.example.com";
export const OTHER_API = "https://other.example.com";

const ISSUER = "https://gate.example.com";
const ADMIN = { id: "admin", secret: newSecret() };

/** The routes that a test needs for issuers with these ids. */
export function routes(...accept) {
  const route = { access: "token", accept, audience: API, scopes: ["orders:read"], origin: "service:ORIGIN" };
  return [
    { ...route, match: "/strong/*", max_staleness: 0 },
    { ...route, match: "/weak/*", max_staleness: 5 },
    { ...route, match: "/write/*", max_staleness: 5, scopes: ["orders:write"] },
    { ...route, match: "/own/*", accept: ["postern"], max_staleness: 5, scopes: [] },
  ];
}

/** Starts a gate with these `[[issuers]]`, whose servers are on loopback, in so many isolates. */
export async function startGate({ issuers, secrets = {}, more = {}, servers, routes: own, handler, isolates = 1 }) {
  const config = {
    issuer: ISSUER,
    audience: API,
    log_refusals: true,
    clients: [
      {
        id: ADMIN.id,
        secret_sha256: digest(ADMIN.secret),
        grants: ["client_credentials"],
        scopes: ["postern:admin", "orders:read"],
        audiences: [ISSUER, API],
      },
    ],
    issuers,
    routes: own ?? routes(...issuers.map(({ id }) => id)),
    ...more,
  };
  const gate = { config, secrets: { POSTERN_KEYS: newKeys(), ...secrets }, handler };
  const world = await start({
    gates: Object.fromEntries(Array.from({ length: isolates }, (_, at) => [at === 0 ? "gate" : `gate${at}`, gate])),
    servers: servers ?? issuers.map(({ issuer }) => new URL(issuer).origin),
  });
  return new Tried(world);
}

class Tried {
  constructor(world) {
    this.world = world;
    this.gate = world.gate;
  }

  stop() {
    return this.world.stop();
  }

  /** From `address` where it is given, or from that of the test. */
  get(token, path = "/weak/x", address = this.address) {
    return this.gate.get(path, { ...bearer(token), ...(address && { "CF-Connecting-IP": address }) });
  }

  /** It is let in; what the origin was told. */
  async taken(token, path = "/weak/x") {
    await this.world.origin.clear();
    const reply = await this.get(token, path);
    assert.equal(reply.status, 200, `${path}: ${reply.status} ${reply.text.slice(0, 300)}; ${this.#why()}`);
    const [entry] = await this.world.origin.seen();
    assert.equal(had(entry, "authorization"), null, "the origin has the token");
    const scope = had(entry, "x-postern-scope");
    return {
      subject: had(entry, "x-postern-subject"),
      client: had(entry, "x-postern-client"),
      session: had(entry, "x-postern-session"),
      scope: scope?.split(" ") ?? [],
    };
  }

  /** It is refused with this status, and the origin saw nothing. */
  async refused(token, status = 401, path = "/weak/x") {
    const reply = await withoutTrace(this.world.origin, () => this.get(token, path));
    assert.equal(reply.status, status, `${path}: ${reply.status} ${reply.text.slice(0, 300)}; ${this.#why()}`);
    if (status === 503) assert.match(reply.header("retry-after") ?? "", /^\d+$/);
    if (status === 401) assert.match(reply.header("www-authenticate") ?? "", /^Bearer.*error="invalid_token"/);
    if (status === 403) assert.match(reply.header("www-authenticate") ?? "", /error="insufficient_scope"/);
    return reply;
  }

  /** Asks until the answer has this status. How long that may take does not decide; it must come. */
  async becomes(status, token, path = "/weak/x") {
    let reply;
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
      reply = await this.get(token, path);
      if (reply.status === status) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.fail(`${path} is still ${reply.status}; ${this.#why()}`);
  }

  /** One call of the admin API, which ends what `fields` name. */
  async end(fields) {
    this.admin ??= await this.gate.token(ADMIN, { scope: "postern:admin", resource: ISSUER });
    const reply = await this.gate.form("/_postern/admin/sessions", fields, null, bearer(this.admin));
    assert.ok(reply.status < 300, `${reply.status} ${reply.text}`);
    return reply;
  }

  #why() {
    return JSON.stringify(this.world.logs.lines.slice(-6).map(({ message }) => message));
  }
}
