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

/// The text is no redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedirectUriError;

impl fmt::Display for RedirectUriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "is no redirect URI: write `https://host/path` (host in lower case, no fragment), \
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

    /// Whether `requested` is this URI: the same text, but for the port of a loopback IP literal.
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

/// A loopback IP URI in two parts around its port, where it has a good one or none.
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
            // A dot tells a scheme of somebody's own from `javascript`, `data` and the like.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> RedirectUri {
        text.parse().unwrap()
    }

    #[test]
    fn good_and_bad_ones() {
        for good in [
            "https://app.example.com/callback",
            "https://app.example.com",
            "https://app.example.com:8443/cb?x=y",
            "http://localhost:3000/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:5000/cb",
            "com.example.app:/callback",
        ] {
            assert_eq!(uri(good).as_str(), good);
        }
        for bad in [
            "",
            "https:",
            "https://",
            "/callback",
            "http://app.example.com/cb",
            "https://App.example.com/cb",
            "https://app.example.com/cb#x",
            "https://user@app.example.com/cb",
            "https://app.example.com/a b",
            "https://app.example.com/\\cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp:/cb",
            "com.example.app:",
            "Com.Example:/cb",
        ] {
            assert_eq!(bad.parse::<RedirectUri>(), Err(RedirectUriError), "{bad}");
        }
        let long = format!("https://a.example/{}", "x".repeat(494));
        assert!(long.parse::<RedirectUri>().is_ok());
        assert!(format!("{long}x").parse::<RedirectUri>().is_err());
    }

    #[test]
    fn they_are_compared_as_strings() {
        let registered = uri("https://app.example.com/cb");
        assert!(registered.admits("https://app.example.com/cb"));
        for other in [
            "https://app.example.com/cb/",
            "https://app.example.com/cb?x",
            "https://app.example.com:443/cb",
            "https://app.example.com/cb/../cb",
            "https://app.example.com/%63b",
            "https://APP.example.com/cb",
            "https://app.example.com.evil.example/cb",
            "http://app.example.com/cb",
        ] {
            assert!(!registered.admits(other), "{other}");
        }
    }

    #[test]
    fn only_a_loopback_ip_literal_has_any_port() {
        for registered in ["http://127.0.0.1/cb", "http://127.0.0.1:8000/cb"] {
            assert!(uri(registered).admits("http://127.0.0.1:49152/cb"));
            assert!(uri(registered).admits("http://127.0.0.1/cb"));
        }
        assert!(uri("http://[::1]/cb").admits("http://[::1]:1/cb"));
        for other in [
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:65536/cb",
            "http://127.0.0.1:+80/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:80@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:80/cb2",
            "https://127.0.0.1:80/cb",
            "http://[::1]:80/cb",
        ] {
            assert!(!uri("http://127.0.0.1/cb").admits(other), "{other}");
        }
        assert!(!uri("http://localhost/cb").admits("http://localhost:80/cb"));
        assert!(!uri("https://a.example/cb").admits("https://a.example:80/cb"));
    }
}
