//! Where a login returns to: a path of this site and nothing else.
//!
//! ```text
//! return-to  = "/" *char [ "?" *query-char ]   ; at most 8,000 characters
//! char       = %x21-7E except "#" and "\"
//! query-char = %x21-7E except "#"
//! ```
//! Job: whatever a browser makes of it in a `Location` header stays on this site. Browsers strip tabs and line
//! breaks, take `\` in a path for `/`, and read `//host` as another site, so it has none of these. In a query, `\` is
//! itself, and browsers send it. 8,000 octets are what RFC 9110 section 4.1 asks of everyone. Another server may decode
//! the path before it redirects, so the decoded path has none of them either. Empty and dot segments are refused,
//! as the gate refuses them. Of Postern's own pages, a login returns only to the list of sessions: the others are
//! steps of a login or a logout, and would lead in circles.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

/// How long one may be, in bytes.
pub const LONGEST: usize = 8_000;

/// The page that logs people in.
const LOGIN: &str = "/_postern/login";

/// The only one of Postern's own pages that a login returns to.
const SESSIONS: &str = "/_postern/sessions";

/// A path of this site, with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

/// The text is not a path of this site that a login may return to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReturnToError;

impl fmt::Display for ReturnToError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is not a path of this site")
    }
}

impl Default for ReturnTo {
    /// The front page.
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl ReturnTo {
    /// The destination of a request for this path and query.
    ///
    /// # Errors
    /// [`ReturnToError`] where a login must not return there.
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

    /// The path and query of the page that logs people in and then returns here.
    #[must_use]
    pub fn login(&self) -> String {
        let mut url = format!("{LOGIN}?return_to=");
        for byte in self.0.bytes() {
            // RFC 3986 section 3.4 allows "/" in a query.
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
        let is_char = |b: u8| b.is_ascii_graphic() && b != b'#';
        let path = text.split('?').next().unwrap_or_default();
        let fits = text.len() <= LONGEST
            && path.starts_with('/')
            && !path.contains('\\')
            && text.bytes().all(is_char)
            && (is_plain(path) || path == SESSIONS);
        fits.then(|| Self(text.to_owned())).ok_or(ReturnToError)
    }
}

/// Whether every reader takes the path for the same place, and that is not one of Postern's own pages.
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
