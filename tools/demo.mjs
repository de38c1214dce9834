// `make demo`: walks through a token's life against the dev server, one printed step each.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const SITE = `http://localhost:${process.env.PORT ?? 8787}`;
const CLIENT = "demo";

class Different extends Error {}

function expect(condition, message) {
  if (!condition) throw new Different(message);
}

/** What may be printed of a token. */
const shown = (token) => `${token.slice(0, 10)}…`;

function clientSecret() {
  const path = join(ROOT, ".dev.vars");
  expect(existsSync(path), "there is no .dev.vars: run `make dev` first, it writes one");
  const secret = /^DEMO_CLIENT_SECRET="?([^"\n]+)"?$/m.exec(readFileSync(path, "utf8"))?.[1];
  expect(secret, ".dev.vars has no DEMO_CLIENT_SECRET: delete the file and run `make dev`, which writes a new one");
  return secret;
}

async function call(method, path, { headers, form } = {}) {
  const body = form && new URLSearchParams(form);
  try {
    const response = await fetch(SITE + path, { method, headers, body, redirect: "manual" });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    throw new Different(
      `${SITE} does not answer (${error.cause?.code ?? error.message}): run \`make dev\` in another terminal first`,
    );
  }
}

function json(reply) {
  try {
    return JSON.parse(reply.text);
  } catch {
    throw new Different(`this is not JSON: ${reply.text.slice(0, 200)}`);
  }
}

/** How many requests the API itself has received. */
async function seen() {
  const reply = await call("GET", "/demo/seen");
  expect(reply.status === 200, `GET /demo/seen answered ${reply.status}`);
  return json(reply).seen;
}

let steps = 0;
function step(title, sent) {
  steps += 1;
  console.log(`\n${steps}. ${title}`);
  console.log(`   -> ${sent}`);
}
const back = (text) => console.log(`   <- ${text}`);

async function walk() {
  const secret = clientSecret();
  const basic = { Authorization: `Basic ${Buffer.from(`${CLIENT}:${secret}`).toString("base64")}` };
  await seen();

  const refused = async (headers) => {
    const before = await seen();
    const reply = await call("GET", "/api/hello", { headers });
    const after = await seen();
    back(`${reply.status}  WWW-Authenticate: ${reply.headers.get("www-authenticate")}`);
    back(`the API has received ${after - before} requests meanwhile`);
    expect(reply.status === 401, `it should have been refused with 401`);
    expect(after === before, "the API should not have seen it");
    return reply;
  };

  step("A request without a token is refused, and the API does not see it.", "GET /api/hello");
  await refused({});

  step(
    "The client gets a token.",
    `POST /oauth/token  grant_type=client_credentials  (client ${CLIENT}, its secret in a Basic header)`,
  );
  const issued = await call("POST", "/oauth/token", { headers: basic, form: { grant_type: "client_credentials" } });
  expect(issued.status === 200, `it answered ${issued.status} ${issued.text}`);
  const { access_token: token, ...rest } = json(issued);
  expect(typeof token === "string" && token.startsWith("pst_at_"), "it should have begun with pst_at_");
  back(`200  ${JSON.stringify({ access_token: shown(token), ...rest })}`);
  const bearer = { Authorization: `Bearer ${token}` };

  step(
    "With it the request passes, and the API sees who asks.",
    `GET /api/hello  Authorization: Bearer ${shown(token)}`,
  );
  const before = await seen();
  const passed = await call("GET", "/api/hello", { headers: bearer });
  back(`${passed.status}  ${passed.text.trim()}`);
  expect(passed.status === 200, "it should have passed");
  expect((await seen()) === before + 1, "the API should have seen it once");
  expect(json(passed).identity.client === CLIENT, `the API should have seen the client ${CLIENT}`);
  expect(!passed.text.includes(token), "the API should not have seen the token");

  const introspect = async () => {
    const reply = await call("POST", "/oauth/introspect", { headers: basic, form: { token } });
    back(`${reply.status}  ${reply.text.trim()}`);
    expect(reply.status === 200, "it should have answered 200");
    return json(reply);
  };

  step("Introspection says what it means.", `POST /oauth/introspect  token=${shown(token)}`);
  expect((await introspect()).active === true, "it should have been active");

  step("The client takes it back.", `POST /oauth/revoke  token=${shown(token)}`);
  const revoked = await call("POST", "/oauth/revoke", { headers: basic, form: { token } });
  back(`${revoked.status}`);
  expect(revoked.status === 200, `it should have answered 200, not ${revoked.text}`);

  step(
    "The same request is refused, and the API does not see it.",
    `GET /api/hello  Authorization: Bearer ${shown(token)}`,
  );
  const again = await refused(bearer);
  expect(/error="invalid_token"/.test(again.headers.get("www-authenticate")), "it should have said invalid_token");

  step("Introspection says that it means nothing any more.", `POST /oauth/introspect  token=${shown(token)}`);
  const inactive = await introspect();
  expect(
    inactive.active === false && Object.keys(inactive).length === 1,
    "it should have been inactive, and said nothing else",
  );

  console.log("\nEach step went as it should.");
}

try {
  await walk();
} catch (error) {
  if (!(error instanceof Different)) throw error;
  console.error(
    steps === 0 ? `postern: ${error.message}` : `\npostern: step ${steps} went differently: ${error.message}`,
  );
  process.exitCode = 1;
}
