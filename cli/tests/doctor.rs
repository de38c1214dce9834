//! `postern doctor`.

use postern_cli::memory::{Memory, Ran};
use postern_cli::step::{Reply, Request, Response};

const SITE: &str = "https://docs.example.com";

const HEALTH: &str = "https://docs.example.com/_postern/health";
const METADATA: &str = "https://docs.example.com/.well-known/oauth-authorization-server";
const ORIGIN: &str = "https://origin.example.com/orders/postern-doctor";
/// 2026-11-27T00:00:00Z
const NOW: u64 = 1_795_737_600_000;
const DATE: &str = "Fri, 27 Nov 2026 00:00:00 GMT";

const WRANGLER: &str = r#"
name = "docs"
main = ".postern/worker.js"
compatibility_date = "2026-10-01"

[assets]
directory = "public"
binding = "ASSETS"
run_worker_first = true

[[services]]
binding = "API"
service = "api"

[[kv_namespaces]]
binding = "POSTERN_SESSIONS"

[durable_objects]
bindings = [
  { name = "POSTERN_COORDINATORS", class_name = "SessionCoordinator" },
  { name = "POSTERN_PEOPLE", class_name = "Person" },
  { name = "POSTERN_REVOCATION_LOG", class_name = "RevocationLog" },
  { name = "POSTERN_ACCOUNTS", class_name = "Account" },
]

[[migrations]]
tag = "v1"
new_sqlite_classes = ["SessionCoordinator", "Person", "RevocationLog", "Account"]
"#;

const POSTERN: &str = r#"
issuer = "https://docs.example.com"

[[routes]]
match = "/"
access = "public"
origin = "assets"

[[routes]]
match = "/orders/*"
access = "session"
origin = "https://origin.example.com"

[[routes]]
match = "/api/*"
methods = ["POST"]
access = "session"
origin = "service:API"

[[routes]]
match = "/*"
access = "session"
origin = "assets"
"#;

#[expect(clippy::unnecessary_wraps, reason = "it is what a network gives")]
fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let headers = headers.iter().chain(&[("date", DATE)]);
    Ok(Response {
        status,
        headers: headers
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.to_owned(),
        at: NOW,
    })
}

fn login() -> Reply {
    let location = "/_postern/login?return_to=%2F";
    answer(303, &[("location", location)], "")
}

/// A deployment that is as it should be.
fn well(request: &Request) -> Reply {
    let hsts = ("strict-transport-security", "max-age=31536000");
    match request.url.as_str() {
        "https://docs.example.com/_postern/health" => {
            let body = format!(
                r#"{{"status":"ok","version":"{}"}}"#,
                env!("CARGO_PKG_VERSION")
            );
            answer(200, &[hsts], &body)
        }
        "https://docs.example.com/.well-known/oauth-authorization-server" => {
            answer(200, &[], r#"{"issuer":"https://docs.example.com"}"#)
        }
        "http://docs.example.com/" => answer(301, &[("location", "https://docs.example.com/")], ""),
        url if url.starts_with("https://origin.example.com") => Err("ECONNREFUSED".to_owned()),
        url if url.contains(".workers.dev") => answer(404, &[], "nothing"),
        url if url.starts_with(SITE) => login(),
        url => panic!("{url}"),
    }
}

fn folder() -> Memory {
    let memory = Memory::with("wrangler.toml", WRANGLER);
    memory.put("postern.toml", POSTERN);
    for file in ["index.html", "guide/index.html", "plan a.pdf", "_headers"] {
        memory.put(&format!("public/{file}"), "x");
    }
    memory
}

/// What is said where this URL is answered otherwise.
fn with(url: &'static str, reply: impl Fn() -> Reply + 'static) -> Ran {
    asked(folder(), &[], url, reply)
}

fn asked(
    mut folder: Memory,
    more: &[&str],
    url: &'static str,
    reply: impl Fn() -> Reply + 'static,
) -> Ran {
    folder.answer_requests(move |request| {
        assert_eq!(request.method, "GET", "{}", request.url);
        assert_eq!(request.body, None);
        let names: Vec<&str> = request
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["user-agent"], "nothing else is sent");
        if request.url == url {
            reply()
        } else {
            well(request)
        }
    });
    folder.run(&[&["doctor", SITE], more].concat())
}

#[track_caller]
fn assert_says(ran: &Ran, code: u8, words: &[&str]) {
    assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
    for word in words {
        assert!(ran.out.contains(word), "{word:?}: {}", ran.out);
    }
}

#[test]
fn a_deployment_that_is_well() {
    let ran = asked(
        folder(),
        &["--workers-dev", "ann"],
        "nowhere",
        || unreachable!(),
    );
    assert_eq!(ran.code, 0, "{}", ran.out);
    for line in [
        "ok       the Worker is healthy",
        "requests without TLS are led to https",
        "its metadata names this address as its issuer",
        "no file with secrets or configuration is served",
        "4 paths that need a token or a login were asked for without one, and refused",
        "https://origin.example.com does not answer from here (ECONNREFUSED)",
        "docs does not answer at workers.dev",
        "api does not answer at workers.dev",
        "is deployed, as installed here",
        "clock and the deployment's agree",
        "no problems, no warnings.",
    ] {
        assert!(ran.out.contains(line), "{line:?}: {}", ran.out);
    }
    assert!(
        ran.err
            .contains("nothing is changed, and no secret is sent"),
        "{}",
        ran.err
    );
}

#[test]
fn where_assertions_are_made_the_keys_that_verify_them_are_asked_for() {
    const KEYS: &str = "https://docs.example.com/.well-known/jwks.json";
    let signing = || {
        let folder = folder();
        let signed = "access = \"session\"\nassertion = true\norigin = \"service:API\"";
        let plain = "access = \"session\"\norigin = \"service:API\"";
        folder.put("postern.toml", POSTERN.replace(plain, signed));
        folder
    };
    let ran = asked(signing(), &[], KEYS, || {
        answer(200, &[], r#"{"keys":[{"kty":"EC","kid":"1"}]}"#)
    });
    assert_says(
        &ran,
        0,
        &["origins can get the keys that verify assertions"],
    );
    for reply in [r#"{"keys":[]}"#, "<html>"] {
        let ran = asked(signing(), &[], KEYS, move || answer(200, &[], reply));
        assert_says(
            &ran,
            1,
            &["no keys to verify assertions with", "POSTERN_SIGNING_KEYS"],
        );
    }
}

#[test]
fn files_and_routes_that_are_served_without_being_asked_for_a_token() {
    for url in [
        "https://docs.example.com/guide/",
        "https://docs.example.com/plan%20a.pdf",
        "https://docs.example.com/orders/postern-doctor",
    ] {
        let ran = with(url, || answer(200, &[], "the secret plan"));
        assert_says(
            &ran,
            1,
            &[
                "problem  served without being asked",
                "run_worker_first",
                "1 problem",
            ],
        );
        assert!(!ran.out.contains("the secret plan"));
    }
    let ran = with("https://docs.example.com/guide/", || {
        answer(307, &[("location", "/guide/index")], "")
    });
    assert_says(&ran, 0, &["warning  led somewhere else", "`/guide/`"]);
    let ran = with("https://docs.example.com/guide/", || {
        answer(200, &[("cf-cache-status", "HIT")], "x")
    });
    assert_says(&ran, 1, &["answered from a cache in front of the gate"]);
    let ran = with("https://docs.example.com/guide/", || answer(503, &[], ""));
    assert_says(
        &ran,
        0,
        &["unknown  it could not be found out", "`/guide/`"],
    );
}

#[test]
fn files_that_are_for_nobody() {
    let ran = with("https://docs.example.com/.dev.vars", || {
        answer(
            200,
            &[("content-type", "application/octet-stream")],
            "POSTERN_KEYS=1:abc",
        )
    });
    assert_says(
        &ran,
        1,
        &["`/.dev.vars` is served to everyone", "make it anew"],
    );
    assert!(!ran.out.contains("1:abc"), "{}", ran.out);
    // A single-page site gives its page for every path.
    let ran = with("https://docs.example.com/.dev.vars", || {
        answer(
            200,
            &[("content-type", "text/html; charset=utf-8")],
            "<html>",
        )
    });
    assert_says(&ran, 0, &["no file with secrets"]);
}

#[test]
fn what_can_be_reached_round_the_gate() {
    for status in [200, 302, 404, 500] {
        let ran = with(ORIGIN, move || answer(status, &[], ""));
        assert_says(
            &ran,
            1,
            &["https://origin.example.com can be reached round the gate"],
        );
    }
    let ran = with(ORIGIN, || answer(403, &[], ""));
    assert_says(&ran, 0, &["refuses whoever does not come through the gate"]);

    let workers = ["--workers-dev", "ann.workers.dev"];
    let ran = asked(folder(), &workers, "https://api.ann.workers.dev/", || {
        answer(200, &[], "")
    });
    assert_says(
        &ran,
        1,
        &[
            "the Worker api can be reached round the gate",
            "workers_dev = false",
        ],
    );
    let ran = asked(folder(), &workers, "https://docs.ann.workers.dev/", login);
    assert_says(
        &ran,
        0,
        &["warning  the gate answers at https://docs.ann.workers.dev/"],
    );
    let ran = asked(folder(), &[], "nowhere", || unreachable!());
    assert_says(
        &ran,
        0,
        &["not looked at: whether a Worker answers at workers.dev"],
    );
}

#[test]
fn tls_clocks_health_and_metadata() {
    let ran = with("http://docs.example.com/", || answer(200, &[], ""));
    assert_says(
        &ran,
        1,
        &["answers without TLS, with 200", "Always Use HTTPS"],
    );
    let ran = with(
        "http://docs.example.com/",
        || Err("ECONNREFUSED".to_owned()),
    );
    assert_says(&ran, 0, &["nothing answers without TLS"]);

    let health = |body: &'static str, at| {
        move || answer(200, &[], body).map(|response| Response { at, ..response })
    };
    let ran = with(HEALTH, health(r#"{"status":"ok","version":"0.0.9"}"#, NOW));
    assert_says(
        &ran,
        0,
        &[
            "warning  version 0.0.9 is deployed",
            "Strict-Transport-Security",
        ],
    );
    let ran = with(HEALTH, health(r#"{"status":"ok"}"#, NOW + 90_000));
    assert_says(&ran, 0, &["90 seconds apart", "does not say its version"]);
    let ran = with(HEALTH, || answer(500, &[], r#"{"error":"server_error"}"#));
    assert_says(&ran, 1, &["refuses its configuration", "wrangler tail"]);
    let ran = with(HEALTH, || answer(503, &[], "{}"));
    assert_says(&ran, 1, &["cannot reach its revocation log"]);
    let ran = with(HEALTH, || answer(404, &[], "<html>"));
    assert_says(&ran, 1, &["is not Postern", "404"]);
    let ran = with(HEALTH, || Err("ENOTFOUND".to_owned()));
    assert_says(&ran, 1, &["does not answer: ENOTFOUND"]);

    let ran = with(METADATA, || {
        answer(200, &[], r#"{"issuer":"https://old.example.com"}"#)
    });
    assert_says(
        &ran,
        1,
        &["another issuer: https://old.example.com", "deploy it"],
    );
    let ran = with(METADATA, || answer(404, &[], ""));
    assert_says(&ran, 1, &["there is no metadata"]);
}

#[test]
fn without_a_project_or_with_another_one() {
    let mut bare = Memory::default();
    bare.answer_requests(well);
    let ran = bare.run(&["doctor", "https://docs.example.com/"]);
    assert_says(
        &ran,
        0,
        &["there is no postern.toml here", "the Worker is healthy"],
    );

    let other = folder();
    other.put(
        "postern.toml",
        POSTERN.replace("docs.example.com", "other.example.com"),
    );
    let ran = asked(other, &[], "nowhere", || unreachable!());
    assert_says(
        &ran,
        0,
        &["says that the address is https://other.example.com"],
    );

    // Where it is reached is where it is.
    let mut local = folder();
    local.put(
        "postern.toml",
        POSTERN.replacen("issuer = \"https://docs.example.com\"\n", "", 1),
    );
    local.answer_requests(|request| {
        let body = match request.url.strip_prefix("http://localhost:9000") {
            Some("/_postern/health") => r#"{"status":"ok"}"#,
            Some("/.well-known/oauth-authorization-server") => {
                r#"{"issuer":"http://localhost:9000"}"#
            }
            _ => return login(),
        };
        answer(200, &[], body)
    });
    let ran = local.run(&["doctor", "http://localhost:9000"]);
    assert_says(&ran, 1, &["ok       the Worker is healthy"]);
    assert!(!ran.out.contains("issuer, or"), "{}", ran.out);
    assert!(!ran.out.contains("says that the address"), "{}", ran.out);
    local.answer_requests(well);
    let ran = local.run(&["doctor", SITE]);
    assert_says(&ran, 0, &["warning  postern.toml names no issuer"]);

    let wrong = folder();
    wrong.put("postern.toml", "routes = 7");
    let ran = asked(wrong, &[], "nowhere", || unreachable!());
    assert_says(&ran, 0, &["`npx postern check` says what is wrong"]);
}

#[test]
fn only_an_address_is_one() {
    for wrong in [
        "docs.example.com",
        "http://docs.example.com",
        "https://docs.example.com/x",
        "",
    ] {
        let ran = folder().run(&["doctor", wrong]);
        assert_eq!(ran.code, 1, "{wrong}");
        assert!(ran.err.contains("must be `https://host`"), "{}", ran.err);
    }
}
