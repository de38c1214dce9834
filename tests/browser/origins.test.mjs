// What a browser decides about web origins: whether a script may read an answer (CORS), and what it says of a form's
// origin.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { ACCOUNTS, clients, startSite } from "../people/world.mjs";
import { fillIn, open, press, startChromium } from "./chromium.mjs";

const { ann } = ACCOUNTS;
// Its build for a browser, which stands beside the one that Node finds.
const LIBRARY = readFileSync(
  new URL("../browser/oidc-client-ts.min.js", import.meta.resolve("oidc-client-ts")),
  "utf8",
);

/** An application in a browser, as its maintainers describe it: everything is the library's. */
const application = (authority, redirect_uri) => `<!doctype html><title>App</title><h1>App</h1>
<form method="post" action="${authority}/private/x"><button>Send</button></form>
<script src="/library.js"></script>
<script>
  const manager = new oidc.UserManager({
    authority: "${authority}",
    metadataUrl: "${authority}/.well-known/oauth-authorization-server",
    client_id: "${clients.spa.id}",
    redirect_uri: "${redirect_uri}",
    scope: "orders:read",
  });
  const call = async (token) => {
    const response = await fetch("${authority}/shared/x", { headers: { Authorization: "Bearer " + token } });
    return { status: response.status, challenge: response.headers.get("www-authenticate"), text: await response.text() };
  };
</script>`;

let app, site, chromium, opened;
before(async () => {
  chromium = await startChromium();
  let page = "";
  app = createServer((request, response) => {
    const isScript = request.url === "/library.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.setHeader("referrer-policy", "no-referrer");
    response.end(isScript ? LIBRARY : page);
  });
  await new Promise((resolve) => app.listen(0, "127.0.0.1", resolve));
  app.origin = `http://localhost:${app.address().port}`;
  const callback = `${app.origin}/callback`;
  site = await startSite({
    entry: "built",
    files: {
      "site/form.html":
        '<!doctype html><title>Form</title><meta name="referrer" content="no-referrer"><form method="post" action="/private/x"><button>Send</button></form>',
    },
    configure: (config) => ({
      ...config,
      clients: config.clients.map((client) =>
        client.id === clients.spa.id ? { ...client, redirect_uris: [callback] } : client,
      ),
      routes: [
        {
          match: "/shared/*",
          access: "token",
          max_staleness: 0,
          preflight: "answer",
          cors_origins: [app.origin],
          origin: "service:ORIGIN",
        },
        ...config.routes,
      ],
    }),
  });
  page = application(site.issuer, callback);
});
after(async () => {
  await chromium?.close();
  await site?.stop();
  app?.close();
  app?.closeAllConnections();
});
beforeEach(async () => {
  opened = await open(chromium);
});
afterEach(async () => {
  await opened.context.close();
  opened.troubles.assertNone();
});

test("an application of another origin logs in, calls, refreshes and revokes with oidc-client-ts", async () => {
  const { tab } = opened;
  await tab.goto(app.origin);
  await tab.evaluate(() => void manager.signinRedirect());
  await tab.waitForURL(`${site.issuer}/**`);
  await fillIn(tab, ann);
  await press(tab, /^allow/i);
  await tab.waitForURL(`${app.origin}/callback?*`);
  const first = await tab.evaluate(async () => (await manager.signinRedirectCallback()).access_token);
  assert.match(first, /^pst_at_/);
  const called = await tab.evaluate((token) => call(token), first);
  assert.equal(called.status, 200);
  assert.match(called.text, /x-postern-subject/);

  const second = await tab.evaluate(async () => (await manager.signinSilent()).access_token);
  assert.match(second, /^pst_at_/);
  assert.notEqual(second, first);
  await tab.evaluate(() => manager.revokeTokens(["access_token", "refresh_token"]));
  // The refusal is readable too, and says what is wrong.
  const refused = await tab.evaluate((token) => call(token), second);
  assert.equal(refused.status, 401);
  assert.match(refused.challenge, /invalid_token/);
});

test("a form on a page without a referrer is taken, and one of a sibling origin is not", async () => {
  const { tab } = opened;
  await tab.goto(new URL("/site/form", site.issuer).href);
  await fillIn(tab, ann);
  await tab.waitForURL("**/site/form");
  await press(tab, "Send");
  await tab.waitForURL("**/private/x");
  const seen = JSON.parse(await tab.locator("body").innerText());
  assert.equal(seen.method, "POST");
  const had = Object.fromEntries(seen.headers);
  assert.equal(had.origin, "null", "the browser says nothing of the referrer");
  assert.equal(had["sec-fetch-site"], "same-origin");

  // Another port is the same site, so the cookie goes along.
  await tab.goto(app.origin);
  const answered = tab.waitForResponse((response) => response.url() === `${site.issuer}/private/x`);
  await press(tab, "Send");
  const response = await answered;
  assert.equal(response.status(), 403);
  const { reason } = await site.world.logs.event("gate_refused", ({ status }) => status === 403);
  assert.equal(reason, "cross_site", "not for want of a login");
});
