// An API in Express behind Postern's gate: whatever did not come through it is refused.

import express from "express";
import { postern } from "./postern.mjs";

const { ISSUER, AUDIENCE, JWKS_URI, PAUSE, PORT = "9130" } = process.env;

const app = express();
app.use(postern({ issuer: ISSUER, audience: AUDIENCE, jwksUri: JWKS_URI, pause: PAUSE && Number(PAUSE) * 1_000 }));
app.get("/whoami", (request, response) => {
  response.json(request.postern);
});
app.listen(Number(PORT), "127.0.0.1", () => console.log(`http://localhost:${PORT}/whoami`));
