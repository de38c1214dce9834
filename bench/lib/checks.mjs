// Before anything is measured: does each candidate do the job? What it does not do ends the run.
import { parsed } from "./client.mjs";
import { sleep } from "./minute.mjs";

export class DoesNotDoTheJob extends Error {}

function expect(candidate, condition, what) {
  if (!condition) throw new DoesNotDoTheJob(`${candidate.title} ${what}`);
}

// The job of a gate, tried with a token of its own. Returns what is left to be checked after the run: a cache may
// go on believing a revoked token for a while.
export async function checkGate(candidate, running, { spare }) {
  const { client } = running;
  const { status, headers, body } = await client.bearer("/api/hello", spare);
  expect(candidate, status === 200, `answers a live token with ${status}: ${body}`);
  expect(candidate, headers["cache-control"]?.includes("private"), "lets shared caches keep a response");
  expect(candidate, /authorization/i.test(headers.vary), "does not say that a response varies with Authorization");

  const forged = { "x-postern-subject": "mallory", x_postern_subject: "mallory", "x-forwarded-host": "mallory" };
  const seen = parsed(await client.bearer("/api/echo", spare, forged));
  expect(candidate, seen["x-postern-subject"], "does not tell the origin the subject");
  expect(candidate, seen["x-postern-scope"] === "bench:read", "does not tell the origin the scope");
  expect(candidate, seen["x-postern-client"] && seen["x-postern-session"], "does not tell the client and session");
  expect(candidate, !("authorization" in seen), "shows the origin the token");
  expect(candidate, !JSON.stringify(seen).includes("mallory"), "lets a client speak for itself");

  const statusOf = async (answer) => (await answer).status;
  expect(candidate, (await statusOf(client.request("/api/hello"))) === 401, "lets a request in without a token");
  expect(candidate, (await statusOf(client.bearer("/api/hello", "garbage"))) === 401, "lets garbage in");
  const mangled = spare.slice(0, -4) + [...spare.slice(-4)].reverse().join("");
  expect(candidate, (await statusOf(client.bearer("/api/hello", mangled))) === 401, "lets a mangled token in");
  if (candidate.revoke === undefined) return null;
  await candidate.revoke(running, spare);
  const since = Date.now();
  if (candidate.believedAfterRevocation === undefined) {
    expect(candidate, (await statusOf(client.bearer("/api/hello", spare))) === 401, "lets a revoked token in");
    return null;
  }
  return { candidate, running, spare, due: since + candidate.believedAfterRevocation * 1000 };
}

// A cache that believed a revoked token must not believe it for longer than it says.
export async function checkLater({ candidate, running, spare, due }) {
  const wait = due - Date.now();
  if (wait > 0) await sleep(wait);
  const { status } = await running.client.bearer("/api/hello", spare);
  expect(candidate, status === 401, `lets a revoked token in after ${candidate.believedAfterRevocation} s`);
}

export async function checkIntrospection(candidate, running, { spare }) {
  for (const { path, credential } of candidate.cases) {
    const ask = async (token, as = credential) => running.client.post(path, { token }, as);
    expect(candidate, parsed(await ask(spare)).active === true, "does not know its own token");
    expect(candidate, parsed(await ask("garbage")).active === false, "calls garbage active");
    const stranger = Buffer.from("bench:wrong").toString("base64");
    expect(candidate, (await ask(spare, stranger)).status === 401, "answers a stranger");
  }
  await candidate.revoke(running, spare);
  for (const { path, credential } of candidate.cases) {
    const answer = parsed(await running.client.post(path, { token: spare }, credential));
    expect(candidate, answer.active === false, "calls a revoked token active");
  }
}
