//! Whether a request comes from a page of this site, and whether a person is waiting for it.
//!
//! Job: `Origin` (RFC 6454 section 7) and the fetch metadata headers, neither of which a page can set
//! itself. Not its job: form tokens, which a form has as well.
//!
//! A browser writes `Origin: null` for a form on a page with `Referrer-Policy: no-referrer`. Such a
//! request counts as another site's, so Postern's own pages say `same-origin` instead.

use crate::protocol::Sender;

/// Whether a request was sent by a page of `own_origin`, which is the request's own: its scheme, host
/// and port. Without `Origin` the browser must say so in `Sec-Fetch-Site`. What says neither is not.
#[must_use]
pub fn is_same_site(sender: &dyn Sender, own_origin: &str) -> bool {
    match sender.header("origin") {
        Some(origin) => origin == own_origin,
        None => sender.header("sec-fetch-site").as_deref() == Some("same-origin"),
    }
}

/// Whether a request is a browser going to a page, so that it can be sent to another one. Only these
/// are redirected to the login; a script that asks for data would read the page as data.
#[must_use]
pub fn is_navigation(method: &str, sender: &dyn Sender) -> bool {
    if !matches!(method, "GET" | "HEAD") {
        return false;
    }
    match sender.header("sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => sender
            .header("accept")
            .is_some_and(|accept| accept.split(',').any(is_html)),
    }
}

/// Whether a media range (RFC 9110 section 12.5.1) names HTML itself.
fn is_html(range: &str) -> bool {
    let media_type = range.split(';').next().unwrap_or_default();
    media_type.trim_ascii().eq_ignore_ascii_case("text/html")
}

#[cfg(test)]
mod tests {
    use super::*;
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
        // Where there is an `Origin`, it decides.
        assert!(is_same(&[("origin", OWN), ("sec-fetch-site", "none")]));
    }

    #[test]
    fn everyone_else_is_another_site() {
        for headers in [
            &[][..],
            &[("referer", "https://docs.example.com/")],
            &[("origin", "null")],
            &[("origin", "null"), ("sec-fetch-site", "same-origin")],
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
}
