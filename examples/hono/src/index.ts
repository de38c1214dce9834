import { Hono } from "hono";
import { type Identity, identity, protect } from "postern";
import config from "../.postern/config.js";

export { Account, Person, RevocationLog, SessionCoordinator } from "postern";

const app = new Hono<{ Variables: { identity: Identity | null } }>();

// Who asks, for every handler below: null on a public route.
app.use(async (c, next) => {
  c.set("identity", identity(c.req.raw));
  await next();
});

app.get("/", (c) => c.text("Welcome.\n"));

app.get("/account", (c) => {
  const who = c.get("identity");
  return c.text(`Hello ${who?.username ?? who?.subject}.\n`);
});

export default protect(config, app);
