//! Redirect URIs of clients (RFC 6749 section 3.1.2, RFC 8252, RFC 9700 section 4.1).
//!
//! ```text
//! redirect-uri = "https://" authority [ path ] [ "?" query ]
//!              / "http://" loopback [ path ] [ "?" query ]
//!              / private-scheme ":" 1*pchar            ; RFC 8252 section 7.1: with a dot in its name
//! loopback     = ( "localhost" / "127.0.0.1" / "[::1]" ) [ ":" port ]
//! ```
//! No fragment. They are compared as strings; the only freedom is the port of a loopback IP literal
//! (RFC 8252 section 7.3), because an application on a person's machine cannot choose one beforehand.

use std::fmt;
use std::str::FromStr;

use super::issuer::is_web_origin;

/// A redirect URI that a client has registered, 512 bytes at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(String);

/// The text is not a redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedirectUriError;

impl fmt::Display for RedirectUriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "is not a redirect URI: write `https://host/path` (host in lower case, no fragment), \
             `http://127.0.0.1/path` for an application on the person's own machine, or a private \
             scheme with a dot in its name, such as `com.example.app:/callback`",
        )
    }
}

impl RedirectUri {
    /// The URI as it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `requested` is this URI: the same text, except for the port of a loopback IP literal.
    #[must_use]
    pub fn admits(&self, requested: &str) -> bool {
        if self.0 == requested {
            return true;
        }
        match (without_port(&self.0), without_port(requested)) {
            (Some(registered), Some(requested)) => registered == requested,
            _ => false,
        }
    }
}

/// Whether any program on a person's machine can receive what is sent to this redirect URI: it may listen on a port there, or
/// register the scheme. Only `https` proves whose a URI is (RFC 8252 section 8.6).
#[must_use]
pub fn is_open_to_any_program(uri: &str) -> bool {
    !uri.starts_with("https://")
}

/// The two parts of a loopback IP URI around its port, which is good or absent.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    let host = ["http://127.0.0.1", "http://[::1]"]
        .into_iter()
        .find(|host| uri.starts_with(host))?;
    let rest = &uri[host.len()..];
    let rest = match rest.strip_prefix(':') {
        None => rest,
        Some(port) => {
            let end = port.find(['/', '?']).unwrap_or(port.len());
            let good = port[..end].parse::<u16>().is_ok_and(|port| port > 0)
                && port[..end].bytes().all(|b| b.is_ascii_digit());
            good.then_some(&port[end..])?
        }
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}

impl FromStr for RedirectUri {
    type Err = RedirectUriError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_uri = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&b);
        let (scheme, rest) = text.split_once(':').ok_or(RedirectUriError)?;
        let fits = match scheme {
            "http" | "https" => {
                let end = rest
                    .strip_prefix("//")
                    .map(|authority| authority.find(['/', '?']).unwrap_or(authority.len()) + 2);
                end.is_some_and(|end| is_web_origin(&text[..scheme.len() + 1 + end]))
            }
            // Private schemes have a dot; `javascript`, `data` and the like have none.
            _ => {
                scheme.contains('.')
                    && scheme.starts_with(|c: char| c.is_ascii_lowercase())
                    && scheme.bytes().all(|b| {
                        b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b)
                    })
                    && !rest.is_empty()
            }
        };
        if fits && text.len() <= 512 && text.bytes().all(is_uri) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RedirectUriError)
        }
    }
}
