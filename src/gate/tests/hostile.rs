//! Requests that try to get around the gate, one a line.
//!
//! To add one: method, URL, headers, and what must become of it. A request that would reach an origin
//! says so with `forward`, `preflight`, `token` or `ticket`; all others say which status and reason.

use super::{Request, described, only, policy, route};
use crate::config::{Access, Preflight, Route};
use crate::gate::RequestHead;
use crate::gate::policy::Policy;

/// A site as people write it: closed paths, an API, a public rest.
fn site() -> Policy {
    policy(vec![
        route("/admin", Access::Deny),
        route("/admin/*", Access::Deny),
        only(&["GET", "POST"], route("/api/*", Access::Token)),
        Route {
            preflight: Preflight::Pass,
            ..only(&["GET"], route("/passing/*", Access::Token))
        },
        Route {
            preflight: Preflight::Answer,
            cors_origins: vec!["https://app.example".to_owned()],
            ..only(&["GET"], route("/answering/*", Access::Token))
        },
        Route {
            preflight: Preflight::Pass,
            ..route("/closed/*", Access::Deny)
        },
        only(&["GET"], route("/public/*", Access::Public)),
        route("/members/*", Access::Session),
        route("/any/*", Access::Any),
        Route {
            preflight: Preflight::Answer,
            cors_origins: vec!["https://app.example".to_owned()],
            ..route("/shared/*", Access::Session)
        },
    ])
}

type Case = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const AUTH: (&str, &str) = ("Authorization", "Bearer good");
const EVIL: (&str, &str) = ("Origin", "https://evil.example");
const APP: (&str, &str) = ("Origin", "https://app.example");
const COOKIE: (&str, &str) = ("Cookie", "__Host-postern-session=good");
const OWN: (&str, &str) = ("Origin", "https://a.example");
const SAME_ORIGIN: (&str, &str) = ("Sec-Fetch-Site", "same-origin");
const NAVIGATE: (&str, &str) = ("Sec-Fetch-Mode", "navigate");
const HTML: (&str, &str) = ("Accept", "text/html,*/*;q=0.8");
const WEBSOCKET: (&str, &str) = ("Upgrade", "websocket");
const ASKS_GET: (&str, &str) = ("Access-Control-Request-Method", "GET");
const ASKS_DELETE: (&str, &str) = ("Access-Control-Request-Method", "DELETE");

#[rustfmt::skip]
const CASES: &[Case] = &[
    // What must work.
    ("GET", "https://a.example/public/x", &[], "forward /public/*"),
    ("HEAD", "https://a.example/public/x?access_token=x", &[], "forward /public/*"),
    ("GET", "https://a.example/api/x", &[AUTH], "token good for /api/*"),
    ("POST", "https://a.example:8443/api/x?y=z", &[("authorization", "bEARER  t0k-._~+/==")], "token t0k-._~+/== for /api/*"),

    // Paths that some server reads as another one.
    ("GET", "https://a.example/public/../admin", &[], "400 path_dot_segment"),
    ("GET", "https://a.example/public/%2e%2e/admin", &[], "400 path_dot_segment"),
    ("GET", "https://a.example/public/.%2E/admin", &[], "400 path_dot_segment"),
    ("GET", "https://a.example/public/..%2fadmin", &[], "400 path_encoded_slash"),
    ("GET", "https://a.example/public/..%5cadmin", &[], "400 path_backslash"),
    ("GET", "https://a.example/public\\..\\admin", &[], "400 path_backslash"),
    ("GET", "https://a.example\\admin", &[], "400 path_backslash"),
    ("GET", "https://a.example/public/%252e%252e/admin", &[], "400 path_double_encoding"),
    ("GET", "https://a.example/public/%25%32%65/admin", &[], "400 path_double_encoding"),
    ("GET", "https://a.example/public/%c0%ae%c0%ae/admin", &[], "400 path_not_utf8"),
    ("GET", "https://a.example/public/%u002e/admin", &[], "400 path_bad_escape"),
    ("GET", "https://a.example/public/..;/admin", &[], "400 path_semicolon"),
    ("GET", "https://a.example/public/x;/../admin", &[], "400 path_semicolon"),
    ("GET", "https://a.example/public/..%3b/admin", &[], "400 path_semicolon"),
    ("GET", "https://a.example/admin%3Fx", &[], "400 path_encoded_delimiter"),
    ("GET", "https://a.example/admin%23", &[], "400 path_encoded_delimiter"),
    ("GET", "https://a.example/admin#/public/x", &[], "400 path_encoded_delimiter"),
    ("GET", "https://a.example/public/x%00/admin", &[], "400 path_control_character"),
    ("GET", "https://a.example/public/x%0d%0aHost:b", &[], "400 path_control_character"),
    ("GET", "https://a.example/pub\tlic/x", &[], "400 path_bad_character"),
    ("GET", "https://a.example/public/x HTTP/1.1", &[], "400 path_bad_character"),
    ("GET", "https://a.example/public/é", &[], "400 path_bad_character"),
    ("GET", "https://a.example//admin", &[], "400 path_empty_segment"),
    ("GET", "https://a.example/public//x", &[], "400 path_empty_segment"),
    ("GET", "https://a.example/./admin", &[], "400 path_dot_segment"),
    ("GET", "https://a.example/admin/.", &[], "400 path_dot_segment"),
    ("GET", "https://a.example", &[], "400 path_not_absolute"),
    ("OPTIONS", "*", &[], "400 path_not_absolute"),
    ("GET", "https://a.example?/public/x", &[], "400 path_not_absolute"),

    // Paths that are the same in another spelling.
    ("GET", "https://a.example/%61dmin", &[AUTH], "403 denied"),
    ("GET", "https://a.example/%61%64min/x", &[AUTH], "403 denied"),
    ("GET", "https://a.example/admin/x?/public/x", &[], "403 denied"),
    ("GET", "https://a.example/api%2dx", &[], "404 no_route"),
    ("GET", "https://a.example/ADMIN", &[AUTH], "404 no_route"),
    ("GET", "https://a.example/", &[AUTH], "404 no_route"),

    // Methods.
    ("PUT", "https://a.example/api/x", &[AUTH], "405 method_not_allowed"),
    ("get", "https://a.example/api/x", &[AUTH], "405 method_not_allowed"),
    ("GET ", "https://a.example/api/x", &[AUTH], "405 method_not_allowed"),
    ("PROPFIND", "https://a.example/public/x", &[], "405 method_not_allowed"),
    ("PROPFIND", "https://a.example/admin", &[], "403 denied"),
    ("PUT", "https://a.example/api/x", &[AUTH, ("X-HTTP-Method-Override", "GET")], "405 method_not_allowed"),
    ("OPTIONS", "https://a.example/api/x", &[], "405 method_not_allowed"),

    // Credentials.
    ("GET", "https://a.example/api/x", &[], "401 no_credentials"),
    ("HEAD", "https://a.example/api/x", &[], "401 no_credentials"),
    ("GET", "https://a.example/api/x", &[("Authorization", "")], "401 other_scheme"),
    ("GET", "https://a.example/api/x", &[("Authorization", "Basic YTpi")], "401 other_scheme"),
    ("GET", "https://a.example/api/x", &[("Authorization", "good")], "401 other_scheme"),
    ("GET", "https://a.example/api/x", &[("Authorization", "Bearergood")], "401 other_scheme"),
    ("GET", "https://a.example/api/x", &[("Authorization", "DPoP good")], "401 other_scheme"),
    ("GET", "https://a.example/api/x", &[("X-Authorization", "Bearer good")], "401 no_credentials"),
    ("GET", "https://a.example/api/x", &[("Cookie", "access_token=good")], "401 no_credentials"),
    ("GET", "https://a.example/api/x", &[("X-Postern-Subject", "admin")], "401 no_credentials"),
    ("GET", "https://a.example/api/x", &[("Authorization", "Bearer")], "400 malformed_bearer"),
    ("GET", "https://a.example/api/x", &[("Authorization", "Bearer ")], "400 malformed_bearer"),
    ("GET", "https://a.example/api/x", &[("Authorization", "Bearer \"good\"")], "400 malformed_bearer"),
    ("GET", "https://a.example/api/x", &[("Authorization", "Bearer good bad")], "400 malformed_bearer"),
    ("GET", "https://a.example/api/x", &[("Authorization", "Bearer göod")], "400 malformed_bearer"),
    ("GET", "https://a.example/api/x", &[AUTH, AUTH], "400 malformed_bearer"),
    ("GET", "https://a.example/api/x", &[AUTH, ("Authorization", "Basic YTpi")], "400 malformed_bearer"),
    ("GET", "https://a.example/api/x?access_token=good", &[], "400 token_in_query"),
    ("GET", "https://a.example/api/x?access_token=good", &[AUTH], "400 token_in_query"),
    ("GET", "https://a.example/api/x?a&access%5Ftoken=good", &[], "400 token_in_query"),
    ("GET", "https://a.example/api/x?%61ccess_toke%6e", &[AUTH], "400 token_in_query"),
    ("GET", "https://a.example/api/x?xaccess_token=1&access_tokens=2&q=access_token", &[AUTH], "token good for /api/*"),
    ("GET", "https://a.example/admin?access_token=good", &[], "403 denied"),

    // Preflights.
    ("OPTIONS", "https://a.example/api/x", &[EVIL, ASKS_GET], "405 method_not_allowed"),
    ("OPTIONS", "https://a.example/admin", &[APP, ASKS_GET], "403 denied"),
    ("OPTIONS", "https://a.example/closed/x", &[APP, ASKS_GET], "403 denied"),
    ("OPTIONS", "https://a.example/passing/x", &[EVIL, ASKS_GET], "preflight /passing/*"),
    ("OPTIONS", "https://a.example/passing/x", &[EVIL, ASKS_DELETE], "405 method_not_allowed"),
    ("OPTIONS", "https://a.example/passing/x", &[EVIL], "405 method_not_allowed"),
    ("OPTIONS", "https://a.example/passing/x", &[ASKS_GET], "405 method_not_allowed"),
    ("OPTIONS", "https://a.example/passing/x", &[EVIL, ("Access-Control-Request-Method", "G T")], "405 method_not_allowed"),
    ("options", "https://a.example/passing/x", &[EVIL, ASKS_GET], "405 method_not_allowed"),
    ("GET", "https://a.example/passing/x", &[EVIL, ASKS_GET], "401 no_credentials"),
    ("OPTIONS", "https://a.example/answering/x", &[APP, ASKS_GET], "204 answered"),
    ("OPTIONS", "https://a.example/answering/x", &[EVIL, ASKS_GET], "403 preflight_origin"),
    ("OPTIONS", "https://a.example/answering/x", &[("Origin", "null"), ASKS_GET], "403 preflight_origin"),
    ("OPTIONS", "https://a.example/answering/x", &[("Origin", "https://app.example.evil.example"), ASKS_GET], "403 preflight_origin"),
    ("OPTIONS", "https://a.example/answering/x", &[APP, EVIL, ASKS_GET], "403 preflight_origin"),
    ("OPTIONS", "https://a.example/answering/x", &[APP, ASKS_DELETE], "405 method_not_allowed"),

    // Login sessions: what must work.
    ("GET", "https://a.example/members/x", &[COOKIE], "ticket good for /members/*"),
    ("HEAD", "https://a.example/members/x", &[COOKIE], "ticket good for /members/*"),
    ("OPTIONS", "https://a.example/members/x", &[COOKIE], "ticket good for /members/*"),
    ("GET", "https://a.example/members/x", &[("Cookie", "a=\"b, c\"; __Host-postern-session=pst_st_A-_9; d")], "ticket pst_st_A-_9 for /members/*"),
    ("GET", "https://a.example/members/x", &[COOKIE, EVIL, ("Sec-Fetch-Site", "cross-site")], "ticket good for /members/*"),
    ("POST", "https://a.example/members/x", &[COOKIE, OWN], "ticket good for /members/*"),
    ("POST", "https://a.example/members/x", &[COOKIE, SAME_ORIGIN], "ticket good for /members/*"),
    ("DELETE", "https://a.example:8443/members/x", &[COOKIE, ("Origin", "https://a.example:8443")], "ticket good for /members/*"),
    ("GET", "https://a.example/members/x", &[COOKIE, WEBSOCKET, OWN], "lasting ticket good for /members/*"),
    ("GET", "https://a.example/any/x", &[COOKIE], "ticket good for /any/*"),
    ("GET", "https://a.example/any/x", &[AUTH], "token good for /any/*"),
    ("POST", "https://a.example/any/x", &[AUTH, EVIL], "token good for /any/*"),
    ("GET", "https://a.example/any/x", &[AUTH, WEBSOCKET, EVIL], "token good for /any/*"),
    ("POST", "https://a.example/any/x", &[COOKIE, OWN], "ticket good for /any/*"),

    // Nobody is logged in.
    ("GET", "https://a.example/members/x", &[], "401 no_session"),
    ("GET", "https://a.example/members/x", &[NAVIGATE], "303 no_session"),
    ("HEAD", "https://a.example/members/x", &[NAVIGATE], "303 no_session"),
    ("GET", "https://a.example/members/x", &[HTML], "303 no_session"),
    ("GET", "https://a.example/members/x", &[HTML, ("Sec-Fetch-Mode", "cors")], "401 no_session"),
    ("GET", "https://a.example/members/x", &[("Accept", "*/*")], "401 no_session"),
    ("POST", "https://a.example/members/x", &[NAVIGATE, HTML, OWN], "303 no_session"),
    ("POST", "https://a.example/members/x", &[NAVIGATE, HTML, EVIL], "303 no_session"),
    ("OPTIONS", "https://a.example/members/x", &[NAVIGATE, HTML], "401 no_session"),
    ("get", "https://a.example/members/x", &[NAVIGATE, HTML], "401 no_session"),
    ("GET", "https://a.example/members/x", &[WEBSOCKET, OWN], "401 no_session"),
    ("GET", "https://a.example/any/x", &[], "401 no_session"),
    ("GET", "https://a.example/any/x", &[NAVIGATE], "303 no_session"),
    ("GET", "https://a.example/members//x", &[NAVIGATE], "400 path_empty_segment"),

    // Postern's cookie without a ticket in it.
    ("GET", "https://a.example/members/x", &[AUTH], "401 no_session"),
    ("GET", "https://a.example/members/x", &[("Authorization", "Bearer pst_st_good")], "401 no_session"),
    ("GET", "https://a.example/members/x?__Host-postern-session=good", &[], "401 no_session"),
    ("GET", "https://a.example/members/x", &[("X-Postern-Session", "good")], "401 no_session"),
    ("GET", "https://a.example/members/x", &[("Cookie", "__Host-postern-session=good; __Host-postern-session=bad")], "401 no_session"),
    ("GET", "https://a.example/members/x", &[COOKIE, COOKIE], "401 no_session"),
    ("GET", "https://a.example/members/x", &[COOKIE, ("Cookie", "a=b"), ("Cookie", "__Host-postern-session=bad")], "401 no_session"),
    ("GET", "https://a.example/members/x", &[("Cookie", "__Host-postern-session=\"good\"")], "401 no_session"),
    ("GET", "https://a.example/members/x", &[("Cookie", "__Host-postern-session=go od")], "401 no_session"),
    ("GET", "https://a.example/members/x", &[("Cookie", "__Host-postern-session=good, a=b")], "401 no_session"),
    ("GET", "https://a.example/members/x", &[("Cookie", "__Host-postern-session =good")], "401 no_session"),
    ("GET", "https://a.example/members/x", &[("Cookie", "__Host-postern-session=")], "401 no_session"),
    ("GET", "https://a.example/members/x", &[("Cookie", "__HOST-POSTERN-SESSION=good")], "401 no_session"),
    ("GET", "https://a.example/members/x", &[("Cookie", "__Secure-postern-session=good")], "401 no_session"),
    ("GET", "https://a.example/members/x", &[("Cookie", "postern-session=good")], "401 no_session"),
    ("GET", "https://a.example/members/x", &[("Cookie", "=__Host-postern-session=good")], "401 no_session"),
    ("GET", "https://a.example/api/x", &[COOKIE], "401 no_credentials"),

    // Two kinds of credentials: the header decides, whatever it is worth.
    ("GET", "https://a.example/any/x", &[AUTH, COOKIE], "token good for /any/*"),
    ("GET", "https://a.example/any/x", &[("Authorization", "Bearer bad"), COOKIE], "token bad for /any/*"),
    ("GET", "https://a.example/any/x", &[("Authorization", "Bearer a b"), COOKIE], "400 malformed_bearer"),
    ("GET", "https://a.example/any/x", &[("Authorization", "Basic YTpi"), COOKIE], "401 other_scheme"),
    ("GET", "https://a.example/any/x", &[("Authorization", "Basic YTpi"), NAVIGATE], "401 other_scheme"),
    ("POST", "https://a.example/any/x", &[("Authorization", "Basic YTpi"), COOKIE, EVIL], "401 other_scheme"),
    ("GET", "https://a.example/any/x?access_token=good", &[COOKIE], "400 token_in_query"),
    ("GET", "https://a.example/any/x?access_token=good", &[NAVIGATE], "400 token_in_query"),
    // Where no token is read, one in the query is the origin's own parameter.
    ("GET", "https://a.example/members/x?access_token=good", &[COOKIE], "ticket good for /members/*"),

    // Another site makes a browser send the cookie.
    ("POST", "https://a.example/members/x", &[COOKIE], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, EVIL], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, EVIL, SAME_ORIGIN], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Origin", "null")], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Origin", "null"), ("Sec-Fetch-Site", "same-site")], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Origin", "")], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Origin", "http://a.example")], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Origin", "https://a.example:8443")], "403 cross_site"),
    ("POST", "https://a.example:8443/members/x", &[COOKIE, OWN], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Origin", "https://A.example")], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Origin", "https://a.example/")], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Origin", "https://a.example.evil.example")], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Origin", "https://evila.example")], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Origin", "https://a.example@evil.example")], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Origin", "https://b.a.example")], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, OWN, EVIL], "403 cross_site"),
    ("POST", "https://user@a.example/members/x", &[COOKIE, OWN], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Sec-Fetch-Site", "cross-site")], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Sec-Fetch-Site", "same-site")], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Sec-Fetch-Site", "none")], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, ("Referer", "https://a.example/members/x")], "403 cross_site"),
    ("PUT", "https://a.example/members/x", &[COOKIE, EVIL], "403 cross_site"),
    ("DELETE", "https://a.example/any/x", &[COOKIE, EVIL], "403 cross_site"),
    ("PROPFIND", "https://a.example/members/x", &[COOKIE, EVIL], "403 cross_site"),
    ("TRACE", "https://a.example/members/x", &[COOKIE], "403 cross_site"),
    ("get", "https://a.example/members/x", &[COOKIE, EVIL], "403 cross_site"),
    ("POST", "https://a.example/members/x", &[COOKIE, EVIL, ("X-HTTP-Method-Override", "GET")], "403 cross_site"),
    ("POST", "https://a.example/members/x?_method=GET", &[COOKIE, EVIL, NAVIGATE], "403 cross_site"),
    ("GET", "https://a.example/members/x", &[COOKIE, WEBSOCKET, EVIL], "403 cross_site"),
    ("GET", "https://a.example/members/x", &[COOKIE, WEBSOCKET], "403 cross_site"),
    ("GET", "https://a.example/members/x", &[COOKIE, ("Upgrade", "WebSocket, x"), EVIL], "403 cross_site"),
    ("GET", "https://a.example/any/x", &[COOKIE, WEBSOCKET, EVIL], "403 cross_site"),
    // That another web origin may read refusals lets it do nothing more.
    ("POST", "https://a.example/shared/x", &[COOKIE, APP], "403 cross_site"),
    ("GET", "https://a.example/shared/x", &[COOKIE, WEBSOCKET, APP], "403 cross_site"),
    ("OPTIONS", "https://a.example/shared/x", &[APP, ("Access-Control-Request-Method", "POST")], "204 answered"),
    ("OPTIONS", "https://a.example/members/x", &[APP, ASKS_GET], "401 no_session"),
];

#[test]
fn nothing_gets_around_the_gate() {
    let site = site();
    let mut wrong = Vec::new();
    for (method, url, headers, expected) in CASES {
        let request = Request::new(method, headers);
        let got = described(&site.admit(&request, url));
        if got != *expected {
            wrong.push(format!(
                "{} {url} {headers:?}: {got}, not {expected}",
                request.method()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_path_that_is_too_long_is_414() {
    let url = format!("https://a.example/public/{}", "a".repeat(8192));
    let admission = site();
    let got = described(&admission.admit(&Request::new("GET", &[]), &url));
    assert_eq!(got, "414 path_too_long");
}
