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

/// A site of many routes: few first segments, names that differ at their ends, stars in the middle.
fn patterns(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<String>> {
    let name = "[ab]{1,3}|orders-[a-d]|users-[a-d]{1,2}|é";
    let pattern = prop_oneof![
        name.prop_map(|name| format!("/api/v1/{name}/*")),
        name.prop_map(|name| format!("/api/v1/{name}/**")),
        name.prop_map(|name| format!("/api/v1/{name}")),
        name.prop_map(|name| format!("/t/*/{name}")),
        name.prop_map(|name| format!("/t/*/{name}/*")),
        (name, name).prop_map(|(a, b)| format!("/t/*/{a}/*/{b}")),
        (name, name).prop_map(|(a, b)| format!("/t/*{a}*{b}")),
        "[/ab]{0,4}(\\*[/ab]{0,3}){0,2}".prop_map(|rest| format!("/{rest}")),
        name.prop_map(|name| format!("/*.{name}")),
        Just("/*".to_owned()),
        Just("/api/*".to_owned()),
    ];
    prop::collection::vec(pattern, count)
}

proptest! {
    /// However many routes there are and however they are searched: the first pattern that matches decides.
    #[test]
    fn the_search_is_only_a_shortcut(
        patterns in prop_oneof![patterns(1..8), patterns(30..90)],
        parts in prop::collection::vec("[ab]{1,3}|orders-[a-d]|users-[a-d]{1,2}|é|api|v1|t|x|", 1..6),
        from in any::<prop::sample::Index>(),
        fill in "[ab/]{0,4}",
    ) {
        let filled = from.get(&patterns).trim_end_matches("/**").replace('*', &fill);
        for path in [format!("/{}", parts.join("/")), filled] {
            let routes = patterns.iter().map(|p| route(p, Access::Public)).collect();
            let expected = patterns.iter().find(|p| Glob::new(p).matches(&path));
            let policy = policy(routes);
            let decided = match policy.decide("GET", &path) {
                Decision::Route(route) => Some(route.pattern.as_str()),
                Decision::MethodNotAllowed { .. } | Decision::NotFound => None,
            };
            prop_assert_eq!(decided, expected.map(String::as_str), "{}", path);
        }
    }

    /// Each route is found by its place, whichever group it is in.
    #[test]
    fn a_route_is_found_by_its_place(patterns in patterns(1..90)) {
        let routes = patterns.iter().map(|p| route(p, Access::Public)).collect();
        let policy = policy(routes);
        for (index, pattern) in (0..).zip(&patterns) {
            let route = policy.route(index).unwrap();
            prop_assert_eq!((route.index, route.pattern.as_str()), (index, pattern.as_str()));
        }
        prop_assert!(policy.route(u32::try_from(patterns.len()).unwrap()).is_none());
    }
}
