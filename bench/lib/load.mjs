// Load from wrk: warm up, windows of whole seconds, what counts as a good answer.
import { join } from "node:path";

import { each } from "./client.mjs";
import * as minute from "./minute.mjs";
import { BENCH } from "./paths.mjs";
import { residentBytes } from "./proc.mjs";
import { run } from "./processes.mjs";

const SCRIPT = join(BENCH, "load.lua");
const NONE = "-";
const SLICE_SECONDS = 3;
const PATIENCE_SECONDS = 2;
const REFILLS = 3;

// One request for each token: where there is a cache, it then has all of them.
export async function warmUp(running, measured, tokens) {
  const { path = "/api/hello", credential, cookie } = measured;
  if (isCached(measured)) minute.reads();
  await each(tokens.list, (token) => {
    if (cookie !== undefined) return running.client.request(path, { headers: { cookie: `${cookie}=${token}` } });
    return credential === undefined
      ? running.client.bearer(path, token)
      : running.client.post(path, { token }, credential);
  });
  if (isCached(measured)) minute.reads();
}

// Presents tokens in turn until so many requests are answered.
export async function present(running, measured, tokens, requests) {
  minute.reads();
  for (let presented = 0; presented < requests; ) {
    const wrk = await loadWithWrk(running.port, measured, tokens, SLICE_SECONDS, { from: presented });
    const wrong = invalid({ ...measured, reads: undefined }, wrk);
    if (wrong !== null) throw new Error(`${measured.title}: ${wrong}`);
    presented += wrk.requests;
  }
  minute.reads();
}

// Loads a case for so many seconds.
export async function measure(running, measured, tokens, seconds, refills = REFILLS) {
  const window = await measureOnce(running, measured, tokens, seconds);
  if (refills === 0 || !isRefill(measured, tokens, window)) return window;
  minute.reads();
  return measure(running, measured, tokens, seconds, refills - 1);
}

// A cache believes a record for a minute. Where that minute ends for some or all tokens, a window does not measure a cached
// case, and the next one is made in its place. It may end for some of them in one window and for the others in the next;
// after a few windows in turn all were read anew.
export function isRefill(measured, tokens, { readsPerRequest, requests }) {
  const hasRead = isCached(measured) && readsPerRequest > READS_TOLERANCE;
  return hasRead && readsPerRequest * requests <= tokens.list.length * 1.05;
}

export const isCached = ({ reads }) => reads === 0;

// An answer that takes longer than `patience` seconds is none. `invalid` says what was not as it must be, or is null.
export async function measureOnce(running, measured, tokens, seconds, patience = PATIENCE_SECONDS) {
  const readsBefore = await running.kv?.reads();
  const wrk = await loadWithWrk(running.port, measured, tokens, seconds, { patience });
  const readsPerRequest = running.kv === null ? null : ((await running.kv.reads()) - readsBefore) / wrk.requests;
  return {
    requestsPerSecond: wrk.requests / (wrk.microseconds / 1e6),
    p50Microseconds: wrk.p50,
    p99Microseconds: wrk.p99,
    requests: wrk.requests,
    readsPerRequest,
    residentBytes: residentBytes(running.pid),
    invalid: invalid(measured, wrk, readsPerRequest),
  };
}

async function loadWithWrk(port, measured, tokens, seconds, how) {
  return resultOf(measured, await run("wrk", loadArguments(port, measured, tokens, seconds, how)));
}

export function loadArguments(port, measured, tokens, seconds, { from = 0, patience = PATIENCE_SECONDS }) {
  const { path = "/api/hello", status, must = NONE, credential = NONE, cookie = NONE } = measured;
  const shape = ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "--timeout", `${patience}s`, "-s", SCRIPT];
  const script = [path, tokens.path, from, status, must, credential, cookie].map(String);
  return [...shape, `http://127.0.0.1:${port}`, "--", ...script];
}

// What load.lua says at the end of wrk's output.
export function resultOf(measured, output) {
  const result = /^RESULT (.*)$/m.exec(output)?.[1];
  if (result === undefined) throw new Error(`wrk said nothing of ${measured.name}:\n${output}`);
  return JSON.parse(result);
}

// How far the reads of KV may be from what the case claims: a record that is a minute old is read again.
const READS_TOLERANCE = 0.05;
// What was asked last is read and never answered, one request a connection.
const CONNECTIONS = 16;

export function invalid({ status, reads }, wrk, readsPerRequest) {
  if (wrk.requests === 0) return "no request was answered";
  if (wrk.failed > 0) return `${wrk.failed} requests got no answer`;
  if (wrk.wrong > 0) return `${wrk.wrong} answers were not the expected ${status}`;
  const unanswered = CONNECTIONS / wrk.requests;
  if (reads !== undefined && Math.abs(readsPerRequest - reads) > READS_TOLERANCE + reads * unanswered) {
    return `${readsPerRequest.toFixed(2)} KV reads a request instead of ${reads}`;
  }
  return null;
}
