//! Resource indicators (RFC 8707 section 2): an absolute URI without a fragment, which becomes an
//! audience of the token.

use std::fmt;
use std::str::FromStr;

use super::issuer::Issuer;

/// Where the metadata of a protected resource is found: this, with the resource's own path behind it
/// (RFC 9728 section 3.1).
pub const METADATA_PATH: &str = "/.well-known/oauth-protected-resource";

/// The identifier of a protected resource: `scheme ":" 1*pchar`, 512 bytes at most, no fragment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceUri(String);

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
    /// The identifier, exactly as it was written. It is compared as a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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

/// The URL of a resource's metadata, for `resource_metadata=` in a challenge (RFC 9728 section
/// 5.1): the audience's own, or the issuer's where there is no audience or it has no web address.
#[must_use]
pub fn metadata_url(issuer: &Issuer, audience: Option<&ResourceUri>) -> String {
    let parts = audience.and_then(ResourceUri::web_parts);
    let (origin, path) = parts.unwrap_or((issuer.as_str(), ""));
    format!("{origin}{METADATA_PATH}{path}")
}
