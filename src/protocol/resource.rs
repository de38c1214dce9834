//! Resource indicators (RFC 8707 section 2): an absolute URI without a fragment, which becomes an
//! audience of the token.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::issuer::Issuer;

/// Where the metadata of a protected resource is found: this, with the resource's own path behind it
/// (RFC 9728 section 3.1).
pub const METADATA_PATH: &str = "/.well-known/oauth-protected-resource";

/// The identifier of a protected resource: `scheme ":" 1*pchar`, 512 bytes at most, no fragment.
///
/// Two of them are equal if they are the same text, or differ only in the `/` of an empty path: `https://host` and
/// `https://host/` name one resource (RFC 3986 section 6.2.3), and clients write either.
#[derive(Clone, Debug, Eq)]
pub struct ResourceUri(String);

impl PartialEq for ResourceUri {
    fn eq(&self, other: &Self) -> bool {
        self.without_empty_path() == other.without_empty_path()
    }
}

impl Hash for ResourceUri {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.without_empty_path().hash(state);
    }
}

/// The text is not an absolute URI without a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceUriError;

impl fmt::Display for ResourceUriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "is not an absolute URI without a fragment, of 512 bytes at most (RFC 8707 section 2)",
        )
    }
}

impl ResourceUri {
    /// The identifier, exactly as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text that is compared.
    fn without_empty_path(&self) -> &str {
        let authority = ["https://", "http://"]
            .iter()
            .find_map(|scheme| self.0.strip_prefix(scheme));
        match authority.and_then(|rest| rest.strip_suffix('/')) {
            Some(host) if !host.contains(['/', '?']) => &self.0[..self.0.len() - 1],
            _ => &self.0,
        }
    }

    /// For an `https` (or loopback `http`) identifier without a query: its origin and its path,
    /// which is empty or begins with `/`. RFC 9728 section 3.1 builds the metadata URL from them.
    #[must_use]
    pub fn web_parts(&self) -> Option<(&str, &str)> {
        let (_, rest) = self.0.split_once(':')?;
        let authority = rest.strip_prefix("//")?;
        let path = authority
            .find(['/', '?'])
            .and_then(|at| authority.get(at..))
            .unwrap_or_default();
        let origin = self.0.strip_suffix(path)?;
        let plain = super::issuer::is_web_origin(origin) && !path.contains('?');
        // A bare "/" is the root, as RFC 9728 section 3.1 has it.
        plain.then_some((origin, if path == "/" { "" } else { path }))
    }
}

impl FromStr for ResourceUri {
    type Err = ResourceUriError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.split_once(':').ok_or(ResourceUriError)?;
        let scheme_fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
        let rest_fits = !rest.is_empty()
            && rest
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&b));
        // "https:" wants an authority; "urn:" does not.
        let hierarchical = !matches!(scheme, "http" | "https")
            || rest
                .strip_prefix("//")
                .is_some_and(|r| !r.is_empty() && !r.starts_with(['/', '?']));
        if text.len() <= 512 && scheme_fits && rest_fits && hierarchical {
            Ok(Self(text.to_owned()))
        } else {
            Err(ResourceUriError)
        }
    }
}

impl fmt::Display for ResourceUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a URL with this scheme, host and port is at the host and port of `own`. Schemes are not compared: a proxy in
/// front may have taken TLS off.
#[must_use]
pub fn is_at_host(own: &str, origin: &str) -> bool {
    let authority = |origin| <str>::split_once(origin, "://").map(|(_, authority)| authority);
    match (authority(own), authority(origin)) {
        (Some(own), Some(other)) => own.eq_ignore_ascii_case(other),
        _ => false,
    }
}

/// Where the metadata of a resource is: the web origin, and the URL for `resource_metadata=` in a challenge (RFC 9728
/// section 5.1). Without an audience the resource is the issuer itself. `None` for an audience that has no URL.
#[must_use]
pub fn metadata_url<'a>(
    issuer: &'a Issuer,
    audience: Option<&'a ResourceUri>,
) -> Option<(&'a str, String)> {
    let (origin, path) = match audience {
        Some(audience) => audience.web_parts()?,
        None => (issuer.as_str(), ""),
    };
    Some((origin, format!("{origin}{METADATA_PATH}{path}")))
}
