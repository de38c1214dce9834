//! Routes that take paths as they were sent.

use proptest::prelude::*;

use super::{Request, only, policy, route};
use crate::config::{Access, Paths, Route};
use crate::gate::Admission;
use crate::gate::policy::Policy;

fn as_sent(route: Route) -> Route {
    Route {
        paths: Paths::AsSent,
        ..route
    }
}

/// A registry with a closed part, an image proxy, an API of which only reading takes such paths, and a strict rest.
fn site() -> Policy {
    policy(vec![
        route("/npm/-/admin/*", Access::Deny),
        as_sent(route("/npm/*", Access::Public)),
        as_sent(route("/proxy/*", Access::Public)),
        as_sent(only(&["GET"], route("/api/v4/*", Access::Token))),
        only(&["PUT"], route("/api/v4/*", Access::Token)),
        route("/exact", Access::Public),
        route("/private/*", Access::Session),
        route("/strict/*", Access::Public),
    ])
}

/// The status of a refusal, or the pattern of the route that takes the request.
fn outcome(method: &str, path: &str) -> String {
    let policy = site();
    let request = Request::new(method, &[("authorization", "Bearer x")]);
    let url = format!("https://auth.example.com{path}");
    match policy.admit(&request, &url) {
        Admission::Refused { refusal, .. } => format!("{} {}", refusal.status(), refusal.reason),
        Admission::Forward(route) | Admission::Authenticate { route, .. } => {
            route.pattern.as_str().to_owned()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_registries_proxies_and_apis_need_is_taken() {
    for (path, pattern) in [
        ("/npm/@scope%2fpkg", "/npm/*"),
        ("/npm/@scope/pkg", "/npm/*"),
        ("/proxy/https://images.example/a//b.png", "/proxy/*"),
        ("/proxy/rs:fit;q:80/plain/x", "/proxy/*"),
        ("/proxy/a%3Fw=1%23x", "/proxy/*"),
        (
            "/api/v4/projects/group%2Fproject/repository/files/src%2Fmain.rs/raw?ref=main",
            "/api/v4/*",
        ),
        ("/api/v4/wiki/C%23", "/api/v4/*"),
    ] {
        assert_eq!(outcome("GET", path), pattern, "{path}");
    }
}

#[test]
fn what_could_lead_to_another_route_or_out_of_it_is_refused() {
    for (path, refused) in [
        // Another route decides, if somebody decodes, merges or cuts.
        ("/npm/-%2Fadmin/x", "400 path_encoded_slash"),
        ("/npm/-%2fadmin%2fx", "400 path_encoded_slash"),
        ("/npm//-/admin/x", "400 path_empty_segment"),
        ("/npm/-;a/admin/x", "400 path_semicolon"),
        ("/npm/-/admin;/x", "400 path_semicolon"),
        ("//npm/x", "400 path_empty_segment"),
        ("/npm%2Fx", "400 path_encoded_slash"),
        ("/npm;/x", "400 path_semicolon"),
        ("/proxy%3F/x", "400 path_encoded_delimiter"),
        // Dot segments, in any reading.
        ("/npm/..%2fprivate/x", "400 path_dot_segment"),
        ("/npm/x%2f..%2f..%2fprivate", "400 path_dot_segment"),
        ("/npm/%2e%2e;/private/x", "400 path_dot_segment"),
        ("/npm/..;/private/x", "400 path_dot_segment"),
        ("/proxy/https://a/../../private/x", "400 path_dot_segment"),
        ("/npm/x%2f%252e%252e%2fy", "400 path_double_encoding"),
        ("/npm/x%5c..%5cy%2f", "400 path_backslash"),
        ("/npm/x%2f%00", "400 path_control_character"),
        // Where no route takes them.
        ("/strict/a%2Fb", "400 path_encoded_slash"),
        ("/strict//a", "400 path_empty_segment"),
        ("/private/a;b", "400 path_semicolon"),
        ("/private/..%2fnpm/x", "400 path_dot_segment"),
        ("/exact%23", "400 path_encoded_delimiter"),
        ("/nowhere%2Fx", "400 path_encoded_slash"),
    ] {
        assert_eq!(outcome("GET", path), refused, "{path}");
    }
    // The method's own route takes none.
    assert_eq!(outcome("PUT", "/api/v4/a%2Fb"), "400 path_encoded_slash");
    assert_eq!(outcome("PUT", "/api/v4/a/b"), "/api/v4/*");
    assert_eq!(outcome("DELETE", "/api/v4/a%2Fb"), "400 path_encoded_slash");
}

#[test]
fn without_such_a_route_every_such_path_is_refused() {
    let strict = policy(vec![route("/*", Access::Public)]);
    for path in ["/a%2Fb", "/a//b", "/a;b", "/a%23", "/a%3F"] {
        let url = format!("https://auth.example.com{path}");
        let admission = strict.admit(&Request::new("GET", &[]), &url);
        assert!(matches!(admission, Admission::Refused { refusal, .. } if refusal.status() == 400));
    }
}

proptest! {
    /// However a path is written, nobody reads a part of the registry in it that is closed, or another route.
    #[test]
    fn no_reading_leads_to_a_closed_route(
        tail in "(-|admin|x|\\.|\\.\\.|/|%2f|%2F|;|%3b|%3f|%23|%2e|%25|%5c| |%20){0,8}"
    ) {
        let path = format!("/npm/{tail}");
        if outcome("GET", &path) == "/npm/*" {
            let decoded = percent_encoding::percent_decode_str(&path).decode_utf8().unwrap().into_owned();
            for reading in [path, decoded] {
                let mut plain = String::new();
                for segment in reading.split(['?', '#']).next().unwrap().split('/') {
                    let segment = segment.split(';').next().unwrap();
                    prop_assert!(!matches!(segment.trim(), "." | ".."), "{}", reading);
                    if !segment.is_empty() {
                        plain.push('/');
                        plain.push_str(segment);
                    }
                }
                prop_assert!(plain.starts_with("/npm"), "{}", plain);
                prop_assert!(!plain.starts_with("/npm/-/admin/"), "{}", plain);
            }
        }
    }
}
