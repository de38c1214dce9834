import { exports } from "cloudflare:workers";
import { expect, test } from "vitest";

const at = (path, options) => exports.default.fetch(new Request(new URL(path, "https://api.example.com"), options));

test("the orders are for programs with a token", async () => {
  expect((await at("/orders/1")).status).toBe(401);

  const answer = await at("/oauth/token", {
    method: "POST",
    headers: { Authorization: `Basic ${btoa("reports:secret-of-the-tests")}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const { access_token: token } = await answer.json();
  const orders = await at("/orders/1", { headers: { Authorization: `Bearer ${token}` } });
  expect(await orders.json()).toEqual({ hello: "reports" });
});

test("the front page is for everyone", async () => {
  expect(await (await at("/")).json()).toEqual({ hello: "everyone" });
});
