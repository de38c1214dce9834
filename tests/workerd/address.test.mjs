// A configuration that names no issuer is served on one's own machine and nowhere else; and while somebody develops, a
// refused configuration is explained to whoever opens the site.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { config, files, secrets } from "./fixture.mjs";
import { start } from "./harness.mjs";

const { issuer: _, ...unaddressed } = config;
const PERSON = { Accept: "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
const DEVELOPED = { dev: true };

let world;
before(async () => {
  const broken = { ...config, routes: [{ match: "/*", access: "pubic", origin: "assets" }] };
  world = await start({
    gates: {
      unaddressed: { config: unaddressed, secrets, entry: "built" },
      variable: { config: { ...config, issuer: "env:SITE" }, secrets: { ...secrets, SITE: "" }, entry: "built" },
      named: {
        config: { ...config, issuer: "env:SITE" },
        secrets: { ...secrets, SITE: "https://auth.example.com" },
        entry: "built",
      },
      broken: { config: broken, secrets, entry: "built" },
      developed: { config: broken, module: DEVELOPED, secrets, entry: "built" },
      refused: {
        module: { ...DEVELOPED, refused: ["routes[0].acess: <not> a key", "second"] },
        secrets,
        entry: "built",
      },
    },
    files,
  });
});
after(() => world?.stop());

describe("without an issuer", () => {
  for (const name of ["unaddressed", "variable"]) {
    test(`${name}: any other host is told that the address is missing, before and after localhost`, async () => {
      const gate = world.gates[name];
      const elsewhere = { ...PERSON, Host: "site.example.com" };
      for (let round = 0; round < 2; round++) {
        world.logs.clear();
        const page = await gate.get("/site/page.html", elsewhere);
        assert.equal(page.status, 500, page.text);
        assert.match(page.text, /does not know its address yet/);
        assert.match(page.text, /reached at http:\/\/site\.example\.com\b/);
        const line = await gate.get("/site/page.html", { Host: "site.example.com" });
        assert.equal(line.status, 500);
        assert.match(line.json.error_description, /set `issuer`/);
        const token = await gate.form("/oauth/token", { grant_type: "client_credentials" }, undefined, elsewhere);
        assert.equal(token.status, 500);

        const own = await gate.get("/site/data.txt", { Host: "localhost:8787" });
        assert.equal(own.status, 200, own.text);
        const metadata = await gate.get("/.well-known/oauth-authorization-server", { Host: "localhost:8787" });
        assert.equal(metadata.json.issuer, "http://localhost:8787");
      }
    });
  }

  test("a variable names it", async () => {
    const metadata = await world.gates.named.get("/.well-known/oauth-authorization-server");
    assert.equal(metadata.json.issuer, "https://auth.example.com");
  });
});

describe("a refused configuration", () => {
  test("is explained on the page while somebody develops", async () => {
    const page = await world.gates.developed.get("/", PERSON);
    assert.equal(page.status, 500);
    assert.match(page.text, /routes\[0\]\.access: must be one of/);
    const refused = await world.gates.refused.get("/", PERSON);
    assert.equal(refused.status, 500);
    assert.match(refused.text, /routes\[0\]\.acess: &lt;not&gt; a key/);
    assert.match(refused.text, /second/);
    assert.equal((await world.gates.refused.get("/_postern/style.css")).status, 200);
  });

  test("and never on one that is deployed", async () => {
    const page = await world.gates.broken.get("/", PERSON);
    assert.equal(page.status, 500);
    assert.doesNotMatch(page.text, /routes|access/);
  });
});
