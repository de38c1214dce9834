//! The issuer identifier (RFC 8414 section 2).

use std::fmt;
use std::str::FromStr;

/// The issuer: `https://host[:port]` exactly as configured, without path, query, fragment or
/// trailing slash. `http` is accepted only for a loopback host, for development.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(String);

/// The text is not `https://host[:port]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IssuerError;

impl fmt::Display for IssuerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "is not `https://host` or `https://host:port` in lower case, with nothing after it \
             (`http` is for localhost, 127.0.0.1 and [::1] only)",
        )
    }
}

impl Issuer {
    /// The identifier, exactly as configured.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL of `path` (which begins with `/`) at this issuer.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl FromStr for Issuer {
    type Err = IssuerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_web_origin(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IssuerError)
        }
    }
}

/// Whether `text` is `https://host[:port]`, or `http` with a loopback host.
#[must_use]
pub fn is_web_origin(text: &str) -> bool {
    if let Some(authority) = text.strip_prefix("https://") {
        return is_authority(authority);
    }
    text.strip_prefix("http://")
        .is_some_and(|authority| is_authority(authority) && is_loopback(authority))
}

/// Whether `text` is a web origin of the machine that one sits at: `http` or `https` with a loopback host.
#[must_use]
pub fn is_own_machine(text: &str) -> bool {
    let authority = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    authority.is_some_and(|authority| is_authority(authority) && is_loopback(authority))
}

fn is_loopback(authority: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| {
        authority
            .strip_prefix(host)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    })
}

/// `host[:port]` with a lower-case registered name, an IPv4 address or a bracketed IPv6 address.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let Some((inner, after)) = rest.split_once(']') else {
                return false;
            };
            if inner.is_empty() || !inner.bytes().all(|b| b.is_ascii_hexdigit() || b == b':') {
                return false;
            }
            match after.strip_prefix(':') {
                Some(port) => (None, Some(port)),
                None if after.is_empty() => (None, None),
                None => return false,
            }
        }
        None => match text.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(text), None),
        },
    };
    let host_fits = host.is_none_or(|host| {
        !host.is_empty()
            && host.len() <= 253
            && host.split('.').all(|label| {
                !label.is_empty()
                    && label.len() <= 63
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            })
    });
    let port_fits = port.is_none_or(|port| {
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|p| p > 0)
    });
    host_fits && port_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ones_own_machine_is() {
        for own in [
            "http://localhost:8787",
            "https://localhost",
            "http://127.0.0.1:1",
            "https://[::1]:443",
        ] {
            assert!(is_own_machine(own), "{own}");
        }
        for other in [
            "https://auth.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost@example.com",
            "localhost",
            "",
        ] {
            assert!(!is_own_machine(other), "{other}");
        }
    }

    #[test]
    fn what_an_issuer_is() {
        for good in [
            "https://auth.example.com",
            "https://a.example:8443",
            "http://localhost:8787",
            "http://127.0.0.1",
            "http://[::1]:80",
            "https://[2001:db8::1]",
        ] {
            assert_eq!(good.parse::<Issuer>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "https://",
            "https://a.example/",
            "https://a.example/x",
            "https://a.example?x",
            "https://a.example#x",
            "https://u@a.example",
            "https://A.example",
            "http://a.example",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "https://a..example",
            "https://a.example:",
            "https://a.example:0",
            "https://a.example:99999",
            "https://a.example:+1",
            "https://-a.example",
            "https://a b",
            "https://[::1",
            "https://[]",
            "ftp://a.example",
        ] {
            assert_eq!(bad.parse::<Issuer>(), Err(IssuerError), "{bad:?}");
        }
    }
}
