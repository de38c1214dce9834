//! URLs of other servers, such as an identity provider's endpoints.
//!
//! ```text
//! web-url = "https://" host [ ":" port ] [ "/" path ] [ "?" query ]
//! ```
//! `http` only for a loopback host, no fragment, 1,024 bytes at most. It is compared as a string.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::issuer::is_web_origin;

/// All except the unreserved characters of RFC 3986 section 2.3, so that every form decoder gives back
/// the same text.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

pub(super) const LONGEST: usize = 1_024;

/// A URL of another server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebUrl(String);

/// The text is not a URL of another server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebUrlError;

impl fmt::Display for WebUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "is not `https://host` with or without a port and a path, the host in lower case \
             (`http` is for localhost, 127.0.0.1 and [::1] only)",
        )
    }
}

impl WebUrl {
    /// The URL, exactly as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is `https`, and not `http` on the loopback interface.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// Whether it has a query.
    #[must_use]
    pub fn has_query(&self) -> bool {
        self.0.contains('?')
    }

    /// Where an issuer with this URL has the document of this name: `/.well-known/` and the name behind its path (OpenID
    /// Connect Discovery section 4.1), without a slash at the end of that.
    #[must_use]
    pub fn well_known_behind(&self, name: &str) -> String {
        let (origin, path) = self.origin_and_path();
        format!("{origin}{path}/.well-known/{name}")
    }

    /// The same with both between its host and its path (RFC 8414 section 3.1).
    #[must_use]
    pub fn well_known_before(&self, name: &str) -> String {
        let (origin, path) = self.origin_and_path();
        format!("{origin}/.well-known/{name}{path}")
    }

    /// Its origin, and its path without a slash at the end.
    fn origin_and_path(&self) -> (&str, &str) {
        let whole = self.0.strip_suffix('/').unwrap_or(&self.0);
        let authority = whole.find("://").map_or(0, |at| at + 3);
        let path = whole[authority..].find('/');
        whole.split_at(path.map_or(whole.len(), |at| authority + at))
    }

    /// The same URL with these parameters after those that it already has.
    #[must_use]
    pub fn with(&self, parameters: &[(&str, &str)]) -> String {
        let separator = if self.has_query() { '&' } else { '?' };
        format!("{}{separator}{}", self.0, encode(parameters))
    }
}

impl FromStr for WebUrl {
    type Err = WebUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&b);
        let (_, authority) = text.split_once("://").ok_or(WebUrlError)?;
        let rest = authority.find(['/', '?']).unwrap_or(authority.len());
        let origin = &text[..text.len() - authority.len() + rest];
        if text.len() <= LONGEST && text.bytes().all(fits) && is_web_origin(origin) {
            Ok(Self(text.to_owned()))
        } else {
            Err(WebUrlError)
        }
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One name or value of a form or a query, encoded.
#[must_use]
pub fn encode_one(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// These parameters as a form or a query (RFC 6749 appendix B).
#[must_use]
pub fn encode(parameters: &[(&str, &str)]) -> String {
    let mut encoded = String::new();
    for (name, value) in parameters {
        if !encoded.is_empty() {
            encoded.push('&');
        }
        encoded.push_str(name);
        encoded.push('=');
        encoded.extend(utf8_percent_encode(value, ENCODED));
    }
    encoded
}
