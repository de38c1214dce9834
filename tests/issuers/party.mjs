// What the issuers of these tests share: a port, a browser with cookies, the code flow.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";

/** Where the code flow ends. There is no such site: the browser stops before it. */
export const REDIRECT = "https://app.example.com/callback";

/** Starts to listen on a free port of loopback, and gives the origin. */
export async function listen(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

/** The value of `Authorization` for a client, as RFC 6749 section 2.3.1 wants it. */
export function basic({ id, secret }) {
  const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

/** Keeps the cookies of one host, and follows redirects only where it is told to. */
export class Browser {
  #cookies = new Map();

  /** The value of `Cookie`. */
  get cookie() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async fetch(url, init = {}) {
    const headers = { ...init.headers, ...(this.cookie && { Cookie: this.cookie }) };
    const response = await fetch(url, { redirect: "manual", ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(";");
      const at = pair.indexOf("=");
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) this.#cookies.delete(pair.slice(0, at));
      else this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  }

  form(url, fields, headers = {}) {
    return this.fetch(url, { method: "POST", headers, body: new URLSearchParams(fields) });
  }

  /** What a token endpoint answers to a client. */
  async token(url, fields, client) {
    const response = await this.form(url, fields, { Authorization: basic(client) });
    const text = await response.text();
    assert.equal(response.status, 200, `no token: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}

/**
 * The tokens of a person who is logged in at the issuer, or whom `logIn(browser, url)` brings there: it gives where the
 * browser goes on.
 */
export async function codeFlow(browser, { authorize, token, client, scope, resource, logIn }) {
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    response_type: "code",
    client_id: client.id,
    redirect_uri: REDIRECT,
    scope,
    state: "a state of this test",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...(resource && { resource }),
  });
  let next = `${authorize}?${query}`;
  for (let hops = 0; !next.startsWith(REDIRECT); hops++) {
    assert.ok(hops < 8, `the code flow does not end: ${next}`);
    const response = await browser.fetch(next);
    const location = response.headers.get("location");
    const text = location === null ? await response.text() : "";
    const before = next;
    next = location === null ? await logIn?.(browser, next, text) : new URL(location, before).href;
    assert.ok(next, `no redirect from ${before}: ${response.status} ${text.slice(0, 500)}`);
  }
  const code = new URL(next).searchParams.get("code");
  assert.ok(code, `no code: ${next}`);
  const fields = { grant_type: "authorization_code", code, redirect_uri: REDIRECT, code_verifier: verifier };
  return new Browser().token(token, { ...fields, ...(resource && { resource }) }, client);
}
