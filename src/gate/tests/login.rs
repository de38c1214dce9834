//! What a request gets on a route that a login session opens.

use serde_json::Value;

use super::{Request, authorised, policy, route};
use crate::config::{Access, Route};
use crate::fixtures::record;
use crate::gate::Admission;
use crate::gate::Credential;
use crate::gate::Refusal;
use crate::gate::policy::{Decision, Policy};
use crate::resolve::Inactive;
use crate::token::{TokenKind, Unsealable};

const NAVIGATE: &[(&str, &str)] = &[("sec-fetch-mode", "navigate")];
const SCRIPT: &[(&str, &str)] = &[("sec-fetch-mode", "cors"), ("accept", "text/html")];
/// None of these addresses is the resource's.
const BEARER: &str = "Bearer realm=\"https://auth.example.com\"";
const LOGIN: &str = "Cookie realm=\"https://auth.example.com\", form-action=\"/_postern/login\", \
                     cookie-name=__Host-postern-session";

fn site() -> Policy {
    policy(vec![
        Route {
            scope: "orders:read".parse().unwrap(),
            ..route("/any*", Access::Any)
        },
        Route {
            cors_origins: vec!["https://app.example".to_owned()],
            ..route("/shared", Access::Session)
        },
        route("/*", Access::Session),
    ])
}

fn refused(method: &str, path: &str, headers: &[(&str, &str)]) -> Refusal {
    refused_at("https://auth.example.com", method, path, headers)
}

fn refused_at(origin: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> Refusal {
    let url = format!("{origin}{path}");
    match site().admit(&Request::new(method, headers), &url) {
        Admission::Refused { refusal, .. } => refusal,
        other => panic!("{other:?}"),
    }
}

fn location(path: &str) -> String {
    let refusal = refused("GET", path, NAVIGATE);
    assert_eq!(refusal.status(), 303);
    refusal.answer.header("location").unwrap().to_owned()
}

#[test]
fn a_person_is_led_to_the_login_and_back() {
    for (path, return_to) in [
        ("/", "/"),
        ("/a/b.html", "/a/b.html"),
        ("/a?", "/a%3F"),
        ("/a?b=c&d=%26%23", "/a%3Fb%3Dc%26d%3D%2526%2523"),
        ("/a?b=//evil.example", "/a%3Fb%3D//evil.example"),
        ("/%C3%A9%20x", "/%25C3%25A9%2520x"),
        ("/a?q=\\d+", "/a%3Fq%3D%5Cd%2B"),
        (
            "/a?x=\"><script>&return_to=/b",
            "/a%3Fx%3D%22%3E%3Cscript%3E%26return_to%3D/b",
        ),
    ] {
        let expected = format!("/_postern/login?return_to={return_to}");
        assert_eq!(location(path), expected);
    }
}

#[test]
fn what_cannot_be_come_back_to_is_left_out() {
    for path in [
        format!("/{}", "a".repeat(8_000)),
        format!("/a?{}", "b".repeat(8_000)),
        "/_postern".to_owned(),
    ] {
        assert_eq!(location(&path), "/_postern/login");
    }
}

/// A navigation is a person, whatever its method.
#[test]
fn whose_form_comes_after_the_session_is_led_to_the_login_and_back_to_the_page_of_the_form() {
    let page = "https://auth.example.com/page?a=b";
    for (referer, expected) in [
        (Some(page), "/_postern/login?return_to=/page%3Fa%3Db"),
        (None, "/_postern/login"),
        (Some("https://evil.example/page"), "/_postern/login"),
        (
            Some("https://auth.example.com.evil.example/page"),
            "/_postern/login",
        ),
        (
            Some("https://auth.example.com@evil.example/"),
            "/_postern/login",
        ),
        (Some("http://auth.example.com/page"), "/_postern/login"),
        (
            Some("https://auth.example.com//evil.example"),
            "/_postern/login",
        ),
        (
            Some("https://auth.example.com/_postern/logout"),
            "/_postern/login",
        ),
        (Some("/page"), "/_postern/login"),
        (Some(""), "/_postern/login"),
    ] {
        let mut headers = NAVIGATE.to_vec();
        headers.extend(referer.map(|referer| ("referer", referer)));
        let refusal = refused("POST", "/form?c=d", &headers);
        assert_eq!(refusal.status(), 303, "{referer:?}");
        let location = refusal.answer.header("location");
        assert_eq!(location, Some(expected), "{referer:?}");
    }
    // At another address, to the page at the issuer's.
    let mut headers = NAVIGATE.to_vec();
    headers.push(("referer", "https://www.example.com/page"));
    let refusal = refused_at("https://www.example.com", "POST", "/form", &headers);
    let location = refusal.answer.header("location");
    assert_eq!(location, Some("https://auth.example.com/page"));
}

#[test]
fn a_redirect_is_kept_by_nobody() {
    for (path, vary) in [
        ("/x", "Cookie, Sec-Fetch-Mode, Accept"),
        ("/any", "Authorization, Cookie, Sec-Fetch-Mode, Accept"),
    ] {
        let refusal = refused("GET", path, NAVIGATE);
        let headers: Vec<&str> = refusal.answer.headers.iter().map(|(n, _)| *n).collect();
        assert_eq!(headers, ["location", "cache-control", "vary"]);
        assert_eq!(refusal.answer.header("cache-control"), Some("no-store"));
        assert_eq!(refusal.answer.header("vary"), Some(vary));
        assert_eq!(refusal.answer.body, "");
    }
}

#[test]
fn everything_else_is_told_what_to_do() {
    let cookie = [("cookie", "__Host-postern-session=x")];
    for (method, path, headers, status, challenge, words) in [
        ("GET", "/x", &[][..], 401, Some(LOGIN), "/_postern/login"),
        ("POST", "/x", SCRIPT, 401, Some(LOGIN), "/_postern/login"),
        ("PUT", "/x", NAVIGATE, 401, Some(LOGIN), "/_postern/login"),
        ("GET", "/any", &[], 401, Some(BEARER), "Bearer TOKEN"),
        ("POST", "/x", &cookie, 403, None, "pages of this site"),
        ("POST", "/any", &cookie, 403, None, "access token"),
    ] {
        let refusal = refused(method, path, headers);
        assert_eq!(refusal.status(), status, "{method} {path}");
        assert_eq!(refusal.answer.header("www-authenticate"), challenge);
        assert_eq!(refusal.answer.header("cache-control"), Some("no-store"));
        assert_eq!(refusal.answer.header("location"), None);
        let body: Value = serde_json::from_str(&refusal.answer.body).unwrap();
        assert_eq!(body["status"], status);
        let detail = body["detail"].as_str().unwrap();
        assert!(detail.contains(words) && !detail.contains("  "), "{detail}");
    }
}

#[test]
fn nobody_learns_why_a_session_does_not_count() {
    let site = site();
    let Decision::Route(route) = site.decide("GET", "/x") else {
        panic!("there is a route");
    };
    for headers in [&[][..], NAVIGATE] {
        let without = refused("GET", "/x?y", headers);
        for inactive in [
            Inactive::Revoked,
            Inactive::NoRecord,
            Inactive::Unsealable(Unsealable::Forged),
            Inactive::Unsealable(Unsealable::Expired),
        ] {
            let request = Request::new("GET", headers);
            let refusal = route.refuse_ended(inactive, &request, "https://auth.example.com/x?y");
            assert_eq!(refusal.answer, without.answer);
            assert_eq!(refusal.reason, inactive.as_str());
        }
    }
}

/// A login is a cookie of one host, so that nobody could log in where they are.
#[test]
fn at_another_address_a_person_is_led_to_the_same_page_at_the_issuers() {
    for origin in [
        "https://www.example.com",
        "https://site.account.workers.dev",
        "http://auth.example.com",
        "https://auth.example.com:8443",
        "https://evil.example",
    ] {
        for (path, expected) in [
            ("/x", "/x"),
            ("/a%20b?c=d&e=%2F", "/a%20b?c=d&e=%2F"),
            ("/any", "/any"),
            ("/_postern", "/"),
        ] {
            let refusal = refused_at(origin, "GET", path, NAVIGATE);
            assert_eq!(refusal.status(), 303, "{origin}{path}");
            let expected = format!("https://auth.example.com{expected}");
            assert_eq!(refusal.answer.header("location"), Some(&*expected));
            assert_eq!(refusal.answer.header("cache-control"), Some("no-store"));
            assert!(refusal.answer.header("vary").unwrap().contains("Cookie"));
        }
        for (method, path, headers, challenge) in [
            ("GET", "/x", &[][..], LOGIN),
            ("POST", "/x", SCRIPT, LOGIN),
            ("GET", "/any", &[], BEARER),
        ] {
            let refusal = refused_at(origin, method, path, headers);
            assert_eq!(refusal.status(), 401, "{method} {origin}{path}");
            assert_eq!(refusal.answer.header("location"), None);
            assert_eq!(refusal.answer.header("www-authenticate"), Some(challenge));
            let body: Value = serde_json::from_str(&refusal.answer.body).unwrap();
            let detail = body["detail"].as_str().unwrap();
            assert!(detail.contains("https://auth.example.com"), "{detail}");
            assert!(
                !detail.contains("cookie") && !detail.contains("  "),
                "{detail}"
            );
            assert_eq!(detail.contains("Bearer TOKEN"), path == "/any", "{detail}");
        }
    }
    // Its host may be written in any case.
    let own = refused_at("https://AUTH.example.com", "GET", "/x", NAVIGATE);
    let login = own.answer.header("location");
    assert_eq!(login, Some("/_postern/login?return_to=/x"));
}

/// Nobody is led from a developer's machine to production, or round in circles behind a proxy that changes the host.
#[test]
fn between_this_machine_and_another_nobody_is_led() {
    let refusal = refused_at("http://localhost:8787", "GET", "/x", NAVIGATE);
    assert_eq!(refusal.status(), 401);
    assert_eq!(refusal.answer.header("location"), None);
    assert!(refusal.answer.body.contains("https://auth.example.com"));
}

/// An outage does not log anyone out.
#[test]
fn an_outage_leads_nobody_to_the_login() {
    let site = site();
    let Decision::Route(route) = site.decide("GET", "/x") else {
        panic!("there is a route");
    };
    let refusal = route.refuse_unavailable();
    assert_eq!(refusal.status(), 503);
    assert_eq!(refusal.answer.header("retry-after"), Some("2"));
    assert_eq!(refusal.answer.header("location"), None);
}

#[test]
fn what_another_web_origin_may_read() {
    let app = ("origin", "https://app.example");
    let readable = |refusal: &Refusal| {
        refusal
            .answer
            .header("access-control-allow-origin")
            .map(str::to_owned)
    };
    let refusal = refused("GET", "/shared", &[app]);
    assert_eq!(readable(&refusal).as_deref(), Some("https://app.example"));
    // No answer lets a browser send the cookie along.
    assert_eq!(
        refusal.answer.header("access-control-allow-credentials"),
        None
    );
    for headers in [
        &[app, ("sec-fetch-mode", "navigate")][..],
        &[
            app,
            ("cookie", "__Host-postern-session=x"),
            ("upgrade", "x"),
        ],
    ] {
        assert_eq!(readable(&refused("GET", "/shared", headers)), None);
    }
}

#[test]
fn scopes_and_audiences_bind_only_tokens() {
    let site = site();
    let Decision::Route(route) = site.decide("GET", "/any") else {
        panic!("there is a route");
    };
    let mut person = record();
    person.scope = crate::protocol::Scope::default();
    person.audiences = Vec::new();
    for renewable in [true, false] {
        let ticket = Credential::Ticket { renewable };
        assert_eq!(
            authorised(route, ticket, &person, "https://a.example/any"),
            Ok(())
        );
        assert_eq!(ticket.kind(), TokenKind::Ticket);
    }
    assert_eq!(Credential::Token.kind(), TokenKind::Access);
    let refusal =
        authorised(route, Credential::Token, &person, "https://a.example/any").unwrap_err();
    assert_eq!(refusal.reason, "wrong_audience");
    person.audiences = record().audiences;
    let refusal =
        authorised(route, Credential::Token, &person, "https://a.example/any").unwrap_err();
    assert_eq!(refusal.reason, "insufficient_scope");
}

#[test]
fn debug_shows_no_ticket() {
    let request = Request::new("GET", &[("cookie", "__Host-postern-session=s3cr3t")]);
    let site = site();
    let admission = site.admit(&request, "https://a.example/x");
    assert!(matches!(admission, Admission::Authenticate { .. }));
    assert!(!format!("{admission:?}").contains("s3cr3t"));
}

/// A single-page application cannot tell from a 401 alone that its person has to log in again.
#[test]
fn a_script_is_told_where_the_login_is() {
    for path in ["/x", "/any"] {
        let answer = refused("GET", path, SCRIPT).answer;
        assert_eq!(answer.status, 401);
        assert_eq!(
            answer.header("postern-login"),
            Some("/_postern/login"),
            "{path}"
        );
    }
    let elsewhere = refused_at("https://www.example.com", "GET", "/x", SCRIPT).answer;
    assert_eq!(
        elsewhere.header("postern-login"),
        Some("https://auth.example.com/_postern/login")
    );
    assert_eq!(
        refused("GET", "/x", NAVIGATE)
            .answer
            .header("postern-login"),
        None
    );
    // No login opens a route for tokens alone.
    let policy = policy(vec![route("/api/*", Access::Token)]);
    let admission = policy.admit(
        &Request::new("GET", SCRIPT),
        "https://auth.example.com/api/x",
    );
    let Admission::Refused { refusal, .. } = admission else {
        panic!("{admission:?}");
    };
    assert_eq!(refusal.answer.header("postern-login"), None);
}
