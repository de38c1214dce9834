// An application of Hono, which is a handler.
import { Hono } from "hono";
import { identity, protect } from "postern";
import config from "../.postern/config.js";

const app = new Hono<{ Bindings: Env }>();
app.get("/", (context) => {
  const who = identity(context.req.raw);
  return context.text(`${who?.subject} ${context.env.POSTERN_SESSIONS}`);
});

export default protect(config, app);
