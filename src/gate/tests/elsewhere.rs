//! Tokens in a header or a cookie of another name (`token_from`), and what tokens of other issuers must be meant for.

use super::*;
use crate::config::{Accept, Issuer, TokenFrom};
use crate::fixtures;
use crate::gate::forward::{CookieHeader, strip_own_cookies};
use crate::protocol::{ClientId, ResourceUri};
use crate::session::SessionRecord;

fn from(access: Access, from: TokenFrom) -> Policy {
    policy(vec![Route {
        token_from: Some(from),
        ..route("/api/*", access)
    }])
}

fn header(access: Access) -> Policy {
    from(access, TokenFrom::Header("x-api-token".to_owned()))
}

fn cookie() -> Policy {
    from(Access::Token, TokenFrom::Cookie("session".to_owned()))
}

#[track_caller]
fn becomes(policy: &Policy, method: &str, headers: &[(&str, &str)], expected: &str) {
    let request = Request::new(method, headers);
    let admission = policy.admit(&request, "https://a.example/api/x");
    assert_eq!(described(&admission), expected, "{method} {headers:?}");
}

#[test]
fn a_token_may_be_in_the_header_that_the_route_names_and_never_in_two() {
    let policy = header(Access::Token);
    for (headers, expected) in [
        (&[("x-api-token", "abc.d")][..], "token abc.d for /api/*"),
        (&[("authorization", "Bearer abc")], "token abc for /api/*"),
        (&[], "401 no_credentials"),
        (
            &[("x-api-token", "abc"), ("authorization", "Bearer abc")],
            "400 two_tokens",
        ),
        (
            &[("x-api-token", "a"), ("x-api-token", "b")],
            "400 malformed_bearer",
        ),
        (&[("x-api-token", "")], "400 malformed_bearer"),
        (&[("x-api-token", "Bearer abc")], "400 malformed_bearer"),
        (
            &[("x-api-token", "abc"), ("authorization", "Basic YTpi")],
            "401 other_scheme",
        ),
        (&[("cookie", "x-api-token=abc")], "401 no_credentials"),
    ] {
        becomes(&policy, "POST", headers, expected);
    }
    // On a route that names none, the header means nothing.
    let plain = super::policy(vec![route("/api/*", Access::Token)]);
    becomes(
        &plain,
        "GET",
        &[("x-api-token", "abc")],
        "401 no_credentials",
    );
    // Without a token, a login may do.
    becomes(
        &header(Access::Any),
        "GET",
        &[("x-api-token", "abc")],
        "token abc for /api/*",
    );
    becomes(
        &header(Access::Any),
        "GET",
        &[("cookie", "__Host-postern-session=t")],
        "ticket t for /api/*",
    );
}

#[test]
fn what_a_browser_sends_by_itself_must_come_from_this_site() {
    let policy = cookie();
    let own = ("origin", "https://a.example");
    let other = ("origin", "https://evil.example");
    let session = ("cookie", "a=b; session=abc; c=d");
    for (method, headers, expected) in [
        ("GET", &[session][..], "token abc for /api/*"),
        ("GET", &[session, other], "token abc for /api/*"),
        ("POST", &[session, own], "token abc for /api/*"),
        ("POST", &[session, other], "403 cross_site"),
        ("POST", &[session], "403 cross_site"),
        ("DELETE", &[session, ("origin", "null")], "403 cross_site"),
        (
            "GET",
            &[session, ("upgrade", "websocket")],
            "403 cross_site",
        ),
        ("POST", &[("cookie", "a=b")], "401 no_credentials"),
        // A header is sent on purpose, so it decides, whatever the browser sends beside it.
        (
            "POST",
            &[session, ("authorization", "Bearer xyz")],
            "token xyz for /api/*",
        ),
        (
            "GET",
            &[session, ("authorization", "Basic YTpi")],
            "401 other_scheme",
        ),
        // Another host of the domain can set one of the same name.
        (
            "GET",
            &[("cookie", "session=a; session=b")],
            "401 no_credentials",
        ),
        ("GET", &[("cookie", "Session=abc")], "401 no_credentials"),
        ("GET", &[("cookie", "session=a b")], "400 malformed_bearer"),
    ] {
        becomes(&policy, method, headers, expected);
    }
    let headers = [session];
    let request = Request::new("GET", &headers);
    let admission = policy.admit(
        &request,
        "https://a.example/api/x?session=abc&access_token=abc",
    );
    assert_eq!(described(&admission), "400 token_in_query");
}

#[test]
fn the_origin_gets_neither_the_header_nor_the_cookie() {
    let policy = header(Access::Token);
    let route = policy.route(0).unwrap();
    for name in ["x-api-token", "x_api_token", "x.api.token"] {
        assert!(route.is_token_header(name), "{name}");
    }
    assert!(!route.is_token_header("x-api-token-2") && route.token_cookie().is_none());
    let policy = cookie();
    let name = policy.route(0).unwrap().token_cookie();
    assert_eq!(name, Some("session"));
    for (header, left) in [
        ("session=abc", CookieHeader::Removed),
        (
            "a=b; session=abc; c=d",
            CookieHeader::Rewritten("a=b; c=d".to_owned()),
        ),
        ("session = abc; session=", CookieHeader::Removed),
        ("sessions=abc", CookieHeader::Unchanged),
        (
            "__Host-postern-session=t; session=x; a=b",
            CookieHeader::Rewritten("a=b".to_owned()),
        ),
    ] {
        assert_eq!(strip_own_cookies(header, name), left, "{header}");
    }
    // Pages that came for such a token are kept by nobody.
    assert!(policy.route(0).unwrap().guard().sessions);
}

#[test]
fn the_list_of_an_issuer_decides_where_it_does_not_have_the_audience_of_the_route() {
    let api: ResourceUri = "https://api.example.com".parse().unwrap();
    let issuer = |id: &str, audiences: &[&str]| Issuer {
        audiences: audiences.iter().map(|&text| text.to_owned()).collect(),
        ..fixtures::config::issuer(id, &format!("https://{id}.example"))
    };
    let policy = Policy::new(&Config {
        issuers: vec![
            issuer("one", &["https://api.example.com/", "x"]),
            issuer("two", &["project-7"]),
        ],
        routes: vec![Route {
            accept: Accept::OWN.and(0).and(1),
            ..route("/api/*", Access::Token)
        }],
        ..config()
    });
    let route = policy.route(0).unwrap();
    let of = |client: ClientId, audiences: Vec<ResourceUri>| {
        let record = SessionRecord {
            client_id: client,
            audiences,
            confirmation: None,
            scope: Scope::default(),
            ..crate::fixtures::record()
        };
        let url = "https://a.example/api/x";
        let request = Request::new("GET", &[]);
        let now = crate::fakes::START;
        route
            .authorise(Credential::Token, &record, &request, url, now)
            .is_ok()
    };
    let foreign = |id: &str| ClientId::of_issuer(&format!("{id}:"), "app").unwrap();
    let own: ClientId = "app".parse().unwrap();
    assert!(of(own.clone(), vec![api.clone()]) && !of(own, Vec::new()));
    assert!(of(foreign("one"), vec![api.clone()]) && !of(foreign("one"), Vec::new()));
    assert!(of(foreign("two"), Vec::new()));
    assert!(!of(foreign("three"), Vec::new()));
}
