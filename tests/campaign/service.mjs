// A program with tokens of its own, and somebody who tries the paths that need no token.

import { Actor, calmly, ROUTES, Thing, verifyToken } from "./actor.mjs";

export class Service extends Actor {
  tokens = [];

  constructor(client, server, ...rest) {
    super(client.id, ...rest);
    Object.assign(this, { client, server });
  }

  #ask(path, fields) {
    return this.site.post(path, fields, this.client);
  }

  #issue() {
    return this.#ask("/oauth/token", { grant_type: "client_credentials" });
  }

  #took({ json }) {
    const thing = new Thing();
    this.tokens.push({ thing, token: json.access_token });
    return this.tokens.at(-1);
  }

  /** Three tokens that are used and one that is not, and one that is ended. */
  async prepare() {
    this.tokens = [];
    for (let n = 0; n < 4; n += 1) this.#took(await calmly("a token", () => this.#issue()));
    for (const { token } of this.tokens.slice(1)) await calmly("the first use", () => this.site.api(token));
    const [{ thing, token }] = this.tokens.slice(-1);
    await calmly("a revocation", () => this.#ask("/oauth/revoke", { token }));
    thing.end(this.now);
  }

  async step() {
    const { token, thing } = this.random.of(this.tokens);
    const { gate } = this.site;
    const kind = this.random.weighed({ route: 6, introspect: 3, issue: 2, revoke: 2, other: 2, preflight: 1 });
    switch (kind) {
      case "route": {
        const path = this.random.of(Object.keys(ROUTES));
        const reply = await this.site.api(token, path);
        return this.judge(path, thing, reply, { yes: 200, no: 401, mayLag: ROUTES[path] });
      }
      case "introspect": {
        const reply = await this.introspected(gate, token, this.server);
        return this.judge("introspection", thing, reply, { yes: 200, no: 401 });
      }
      case "issue": {
        const reply = await this.#issue();
        this.ledger.documented("a token request", reply, [200, 503]);
        if (reply.status === 200) this.#took(reply);
        return;
      }
      case "revoke":
        return this.#revoke({ token, thing });
      case "preflight": {
        const headers = { ...this.host, Origin: "https://app.example.com", "Access-Control-Request-Method": "GET" };
        return this.ledger.documented("a preflight", await gate.send("OPTIONS", "/api/x", headers), [401]);
      }
      default:
        return this.#other();
    }
  }

  async #revoke({ token, thing }) {
    const act = () => this.#ask("/oauth/revoke", { token });
    const reply = await act();
    this.ledger.documented("a revocation", reply, [200, 503]);
    if (reply.status === 200) return thing.end(this.now);
    thing.doubt();
    this.again.push(async () => {
      this.ledger.documented("a second revocation", await calmly("a revocation", act), [200]);
      thing.end(this.now);
    });
  }

  /** What depends on no store is answered as ever. */
  async #other() {
    const { gate } = this.site;
    const bearer = { ...this.host, Authorization: "Bearer pst_at_garbage" };
    const [what, statuses, act] = this.random.of([
      ["a public page", [200], () => gate.get("/public/x", this.host)],
      ["a closed route", [403], () => gate.get("/closed/x", this.host)],
      ["no route", [404], () => gate.get("/nowhere", this.host)],
      ["no token", [401], () => gate.get("/api/x", this.host)],
      ["garbage", [401], () => gate.get("/api/x", bearer)],
      ["garbage on a route for people", [401], () => gate.get("/either/x", bearer)],
      ["garbage introspected", [401], () => this.introspected(gate, "pst_at_garbage", this.server)],
      ["garbage revoked", [200], () => this.#ask("/oauth/revoke", { token: "pst_rt_garbage" })],
      ["a wrong secret", [401], () => this.site.post("/oauth/token", {}, { ...this.client, secret: "wrong" })],
      ["a wrong grant", [400], () => this.#ask("/oauth/token", { grant_type: "password" })],
      ["a GET of the token endpoint", [405], () => gate.get("/oauth/token", this.host)],
      ["the health check", [200, 503], () => gate.get("/_postern/health", this.host)],
      ["the metadata", [200], () => gate.get("/.well-known/oauth-authorization-server", this.host)],
      ["the style sheet", [200], () => gate.get("/_postern/style.css", this.host)],
      ["a reserved path", [404], () => gate.get("/_postern/nothing", this.host)],
    ]);
    this.ledger.documented(what, await act(), statuses);
  }

  async verify(gates, afterwards) {
    for (const { token, thing } of this.tokens) await verifyToken(this, thing, token, this.server, gates, afterwards);
  }
}
