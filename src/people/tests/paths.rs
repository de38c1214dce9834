//! The paths of the endpoints.

use futures_util::future::FutureExt as _;

use super::Site;
use crate::fixtures::Headers;
use crate::people::{self, Endpoint, endpoint};
use crate::protocol::{Answer, Body, Request};

#[test]
fn paths_are_compared_exactly() {
    for found in [
        Endpoint::Login,
        Endpoint::Callback,
        Endpoint::Logout,
        Endpoint::Sessions,
        Endpoint::Admin,
        Endpoint::Style,
    ] {
        assert_eq!(endpoint(found.path()), Some(found));
        assert_eq!(endpoint(&format!("{}/", found.path())), None);
        assert_eq!(endpoint(&found.path().to_ascii_uppercase()), None);
    }
    assert_eq!(
        endpoint("/_postern/backchannel/idp"),
        Some(Endpoint::Backchannel)
    );
    assert_eq!(endpoint("/_postern/backchannel"), None);
    assert_eq!(endpoint("/_postern/health"), None);
    assert_eq!(endpoint("/login"), None);
}

/// What the site answers at an address that is not its issuer's.
fn at(origin: &str, method: &str, endpoint: Endpoint) -> Answer {
    let site = Site::new();
    let request = Request {
        method,
        origin,
        path: endpoint.path(),
        query: Some("return_to=/x"),
        authorization: None,
        content_type: None,
        body: Body::None,
        sender: &Headers(&[]),
    };
    people::answer(
        endpoint,
        request,
        &site.config,
        &site.resolver,
        (&site.providers, &site.transmitters),
        &site.fakes,
    )
    .now_or_never()
    .expect("it asks nobody")
}

#[test]
fn a_page_at_another_address_leads_to_the_same_page_at_the_issuers() {
    for (endpoint, expected) in [
        (Endpoint::Login, "/_postern/login?return_to=/x"),
        (Endpoint::Logout, "/_postern/logout?return_to=/x"),
        (Endpoint::Sessions, "/_postern/sessions?return_to=/x"),
        (Endpoint::Callback, "/_postern/callback?return_to=/x"),
    ] {
        for method in ["GET", "HEAD"] {
            if !endpoint.allow().contains(method) {
                continue;
            }
            let answer = at("https://www.example.com", method, endpoint);
            assert_eq!(answer.status, 303);
            let expected = format!("https://auth.example.com{expected}");
            assert_eq!(answer.header("location"), Some(&*expected));
        }
        for (origin, method) in [
            ("https://www.example.com", "POST"),
            ("http://localhost:8787", "GET"),
        ] {
            let answer = at(origin, method, endpoint);
            assert_eq!(answer.status, 421, "{origin} {method}");
            assert!(answer.body.contains("https://auth.example.com"));
            assert!(!answer.body.contains("cookie"), "{}", answer.body);
        }
    }
    // Programs and providers mind no address, and the style sheet belongs to every page.
    for endpoint in [Endpoint::Style, Endpoint::Admin] {
        let answer = at("https://www.example.com", "GET", endpoint);
        assert!(!matches!(answer.status, 303 | 421), "{}", answer.status);
    }
}
