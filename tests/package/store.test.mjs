// A store that an older version wrote is read by the one in the archive: nobody is signed out, and what ended stays ended.
//
// tests/package/store has the stores, one file for each version that wrote one, and `make.mjs`, which made them.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, beforeEach, describe, test } from "node:test";

import { archiveOf } from "./scratch.mjs";
import { ANN, APP, start, TABLE } from "./store/site.mjs";

const STORES = join(import.meta.dirname, "store");
const scratch = mkdtempSync(join(tmpdir(), "postern-store-"));
execFileSync("tar", ["xzf", archiveOf("postern"), "-C", scratch]);
after(() => rmSync(scratch, { recursive: true, force: true }));

/** How long the site was without a visitor, in milliseconds: the records in KV are all there is of the tokens by then. */
const PAUSE = 20 * 60 * 1000;

for (const file of readdirSync(STORES).filter((name) => name.endsWith(".json"))) {
  const { version, made, known, kv, objects } = JSON.parse(readFileSync(join(STORES, file), "utf8"));

  describe(`a store of ${version}`, () => {
    let site;
    beforeEach(async () => {
      site = await start({
        folder: join(scratch, "package"),
        worker: `import * as classes from "./index.js";
import config from "./config.js";
export default classes.worker(config);
export { classes };
`,
        more: { "config.js": `export default ${JSON.stringify({ version: 1, table: JSON.stringify(TABLE) })};` },
      });
      await site.stores({ shift: made + PAUSE - Date.now(), restore: { kv, objects } });
    });
    afterEach(() => site.stop());

    const refresh = (refresh_token) =>
      site.form("/oauth/token", { grant_type: "refresh_token", client_id: APP.id, refresh_token }, false);

    test("tokens still count, at the gate and at introspection", async () => {
      for (const token of [known.live, known.app.access_token]) {
        const answer = await site.get("/api/orders.txt", token);
        assert.equal(answer.status, 200, answer.text);
        assert.equal((await site.form("/oauth/introspect", { token })).json.active, true);
      }
    });

    test("a revoked token stays revoked", async () => {
      assert.equal((await site.get("/api/orders.txt", known.revoked)).status, 401);
      assert.deepEqual((await site.form("/oauth/introspect", { token: known.revoked })).json, { active: false });
    });

    test("a live token can be revoked", async () => {
      assert.equal((await site.form("/oauth/revoke", { token: known.live })).status, 200);
      assert.equal((await site.get("/api/orders.txt", known.live)).status, 401);
    });

    test("who is signed in stays signed in, is listed, and can sign out", async () => {
      const ann = site.person(known.signedIn);
      assert.equal((await ann.visit("/private/page.txt")).text, "for people");
      const list = await ann.visit("/_postern/sessions");
      assert.equal(list.status, 200);
      assert.match(list.text, /This browser/);
      assert.match(list.text, /App/);
      await ann.press(await ann.visit("/_postern/logout"), "Sign out");
      const thief = site.person(known.signedIn);
      assert.notEqual((await thief.visit("/private/page.txt")).text, "for people");
      // What came from the login ended with it.
      assert.equal((await site.get("/api/orders.txt", known.app.access_token)).status, 401);
    });

    test("who signed out stays signed out, and can sign in again", async () => {
      const gone = site.person(known.signedOut);
      const page = await gone.visit("/private/page.txt");
      assert.match(page.url.pathname, /\/_postern\/login$/);
      const after = await gone.follow(await gone.logIn(page, ANN));
      assert.equal(after.text, "for people");
    });

    test("a refresh token works once more, and the one that it gives works too", async () => {
      const first = await refresh(known.app.refresh_token);
      assert.equal(first.status, 200, first.text);
      assert.equal((await site.get("/api/orders.txt", first.json.access_token)).status, 200);
      assert.equal((await refresh(first.json.refresh_token)).status, 200);
    });

    test("a refresh token that was used before ends the session", async () => {
      assert.equal((await refresh(known.used)).json.error, "invalid_grant");
      assert.equal((await refresh(known.app.refresh_token)).json.error, "invalid_grant");
      assert.equal((await site.get("/api/orders.txt", known.app.access_token)).status, 401);
    });

    test("a session that was revoked stays ended", async () => {
      assert.equal((await refresh(known.ended.refresh_token)).json.error, "invalid_grant");
      assert.equal((await site.get("/api/orders.txt", known.ended.access_token)).status, 401);
    });
  });
}
