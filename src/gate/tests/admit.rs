//! What a request gets, header by header.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Request, authorised, only, policy, route};
use crate::config::{Access, Preflight, Route};
use crate::fixtures::record;
use crate::gate::Admission;
use crate::gate::Credential;
use crate::gate::Refusal;
use crate::gate::policy::{Decision, Policy};
use crate::ports::{Dependency, Unavailable};
use crate::resolve::Inactive;
use crate::token::Unsealable;

/// Where the routes' resource is.
const URL: &str = "https://api.example.com/api/x";

const METADATA: &str =
    "resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource\"";

fn api() -> Policy {
    policy(vec![Route {
        scope: "orders:read orders:write".parse().unwrap(),
        cors_origins: vec!["https://app.example".to_owned()],
        preflight: Preflight::Answer,
        ..only(&["GET", "PUT"], route("/api/*", Access::Token))
    }])
}

fn refused(policy: &Policy, method: &str, url: &str, headers: &[(&str, &str)]) -> Refusal {
    match policy.admit(&Request::new(method, headers), url) {
        Admission::Refused { refusal, .. } => refusal,
        other => panic!("{other:?}"),
    }
}

fn only_route(policy: &Policy) -> &crate::gate::Route {
    match policy.decide("GET", "/api/x") {
        Decision::Route(route) => route,
        other => panic!("{other:?}"),
    }
}

fn body(refusal: &Refusal) -> Value {
    serde_json::from_str(&refusal.answer.body).unwrap()
}

#[test]
fn refusals_tell_clients_and_developers_what_to_do() {
    let policy = api();
    let url = URL;
    let challenge = |error: &str| format!("Bearer error=\"{error}\", {METADATA}");
    let route = only_route(&policy);
    let inactive = Inactive::Unsealable(Unsealable::Forged);
    let malformed = [("authorization", "Bearer a b")];
    for (refusal, status, reason, error, expected) in [
        (
            refused(&policy, "GET", url, &[]),
            401,
            "no_credentials",
            None,
            format!("Bearer {METADATA}"),
        ),
        (
            refused(&policy, "GET", url, &malformed),
            400,
            "malformed_bearer",
            Some("invalid_request"),
            challenge("invalid_request"),
        ),
        (
            refused(&policy, "GET", &format!("{url}?access_token=a"), &[]),
            400,
            "token_in_query",
            Some("invalid_request"),
            challenge("invalid_request"),
        ),
        (
            route.refuse_inactive(inactive, url),
            401,
            "forged",
            Some("invalid_token"),
            challenge("invalid_token"),
        ),
        (
            route.refuse_inactive(Inactive::Revoked, url),
            401,
            "revoked",
            Some("invalid_token"),
            challenge("invalid_token"),
        ),
    ] {
        assert_eq!((refusal.status(), refusal.reason), (status, reason));
        assert_eq!(
            refusal.answer.header("www-authenticate"),
            Some(expected.as_str())
        );
        assert_eq!(refusal.answer.header("cache-control"), Some("no-store"));
        assert_eq!(
            refusal.answer.header("content-type"),
            Some("application/problem+json")
        );
        let body = body(&refusal);
        assert_eq!(body["type"], "about:blank");
        assert_eq!(body["status"], status);
        assert_eq!(body.get("error").and_then(Value::as_str), error);
        assert!(body["detail"].is_string() && body["title"].is_string());
    }
    // The client never learns why a token does not count.
    assert_eq!(
        route.refuse_inactive(inactive, url).answer,
        route.refuse_inactive(Inactive::NoRecord, url).answer
    );
}

#[test]
fn refusals_without_a_credential_have_no_challenge() {
    let policy = policy(vec![
        route("/closed", Access::Deny),
        only(&["GET", "POST"], route("/x", Access::Token)),
    ]);
    for (method, path, status) in [
        ("GET", "/closed", 403),
        ("GET", "/none", 404),
        ("PUT", "/x", 405),
        ("GET", "/a//b", 400),
    ] {
        let refusal = refused(&policy, method, &format!("https://a.example{path}"), &[]);
        assert_eq!(refusal.status(), status);
        assert_eq!(refusal.answer.header("www-authenticate"), None);
        assert_eq!(body(&refusal)["status"], status);
        let allow = (status == 405).then_some("GET, HEAD, POST");
        assert_eq!(refusal.answer.header("allow"), allow);
    }
}

#[test]
fn not_knowing_is_503_and_always_the_same() {
    let policy = api();
    let refusal = only_route(&policy).refuse_unavailable();
    assert_eq!(refusal.status(), 503);
    assert_eq!(refusal.answer.header("retry-after"), Some("2"));
    assert_eq!(refusal.answer.header("www-authenticate"), None);
    assert_eq!(body(&refusal)["status"], 503);
}

#[test]
fn whoever_sends_too_many_unknown_tokens_is_told_when_to_come_again() {
    let policy = api();
    let route = only_route(&policy);
    let waiting = |millis| Unavailable {
        wait: Some(Duration::from_millis(millis)),
        ..Unavailable::new(Dependency::Isolate, "too many")
    };
    for (millis, seconds) in [(1, "1"), (1_000, "1"), (1_001, "2")] {
        let refusal = route.refuse_unknown(&waiting(millis));
        assert_eq!(refusal.status(), 429);
        assert_eq!(refusal.answer.header("retry-after"), Some(seconds));
        // Nothing was found out about the token.
        assert_eq!(refusal.answer.header("www-authenticate"), None);
        assert_eq!(body(&refusal)["status"], 429);
    }
    let down = Unavailable::new(Dependency::Provider, "it is down");
    assert_eq!(route.refuse_unknown(&down).status(), 503);
}

#[test]
fn headers_are_read_once_and_only_where_they_decide() {
    let policy = policy(vec![
        route("/public", Access::Public),
        route("/closed", Access::Deny),
        route("/x", Access::Token),
        Route {
            cors_origins: vec!["https://app.example".to_owned()],
            ..route("/cors", Access::Token)
        },
        route("/members", Access::Session),
        route("/any", Access::Any),
        Route {
            cors_origins: vec!["https://app.example".to_owned()],
            ..route("/shared", Access::Session)
        },
    ]);
    let auth = [("authorization", "Bearer a")];
    let read = |method: &str, path: &str, headers: &[(&str, &str)]| {
        let request = Request::new(method, headers);
        let _ = policy.admit(&request, &format!("https://a.example{path}"));
        request.read.into_inner()
    };
    assert!(read("GET", "/public", &auth).is_empty());
    assert!(read("OPTIONS", "/public", &auth).is_empty());
    assert!(read("GET", "/closed", &auth).is_empty());
    assert!(read("GET", "/none", &auth).is_empty());
    assert!(read("GET", "//", &auth).is_empty());
    assert_eq!(read("GET", "/x", &auth), ["authorization"]);
    assert_eq!(read("GET", "/x", &[]), ["authorization"]);
    assert_eq!(read("GET", "/cors", &auth), ["authorization"]);
    assert_eq!(read("GET", "/cors", &[]), ["authorization", "origin"]);

    let cookie = [("cookie", "__Host-postern-session=a")];
    for path in ["/members", "/shared"] {
        assert_eq!(read("GET", path, &cookie), ["cookie", "upgrade"]);
        let reads = ["cookie", "upgrade", "origin", "sec-fetch-site"];
        assert_eq!(read("POST", path, &cookie), reads);
        let navigates = [("sec-fetch-mode", "navigate")];
        assert_eq!(
            read("GET", path, &navigates),
            [
                "cookie",
                "upgrade",
                "sec-fetch-mode",
                "sec-purpose",
                "purpose"
            ]
        );
    }
    assert_eq!(read("GET", "/any", &auth), ["authorization"]);
    assert_eq!(
        read("GET", "/any", &cookie),
        ["authorization", "cookie", "upgrade"]
    );
    assert_eq!(
        read("POST", "/shared", &[]),
        ["cookie", "upgrade", "sec-fetch-mode", "accept", "origin"]
    );
    assert_eq!(
        read("GET", "/members", &[]),
        ["cookie", "upgrade", "sec-fetch-mode", "accept"]
    );
}

#[test]
fn refusals_are_readable_only_for_configured_web_origins() {
    let policy = api();
    let headers = |origin| {
        let refusal = refused(
            &policy,
            "GET",
            "https://a.example/api/x",
            &[("origin", origin)],
        );
        [
            "access-control-allow-origin",
            "access-control-expose-headers",
            "vary",
        ]
        .map(|name| refusal.answer.header(name).map(str::to_owned))
    };
    assert_eq!(
        headers("https://app.example").map(Option::unwrap),
        [
            "https://app.example",
            "WWW-Authenticate, Retry-After, Postern-Login",
            "Origin"
        ]
    );
    for origin in [
        "https://evil.example",
        "null",
        "",
        "https://APP.example",
        "*",
    ] {
        assert_eq!(headers(origin), [None, None, None], "{origin}");
    }
    let request = Request::new("GET", &[("origin", "https://app.example")]);
    let route = only_route(&policy);
    let readable = route.readable(&request, route.refuse_unavailable());
    assert_eq!(
        readable.answer.header("access-control-allow-origin"),
        Some("https://app.example")
    );
}

#[test]
fn preflights_are_answered_exactly() {
    let policy = api();
    let request = Request::new(
        "OPTIONS",
        &[
            ("origin", "https://app.example"),
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "authorization, *, x-a"),
        ],
    );
    let Admission::Answered(answer) = policy.admit(&request, "https://a.example/api/x") else {
        panic!("not answered");
    };
    assert_eq!(answer.status, 204);
    assert_eq!(answer.body, "");
    let headers: Vec<_> = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    assert_eq!(
        headers,
        [
            "access-control-allow-origin: https://app.example",
            "access-control-allow-methods: GET, HEAD, PUT",
            "access-control-max-age: 600",
            "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            "access-control-allow-headers: authorization, x-a",
        ]
    );
}

#[test]
fn options_closed_by_name_stays_closed() {
    let policy = policy(vec![
        only(&["OPTIONS"], route("/x", Access::Deny)),
        Route {
            preflight: Preflight::Pass,
            ..route("/x", Access::Token)
        },
        Route {
            preflight: Preflight::Pass,
            ..only(&["GET"], route("/y", Access::Token))
        },
        route("/y", Access::Deny),
    ]);
    let headers = [
        ("origin", "https://app.example"),
        ("access-control-request-method", "GET"),
    ];
    let at = |url: &str| super::described(&policy.admit(&Request::new("OPTIONS", &headers), url));
    assert_eq!(at("https://a.example/x"), "403 denied");
    assert_eq!(at("https://a.example/y"), "preflight /y");
}

#[test]
fn a_good_token_must_be_enough() {
    let policy = api();
    let route = only_route(&policy);
    let mut good = record();
    good.scope = "orders:write x orders:read".parse().unwrap();
    assert_eq!(authorised(route, Credential::Token, &good, URL), Ok(()));

    let mut bound = good.clone();
    bound.confirmation = Some(Map::new());
    let refusal = authorised(route, Credential::Token, &bound, URL).unwrap_err();
    assert_eq!((refusal.status(), refusal.reason), (401, "key_bound"));
    assert_eq!(body(&refusal)["error"], "invalid_token");

    for audiences in [vec![], vec!["https://api.example.com/x".parse().unwrap()]] {
        let mut other = good.clone();
        other.audiences = audiences;
        let refusal = authorised(route, Credential::Token, &other, URL).unwrap_err();
        assert_eq!((refusal.status(), refusal.reason), (401, "wrong_audience"));
        assert_eq!(body(&refusal)["error"], "invalid_token");
    }

    let mut narrow = good;
    narrow.scope = "orders:read".parse().unwrap();
    let refusal = authorised(route, Credential::Token, &narrow, URL).unwrap_err();
    assert_eq!(
        (refusal.status(), refusal.reason),
        (403, "insufficient_scope")
    );
    assert_eq!(
        refusal.answer.header("www-authenticate").unwrap(),
        format!(
            "Bearer error=\"insufficient_scope\", {METADATA}, scope=\"orders:read orders:write\""
        )
    );
    assert_eq!(
        body(&refusal)["detail"],
        "The access token needs all of this scope: orders:read orders:write."
    );
}

#[test]
fn a_route_without_audience_takes_tokens_for_any() {
    let policy = policy(vec![Route {
        audience: None,
        ..route("/api/*", Access::Token)
    }]);
    let mut unbound = record();
    unbound.audiences = Vec::new();
    assert_eq!(
        authorised(only_route(&policy), Credential::Token, &unbound, URL),
        Ok(())
    );
    assert_eq!(
        authorised(only_route(&policy), Credential::Token, &record(), URL),
        Ok(())
    );
}

#[test]
fn debug_shows_no_token() {
    let policy = api();
    let request = Request::new("GET", &[("authorization", "Bearer s3cr3t")]);
    let admission = policy.admit(&request, "https://a.example/api/x");
    assert!(!format!("{admission:?}").contains("s3cr3t"));
}
