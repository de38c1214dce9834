// Tokens that somebody made to get in. Adding one is adding a line.
//
// Each begins as a token that is good, and differs from it in what its name says.

import { createHmac, generateKeyPairSync } from "node:crypto";

import { base64url, now, signature, signed } from "./scripted.mjs";

const HUGE = "9".repeat(400);
const LOGOUT = "http://schemas.openid.net/event/backchannel-logout";

/** `{"a":1}` with more members at its beginning or its end, as they are written. */
const withFirst = (object, text) => `{${text},${JSON.stringify(object).slice(1)}`;
const withLast = (object, text) => `${JSON.stringify(object).slice(0, -1)},${text}}`;

/**
 * The tokens, by what is wrong. `good` has the header and the claims of one that is taken; `key` is its key, `rival` the
 * key that another issuer has under the same id, `stranger` one that nobody knows; `ec` is another key of the issuer's, for
 * ES256.
 */
export function hostileTokens({ header, claims, key, ec, rival, stranger, rivalIssuer, keysUrl }) {
  const by = (changes, more = {}, of = key) => signed(of, { ...header, ...more }, { ...claims, ...changes });
  const headed = (more, of = key) => by({}, more, of);
  const texts = (headerText, claimsText, of = key) => {
    const text = `${base64url(headerText)}.${base64url(claimsText)}`;
    return `${text}.${signature(of, text, key.alg).toString("base64url")}`;
  };
  const hmac = (secret, alg = "HS256") => {
    const text = `${base64url({ ...header, alg })}.${base64url(claims)}`;
    return `${text}.${createHmac(`sha${alg.slice(2)}`, secret)
      .update(text)
      .digest("base64url")}`;
  };
  const without = (name) => by({ [name]: undefined });
  const good = by({});
  const [head, body, end] = good.split(".");
  const unsigned = (alg) => `${base64url({ ...header, alg })}.${body}.`;
  const own = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ownKey = { alg: "RS256", privateKey: own.privateKey };
  const ownJwk = { ...own.publicKey.export({ format: "jwk" }), kid: header.kid };
  const spki = { format: "pem", type: "spki" };

  return {
    // Algorithms and keys.
    "alg none": unsigned("none"),
    "alg None": unsigned("None"),
    "alg nOnE, with the signature of another": `${base64url({ ...header, alg: "nOnE" })}.${body}.${end}`,
    "no alg": headed({ alg: undefined }),
    "alg null": texts(withLast({ ...header, alg: undefined }, '"alg":null'), claims),
    "alg as a list": texts(withLast({ ...header, alg: undefined }, '"alg":["RS256"]'), claims),
    "alg in small letters": texts({ ...header, alg: "rs256" }, claims),
    "HMAC with the public key as PEM": hmac(key.publicKey.export(spki)),
    "HMAC with the public key as PEM, without the last line feed": hmac(key.publicKey.export(spki).trimEnd()),
    "HMAC with the public key as DER": hmac(key.publicKey.export({ format: "der", type: "spki" })),
    "HMAC with the public key as JWK": hmac(JSON.stringify(key.jwk)),
    "HMAC with the modulus": hmac(Buffer.from(key.jwk.n, "base64url")),
    "HMAC with nothing": hmac(""),
    "HS512 with the public key as PEM": hmac(key.publicKey.export(spki), "HS512"),
    "an algorithm that is not on the list": headed({ alg: "RS512" }),
    "another algorithm of the same key": headed({ alg: "PS256" }),
    "an algorithm of another kind of key": texts({ ...header, alg: "ES256" }, claims),
    "the kid of another kind of key": headed({ kid: ec.kid }),
    "another issuer's key under its kid": by({}, {}, rival),
    "a key that nobody knows, under its kid": by({}, {}, stranger),
    "a kid that nobody knows": headed({ kid: "nobody knows it" }, stranger),
    "a kid that is a path": headed({ kid: "../../../../dev/null" }, stranger),
    "a kid that is a query": headed({ kid: "' UNION SELECT 'key" }, stranger),
    "a kid of 8 KB": headed({ kid: "k".repeat(8_192) }, stranger),
    "a kid that is a number": headed({ kid: 1 }, stranger),
    "a key of its own in jwk": headed({ jwk: ownJwk }, ownKey),
    "a key of its own in jwk, without kid": headed({ kid: undefined, jwk: ownJwk }, ownKey),
    "a key of its own behind jku": headed({ jku: keysUrl }, ownKey),
    "a key of its own behind x5u": headed({ x5u: keysUrl }, ownKey),
    "a key of its own in x5c": headed(
      { x5c: [own.publicKey.export({ format: "der", type: "spki" }).toString("base64")] },
      ownKey,
    ),
    "a signature of nothing": `${head}.${body}.`,
    "a signature of zeroes": `${head}.${body}.${base64url(Buffer.alloc(256))}`,
    "the signature of other claims": `${head}.${base64url({ ...claims, sub: "somebody else" })}.${end}`,
    "the signature of another header": `${base64url({ ...header, kid: header.kid, x: 1 })}.${body}.${end}`,
    "a signature with a byte more": `${head}.${body}.${base64url(Buffer.concat([Buffer.from(end, "base64url"), Buffer.alloc(1)]))}`,
    // What it is.
    "typ of an ID token that says so": headed({ typ: "id_token+jwt" }),
    "typ of a logout token": headed({ typ: "logout+jwt" }),
    "typ of a security event": headed({ typ: "secevent+jwt" }),
    "typ of an introspection answer": headed({ typ: "token-introspection+jwt" }),
    "typ of a DPoP proof": headed({ typ: "dpop+jwt" }),
    "typ of our own assertion": headed({ typ: "postern-assertion+jwt" }),
    "typ of a client's assertion": headed({ typ: "client-authentication+jwt" }),
    "typ as a list": texts(withLast({ ...header, typ: undefined }, '"typ":["at+jwt"]'), claims),
    "an ID token: nonce, and typ JWT": by({ nonce: "n", at_hash: "h", scope: undefined }, { typ: "JWT" }),
    "an ID token for its client": by({ aud: "webapp", nonce: "n", at_hash: "h", scope: undefined }, { typ: "JWT" }),
    "a logout token without typ": by({ events: { [LOGOUT]: {} }, sid: "s" }, { typ: undefined }),
    "a security event without typ": by(
      { events: { "https://schemas.openid.net/secevent/caep/event-type/session-revoked": {} } },
      { typ: undefined },
    ),
    "a nested JWT": texts({ ...header, cty: "JWT" }, good),
    "an encrypted JWT": [base64url({ ...header, alg: "RSA-OAEP", enc: "A256GCM" }), "a2V5", "aXY", body, "dGFn"].join(
      ".",
    ),
    "a JWS as JSON": JSON.stringify({ protected: head, payload: body, signature: end }),
    "four parts": `${good}.`,
    "two parts": `${head}.${body}`,
    "three empty parts": "..",
    "crit that we do not know": headed({ crit: ["exp"] }),
    "crit with a name of its own": headed({
      crit: ["http://example.com/UNDEFINED"],
      "http://example.com/UNDEFINED": true,
    }),
    "crit that is empty": headed({ crit: [] }),
    "b64 false": headed({ b64: false, crit: ["b64"] }),
    // For whom, from whom, and until when.
    "another audience": by({ aud: "https://elsewhere.example.com" }),
    "a list of other audiences": by({ aud: ["https://elsewhere.example.com", `${claims.aud}/`, `${claims.aud}x`] }),
    "an audience in other letters": by({ aud: claims.aud.toUpperCase() }),
    "an audience as an object": by({ aud: { [claims.aud]: true } }),
    "a list of audiences in a list": by({ aud: [[claims.aud]] }),
    "an empty audience": by({ aud: "" }),
    "an empty list of audiences": by({ aud: [] }),
    "no audience": without("aud"),
    "audience null": by({ aud: null }),
    "another issuer that we know": by({ iss: rivalIssuer }),
    "an issuer that nobody knows": by({ iss: "https://evil.example.com" }),
    "an issuer with a slash more": by({ iss: `${claims.iss}/` }),
    "an issuer as a list": by({ iss: [claims.iss] }),
    "no issuer": without("iss"),
    "no subject": without("sub"),
    "an empty subject": by({ sub: "" }),
    "a subject that is a number": by({ sub: 1 }),
    "a subject with a line feed": by({ sub: "carol\nX-Admin: yes" }),
    "it has expired": by({ iat: now() - 7_200, exp: now() - 3_600 }),
    "it expires now": by({ exp: now() }),
    "no exp": without("exp"),
    "exp null": by({ exp: null }),
    "exp as a text": by({ exp: String(claims.exp) }),
    "exp as a list": by({ exp: [claims.exp] }),
    "exp below zero": by({ exp: -1 }),
    "exp zero": by({ exp: 0 }),
    "exp that is no number": texts(header, withLast({ ...claims, exp: undefined }, '"exp":NaN')),
    "iat in the future": by({ iat: now() + 3_600 }),
    "iat as a text": by({ iat: String(claims.iat) }),
    "iat that is larger than any": texts(header, withLast({ ...claims, iat: undefined }, `"iat":${HUGE}`)),
    "nbf in the future": by({ nbf: now() + 3_600 }),
    "nbf as a text": by({ nbf: "0" }),
    // Members that are there twice: one reader takes the first, another one the last.
    "alg twice, none first": texts(withFirst(header, '"alg":"none"'), claims),
    "alg twice, none last": texts(withLast(header, '"alg":"none"'), claims),
    "kid twice": texts(withFirst(header, '"kid":"other"'), claims),
    "typ twice": texts(withFirst(header, '"typ":"logout+jwt"'), claims),
    "iss twice": texts(header, withFirst(claims, '"iss":"https://evil.example.com"')),
    "iss twice, escaped": texts(header, withFirst(claims, '"\\u0069ss":"https://evil.example.com"')),
    "sub twice": texts(header, withLast(claims, '"sub":"somebody else"')),
    "exp twice": texts(header, withFirst(claims, '"exp":9999999999')),
    "aud twice": texts(header, withLast(claims, '"aud":"https://elsewhere.example.com"')),
    "scope twice": texts(header, withLast(claims, '"scope":"orders:write"')),
    "a claim twice, deep inside": texts(header, withLast(claims, '"more":{"a":1,"a":2}')),
    // What it is written with.
    "padded base64": `${head}=.${body}.${end}`,
    "padding of the signature": `${head}.${body}.${end}==`,
    "base64 of the other alphabet": `${head}.${body}.${Buffer.from(end, "base64url").toString("base64").replace(/=+$/, "")}+`,
    "bits after the end": `${head}.${body}.${end.slice(0, -1)}${end.endsWith("A") ? "B" : String.fromCharCode(end.charCodeAt(end.length - 1) + 1)}`,
    "a space inside": `${head}.${body} .${end}`,
    "a tab at the end": `${good}\t.`,
    "claims that are no JSON": texts(header, "{"),
    "claims that are a list": texts(header, [claims]),
    "claims that are a text": texts(header, '"claims"'),
    "claims that are null": texts(header, "null"),
    "something after the claims": texts(header, `${JSON.stringify(claims)} {}`),
    "a header that is no JSON": `${base64url("x")}.${body}.${end}`,
    "claims that are not UTF-8": texts(
      header,
      Buffer.concat([Buffer.from(JSON.stringify(claims).slice(0, -1)), Buffer.from(',"x":"\xff\xfe"}', "latin1")]),
    ),
    "a header that is not UTF-8": texts(
      Buffer.concat([Buffer.from(JSON.stringify(header).slice(0, -1)), Buffer.from(',"x":"\xc0\xae"}', "latin1")]),
      claims,
    ),
    "half of a pair of surrogates": texts(header, withLast(claims, '"x":"\\ud800"')),
    "a byte order mark": texts(header, `\uFEFF${JSON.stringify(claims)}`),
    "deep JSON": texts(header, withLast(claims, `"x":${"[".repeat(3_000)}${"]".repeat(3_000)}`)),
    "100 KB": by({ filler: "x".repeat(75_000) }),
  };
}
