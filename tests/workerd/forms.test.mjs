// The POST endpoints' common part: forms, their limits, and client authentication.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { assertError, assertNoSecrets } from "./assertions.mjs";
import { clients, config, files, secrets } from "./fixture.mjs";
import { newSecret, start } from "./harness.mjs";
import { Connection, chunked, request } from "./http.mjs";

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const { reports, server } = clients;

let world, gate, plain;
before(async () => {
  world = await start({ gates: { gate: { config, secrets } }, files });
  gate = world.gate;
  plain = await gate.token(reports);
});
after(() => world?.stop());

const basic = (id, secret) => ({ Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` });

/** The common part of every POST endpoint. `fields` make a good request of `client`. */
function describeForm(path, fields, client) {
  const good = (changes = {}, who = client, headers = {}) => gate.form(path, { ...fields(), ...changes }, who, headers);
  const text = () => new URLSearchParams(fields()).toString();

  test("only POST (RFC 6749 section 3.2)", async () => {
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"]) {
      const reply = await gate.send(method, `${path}?${text()}`, basic(client().id, client().secret));
      assert.equal(reply.status, 405, method);
      assert.equal(reply.header("allow"), "POST", method);
    }
  });

  test("only a form", async () => {
    const who = basic(client().id, client().secret);
    assertError(await gate.send("POST", path, who, text()), 400, "invalid_request", "no Content-Type");
    for (const type of [
      "application/json",
      "multipart/form-data; boundary=x",
      "text/plain",
      "application/x-www-form-urlencodedx",
      "",
    ]) {
      assertError(
        await gate.send("POST", path, { ...who, "Content-Type": type }, text()),
        400,
        "invalid_request",
        type,
      );
    }
    for (const type of [
      "application/x-www-form-urlencoded;charset=UTF-8",
      "Application/X-WWW-Form-Urlencoded ; charset=utf-8",
    ]) {
      assert.equal((await gate.send("POST", path, { ...who, "Content-Type": type }, text())).status, 200, type);
    }
  });

  test("no parameter twice, even an empty or unknown one (section 3.2)", async () => {
    for (const [name, value] of Object.entries(fields())) {
      assertError(await gate.form(path, `${text()}&${name}=${value}`, client()), 400, "invalid_request", name);
    }
    for (const more of ["x=1&x=2", "scope=&scope=", "client_id=&client_id=", "%78=1&x=2"]) {
      assertError(await gate.form(path, `${text()}&${more}`, client()), 400, "invalid_request", more);
    }
  });

  test("an empty parameter counts as absent, an unknown one is ignored (section 3.1)", async () => {
    const reply = await gate.form(path, `${text()}&scope=&client_secret=&token_type_hint=&whatever=1`, client());
    assert.equal(reply.status, 200, reply.text);
  });

  test("a form that is not UTF-8", async () => {
    assertError(await gate.form(path, `${text()}&x=%FF`, client()), 400, "invalid_request");
    assertError(
      await gate.send(
        "POST",
        path,
        { ...FORM, ...basic(client().id, client().secret) },
        Buffer.concat([Buffer.from(`${text()}&x=`), Buffer.from([0xff])]),
      ),
      400,
      "invalid_request",
    );
  });

  test("32 KiB and not a byte more", async () => {
    const fill = (size) => {
      const start = `${text()}&x=`;
      return start + "y".repeat(size - start.length);
    };
    assert.equal((await gate.form(path, fill(32_768), client())).status, 200);
    const over = await gate.form(path, fill(32_769), client());
    assert.equal(over.status, 413);
    assert.equal(over.json.error, "invalid_request");
  });

  test("the limit holds for a body in chunks, whose length nobody announced", async () => {
    const headers = { ...FORM, ...basic(client().id, client().secret), "Transfer-Encoding": "chunked" };
    const start = `${text()}&x=`;
    const fits = await gate.send("POST", path, headers, chunked(start, "y".repeat(32_768 - start.length)));
    assert.equal(fits.status, 200, fits.text);
    const parts = Array.from({ length: 10 }, () => "y".repeat(4_096));
    assert.equal((await gate.send("POST", path, headers, chunked(start, ...parts))).status, 413);
  });

  test("a body that never ends is refused as soon as it is over the limit", async () => {
    const connection = new Connection(gate.url);
    try {
      connection.write(
        request("POST", path, { ...FORM, ...basic(client().id, client().secret), "Transfer-Encoding": "chunked" }),
      );
      connection.write(`9000\r\n${"y".repeat(0x9000)}\r\n`); // and no end
      assert.equal((await connection.reply("POST")).status, 413);
    } finally {
      connection.close();
    }
  });

  test("a body that announces more than the limit is refused before it is sent", async () => {
    const headers = { ...FORM, ...basic(client().id, client().secret), "Content-Length": 10_000_000 };
    assert.equal((await gate.send("POST", path, headers, "x=")).status, 413);
  });

  test("client_secret_basic", async () => {
    assert.equal((await good({}, client())).status, 200);
    const { id, secret } = client();
    const header = basic(id, secret).Authorization;
    for (const value of [header.replace("Basic", "basic"), header.replace("Basic ", "BASIC   ")]) {
      assert.equal(
        (await gate.send("POST", path, { ...FORM, Authorization: value }, text())).status,
        200,
        value.slice(0, 8),
      );
    }
    // Section 2.3.1: form-encoded first, as some clients do and others don't.
    const encoded = secret.replaceAll("-", "%2D").replaceAll("_", "%5F");
    assert.equal((await gate.send("POST", path, { ...FORM, ...basic(id, encoded) }, text())).status, 200);
  });

  test("client_secret_post", async () => {
    const { id, secret } = client();
    assert.equal((await gate.form(path, { ...fields(), client_id: id, client_secret: secret })).status, 200);
  });

  test("a client_id beside Basic is not a second method, unless it names another client", async () => {
    assert.equal((await good({ client_id: client().id }, client())).status, 200);
    const other = await good({ client_id: "someone-else" }, client());
    assert.ok([400, 401].includes(other.status), `${other.status}`);
  });

  test("no authentication, or a wrong one, is invalid_client", async () => {
    const { id, secret } = client();
    const wrong = {
      none: [{}, {}],
      "only an id": [{ client_id: id }, {}],
      "wrong secret by post": [{ client_id: id, client_secret: newSecret() }, {}],
      "unknown client by post": [{ client_id: "nobody", client_secret: secret }, {}],
      "wrong secret by header": [{}, basic(id, newSecret())],
      "cut secret": [{}, basic(id, secret.slice(0, -1))],
      "longer secret": [{}, basic(id, `${secret}x`)],
      "empty secret": [{}, basic(id, "")],
      "unknown client by header": [{}, basic("nobody", secret)],
      "another client's secret": [{}, basic(id, (client() === server ? reports : server).secret)],
      "id with odd case": [{}, basic(id.toUpperCase(), secret)],
      "id with NUL": [{}, basic(`${id}\0`, secret)],
      "no colon": [{}, { Authorization: `Basic ${Buffer.from(id).toString("base64")}` }],
      "not base64": [{}, { Authorization: "Basic ???" }],
    };
    const bodies = new Set();
    for (const [name, [changes, headers]] of Object.entries(wrong)) {
      const reply = await gate.form(path, { ...fields(), ...changes }, undefined, headers);
      assertError(reply, 401, "invalid_client", name);
      if (headers.Authorization)
        assert.match(reply.header("www-authenticate") ?? "", /^Basic realm="/, `${name}: section 5.2`);
      if (/^(wrong secret|unknown client) by header/.test(name)) bodies.add(reply.text);
    }
    assert.equal(bodies.size, 1, "an unknown client and a wrong secret look the same");
  });

  test("two methods in one request (section 2.3)", async () => {
    const { id, secret } = client();
    assertError(await good({ client_id: id, client_secret: secret }, client()), 400, "invalid_request");
    assertError(await good({ client_secret: secret }, client()), 400, "invalid_request");
    const twice = [
      ...Object.entries(FORM),
      ["Authorization", basic(id, secret).Authorization],
      ["Authorization", basic(id, secret).Authorization],
    ];
    const reply = await gate.send("POST", path, twice, text());
    assert.ok([400, 401].includes(reply.status), `two headers: ${reply.status} ${reply.text}`);
  });

  test("credentials in the query are not read", async () => {
    const { id, secret } = client();
    const reply = await gate.form(`${path}?client_id=${id}&client_secret=${secret}`, fields());
    assertError(reply, 401, "invalid_client");
  });

  test("a Bearer token does not authenticate a client", async () => {
    const bearer = { Authorization: `Bearer ${await gate.token(reports)}` };
    const reply = await gate.form(path, fields(), undefined, bearer);
    assertError(reply, 401, "invalid_client");
  });
}

describe("/oauth/token", () =>
  describeForm(
    "/oauth/token",
    () => ({ grant_type: "client_credentials" }),
    () => reports,
  ));
describe("/oauth/introspect", () =>
  describeForm(
    "/oauth/introspect",
    () => ({ token: plain }),
    () => server,
  ));
// An unknown token: the good answer to which is always the same.
describe("/oauth/revoke", () =>
  describeForm(
    "/oauth/revoke",
    () => ({ token: "unknown" }),
    () => reports,
  ));

test("the log has no token and no secret", () => assertNoSecrets(world.logs));
