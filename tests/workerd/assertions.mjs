// Assertions that many tests share.

import assert from "node:assert/strict";

function assert503(reply, type, context) {
  assert.equal(reply.status, 503, `${context}: ${reply.status} ${reply.text}`);
  assert.match(reply.header("retry-after") ?? "", /^\d+$/, `${context}: Retry-After`);
  assert.equal(reply.header("content-type"), type, context);
  assert.equal(reply.header("cache-control"), "no-store", context);
  assert.doesNotMatch(reply.text, /injected|Error:|panicked/, `${context}: the cause is for the log`);
}

/** An endpoint says that nothing could be found out, and it says no more than that. */
export function assertUnavailable(reply, context = "endpoint") {
  assert503(reply, "application/json", context);
  assert.equal(reply.json.error, "temporarily_unavailable", context);
}

/** The gate says so, in the form of RFC 9457. */
export function assertGateUnavailable(reply, context = "gate") {
  assert503(reply, "application/problem+json", context);
  assert.equal(reply.json.status, 503, context);
  assert.equal(reply.header("www-authenticate"), null, `${context}: a challenge would log people out`);
}

/** A page says so, to a person. */
export function assertUnavailablePage(reply, context = "page") {
  assert503(reply, "text/html; charset=utf-8", context);
}

/** An OAuth error (RFC 6749 section 5.2). */
export function assertError(reply, status, error, context = "") {
  assert.equal(reply.status, status, `${context}: ${reply.status} ${reply.text}`);
  assert.match(reply.header("content-type") ?? "", /^application\/json/, context);
  assert.equal(reply.json.error, error, `${context}: ${reply.text}`);
  assert.match(reply.header("cache-control") ?? "", /no-store/, context);
}

/** The parameters of a `WWW-Authenticate: Bearer` challenge. */
export function challenge(reply) {
  const value = reply.header("www-authenticate");
  assert.ok(value, `there is no challenge with ${reply.status}`);
  assert.match(value, /^Bearer( |$)/);
  const parameters = {};
  // RFC 6750 section 3: quoted-strings of printable ASCII without `"` and `\`.
  const rest = value.replace(/([a-z_]+)="([\x20\x21\x23-\x5b\x5d-\x7e]*)"(, |$)/g, (_, name, text) => {
    assert.ok(!(name in parameters), `${name} appears twice`);
    parameters[name] = text;
    return "";
  });
  assert.match(rest, /^Bearer ?$/, `a malformed challenge: ${value}`);
  return parameters;
}

/** Runs `act`, and holds that nothing of it reached the origin. */
export async function withoutTrace(origin, act) {
  await origin.clear();
  const result = await act();
  assert.deepEqual(await origin.seen(), [], "a refused request left a trace at the origin");
  return result;
}

/** Runs `send`, which makes one request to the origin; the answer, and what the origin recorded. */
export async function arrived(origin, send) {
  await origin.clear();
  const reply = await send();
  const seen = await origin.seen();
  assert.equal(
    seen.length,
    1,
    `the origin saw ${seen.length} requests; the answer was ${reply.status} ${reply.text.slice(0, 200)}`,
  );
  return { reply, entry: seen[0] };
}

/** A header of a request that the origin recorded. */
export function had(entry, name) {
  return (
    entry.headers
      .filter(([n]) => n === name)
      .map(([, value]) => value)
      .join(", ") || null
  );
}

/** Nothing that was ever written to the log is a token, a client secret or a key of the fixture's. */
export function assertNoSecrets(logs) {
  assert.ok(logs.all.length > 0, "nothing was written to the log: this shows nothing");
  const secret = /pst_[a-z]{2}_[A-Za-z0-9_-]{10}|Basic [A-Za-z0-9+/]{16}/;
  assert.deepEqual(
    logs.all.filter(({ message }) => secret.test(message)),
    [],
  );
}
