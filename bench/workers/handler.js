// What `origin.js` does, as the handler in the gate's own isolate: it is told by `identity` whom a request comes from.
import { identity } from "./index.js";

export default {
  fetch(request) {
    const who = identity(request);
    if (!request.url.endsWith("/api/echo")) return new Response(`hello ${who.subject}\n`);
    const told = { "x-postern-subject": who.subject, "x-postern-client": who.client, "x-postern-scope": who.scope };
    return Response.json({ ...Object.fromEntries(request.headers), ...told, "x-postern-session": who.session });
  },
};
