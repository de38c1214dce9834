//! Requests of this site's pages, and navigations.

use crate::browser::same_site::{is_navigation, is_same_site};
use crate::fixtures::Headers;

const OWN: &str = "https://docs.example.com";

#[test]
fn a_page_of_this_site_says_so() {
    let is_same = |headers: &[(&str, &str)]| is_same_site(&Headers(headers), OWN);
    assert!(is_same(&[("origin", OWN)]));
    assert!(is_same(&[("sec-fetch-site", "same-origin")]));
    assert!(is_same(&[
        ("origin", OWN),
        ("sec-fetch-site", "same-origin")
    ]));
    // A page with `Referrer-Policy: no-referrer`.
    assert!(is_same(&[
        ("origin", "null"),
        ("sec-fetch-site", "same-origin")
    ]));
    // Where there is an `Origin`, it decides.
    assert!(is_same(&[("origin", OWN), ("sec-fetch-site", "none")]));
}

#[test]
fn everyone_else_is_another_site() {
    for headers in [
        &[][..],
        &[("referer", "https://docs.example.com/")],
        &[("origin", "null")],
        &[("origin", "null"), ("sec-fetch-site", "cross-site")],
        &[("origin", "null"), ("sec-fetch-site", "same-site")],
        &[("origin", "null"), ("sec-fetch-site", "none")],
        &[("origin", "null"), ("sec-fetch-site", "")],
        &[("origin", "null, null"), ("sec-fetch-site", "same-origin")],
        &[("origin", "NULL"), ("sec-fetch-site", "same-origin")],
        &[("origin", "")],
        &[("origin", "https://evil.example")],
        &[
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "same-origin"),
        ],
        &[("origin", "http://docs.example.com")],
        &[("origin", "https://docs.example.com:444")],
        &[("origin", "https://docs.example.com:443")],
        &[("origin", "https://docs.example.com/")],
        &[("origin", "https://DOCS.example.com")],
        &[("origin", "https://docs.example.com.evil.example")],
        &[("origin", "https://a.docs.example.com")],
        &[("origin", OWN), ("origin", "https://evil.example")],
        &[("origin", OWN), ("origin", OWN)],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "none")],
        &[
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "same-origin"),
        ],
    ] {
        assert!(!is_same_site(&Headers(headers), OWN), "{headers:?}");
    }
}

#[test]
fn a_navigation_is_told_from_a_script() {
    let html = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for (method, headers, expected) in [
        ("GET", &[("sec-fetch-mode", "navigate")][..], true),
        ("HEAD", &[("sec-fetch-mode", "navigate")], true),
        ("POST", &[("sec-fetch-mode", "navigate")], false),
        ("get", &[("sec-fetch-mode", "navigate")], false),
        (
            "GET",
            &[("sec-fetch-mode", "cors"), ("accept", html)],
            false,
        ),
        ("GET", &[("sec-fetch-mode", ""), ("accept", html)], false),
        ("GET", &[("accept", html)], true),
        (
            "GET",
            &[("accept", "application/json, Text/HTML;q=0.5")],
            true,
        ),
        ("GET", &[("accept", "text/htmlx")], false),
        ("GET", &[("accept", "*/*")], false),
        ("GET", &[("accept", "application/json")], false),
        ("GET", &[], false),
        ("DELETE", &[("accept", html)], false),
    ] {
        let is = is_navigation(method, &Headers(headers));
        assert_eq!(is, expected, "{method} {headers:?}");
    }
}
