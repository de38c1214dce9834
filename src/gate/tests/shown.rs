//! Who is shown a page in place of a refusal, and what is in it.

use super::{Request, only, policy, route};
use crate::config::{Access, Origin, Route as ConfiguredRoute};
use crate::gate::path::Ambiguous;
use crate::gate::{Admission, Decision, Reference, Refusal, Route};
use crate::pages::{Brand, Home};
use crate::protocol::Answer;

const NAVIGATE: &[(&str, &str)] = &[("sec-fetch-mode", "navigate")];
const URL: &str = "https://auth.example.com/a?b=c&d=%3C";

fn brand() -> Brand {
    Brand {
        name: "Example".to_owned(),
        logo: None,
        home: Home::Open,
        has_icon: false,
    }
}

/// Every refusal that a person may meet.
fn refusals() -> Vec<Refusal> {
    let token = policy(vec![route("/*", Access::Token)]);
    let Decision::Route(token) = token.decide("GET", "/x") else {
        panic!("there is a route");
    };
    let mut all = vec![
        Refusal::not_found(),
        Refusal::method_not_allowed("POST"),
        Route::refuse_denied(),
        Route::refuse_bad_gateway(),
        Route::refuse_lost_connection(),
        Route::refuse_cross_site(),
        token.refuse_unavailable(),
        token.refuse_unauthenticated("no_credentials", "https://a.example/x"),
        token.refuse_token_in_query("https://a.example/x"),
        Refusal::misconfigured(Answer::new(500)),
    ];
    all.extend(Ambiguous::ALL.map(Refusal::path));
    let statuses = [
        400, 401, 403, 404, 405, 408, 413, 414, 415, 429, 500, 502, 503,
    ];
    all.extend(statuses.map(|status| Refusal::of_endpoint(Answer::new(status))));
    all
}

#[test]
fn every_refusal_is_a_page_for_a_person_and_a_body_for_a_program() {
    for refusal in refusals() {
        let shown = |headers| refusal.is_for_person(&Request::new("GET", headers));
        assert!(shown(NAVIGATE));
        assert!(shown(&[("accept", "text/html,*/*;q=0.8")]));
        assert!(!shown(&[]));
        assert!(!shown(&[("accept", "*/*")]));
        assert!(!shown(&[
            ("sec-fetch-mode", "cors"),
            ("accept", "text/html")
        ]));
        assert!(!shown(&[
            ("sec-fetch-mode", "navigate"),
            ("authorization", "bearer x")
        ]));
        assert!(shown(&[
            ("sec-fetch-mode", "navigate"),
            ("authorization", "Basic x")
        ]));
    }
}

#[test]
fn a_page_has_the_status_and_the_headers_of_its_refusal_and_says_what_to_do() {
    let request = Request::new("GET", NAVIGATE);
    for refusal in refusals() {
        let page = refusal.page(&request, URL, &brand(), None);
        assert_eq!(page.status, refusal.status());
        let all = |name: &str| {
            let of = page.headers.iter().filter(|(n, _)| *n == name);
            of.map(|(_, value)| value.as_ref()).collect::<Vec<_>>()
        };
        assert_eq!(all("content-type"), ["text/html; charset=utf-8"]);
        assert_eq!(all("cache-control"), ["no-store"]);
        for kept in ["www-authenticate", "allow", "retry-after"] {
            let expected: Vec<&str> = refusal.answer.header(kept).into_iter().collect();
            assert_eq!(all(kept), expected, "{}: {kept}", refusal.reason);
        }
        // Words for people: nothing of tokens' insides, stores or the gate.
        for word in ["route", "gate", "POSTERN", "origin behind", "store", "  "] {
            assert!(
                !page.body.contains(word),
                "{}: {word}: {}",
                refusal.reason,
                page.body
            );
        }
        assert!(page.body.contains("<a href=\"/\">Back to Example</a>"));
        let again = "href=\"/a?b=c&amp;d=%3C\"";
        let may_help = matches!(refusal.status(), 502 | 503);
        assert_eq!(page.body.contains(again), may_help, "{}", refusal.reason);
        // What was sent is not sent again by a link.
        let posted = refusal.page(&Request::new("POST", NAVIGATE), URL, &brand(), None);
        assert!(!posted.body.contains(again));
    }
}

#[test]
fn no_way_leads_back_to_where_one_is_or_where_nobody_gets_in() {
    let request = Request::new("GET", NAVIGATE);
    let back = |url: &str, home| {
        let brand = Brand { home, ..brand() };
        let page = Refusal::not_found().page(&request, url, &brand, None);
        page.body.contains("href=\"/\"")
    };
    assert!(back(URL, Home::Open));
    assert!(back(URL, Home::SignedIn));
    assert!(!back(URL, Home::Closed));
    assert!(!back("https://auth.example.com/", Home::Open));
    assert!(!back("https://auth.example.com/?a=b", Home::Open));
}

#[test]
fn a_page_leads_to_no_other_site() {
    let request = Request::new("GET", NAVIGATE);
    for url in [
        "https://auth.example.com//evil.example/x",
        "https://auth.example.com\\evil.example/",
        "https://auth.example.com",
        "",
    ] {
        let page = Route::refuse_bad_gateway().page(&request, url, &brand(), None);
        assert!(!page.body.contains("class=\"button\""), "{url}");
    }
}

#[test]
fn a_reference_is_the_ray_or_a_name_of_its_own() {
    let ray = |text: &str| Reference::of_ray(text).map(|it| it.as_str().to_owned());
    assert_eq!(
        ray("9f8e7d6c5b4a3210-VIE").as_deref(),
        Some("9f8e7d6c5b4a3210-VIE")
    );
    for bad in ["", "a b", "<b>", "é", &"a".repeat(41)] {
        assert_eq!(ray(bad), None, "{bad}");
    }
    let own = Reference::random([0, 1, 2, 3, 4, 5, 6, 255]);
    assert_eq!(own.as_str(), "00010203040506ff");
    let request = Request::new("GET", NAVIGATE);
    let page = Refusal::not_found().page(&request, URL, &brand(), Some(&own));
    assert!(page.body.contains("<code>00010203040506ff</code>"));
}

/// Browsers ask for it by themselves, at each visit.
#[test]
fn whoever_looks_for_an_icon_that_no_route_gives_gets_one() {
    let refused = |policy: &crate::gate::Policy, method, path: &str, headers: &[_]| {
        let url = format!("https://auth.example.com{path}");
        let request = Request::new(method, headers);
        match policy.admit(&request, &url) {
            Admission::Refused { refusal, .. } => Some(refusal.is_about_icon(&request, &url)),
            _ => None,
        }
    };
    for access in [Access::Session, Access::Token, Access::Any, Access::Deny] {
        let policy = policy(vec![route("/*", access)]);
        for method in ["GET", "HEAD"] {
            assert_eq!(refused(&policy, method, "/favicon.ico", &[]), Some(true));
            assert_eq!(
                refused(&policy, method, "/favicon.ico", NAVIGATE),
                Some(true)
            );
        }
        assert_eq!(
            refused(&policy, "POST", "/favicon.ico", &[]),
            Some(false),
            "{access:?}"
        );
        assert_eq!(
            refused(&policy, "GET", "/a/favicon.ico", &[]),
            Some(false),
            "{access:?}"
        );
        let token: &[_] = &[("authorization", "Bearer")];
        assert_ne!(
            refused(&policy, "GET", "/favicon.ico", token),
            Some(true),
            "{access:?}"
        );
    }
    let none = policy(vec![route("/x", Access::Public)]);
    assert_eq!(refused(&none, "GET", "/favicon.ico", &[]), Some(true));
    let posts = policy(vec![only(&["POST"], route("/*", Access::Public))]);
    assert_eq!(refused(&posts, "GET", "/favicon.ico", &[]), Some(false));
    let public = policy(vec![route("/*", Access::Public)]);
    assert_eq!(refused(&public, "GET", "/favicon.ico", &[]), None);
}

/// It may name what is not public.
#[test]
fn the_sites_own_page_is_shown_only_where_everyone_may_read_it() {
    let assets = |pattern, access| ConfiguredRoute {
        origin: Some(Origin::Assets),
        ..route(pattern, access)
    };
    let own = |routes| policy(routes).own_not_found();
    let page = "/404.html";
    assert_eq!(
        own(vec![
            route("/x", Access::Public),
            assets(page, Access::Public)
        ]),
        Some((1, page))
    );
    assert_eq!(own(vec![assets("/4*", Access::Public)]), Some((0, page)));
    for access in [Access::Session, Access::Any, Access::Token, Access::Deny] {
        assert_eq!(own(vec![assets(page, access)]), None);
        // The first pattern decides here too.
        assert_eq!(
            own(vec![assets("/4*", access), assets(page, Access::Public)]),
            None
        );
    }
    assert_eq!(own(vec![route(page, Access::Public)]), None);
    assert_eq!(
        own(vec![only(&["POST"], assets(page, Access::Public))]),
        None
    );
    assert_eq!(own(Vec::new()), None);
}
