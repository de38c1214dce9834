// Lets in only what Postern's gate has signed (`X-Postern-Assertion`). It fits Express, and whatever else calls a handler
// with a request, a response and `next`.

import { createLocalJWKSet, errors, jwtVerify } from "jose";

const HOUR = 3_600_000;
/** Seconds by which the gate's clock may differ from this one. */
const LEEWAY = 5;

/**
 * The gate's public keys, from memory. They are fetched again after an hour, and for a key that is not among them: at most
 * once in `pause` milliseconds. Through an outage of the gate they count for a day.
 */
function publicKeys(uri, pause) {
  let keys;
  let fetched = 0;
  let tried = 0;
  let fetching;

  async function fetchThem() {
    tried = Date.now();
    const answer = await fetch(uri, { signal: AbortSignal.timeout(3_000), redirect: "error" });
    if (answer.status !== 200) throw new Error(`${uri} answered ${answer.status}`);
    keys = createLocalJWKSet(await answer.json());
    fetched = tried;
  }

  /** Whether the last try succeeded. All who wait for the keys share one. */
  const fetchThemOnce = () => {
    fetching ??= fetchThem()
      .then(
        () => true,
        (error) => console.error("the gate's keys can't be had:", error),
      )
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  };

  return async (header, token) => {
    const known = async () => await keys?.(header, token).catch(() => undefined);
    let key = await known();
    if (!key || Date.now() - fetched > HOUR) {
      if (fetching || !keys || Date.now() - tried > pause) await fetchThemOnce();
      key = await known();
    }
    if (!keys || Date.now() - fetched > 24 * HOUR || (!key && fetched < tried))
      throw new Error("the gate's keys are not known");
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key;
  };
}

/**
 * @param options `issuer` is the one of `postern.toml`; `audience` is this origin as the route names it: its URL, or the
 *   text of `assertion`.
 * @returns a handler that puts what the gate says into `request.postern`: `sub`, `client_id`, `scope` and so on.
 */
export function postern({ issuer, audience, jwksUri = `${issuer}/.well-known/jwks.json`, pause = 60_000 }) {
  const keys = publicKeys(jwksUri, pause);
  const expected = {
    algorithms: ["ES256"],
    typ: "postern-assertion+jwt",
    issuer,
    audience,
    requiredClaims: ["sub", "iat", "exp"],
    clockTolerance: LEEWAY,
  };
  return async (request, response, next) => {
    try {
      const { payload } = await jwtVerify(request.headers["x-postern-assertion"] ?? "", keys, expected);
      request.postern = payload;
    } catch (error) {
      // Without the gate's keys nobody knows: not "no".
      if (error instanceof errors.JOSEError) response.writeHead(401).end();
      else response.writeHead(503, { "Retry-After": "5" }).end();
      return;
    }
    next();
  };
}
