//! Which route decides.

use std::time::Duration;

use proptest::prelude::*;

use super::{only, policy, route};
use crate::config::{Access, Glob, OnOutage, Route};
use crate::gate::policy::Decision;

fn decided(policy: &crate::gate::Policy, method: &str, path: &str) -> String {
    match policy.decide(method, path) {
        Decision::Route(route) => format!("{} {:?}", route.pattern.as_str(), route.access),
        Decision::MethodNotAllowed { allow } => format!("allow {allow}"),
        Decision::NotFound => "none".to_owned(),
    }
}

/// `/private` is typed as often as `/private/`.
#[test]
fn a_path_and_everything_below_it_is_one_route() {
    let policy = policy(vec![
        route("/private/**", Access::Session),
        route("/a-path-longer-than-the-window/**", Access::Session),
        route("/*", Access::Public),
    ]);
    for (path, expected) in [
        ("/private", "/private/** Session"),
        ("/private/", "/private/** Session"),
        ("/private/a/b", "/private/** Session"),
        ("/private-x", "/* Public"),
        ("/privat", "/* Public"),
        ("/private.html", "/* Public"),
        (
            "/a-path-longer-than-the-window",
            "/a-path-longer-than-the-window/** Session",
        ),
        (
            "/a-path-longer-than-the-window/x",
            "/a-path-longer-than-the-window/** Session",
        ),
        ("/a-path-longer-than-the-windows", "/* Public"),
    ] {
        assert_eq!(decided(&policy, "GET", path), expected, "{path}");
    }
}

#[test]
fn the_first_pattern_that_matches_decides() {
    let policy = policy(vec![
        route("/admin", Access::Deny),
        route("/admin/*", Access::Deny),
        only(&["GET"], route("/api/orders/*", Access::Token)),
        route("/api/*", Access::Public),
        route("/a-path-longer-than-the-window", Access::Token),
        route("/a-path-longer-than-the-window-*", Access::Public),
        route("*.css", Access::Public),
        route("/sixteen--bytes-", Access::Token),
    ]);
    for (method, path, expected) in [
        ("GET", "/admin", "/admin Deny"),
        ("GET", "/admin/", "/admin/* Deny"),
        ("GET", "/admin/x", "/admin/* Deny"),
        ("GET", "/administration", "none"),
        ("GET", "/Admin", "none"),
        ("GET", "/api/orders/1", "/api/orders/* Token"),
        ("HEAD", "/api/orders/1", "/api/orders/* Token"),
        // Not the broader, public pattern behind it.
        ("POST", "/api/orders/1", "allow GET, HEAD"),
        ("get", "/api/orders/1", "allow GET, HEAD"),
        ("", "/api/orders/1", "allow GET, HEAD"),
        ("GET", "/api/orders", "/api/* Public"),
        ("PROPFIND", "/api/", "/api/* Public"),
        ("GET", "/api", "none"),
        (
            "GET",
            "/a-path-longer-than-the-window",
            "/a-path-longer-than-the-window Token",
        ),
        (
            "GET",
            "/a-path-longer-than-the-window-x",
            "/a-path-longer-than-the-window-* Public",
        ),
        ("GET", "/a-path-longer-th", "none"),
        ("GET", "/x/y.css", "*.css Public"),
        ("GET", "/sixteen--bytes-", "/sixteen--bytes- Token"),
        ("GET", "/sixteen--bytes-x", "none"),
        ("GET", "/sixteen--bytes", "none"),
        ("GET", "/", "none"),
    ] {
        assert_eq!(decided(&policy, method, path), expected, "{method} {path}");
    }
}

#[test]
fn routes_with_one_pattern_are_told_apart_by_method() {
    let policy = policy(vec![
        only(&["GET", "OPTIONS"], route("/x/*", Access::Public)),
        route("/y", Access::Deny),
        only(&["POST", "GET"], route("/x/*", Access::Token)),
        only(&["DELETE"], route("/x/*", Access::Deny)),
    ]);
    assert_eq!(decided(&policy, "GET", "/x/1"), "/x/* Public");
    assert_eq!(decided(&policy, "HEAD", "/x/1"), "/x/* Public");
    assert_eq!(decided(&policy, "POST", "/x/1"), "/x/* Token");
    assert_eq!(decided(&policy, "DELETE", "/x/1"), "/x/* Deny");
    assert_eq!(
        decided(&policy, "PUT", "/x/1"),
        "allow GET, HEAD, OPTIONS, POST, DELETE"
    );
}

#[test]
fn a_route_demands_what_was_configured() {
    let policy = policy(vec![
        Route {
            max_staleness: Duration::ZERO,
            ..route("/a", Access::Token)
        },
        Route {
            on_outage: OnOutage::AllowCached,
            ..route("/b", Access::Public)
        },
    ]);
    let demand = |path| match policy.decide("GET", path) {
        Decision::Route(route) => (route.demand, route.guard().is_some()),
        other => panic!("{other:?}"),
    };
    let (a, a_is_protected) = demand("/a");
    assert_eq!((a.max_staleness, a.outage_grace), (Duration::ZERO, None));
    assert!(a_is_protected);
    let (b, b_is_protected) = demand("/b");
    assert_eq!(b.max_staleness, Duration::from_secs(5));
    assert_eq!(b.outage_grace, Some(Duration::from_mins(1)));
    assert!(!b_is_protected);
}

#[test]
fn no_routes_open_nothing() {
    assert_eq!(decided(&policy(Vec::new()), "GET", "/"), "none");
}

proptest! {
    /// Comparing the heads first never changes which pattern decides.
    #[test]
    fn heads_are_only_a_shortcut(
        patterns in prop::collection::vec("/[ab]{0,18}(\\*[ab]{0,2}){0,2}", 1..6),
        path in "/[ab]{0,20}",
    ) {
        let routes = patterns.iter().map(|p| route(p, Access::Public)).collect();
        let expected = patterns.iter().find(|p| Glob::new(p).matches(&path));
        let policy = policy(routes);
        let decided = match policy.decide("GET", &path) {
            Decision::Route(route) => Some(route.pattern.as_str()),
            Decision::MethodNotAllowed { .. } | Decision::NotFound => None,
        };
        prop_assert_eq!(decided, expected.map(String::as_str));
    }
}
