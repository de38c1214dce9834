//! Where sending in a form may lead (Content Security Policy Level 3, section 6.3.1, `form-action`).
//!
//! Chromium checks a form against `form-action` when it is sent, and again at every redirect that follows, even
//! at other sites. So a page names the site that its form's answer redirects to. Where nobody knows how that
//! site redirects further, the answer is a [`super::Onward`] page, which ends the chain.

use crate::protocol::issuer::is_web_origin;

/// A source of the `form-action` directive beside `'self'`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormTarget(String);

impl FormTarget {
    /// The narrowest source that covers `uri`: its web origin, or the scheme of an app. `None` where a page never
    /// leads there. A policy cannot name an IPv6 literal, so the source for one is its scheme.
    #[must_use]
    pub fn of(uri: &str) -> Option<Self> {
        let (scheme, rest) = uri.split_once(':')?;
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme.bytes().all(|b| {
                b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.')
            });
        match scheme {
            _ if !is_scheme => None,
            "javascript" | "data" | "blob" | "filesystem" | "about" | "file" => None,
            "https" | "http" => {
                let authority = rest.strip_prefix("//")?;
                let end = authority.find(['/', '?', '#']).unwrap_or(authority.len());
                let origin = format!("{scheme}://{}", &authority[..end]);
                if !is_web_origin(&origin) {
                    return None;
                }
                let is_ipv6 = authority.starts_with('[');
                Some(Self(if is_ipv6 {
                    format!("{scheme}:")
                } else {
                    origin
                }))
            }
            _ => Some(Self(format!("{scheme}:"))),
        }
    }

    /// Any site over TLS: for forms whose answer leads to a site or an application that may redirect further.
    #[must_use]
    pub fn onward() -> [Self; 1] {
        [Self("https:".to_owned())]
    }

    /// As it is written in the policy.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_source() {
        for (uri, expected) in [
            (
                "https://app.example.com/cb?x=y#z",
                Some("https://app.example.com"),
            ),
            ("https://app.example.com", Some("https://app.example.com")),
            ("https://app.example.com?x", Some("https://app.example.com")),
            (
                "https://app.example.com:8443/cb",
                Some("https://app.example.com:8443"),
            ),
            ("http://127.0.0.1:51004/cb", Some("http://127.0.0.1:51004")),
            ("http://localhost/cb", Some("http://localhost")),
            ("http://[::1]:51004/cb", Some("http:")),
            ("com.example.app:/cb", Some("com.example.app:")),
            ("com.example.app://cb;x y", Some("com.example.app:")),
        ] {
            let target = FormTarget::of(uri);
            assert_eq!(target.as_ref().map(FormTarget::as_str), expected, "{uri}");
        }
    }

    #[test]
    fn nothing_gets_into_the_policy() {
        for uri in [
            "",
            "app",
            ":x",
            "1a:x",
            "a;b:x",
            "a b:x",
            "a,b:x",
            "'self':x",
            "HTTPS://a.example",
            "https:",
            "https:a.example",
            "https:///cb",
            "http://a.example/cb",
            "https://a.example;script-src *",
            "https://a.example https://b.example",
            "https://a.example,b",
            "https://*.example",
            "https://u@a.example/cb",
            "https://a.example\\@b.example/",
            "https://A.example/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "blob:https://a.example/x",
            "file:///etc/passwd",
        ] {
            assert_eq!(FormTarget::of(uri), None, "{uri:?}");
        }
    }
}
