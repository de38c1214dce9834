// ES256 with jose: the key is imported once an isolate.
import { importJWK, jwtVerify } from "jose";

const EXPECTED = { issuer: "http://localhost", audience: "http://localhost", algorithms: ["ES256"] };
let key;

// The session of a token, or null.
export async function verify(env, token) {
  key ??= importJWK(env.JWK, "ES256");
  try {
    const { payload } = await jwtVerify(token, await key, EXPECTED);
    return {
      subject: payload.sub,
      client: payload.client_id,
      scope: payload.scope,
      scopes: payload.scope.split(" "),
      id: payload.sid,
      expiresAt: payload.exp,
    };
  } catch {
    return null;
  }
}
