// Lets in only what Postern's gate has signed (`X-Postern-Assertion`): a middleware for Hono.

import { createMiddleware } from "hono/factory";
import { createLocalJWKSet, errors, jwtVerify } from "jose";

const HOUR = 3_600_000;
/** Seconds by which the gate's clock may differ from this one. */
const LEEWAY = 5;

/**
 * The gate's public keys, from memory. They are fetched again after an hour, and for a key that is not among them: at most
 * once in `pause` milliseconds. Through an outage of the gate they count for a day. A Worker may not wait for what another
 * request fetches, so each request that needs the first ones fetches them.
 */
function publicKeys(uri, pause) {
  let keys;
  let fetched = 0;
  let tried = 0;

  async function fetchThem(get) {
    tried = Date.now();
    try {
      const answer = await get(uri, { signal: AbortSignal.timeout(3_000), redirect: "manual" });
      if (answer.status !== 200) throw new Error(`${uri} answered ${answer.status}`);
      keys = createLocalJWKSet(await answer.json());
      fetched = tried;
    } catch (error) {
      console.error("the gate's keys can't be had:", error);
    }
  }

  return (get) => async (header, token) => {
    const known = async () => await keys?.(header, token).catch(() => undefined);
    let key = await known();
    if (!key || Date.now() - fetched > HOUR) {
      if (!keys || Date.now() - tried > pause) await fetchThem(get);
      key = await known();
    }
    if (!keys || Date.now() - fetched > 24 * HOUR || (!key && fetched < tried))
      throw new Error("the gate's keys are not known");
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key;
  };
}

/**
 * @param options `issuer` is the one of `postern.toml`; `audience` is this Worker as the route names it: `service:NAME`, its
 *   URL, or the text of `assertion`; `fetcher` gives the way to the gate for a Worker that can't reach its URL: a service
 *   binding, such as `(env) => env.GATE`.
 * @returns a middleware that puts what the gate says into `c.get("postern")`: `sub`, `client_id`, `scope` and so on.
 */
export function postern({ issuer, audience, jwksUri = `${issuer}/.well-known/jwks.json`, pause = 60_000, fetcher }) {
  const keys = publicKeys(jwksUri, pause);
  const expected = {
    algorithms: ["ES256"],
    typ: "postern-assertion+jwt",
    issuer,
    audience,
    requiredClaims: ["sub", "iat", "exp"],
    clockTolerance: LEEWAY,
  };
  return createMiddleware(async (c, next) => {
    const get = (...request) => (fetcher?.(c.env) ?? globalThis).fetch(...request);
    try {
      const { payload } = await jwtVerify(c.req.header("X-Postern-Assertion") ?? "", keys(get), expected);
      c.set("postern", payload);
    } catch (error) {
      // Without the gate's keys nobody knows: not "no".
      if (error instanceof errors.JOSEError) return c.body(null, 401);
      return c.body(null, 503, { "Retry-After": "5" });
    }
    await next();
  });
}
