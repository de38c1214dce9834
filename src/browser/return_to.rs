//! Where a login leads back to: a path of this site and nothing else.
//!
//! ```text
//! return-to = "/" *char [ "?" *char ]   ; at most 2048 characters
//! char      = %x21-7E but "#" and "\"
//! ```
//! Job: what a browser makes of it as a `Location` stays on this site. Browsers strip tabs and line
//! breaks, take `\` for `/`, and read `//host` as another site, so none of these is in it; and as
//! another server may decode before it redirects, none of them is in the decoded path either. Empty
//! and dot segments are refused as the gate refuses them. Of Postern's own pages only the list of
//! sessions is led back to: the others are a step of a login or of a logout, and would go in circles.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

/// How long one may be, in bytes.
pub const LONGEST: usize = 2048;

/// The page that logs people in.
const LOGIN: &str = "/_postern/login";

/// The only one of Postern's own pages that is led back to.
const SESSIONS: &str = "/_postern/sessions";

/// A path of this site, with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

/// The text is no path of this site that may be led back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReturnToError;

impl fmt::Display for ReturnToError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is no path of this site")
    }
}

impl Default for ReturnTo {
    /// The front page.
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl ReturnTo {
    /// Where a request for this path and query wanted to go.
    ///
    /// # Errors
    /// [`ReturnToError`] where that cannot be led back to.
    pub fn of(path: &str, query: Option<&str>) -> Result<Self, ReturnToError> {
        match query {
            Some(query) => format!("{path}?{query}").parse(),
            None => path.parse(),
        }
    }

    /// The path and query, fit for a `Location` header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path and query of the page that logs people in and leads back here.
    #[must_use]
    pub fn login(&self) -> String {
        let mut url = format!("{LOGIN}?return_to=");
        for byte in self.0.bytes() {
            // RFC 3986 section 3.4 has "/" in a query as it is.
            if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
                url.push(char::from(byte));
            } else {
                write!(url, "%{byte:02X}").expect("writing to a String cannot fail");
            }
        }
        url
    }
}

impl FromStr for ReturnTo {
    type Err = ReturnToError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_char = |b: u8| b.is_ascii_graphic() && b != b'#' && b != b'\\';
        let path = text.split('?').next().unwrap_or_default();
        let fits = text.len() <= LONGEST
            && path.starts_with('/')
            && text.bytes().all(is_char)
            && (is_plain(path) || path == SESSIONS);
        fits.then(|| Self(text.to_owned())).ok_or(ReturnToError)
    }
}

/// Whether a path leads to one place for every reader of it, and to none of Postern's own.
fn is_plain(path: &str) -> bool {
    let decoded: Vec<u8> = percent_decode_str(path).collect();
    let segments: Vec<&[u8]> = decoded.split(|b| *b == b'/').skip(1).collect();
    let is_own = segments[0].eq_ignore_ascii_case(b"_postern");
    !is_own
        && segments.iter().enumerate().all(|(at, segment)| {
            let is_last = at + 1 == segments.len();
            let is_dots = *segment == b"." || *segment == b"..";
            let is_strange = segment.iter().any(|b| b.is_ascii_control() || *b == b'\\');
            !is_dots && !is_strange && (is_last || !segment.is_empty())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_of_this_site() {
        for good in [
            "/",
            "/a",
            "/a/",
            "/a/b.html?c=d&e",
            "/?",
            "/?a=//b/../c",
            "/a?b=https://other.example/",
            "/a:b@c",
            "/%C3%A9?x=%00%0D%0A",
            "/oauth/authorize?client_id=a&redirect_uri=https%3A%2F%2Fb.example%2Fcb&state=x",
            "/_postern/sessions",
            "/_postern/sessions?x=y",
            "/_posternish",
            "/a/_postern/login",
            "/...",
            "/.well-known/x",
        ] {
            assert_eq!(good.parse::<ReturnTo>().unwrap().as_str(), good);
        }
        assert_eq!(ReturnTo::default(), "/".parse().unwrap());
        let of = |path, query| ReturnTo::of(path, query).map(|r| r.as_str().to_owned());
        assert_eq!(of("/a", None), Ok("/a".to_owned()));
        assert_eq!(of("/a", Some("b?c")), Ok("/a?b?c".to_owned()));
        assert_eq!(of("//a", Some("b")), Err(ReturnToError));
    }

    /// What an open redirect is made of.
    #[test]
    fn hostile_destinations() {
        for bad in [
            "",
            // Another site, plainly.
            "https://evil.example",
            "https:evil.example",
            "https:/evil.example",
            "HTTPS://evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "evil.example",
            "evil.example/",
            "?a",
            "#a",
            "@evil.example",
            ":80",
            ".evil.example",
            // A path that a browser reads as a host.
            "//evil.example",
            "///evil.example",
            "////evil.example",
            "//",
            "//evil.example/..",
            "//user@evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "\\/evil.example",
            "/a\\b",
            "/a?b\\c",
            // What browsers strip before they read it.
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r/evil.example",
            "\t//evil.example",
            " /a",
            "/a ",
            "\u{0}/a",
            "/a\u{0}",
            "/\u{7f}/evil.example",
            "/a\r\nset-cookie: x=y",
            // What is stripped or decoded by someone on the way.
            "/%09/evil.example",
            "/%0a/evil.example",
            "/%0D%0ASet-Cookie:%20x=y",
            "/%00/a",
            "/%7F/a",
            "/%2F/evil.example",
            "/%2fevil.example",
            "/%5cevil.example",
            "/%5Cevil.example",
            "/a%5c..%5cb",
            "/a%2f%2fevil.example",
            // Dot segments, which a browser resolves, also when they are encoded.
            "/..//evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "/a/../b",
            "/..",
            "/.",
            "/%2e%2e//evil.example",
            "/%2E/a",
            "/.%2e/a",
            "/a/%2e%2e/_postern/logout",
            "/a/..%2f_postern/logout",
            // Empty segments in the middle.
            "/a//evil.example",
            "/a//",
            // Beyond visible ASCII.
            "/é",
            "/\u{2f}\u{ff0f}evil.example",
            "/\u{3000}/evil.example",
            "/\u{feff}/evil.example",
            "/\u{85}/evil.example",
            // A fragment.
            "/a#b",
            // Postern's own pages, however they are written.
            "/_postern",
            "/_postern/",
            "/_postern/login",
            "/_postern/login?return_to=/",
            "/_postern/logout",
            "/_postern/callback?code=x",
            "/_postern/sessions/",
            "/_postern/sessions/x",
            "/_POSTERN/login",
            "/%5fpostern/login",
            "/_postern%2flogin",
            "/_postern/%73essions",
        ] {
            assert_eq!(bad.parse::<ReturnTo>(), Err(ReturnToError), "{bad:?}");
        }
    }

    #[test]
    fn at_most_two_kilobytes() {
        let long = format!("/{}", "a".repeat(LONGEST - 1));
        assert!(long.parse::<ReturnTo>().is_ok());
        assert!(format!("{long}a").parse::<ReturnTo>().is_err());
    }

    #[test]
    fn the_login_leads_back() {
        let login = |text: &str| text.parse::<ReturnTo>().unwrap().login();
        assert_eq!(login("/"), "/_postern/login?return_to=/");
        assert_eq!(
            login("/a/b?c=d&e=%20+\"<'"),
            "/_postern/login?return_to=/a/b%3Fc%3Dd%26e%3D%2520%2B%22%3C%27"
        );
    }

    proptest! {
        /// A browser resolves a `Location` by RFC 3986 section 5.2 with the liberties above: whatever
        /// is taken begins with one slash and has nothing in it that a liberty applies to.
        #[test]
        fn whatever_is_taken_stays_here(text in "/[/\\\\a.%25?#:@ \t]{0,12}") {
            if let Ok(taken) = text.parse::<ReturnTo>() {
                prop_assert_eq!(taken.as_str(), &text);
                prop_assert!(!text.starts_with("//"));
                prop_assert!(!text.contains(['\\', '#', ' ', '\t']));
                let login = taken.login();
                let (_, encoded) = login.split_once("return_to=").unwrap();
                let decoded = percent_decode_str(encoded).decode_utf8().unwrap();
                prop_assert_eq!(decoded, text);
            }
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<ReturnTo>();
        }
    }
}
