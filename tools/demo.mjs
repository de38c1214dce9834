// `make demo`: walks through a token's life against the dev server, one printed step each, and then through what others have to
// do with it: another issuer, a server behind the gate, and people who may read a page or may not.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Person } from "../tests/people/person.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const PORT = Number(process.env.PORT ?? 8787);
const SITE = `http://localhost:${PORT}`;
/** What tools/dev.sh runs beside it. */
const ACME = `http://localhost:${process.env.ACME_PORT ?? PORT + 1}`;
const ORIGIN = `http://localhost:${process.env.ORIGIN_PORT ?? PORT + 2}`;
const CLIENT = "demo";

class Different extends Error {}

function expect(condition, message) {
  if (!condition) throw new Different(message);
}

/** What may be printed of a token. */
const shown = (token) => `${token.slice(0, 10)}…`;

/** What .dev.vars says under this name. */
function made(name) {
  const path = join(ROOT, ".dev.vars");
  expect(existsSync(path), "there is no .dev.vars: run `make dev` first, it writes one");
  const value = new RegExp(`^${name}=["']?([^"'\\n]+)["']?$`, "m").exec(readFileSync(path, "utf8"))?.[1];
  expect(value, `.dev.vars has no ${name}: delete the file and run \`make dev\`, which writes a new one`);
  return value;
}

const basic = (client, secret) => ({ Authorization: `Basic ${Buffer.from(`${client}:${secret}`).toString("base64")}` });

async function call(method, path, { headers, form, site = SITE } = {}) {
  const body = form && new URLSearchParams(form);
  try {
    const response = await fetch(site + path, { method, headers, body, redirect: "manual" });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    throw new Different(
      `${site} does not answer (${error.cause?.code ?? error.message}): run \`make dev\` in another terminal first`,
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
  const secret = made("DEMO_CLIENT_SECRET");
  const client = basic(CLIENT, secret);
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
  const issued = await call("POST", "/oauth/token", { headers: client, form: { grant_type: "client_credentials" } });
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
    const reply = await call("POST", "/oauth/introspect", { headers: client, form: { token } });
    back(`${reply.status}  ${reply.text.trim()}`);
    expect(reply.status === 200, "it should have answered 200");
    return json(reply);
  };

  step("Introspection says what it means.", `POST /oauth/introspect  token=${shown(token)}`);
  expect((await introspect()).active === true, "it should have been active");

  step("The client takes it back.", `POST /oauth/revoke  token=${shown(token)}`);
  const revoked = await call("POST", "/oauth/revoke", { headers: client, form: { token } });
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

  await walkWithAnotherIssuer(secret, refused);
  await walkBehindTheGate(client);
  await walkAsPeople();

  console.log("\nEach step went as it should.");
}

/** A JWT of ACME, and the one call that ends it here. */
async function walkWithAnotherIssuer(secret, refused) {
  step("ACME, another issuer, gives one of its programs a token: a JWT.", `POST ${ACME}/token  (client robot)`);
  const form = { grant_type: "client_credentials", scope: "hello:read" };
  const given = await call("POST", "/token", { site: ACME, headers: basic("robot", "demo"), form });
  expect(given.status === 200, `it answered ${given.status} ${given.text}`);
  const jwt = json(given).access_token;
  const claims = JSON.parse(Buffer.from(jwt.split(".")[1], "base64url"));
  back(`200  ${shown(jwt)}, of ${claims.iss} for ${claims.aud}`);
  const bearer = { Authorization: `Bearer ${jwt}` };

  step("The gate verifies it, and the request passes.", `GET /api/hello  Authorization: Bearer ${shown(jwt)}`);
  const passed = await call("GET", "/api/hello", { headers: bearer });
  back(`${passed.status}  ${passed.text.trim()}`);
  expect(passed.status === 200, "it should have passed");
  expect(json(passed).identity.subject === "acme:robot", "the API should have seen acme:robot");

  step("One call ends it here, although ACME still believes it.", "POST /_postern/admin/sessions  token=...");
  const administrator = await call("POST", "/oauth/token", {
    headers: basic("demo-admin", secret),
    form: { grant_type: "client_credentials" },
  });
  expect(administrator.status === 200, `there is no token for demo-admin: ${administrator.status}`);
  const admin = { Authorization: `Bearer ${json(administrator).access_token}` };
  const ended = await call("POST", "/_postern/admin/sessions", { headers: admin, form: { token: jwt } });
  back(`${ended.status}  ${ended.text.trim()}`);
  expect(ended.status === 200, "it should have answered 200");

  step("The same request is refused.", `GET /api/hello  Authorization: Bearer ${shown(jwt)}`);
  await refused(bearer);
}

/** A server that others can reach as well, and believes nobody but the gate. */
async function walkBehindTheGate(client) {
  step(
    "A server that anyone can reach refuses what did not come through the gate.",
    `GET ${ORIGIN}/whoami  X-Postern-Subject: admin  X-Postern-Assertion: (forged)`,
  );
  const forged = { "X-Postern-Subject": "admin", "X-Postern-Assertion": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9." };
  const refused = await call("GET", "/whoami", { site: ORIGIN, headers: forged });
  back(`${refused.status}`);
  expect(refused.status === 401, "it should have been refused with 401");

  step(
    "Through the gate it learns who asks, whatever the client claims.",
    "GET /whoami  with a token, and the same claims",
  );
  const issued = await call("POST", "/oauth/token", { headers: client, form: { grant_type: "client_credentials" } });
  const bearer = { Authorization: `Bearer ${json(issued).access_token}` };
  const passed = await call("GET", "/whoami", { headers: { ...forged, ...bearer } });
  back(`${passed.status}  ${passed.text.trim()}`);
  expect(passed.status === 200, "it should have passed");
  expect(json(passed).sub === CLIENT, `it should have seen ${CLIENT}`);
}

/** The page for staff: ann may not read it, and zoe may. */
async function walkAsPeople() {
  step("Ann has an account here, and is not staff: she is told so.", "GET /staff/  as ann, in a browser");
  const ann = new Person(SITE, ACME);
  const page = await ann.visit("/staff/");
  const told = await ann.follow(await ann.logIn(page, { name: "ann", password: made("DEMO_PASSWORD") }));
  back(`${told.status}  ${told.text.slice(0, 160)}`);
  expect(told.status === 403, "it should have been refused with 403");

  step("Zoe logs in with ACME, which says that she is staff.", "GET /staff/  as zoe, in a browser");
  const zoe = new Person(SITE, ACME);
  const login = await zoe.visit("/staff/");
  const link = login.links.find(({ label }) => label.includes("ACME"));
  expect(link, `the login page should have a link to ACME: ${login.text}`);
  const atAcme = await zoe.click(login, link.label);
  const read = await zoe.follow(await zoe.send(atAcme, atAcme.form("login"), { login: "zoe" }));
  back(`${read.status}  ${read.text.slice(0, 160)}`);
  expect(read.status === 200 && read.url.pathname === "/staff/", `she should have got the page, not ${read.url}`);
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
