// A Worker of one's own.
import { WorkerEntrypoint } from "cloudflare:workers";
import { type Identity, identity, protect } from "postern";
import config from "../.postern/config.js";

export { Account, Person, RevocationLog, SessionCoordinator } from "postern";

export default protect(config, {
  async fetch(request, env: Env, context) {
    const who = identity(request);
    // @ts-expect-error: There may be nobody.
    who.subject;
    if (who === null) return new Response("nobody");
    const { subject, client, scope, session, username, claims, authTime }: Identity = who;
    const words: string[] = [subject, client, session, ...scope, username ?? ""];
    const time: number | undefined = authTime;
    const claim: unknown = claims.email;
    // @ts-expect-error: What a provider said may be anything.
    const email: string = claims.email;
    // @ts-expect-error: The gate alone says who somebody is.
    who.subject = "admin";
    context.waitUntil(env.POSTERN_SESSIONS.put("seen", subject));
    // @ts-expect-error: There is no such binding.
    env.NOTHING;
    return Response.json({ words, time, claim, email, log: await ask(env) });
  },
  async scheduled(controller, env) {
    await env.POSTERN_SESSIONS.put("last", `${controller.scheduledTime}`);
  },
  async queue(batch) {
    batch.ackAll();
  },
  async email(message) {
    message.setReject("closed");
  },
});

// The bindings name Postern's classes.
async function ask(env: Env): Promise<number> {
  const answer = await env.POSTERN_REVOCATION_LOG.getByName("log").fetch("https://postern.internal/");
  // @ts-expect-error: The objects have no methods to call.
  env.POSTERN_REVOCATION_LOG.getByName("log").revoke();
  return answer.status;
}

// @ts-expect-error: It needs a handler.
protect(config);

// A class is gated as well, and stays what it is.
class Entry extends WorkerEntrypoint<Env> {
  async fetch(request: Request): Promise<Response> {
    return new Response(identity(request)?.username);
  }
  async greet(name: string): Promise<string> {
    return `hello ${name}`;
  }
}
export const Gated: typeof Entry = protect(config, Entry);
