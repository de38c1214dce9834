// An API in Express that is not behind the gate: it asks Postern about each token itself.

import express from "express";
import { introspection } from "./introspect.mjs";

const { POSTERN, CLIENT_ID, CLIENT_SECRET, AUDIENCE } = process.env;
const needs = introspection({ postern: POSTERN, client: CLIENT_ID, secret: CLIENT_SECRET, audience: AUDIENCE });

const app = express();
app.get("/stock", needs("hello:read"), (request, response) => {
  response.json({ stock: 7, asked_by: request.token.sub });
});
app.get("/orders", needs("orders:write"), (_request, response) => {
  response.json([]);
});
app.listen(9120, "127.0.0.1", () => console.log("http://localhost:9120/stock"));
