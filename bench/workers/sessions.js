// Session records in KV under the digest of their token, as the hand-written gates keep them.

const encoder = new TextEncoder();
const BASE64URL = { alphabet: "base64url", omitPadding: true };

export async function readSession(env, token) {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(token));
  const key = `at:${new Uint8Array(digest).toBase64(BASE64URL)}`;
  return env.SESSIONS.get(key, { type: "json", cacheTtl: 300 });
}

export function isLive(session) {
  return session !== null && Date.now() < session.expiresAt * 1000;
}
