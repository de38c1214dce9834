// The floor of a strong introspection that asks for itself: reads the form, asks a Durable Object in the cheapest way,
// and answers a constant.
import active from "./constant-active.js";

export class Log {
  fetch() {
    return new Response(null, { status: 204 });
  }
}

export default {
  async fetch(request, env) {
    await env.LOG.getByName("log").fetch("https://log");
    return active.fetch(request);
  },
};
