// Asks Postern what an access token means (RFC 7662). It fits Express, and whatever else calls a handler with a
// request, a response and `next`.

/**
 * @param options `postern` is the issuer; `client` and `secret` are those of a client with `introspect`; `audience` is
 *   what tokens for this API are meant for.
 * @returns a function from the scopes that a route needs to its handler, which puts the answer into `request.token`.
 */
export function introspection({ postern, client, secret, audience }) {
  const authorization = `Basic ${Buffer.from(`${client}:${secret}`).toString("base64")}`;

  async function meaningOf(token) {
    const answer = await fetch(`${postern}/oauth/introspect`, {
      method: "POST",
      headers: { authorization },
      body: new URLSearchParams({ token }),
      signal: AbortSignal.timeout(3_000),
    });
    if (answer.status !== 200) {
      throw new Error(`introspection answered ${answer.status}: ${await answer.text()}`);
    }
    return answer.json();
  }

  return (...scopes) =>
    async (request, response, next) => {
      const refuse = (status, headers) => response.writeHead(status, headers).end();
      const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? "") ?? [];
      if (!token) {
        return refuse(401, { "WWW-Authenticate": "Bearer" });
      }
      let meaning;
      try {
        meaning = await meaningOf(token);
      } catch (error) {
        console.error(error); // Not "no": nobody knows.
        return refuse(503, { "Retry-After": "5" });
      }
      if (!meaning.active || ![meaning.aud].flat().includes(audience)) {
        return refuse(401, { "WWW-Authenticate": 'Bearer error="invalid_token"' });
      }
      const granted = (meaning.scope ?? "").split(" ");
      if (!scopes.every((scope) => granted.includes(scope))) {
        const needed = `Bearer error="insufficient_scope", scope="${scopes.join(" ")}"`;
        return refuse(403, { "WWW-Authenticate": needed });
      }
      request.token = meaning;
      next();
    };
}
