// A Worker in Hono behind Postern's gate: whatever did not come through it is refused.

import { Hono } from "hono";
import { env } from "hono/adapter";
import { postern } from "./postern.mjs";

let verify;
const app = new Hono();
app.use(async (c, next) => {
  const { ISSUER, AUDIENCE, JWKS_URI, PAUSE } = env(c);
  // The keys stay in memory from one request to the next.
  verify ??= postern({ issuer: ISSUER, audience: AUDIENCE, jwksUri: JWKS_URI, pause: PAUSE && Number(PAUSE) * 1_000 });
  return verify(c, next);
});
app.get("/whoami", (c) => c.json(c.get("postern")));

export default app;
