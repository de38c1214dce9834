//! `postern explain`, `test`, `plan` and `routes`, as a newcomer reads them.

use postern::time::Time;
use postern::token::{KeyRing, Pointer, SessionId, TokenKind};
use postern_cli::memory::{Memory, Ran};

const POSTERN: &str = r#"issuer = "env:ISSUER"

[[clients]]
id = "reports"
secret_sha256 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
scopes = ["orders:read", "orders:write"]
audiences = ["https://docs.example.com"]

[[providers]]
id = "acme"
issuer = "https://id.example.com"
client_id = "postern"
allow = [{ claim = "groups", has = "staff" }]

[[routes]]
match = "/api/orders/**"
methods = ["GET"]
access = "token"
scopes = ["orders:read"]
origin = "https://api.example.net"

[[routes]]
match = "/drafts/*"
access = "deny"
report = true

[[routes]]
match = "/private/**"
access = "session"
origin = "assets"

[[routes]]
match = "/*"
access = "public"
origin = "assets"
"#;

const WRANGLER: &str = r#"
name = "docs"
[assets]
directory = "public"
binding = "ASSETS"
run_worker_first = true
[vars]
ISSUER = "https://docs.example.com"
[[kv_namespaces]]
binding = "POSTERN_SESSIONS"
[durable_objects]
bindings = [
  { name = "POSTERN_COORDINATORS", class_name = "SessionCoordinator" },
  { name = "POSTERN_PEOPLE", class_name = "Person" },
  { name = "POSTERN_REVOCATION_LOG", class_name = "RevocationLog" },
]
[[migrations]]
tag = "v1"
new_sqlite_classes = ["SessionCoordinator", "Person", "RevocationLog"]
"#;

fn project() -> Memory {
    let memory = Memory::with("postern.toml", POSTERN);
    memory.put("wrangler.toml", WRANGLER);
    memory
}

#[track_caller]
fn printed(ran: &Ran) -> &str {
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    &ran.out
}

#[track_caller]
fn explain(arguments: &[&str]) -> String {
    let arguments = [&["explain"], arguments].concat();
    printed(&project().run(&arguments)).to_owned()
}

#[test]
fn explain_says_what_becomes_of_a_request() {
    assert_eq!(
        explain(&["GET", "/private/plan.html"]),
        "GET https://docs.example.com/private/plan.html by nobody

303 See Other: nobody is logged in, so the person is sent to the login, and comes back to this page.
  route       routes[2] /private/**, postern.toml:27
  asks for    a login
  sent to     /_postern/login?return_to=/private/plan.html
  in the log  no_session
"
    );
    assert_eq!(
        explain(&[
            "GET",
            "/private/",
            "--as",
            "sub=acme:ann,groups=staff|admins"
        ]),
        "GET https://docs.example.com/private/ by acme:ann (groups [\"staff\",\"admins\"])

It passes: the login of `acme:ann` is enough, because a login has every right that its person has.
  route     routes[2] /private/**, postern.toml:27
  asks for  a login
  goes to   assets
  once it is revoked or logged out, it may still pass for 5 seconds at most (`max_staleness`)
"
    );
    let text = explain(&[
        "POST",
        "/private/x",
        "--as",
        "sub=ann",
        "--from",
        "https://evil.example",
    ]);
    assert!(
        text.contains("403 Forbidden: it comes from a page of another site"),
        "{text}"
    );
    let text = explain(&[
        "GET",
        "/api/orders/7",
        "--client",
        "reports",
        "--scopes",
        "orders:write",
    ]);
    assert!(
        text.contains("by a token of `reports` for orders:write\n"),
        "{text}"
    );
    assert!(
        text.contains("403 Forbidden: the token lacks the scope `orders:read`."),
        "{text}"
    );
    let text = explain(&["GET", "/api/orders/7", "--client", "reports"]);
    assert!(text.contains("goes to   https://api.example.net"), "{text}");
    let text = explain(&["POST", "/api/orders/7", "--client", "reports"]);
    assert!(
        text.contains("405 Method Not Allowed: the first `match` that fits"),
        "{text}"
    );
    let text = explain(&["GET", "/private/", "--as", "sub=ann", "--ended"]);
    assert!(
        text.contains("303 See Other: the cookie was revoked, or its login is over, so the person"),
        "{text}"
    );
    let text = explain(&["GET", "/private/", "--as", "sub=ann", "--outage"]);
    assert!(
        text.contains("503 Service Unavailable: a store does not answer"),
        "{text}"
    );
}

#[test]
fn explain_says_why_step_by_step_and_what_is_only_tried() {
    assert_eq!(
        explain(&["GET", "/drafts/a", "--why"]),
        "GET https://docs.example.com/drafts/a by nobody

It passes: the route is open to everyone.
  route     routes[3] /*, postern.toml:32
  asks for  nothing: everyone gets in
  goes to   assets

Step by step:
  1. routes[0] `/api/orders/**` does not fit
  2. routes[2] `/private/**` does not fit
  3. routes[3] `/*` fits: it is the first that does
  4. that route asks for nothing: everyone gets in
  5. so it passes: the route is open to everyone

A route that is only tried (report) would decide differently:
  403 Forbidden: the route is closed to everyone (`access = \"deny\"`).
    route       routes[1] /drafts/*, postern.toml:22
    asks for    nothing that anybody could bring: nobody gets in
    in the log  denied

  Step by step:
    1. routes[0] `/api/orders/**` does not fit
    2. routes[1] `/drafts/*` fits: it is the first that does
    3. that route asks for nothing that anybody could bring: nobody gets in
    4. so the answer is 403: the route is closed to everyone (`access = \"deny\"`)
"
    );
    let text = explain(&["GET", "/private%2Fplan", "--why"]);
    assert!(
        text.contains("400 Bad Request: the path has two readings: some servers take it for `/private%2Fplan`, others for `/private/plan`"),
        "{text}"
    );
}

#[test]
fn explain_as_json_is_for_programs() {
    let text = explain(&["GET", "/private/", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["status"], 303);
    assert_eq!(json["route"]["index"], 2);
    assert_eq!(json["outcome"], "refused");
}

#[test]
fn explain_opens_a_token_without_printing_it() {
    let pair = KeyRing::write_pair(3, &[7; 32]);
    let ring = |issuer: &str| KeyRing::parse(&pair, issuer).unwrap();
    let pointer = Pointer {
        session: SessionId::from_bytes([9; 16]),
        issued_at: Time::from_seconds(1_795_000_000),
        expires_at: Time::from_seconds(1_795_003_600),
    };
    let token = |issuer: &str| {
        let token = ring(issuer).seal(TokenKind::Access, &pointer, [1; 24]);
        token.expose().clone()
    };
    let mut memory = project();
    memory.put(".dev.vars", format!("POSTERN_KEYS=\"{pair}\"\n"));
    memory.now = 1_795_000_060_000;
    for issuer in ["https://docs.example.com", "http://localhost:8787"] {
        let token = token(issuer);
        let ran = memory.run(&["explain", "GET", "/api/orders/7", "--token", &token]);
        assert_eq!(
            printed(&ran),
            "GET https://docs.example.com/api/orders/7 by the token below

The token is an access token: its seal holds, and its time is not over. Whether it was revoked, only the deployed Worker knows.
  key      3
  session  CQkJCQkJCQkJCQkJCQkJCQ
  issued   2026-11-18 11:06:40 UTC
  ends     2026-11-18 12:06:40 UTC

It depends: if it counts, and is all that the route asks for, it passes; what it is cannot be seen from here.
  route     routes[0] /api/orders/**, postern.toml:15
  asks for  an access token with the scope `orders:read`
"
        );
        let ran = memory.run_with(
            &["explain", "GET", "/api/orders/7", "--token", "-"],
            &[&token],
        );
        assert!(printed(&ran).contains("key      3"), "{}", ran.out);
        assert!(!ran.out.contains(&token));
    }
    memory.now = 1_795_003_600_000;
    let late = token("https://docs.example.com");
    let ran = memory.run(&["explain", "GET", "/api/orders/7", "--token", &late]);
    assert!(
        printed(&ran).contains("401 Unauthorized: what the request brings has expired"),
        "{}",
        ran.out
    );
    let ran = project().run(&["explain", "GET", "/", "--token", &late]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("POSTERN_KEYS is not at hand"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains(&late) && !ran.out.contains(&late));
}

#[test]
fn what_was_written_wrong_is_said() {
    for (arguments, message) in [
        (
            &["explain", "GET", "private"][..],
            "`private` is neither a path, which begins with `/`, nor a whole URL",
        ),
        (
            &["explain", "GET", "/", "--as", "ann"],
            "`ann` is not `claim=value`",
        ),
        (
            &["explain", "GET", "/", "--client", "x"],
            "no client is called `x`: there are reports",
        ),
        (
            &[
                "explain", "GET", "/", "--client", "reports", "--scopes", "admin",
            ],
            "the client `reports` cannot get the scope `admin`: it may have orders:read orders:write",
        ),
        (
            &["explain", "GET", "/", "--header", "x"],
            "`x` is not a header: write `Name: value`",
        ),
        (
            &["test", "none.toml"],
            "none.toml: error: there is no such file",
        ),
        (
            &["plan", "none.toml"],
            "none.toml: error: there is no such file",
        ),
        (&["routes", "--env", "x"], "there is no such environment"),
    ] {
        let ran = project().run(arguments);
        assert_eq!(ran.code, 1, "{arguments:?}");
        assert!(ran.err.contains(message), "{arguments:?}: {}", ran.err);
    }
    let memory = Memory::with("postern.toml", "issuer = \"x\"\n");
    let ran = memory.run(&["routes"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("postern.toml:1:1: error: issuer:"),
        "{}",
        ran.err
    );
    assert!(
        ran.err
            .ends_with("postern: nothing can be said before that is corrected\n"),
        "{}",
        ran.err
    );
}

#[test]
fn routes_are_a_table_with_what_is_open_first() {
    assert_eq!(
        printed(&project().run(&["routes"])),
        "           match           methods  who gets in                                   goes to
routes[3]  /*              all      everyone                                      assets
routes[2]  /private/**     all      who is logged in                              assets
routes[0]  /api/orders/**  GET      an access token with the scope `orders:read`  https://api.example.net
routes[1]  /drafts/*       all      nobody                                        -
           (only tried (report): it decides nothing)

The first match that fits a path decides, in the order of the numbers.
Nobody gets:
  `/api/orders/**` with other methods than GET: 405
"
    );
    let json = project().run(&["routes", "--json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["rows"][0]["access"], "public");
}

#[test]
fn plan_says_what_opens_and_closes() {
    let memory = project();
    memory.put("old.toml", POSTERN);
    let same = memory.run(&["plan", "old.toml"]);
    assert_eq!(
        printed(&same),
        "Nothing changes: the same requests pass, and nothing that was issued ends.\n"
    );
    let new = POSTERN
        .replace("match = \"/private/**\"", "match = \"/private/*.pdf\"")
        .replace("\"orders:write\"]", "\"orders:delete\"]")
        .replace("report = true\n", "");
    memory.put("postern.toml", new);
    let ran = memory.run(&["plan", "old.toml"]);
    assert_eq!(
        printed(&ran),
        "Opens, for somebody who did not get in or did not get it:
  /private/**
      was  a login
      now  public (routes[3])
  client `reports`: scopes
      was  `orders:read` and `orders:write`
      now  also `orders:delete`

Closes:
  /drafts/*
      was  public
      now  closed (routes[1])
  client `reports`: scopes
      was  `orders:read` and `orders:write`
      now  without `orders:write`

Changes otherwise:
  /drafts/* (report: closed)
      was  tried
      now  not tried any more
"
    );
    let ran = memory.run(&["plan", "old.toml", "--fail-on", "opens"]);
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.err,
        "postern: 2 changes of a kind that --fail-on names\n"
    );
    assert_eq!(
        memory.run(&["plan", "old.toml", "--fail-on", "ends"]).code,
        0
    );
    let json = memory
        .run(&["plan", "old.toml", "postern.toml", "--json"])
        .out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["effect"], "opens");
}

const TESTS: &str = r#"
[[test]]
request = "GET /"
expect = "pass"

[[test]]
request = "GET /private/"
expect = "login"

[[test]]
name = "staff"
request = "GET /private/"
as = { sub = "acme:ann", claims = { groups = ["staff"] } }
expect = "pass"
origin = "assets"

[[test]]
request = "GET /api/orders/7"
token = { client = "reports", scopes = ["orders:read"] }
expect = "pass"
"#;

#[test]
fn test_compares_a_table_of_requests() {
    let memory = project();
    memory.put("postern.test.toml", TESTS);
    let ran = memory.run(&["test"]);
    assert_eq!(
        printed(&ran),
        "ok    GET / by nobody
ok    GET /private/ by nobody
ok    staff: GET /private/ by acme:ann (groups [\"staff\"])
ok    GET /api/orders/7 by a token of `reports` for orders:read

4 requests, each as expected. No request is about this route:
  routes[1] /drafts/*, postern.toml:22
"
    );
    assert_eq!(memory.run(&["test", "--every-route"]).code, 1);
    memory.put(
        "postern.test.toml",
        format!("{TESTS}\n[[test]]\nrequest = \"GET /drafts/x\"\nexpect = 403\nwould = 403\n"),
    );
    let ran = memory.run(&["test", "postern.test.toml"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert!(
        ran.out.ends_with(
            "DIFF  GET /drafts/x by nobody
        expected 403, and it passes: the route is open to everyone
        by routes[3] /*, postern.toml:32

5 requests, 1 of them not as expected. Each route decides about one of them.
"
        ),
        "{}",
        ran.out
    );
    let json = memory.run(&["test", "--json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["verdicts"][0]["explanation"]["outcome"], "passes");
}

#[test]
fn what_is_wrong_with_a_table_is_said_all_at_once() {
    let memory = project();
    for (test, message) in [
        (
            "request = \"GET /\"\nexpects = 1",
            "test[0].expects: is no key of a test",
        ),
        (
            "request = \"/\"\nexpect = \"pass\"",
            "test[0].request: is not a method and a path",
        ),
        ("expect = \"pass\"", "test[0].request: is missing"),
        (
            "request = \"GET /\"",
            "test[0].expect: is missing: write what must come",
        ),
        (
            "request = \"GET /\"\nexpect = \"passes\"",
            "test[0].expect: must be `\"pass\"`",
        ),
        (
            "request = \"GET /\"\nexpect = 99",
            "test[0].expect: must be",
        ),
        (
            "request = \"GET /\"\nexpect = 200\nas = 1",
            "test[0].as: must be who is logged in",
        ),
        (
            "request = \"GET /\"\nexpect = 200\nas = { groups = [] }",
            "test[0].as.groups: is no key of a person: write it under `claims`",
        ),
        (
            "request = \"GET /\"\nexpect = 200\nas = \"ann\"\nsigned_in = \"a day\"",
            "test[0].signed_in: must be a whole number of seconds",
        ),
        (
            "request = \"GET /\"\nexpect = 200\ntoken = { client = \"x\" }",
            "test[0].token: no client is called `x`",
        ),
        (
            "request = \"GET /\"\nexpect = 200\ntoken = { scope = \"x\" }",
            "test[0].token.scope: is no key of a token",
        ),
        (
            "request = \"GET /\"\nexpect = 200\nscript = 1",
            "test[0].script: must be `true` or `false`",
        ),
        (
            "request = \"GET /\"\nexpect = 200\nended = true\noutage = true",
            "test[0]: has `ended` and `outage`",
        ),
    ] {
        memory.put(
            "t.toml",
            format!("[[test]]\n{test}\n\n[[test]]\nrequest = 1\n"),
        );
        let ran = memory.run(&["test", "t.toml"]);
        assert_eq!(ran.code, 1, "{test}");
        assert!(ran.err.contains(message), "{test}: {}", ran.err);
        assert!(
            ran.err.contains("test[1].request: must be text"),
            "{test}: {}",
            ran.err
        );
    }
    memory.put("t.toml", "");
    let ran = memory.run(&["test", "t.toml"]);
    assert!(ran.err.contains("there is no request in it"), "{}", ran.err);
    memory.put("t.toml", "[[tests]]\n");
    let ran = memory.run(&["test", "t.toml"]);
    assert!(
        ran.err
            .contains("`tests` is no key of it: write `[[test]]`"),
        "{}",
        ran.err
    );
}

#[test]
fn check_says_what_is_only_tried() {
    let ran = project().run(&["check"]);
    assert!(
        ran.out.contains(
            ": routes[1] `/drafts/*` is only tried (`report`): it opens and closes nothing, and the log says what it would \
             do. Meanwhile about its requests decides routes[3] `/*`\n"
        ),
        "{} {}",
        ran.out,
        ran.err
    );
    assert!(
        ran.out
            .contains(": ok: 1 client, 3 routes and 1 that is only tried\n"),
        "{}",
        ran.out
    );
}
