// How many tokens a load draws from, unless a case says otherwise; and tokens that nobody ever issued.
import { randomBytes } from "node:crypto";

export const LIVE = 1_000;
export const LIFETIME = 86_400;
// Older than the ten minutes for which Postern asks a session's coordinator about a record that KV does not have.
export const AGE = 1_200;

export const GARBAGE = Array.from({ length: LIVE }, () => randomBytes(64).toString("base64url"));

export function now() {
  return Math.floor(Date.now() / 1000);
}
