var __defProp = Object.defineProperty;
var __name = (target, value) => __defProp(target, "name", { value, configurable: true });

// ../../build/index.js
import { DurableObject } from "cloudflare:workers";
var SessionCoordinator = class extends DurableObject {
  static {
    __name(this, "SessionCoordinator");
  }
  async fetch() {
    return new Response("c");
  }
};
var RevocationLog = class extends DurableObject {
  static {
    __name(this, "RevocationLog");
  }
  async fetch() {
    return new Response("l");
  }
};
var index_default = { async fetch(request, env) {
  const { pathname } = new URL(request.url);
  if (pathname === "/cfg") {
    await env.POSTERN_SESSIONS.put("a", "b");
    return Response.json({ p: env.POSTERN, keys: !!env.POSTERN_KEYS, kv: await env.POSTERN_SESSIONS.get("a"), doo: await (await env.POSTERN_REVOCATION_LOG.getByName("x").fetch("https://x/")).text() });
  }
  if (pathname.startsWith("/api/") || pathname.startsWith("/demo/")) {
    const h = new Headers(request.headers);
    h.delete("Authorization");
    h.set("X-Postern-Client", "demo");
    return env.DEMO_API.fetch(new Request(request, { headers: h }));
  }
  return env.ASSETS.fetch(request);
} };
export {
  RevocationLog,
  SessionCoordinator,
  index_default as default
};
//# sourceMappingURL=index.js.map
