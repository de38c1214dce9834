//! A route's allow list of request headers.

use crate::config::HeaderPattern;
use crate::gate::forward::{STRIPPED, should_forward};

fn list(names: &[&str]) -> Vec<HeaderPattern> {
    let pattern = |name: &&str| match name.strip_suffix('*') {
        Some(prefix) => HeaderPattern::Family(prefix.to_owned()),
        None => HeaderPattern::Name((*name).to_owned()),
    };
    names.iter().map(pattern).collect()
}

#[test]
fn without_a_list_everything_goes_on_that_does_not_stop() {
    assert!(should_forward("X-Anything", None));
    assert!(!should_forward("X-WebAuth-User", None));
}

#[test]
fn a_list_lets_through_what_it_names_and_nothing_else() {
    let list = list(&["x-app-version", "x-team-*"]);
    for (name, expected) in [
        ("X-App-Version", true),
        ("x-app-version", true),
        ("x-app-versions", false),
        ("x-app", false),
        // Some servers take it for the same; the list means one of them.
        ("x_app_version", false),
        ("x-team-a", true),
        ("X-TEAM-", true),
        ("x-team", false),
        ("x-teams-a", false),
        ("x_team_a", false),
        ("x-gate-of-yesterday-user", false),
        ("dnt", false),
        ("", false),
        ("\u{e9}", false),
    ] {
        assert_eq!(should_forward(name, Some(&list)), expected, "{name}");
    }
}

#[test]
fn every_list_lets_through_what_a_request_cannot_do_without() {
    for name in [
        "Host",
        "Accept",
        "Accept-Language",
        "Content-Type",
        "Content-Length",
        "Content-Encoding",
        "Cookie",
        "If-None-Match",
        "If-Range",
        "Range",
        "Origin",
        "Referer",
        "Sec-Fetch-Site",
        "Access-Control-Request-Method",
        "Upgrade",
        "Sec-WebSocket-Key",
        "User-Agent",
        "CF-Connecting-IP",
        "CF-Ray",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
    ] {
        assert!(should_forward(name, Some(&[])), "{name}");
    }
    // Cloudflare writes these only where a zone asks for it.
    for name in ["cf-bot-score", "cf-ipcity", "cf_ray", "content_type"] {
        assert!(!should_forward(name, Some(&[])), "{name}");
    }
}

#[test]
fn no_list_opens_what_stops_everywhere() {
    let everything = list(&[
        "x-*",
        "cf-*",
        "remote-*",
        "authorization",
        "x-postern-subject",
    ]);
    for name in STRIPPED {
        assert!(!should_forward(name, Some(&everything)), "{name}");
    }
    for name in [
        "x-postern-anything",
        "Cf-Access-Jwt-Assertion",
        "Remote-User",
    ] {
        assert!(!should_forward(name, Some(&everything)), "{name}");
    }
    assert!(should_forward("x-anything", Some(&everything)));
}
