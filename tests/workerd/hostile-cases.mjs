// The hostile set: requests that try to get past the gate, or to be someone else behind it.
//
// To add one, add a line. A case has a `name` and
//   target    what stands between the method and `HTTP/1.1` (a string is sent as latin1), or
//   raw       a whole request, in which TOKEN stands for a good token
//   method    GET where it is not given
//   headers   pairs that are sent as written; TOKEN as above
//   body      the content
//   token     true: a good token is sent along in `Authorization`
//   expect    the statuses that are right; 200 means that it may reach the origin
//   seen      for what may reach the origin: a check of what it got
//   todo      why it is known to fail: it is run and shown, and fails no run
// A case that does not expect 200 must leave no trace at the origin. One that does must never arrive
// there under another name than the token's, and never at another path than was let in.

/** Paths that could mean something else to a server behind the gate. All refused, with a token or without. */
const ambiguous = {
  "encoded slash": "/api/any%2fx",
  "encoded slash, upper case": "/api/any%2Fx",
  "encoded slash in the public part": "/public%2f..%2fapi/any/x",
  "double-encoded slash": "/api/any/%252fx",
  "triple-encoded slash": "/api/any/%25252fx",
  "dot segment": "/public/./x",
  "dot segment at the end": "/public/x/.",
  "dot-dot": "/public/../api/any/x",
  "dot-dot at the end": "/public/x/..",
  "dot-dot above the root": "/../../etc/passwd",
  "dot-dot after a parameter": "/public/..;/api/any/x",
  "encoded dot-dot": "/public/%2e%2e/api/any/x",
  "encoded dot-dot, upper case": "/public/%2E%2E/api/any/x",
  "half-encoded dot-dot": "/public/.%2e/api/any/x",
  "other half-encoded dot-dot": "/public/%2e./api/any/x",
  "encoded dot": "/public/%2e/x",
  "double-encoded dot-dot": "/public/%252e%252e/api/any/x",
  "encoded dot-dot and slash": "/public/%2e%2e%2fapi/any/x",
  "encoded slash and dot-dot": "/public/..%2fapi/any/x",
  "overlong slash": "/public/..%c0%afapi/any/x",
  "overlong dot": "/public/%c0%ae%c0%ae/api/any/x",
  "overlong slash of three bytes": "/public/..%e0%80%afapi/any/x",
  "malformed UTF-8": "/public/%ff",
  "a surrogate": "/public/%ed%a0%80",
  "IIS unicode": "/public/%u002e%u002e/api/any/x",
  backslash: "/public\\..\\api\\any\\x",
  "backslash as a separator": "/api\\any/x",
  "backslash after the slash": "/\\api/any/x",
  "encoded backslash": "/public/%5c..%5capi/any/x",
  "encoded backslash, upper case": "/public/..%5Capi",
  "two slashes at the start": "//api/any/x",
  "two slashes inside": "/api//any/x",
  "two slashes after the match": "/api/any//x",
  "three slashes": "///api/any/x",
  "two slashes and a host": "//evil.example/api/any/x",
  "trailing slashes": "/api/any/x//",
  "path parameter": "/api;x=1/any/x",
  "path parameter at the end": "/api/any/x;jsessionid=1",
  "empty path parameter": "/api/any;/x",
  "encoded semicolon": "/api/any%3b/x",
  "encoded NUL": "/public/x%00.html",
  "encoded NUL before the match": "/%00/api/any/x",
  "encoded newline": "/public/x%0a",
  "encoded CRLF and a header": "/public/x%0d%0aX-Postern-Subject:%20admin",
  "encoded tab": "/public/x%09",
  "encoded DEL": "/public/x%7f",
  "encoded next line": "/public/x%c2%85",
  "encoded question mark": "/public/x%3f",
  "encoded hash": "/public/x%23",
  "a lone percent sign": "/public/%",
  "percent and one digit": "/public/%2",
  "percent and no digits": "/public/%zz",
  "raw UTF-8": "/public/caf\u00c3\u00a9",
  "very long path": `/public/${"a".repeat(9_000)}`,
  "very deep path": `/public${"/a".repeat(5_000)}`,
  "asterisk form": "*",
};

/** Paths that say something else than the protected ones, and reach no other route either. */
const elsewhere = {
  "upper case": ["/API/any/x", [403, 404]],
  "mixed case": ["/Api/Any/x", [403, 404]],
  "trailing dot in a segment": ["/api./any/x", [403, 404]],
  "trailing space in a segment": ["/api%20/any/x", [403, 404]],
  "two dots and a space": ["/public/..%20/api/any/x", [400]],
  "a segment of a space": ["/public/%20/x", [400]],
  "prefix without the slash": ["/apiany/x", [403, 404]],
  "fullwidth slash": ["/public\u00ef\u00bc\u008fx", [400, 403, 404]],
  "encoded fullwidth dots": ["/public%ef%bc%8e%ef%bc%8e/x", [400, 403, 404]],
  "no path at all": ["noslash", [400, 403, 404]],
};

/** Encodings that need not be: they mean what they decode to, so the route of that decides. */
const reencoded = {
  "an encoded letter": "/%61pi/any/x",
  "encoded letters": "/%61%70%69/%61%6e%79/x",
};

/** Headers by which a client could say who it is, or where and how the request should go. */
const spoofed = [
  ["X-Postern-Subject", "admin"],
  ["x-postern-subject", "admin"],
  ["X-POSTERN-SUBJECT", "admin"],
  ["X_Postern_Subject", "admin"],
  ["X_POSTERN_SUBJECT", "admin"],
  ["X-Postern_Subject", "admin"],
  ["x_postern-subject", "admin"],
  ["X.Postern.Subject", "admin"],
  ["X'Postern-Subject", "admin"],
  ["X-Postern-Client", "admin"],
  ["X_Postern_Client", "admin"],
  ["X-Postern-Scope", "admin"],
  ["X-Postern-Session", "admin"],
  ["X-Postern-Anything", "admin"],
  ["X-Forwarded-User", "admin"],
  ["X-Forwarded-Email", "admin"],
  ["X-Auth-Request-User", "admin"],
  ["X-Remote-User", "admin"],
  ["Remote-User", "admin"],
  ["REMOTE_USER", "admin"],
  ["True-Client-IP", "admin"],
  ["True_Client_IP", "admin"],
  ["X-Client-IP", "admin"],
  ["X-WebAuth-User", "admin"],
  ["X-Goog-Authenticated-User-Email", "admin"],
  ["X-MS-Client-Principal-Name", "admin"],
  ["Tailscale-User-Login", "admin"],
  ["Cf-Access-Authenticated-User-Email", "admin"],
  ["X_SSL_Client_S_DN", "admin"],
  ["Client-Cert", "admin"],
  ["Forwarded", "for=admin;host=admin"],
  ["X-Forwarded-Host", "admin"],
  ["X_Forwarded_Host", "admin"],
  ["X-Forwarded-Prefix", "/admin"],
  ["X-Forwarded-Path", "/admin"],
  ["X-Original-URL", "/admin"],
  ["X-Rewrite-URL", "/admin"],
  ["X_Original_URL", "/admin"],
  ["X-Original-Host", "admin"],
  ["X-HTTP-Method-Override", "ADMIN"],
  ["X-HTTP-Method", "ADMIN"],
  ["X-Method-Override", "ADMIN"],
  ["X_HTTP_Method_Override", "ADMIN"],
  ["Proxy-Authorization", "Basic admin"],
  ["Proxy", "admin"],
];

const good = (seen) => ({ token: true, expect: [200], seen });
const refused = (...expect) => ({ expect });

export const cases = [
  ...Object.entries(ambiguous).flatMap(([name, target]) => [
    { name: `path: ${name}, no token`, target, ...refused(400, 414) },
    { name: `path: ${name}, with a token`, target, token: true, ...refused(400, 414) },
  ]),
  ...Object.entries(elsewhere).map(([name, [target, expect]]) => ({
    name: `path: ${name}`,
    target,
    token: true,
    expect,
  })),
  ...Object.entries(reencoded).flatMap(([name, target]) => [
    { name: `path: ${name}, no token`, target, ...refused(400, 401) },
    { name: `path: ${name}, with a token`, target, token: true, expect: [200, 400] },
  ]),
  // Requests that workerd itself refuses.
  { name: "path: raw NUL", target: "/api/any/x\0", ...refused(400) },
  { name: "path: raw byte that is not UTF-8", target: "/api/any/\xe9", ...refused(400) },
  { name: "path: raw space", target: "/public/x /api/any/x", ...refused(400) },
  { name: "path: raw tab", target: "/public/\tx", ...refused(400) },
  { name: "path: beyond every limit", target: `/public/${"a".repeat(100_000)}`, ...refused(414, 400, 431) },
  { name: "path: a fragment hides nothing", target: "/api/any/x#/public/x", ...refused(400, 401) },
  { name: "path: a query hides nothing", target: "/api/any/x?/../../public/x", ...refused(401) },

  // Absolute form (RFC 9112 section 3.2.2): the authority in the target is not believed.
  { name: "absolute form, another host", target: "http://other.example/api/any/x", ...refused(401) },
  { name: "absolute form, https", target: "https://other.example/api/any/x", ...refused(401) },
  { name: "absolute form, dot segments", target: "http://gate.example.com/public/../api/any/x", ...refused(400) },
  { name: "absolute form, no path", target: "http://gate.example.com", ...refused(400, 403, 404) },
  { name: "absolute form, credentials", target: "http://user:password@gate.example.com/api/any/x", ...refused(401) },
  { name: "absolute form, another scheme", target: "file:///api/any/x", ...refused(400, 401, 403, 404) },
  { name: "authority form", method: "CONNECT", target: "gate.example.com:443", ...refused(400, 405, 500, 501) },

  // The host is never a part of the path.
  {
    name: "Host with a path",
    target: "/api/any/x",
    headers: [["Host", "a/public/x?"]],
    expect: [200, 400, 401, 403, 404],
    seen: ({ url }) => new URL(url).pathname === "/public/x",
  },
  { name: "Host with a query", target: "/api/any/x", headers: [["Host", "a?b"]], ...refused(400, 401, 403, 404) },
  {
    name: "Host with a fragment",
    target: "/api/any/x",
    headers: [["Host", "a#b"]],
    ...refused(400, 401, 403, 404, 500),
  },
  {
    name: "Host with a backslash",
    target: "/api/any/x",
    headers: [["Host", "a\\public\\x"]],
    ...refused(400, 401, 403, 404, 500),
  },
  {
    name: "Host with credentials",
    target: "/api/any/x",
    headers: [["Host", "u:p@evil.example"]],
    ...refused(400, 401),
  },
  {
    name: "two Host headers",
    target: "/public/x",
    headers: [
      ["Host", "a.example"],
      ["Host", "b.example"],
    ],
    ...refused(400, 500, 502),
  },
  { name: "no Host header", raw: "GET /api/any/x HTTP/1.1\r\nConnection: close\r\n\r\n", ...refused(400) },
  { name: "HTTP/1.0", raw: "GET /api/any/x HTTP/1.0\r\n\r\n", ...refused(400) },

  // Credentials.
  {
    name: "two Authorization headers, the first good",
    target: "/api/any/x",
    headers: [
      ["Authorization", "Bearer TOKEN"],
      ["Authorization", "Bearer x"],
    ],
    ...refused(400),
  },
  {
    name: "two Authorization headers, the second good",
    target: "/api/any/x",
    headers: [
      ["Authorization", "Bearer x"],
      ["Authorization", "Bearer TOKEN"],
    ],
    ...refused(400),
  },
  {
    name: "two Authorization headers, both good",
    target: "/api/any/x",
    headers: [
      ["Authorization", "Bearer TOKEN"],
      ["authorization", "Bearer TOKEN"],
    ],
    ...refused(400),
  },
  {
    name: "two Authorization headers, two schemes",
    target: "/api/any/x",
    headers: [
      ["Authorization", "Basic YTpi"],
      ["AUTHORIZATION", "Bearer TOKEN"],
    ],
    ...refused(400),
  },
  {
    name: "two tokens in one header",
    target: "/api/any/x",
    headers: [["Authorization", "Bearer TOKEN, Bearer TOKEN"]],
    ...refused(400),
  },
  {
    name: "two tokens and a space",
    target: "/api/any/x",
    headers: [["Authorization", "Bearer TOKEN TOKEN"]],
    ...refused(400, 401),
  },
  {
    name: "Authorization with an underscore is another header",
    target: "/api/any/x",
    headers: [["Authorization_", "Bearer TOKEN"]],
    ...refused(401),
  },
  {
    name: "no space after the scheme",
    target: "/api/any/x",
    headers: [["Authorization", "BearerTOKEN"]],
    ...refused(400, 401),
  },
  {
    name: "a tab after the scheme",
    target: "/api/any/x",
    headers: [["Authorization", "Bearer\tTOKEN"]],
    ...refused(400, 401),
  },
  { name: "only the scheme", target: "/api/any/x", headers: [["Authorization", "Bearer"]], ...refused(400, 401) },
  {
    name: "quotes around the token",
    target: "/api/any/x",
    headers: [["Authorization", 'Bearer "TOKEN"']],
    ...refused(400, 401),
  },
  {
    name: "a non-ASCII byte in Authorization",
    target: "/api/any/x",
    headers: [["Authorization", "Bearer \xe9"]],
    ...refused(400, 401),
  },
  {
    name: "UTF-8 in Authorization",
    target: "/api/any/x",
    headers: [["Authorization", "Bearer \xc3\xa9TOKEN"]],
    ...refused(400, 401),
  },
  {
    name: "a very long token",
    target: "/api/any/x",
    headers: [["Authorization", `Bearer ${"A".repeat(20_000)}`]],
    ...refused(400, 401, 431),
  },
  { name: "a token in the query", target: "/api/any/x?access_token=TOKEN", ...refused(400, 401) },
  { name: "a token in the query, encoded name", target: "/api/any/x?access%5ftoken=TOKEN", ...refused(400, 401) },
  {
    name: "a token in the query and in the header",
    target: "/api/any/x?access_token=TOKEN",
    token: true,
    ...refused(400),
  },
  {
    name: "a token in the body",
    method: "POST",
    target: "/api/any/x",
    headers: [["Content-Type", "application/x-www-form-urlencoded"]],
    body: "access_token=TOKEN",
    ...refused(400, 401),
  },
  {
    name: "a token in a cookie",
    target: "/api/any/x",
    headers: [["Cookie", "access_token=TOKEN; __Host-postern=TOKEN"]],
    ...refused(401),
  },
  {
    name: "a token in Proxy-Authorization",
    target: "/api/any/x",
    headers: [["Proxy-Authorization", "Bearer TOKEN"]],
    ...refused(401),
  },
  {
    name: "a token in X-Authorization",
    target: "/api/any/x",
    headers: [
      ["X-Authorization", "Bearer TOKEN"],
      ["X-Access-Token", "TOKEN"],
    ],
    ...refused(401),
  },
  {
    name: "a token as Basic",
    target: "/api/any/x",
    headers: [["Authorization", `Basic ${Buffer.from("x:x").toString("base64")}`]],
    ...refused(400, 401),
  },

  // Who is there, without a token and with one.
  ...spoofed.map(([header, value]) => ({
    name: `spoofed ${header}, no token`,
    target: "/api/any/x",
    headers: [[header, value]],
    ...refused(401),
  })),
  ...spoofed.map(([header, value]) => ({
    name: `spoofed ${header}, with a token`,
    target: "/api/any/x",
    headers: [[header, value]],
    ...good((entry) => !/admin/i.test(JSON.stringify(entry.headers))),
  })),
  ...spoofed.map(([header, value]) => ({
    name: `spoofed ${header}, public route`,
    target: "/public/x",
    headers: [[header, value]],
    expect: [200],
    seen: (entry) => !/admin/i.test(JSON.stringify(entry.headers)),
  })),
  {
    name: "every spoofed header at once",
    target: "/api/any/x",
    headers: spoofed,
    ...good((entry) => !/admin/i.test(JSON.stringify(entry.headers))),
  },
  {
    name: "an identity header twice",
    target: "/api/any/x",
    headers: [
      ["X-Postern-Subject", "admin"],
      ["x-postern-subject", "admin"],
    ],
    ...good((entry) => !/admin/.test(JSON.stringify(entry.headers))),
  },
  {
    name: "an identity header named in Connection",
    target: "/api/any/x",
    headers: [["Connection", "close, x-postern-subject"]],
    ...good(),
  },
  {
    name: "Authorization named in Connection",
    target: "/api/any/x",
    headers: [["Connection", "close, authorization"]],
    ...refused(401),
  },
  {
    name: "Connection goes no further",
    target: "/api/any/x",
    headers: [
      ["Connection", "close, x-foo"],
      ["X-Foo", "1"],
    ],
    ...good((entry) => !entry.headers.some(([name]) => name === "connection")),
  },
  { name: "a non-ASCII header value", target: "/api/any/x", headers: [["X-Name", "caf\xe9 \xff"]], ...good() },
  { name: "a UTF-8 header value", target: "/api/any/x", headers: [["X-Name", "caf\xc3\xa9"]], ...good() },
  {
    name: "a control character in a header value",
    target: "/api/any/x",
    headers: [["X-Name", "a\x01b"]],
    expect: [200, 400],
    token: true,
  },
  {
    name: "a non-ASCII Cookie",
    target: "/api/any/x",
    headers: [["Cookie", "a=\xe9; __Host-postern=x; b=\xc3\xa9"]],
    ...good((entry) => !/__Host-postern/.test(JSON.stringify(entry.headers))),
  },
  { name: "an odd header name", target: "/api/any/x", headers: [["X!#$%&'*+.^_`|~Name", "1"]], ...good() },
  {
    name: "a thousand headers",
    target: "/api/any/x",
    headers: Array.from({ length: 1_000 }, (_, n) => [`X-H${n}`, "1"]),
    expect: [200, 400, 431],
    token: true,
  },

  // The method is the one on the first line.
  { name: "the method in the query", method: "GET", target: "/api/write/x?_method=POST", token: true, ...refused(405) },
  {
    name: "the method overridden",
    method: "GET",
    target: "/api/write/x",
    headers: [["X-HTTP-Method-Override", "POST"]],
    token: true,
    ...refused(405),
  },
  {
    name: "the method overridden away",
    method: "POST",
    target: "/api/read/x",
    headers: [["X-HTTP-Method-Override", "GET"]],
    body: "",
    token: true,
    ...refused(405),
  },
  { name: "the method in lower case", method: "get", target: "/api/any/x", ...refused(400, 401, 405, 501) },
  { name: "a method nobody knows", method: "FOO", target: "/api/any/x", ...refused(400, 401, 405, 501) },
  { name: "TRACE", method: "TRACE", target: "/api/any/x", ...refused(401, 405) },
  { name: "PROPFIND is not GET", method: "PROPFIND", target: "/api/any/x", ...refused(401) },

  // Two readings of one message (RFC 9112 section 6.1).
  {
    name: "Content-Length and chunked",
    raw: "POST /api/any/x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 30\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /public/smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n",
    ...refused(400, 401),
    followed: true,
  },
  {
    name: "two Content-Lengths",
    raw: "POST /api/any/x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    ...refused(400, 401),
  },
  {
    name: "space before the colon",
    raw: "GET /api/any/x HTTP/1.1\r\nHost: a.example\r\nAuthorization : Bearer TOKEN\r\nConnection: close\r\n\r\n",
    ...refused(400),
  },
  {
    name: "a folded header",
    raw: "GET /api/any/x HTTP/1.1\r\nHost: a.example\r\nAuthorization: Bearer\r\n TOKEN\r\nConnection: close\r\n\r\n",
    ...refused(400),
  },
  {
    name: "NUL in a header",
    raw: "GET /api/any/x HTTP/1.1\r\nHost: a.example\r\nX-A: a\0b\r\nConnection: close\r\n\r\n",
    ...refused(400),
  },
];
