//! The digest of a token: all that a store ever sees of it.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use super::plain::PlainToken;

/// Sets this use of SHA-256 apart from every other.
const LABEL: &[u8] = b"postern token digest v1\0";

/// SHA-256 of a token under its own label. It is not a secret: the token cannot be found from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest of `token`.
    #[must_use]
    pub fn of(token: &PlainToken) -> Self {
        // Exposed to the hash.
        Self::of_text(token.expose())
    }

    pub(crate) fn of_text(token: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(LABEL);
        hash.update(token.as_bytes());
        Self(hash.finalize().into())
    }

    /// Its 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A digest that was stored as 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// base64url without padding, 43 characters.
    #[must_use]
    pub fn to_base64url(self) -> String {
        Base64UrlUnpadded::encode_string(&self.0)
    }

    /// The reverse of [`Self::to_base64url`]; `None` for anything else.
    #[must_use]
    pub fn from_base64url(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let decoded = Base64UrlUnpadded::decode(text, &mut bytes).ok()?;
        (decoded.len() == 32).then_some(Self(bytes))
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenDigest({})", self.to_base64url())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_format_unchanged() {
        let digest = TokenDigest::of_text("pst_at_example");
        assert_eq!(
            digest.to_base64url(),
            "65WEGIWUFMQEUxmhNUrElzY4p2uChNQhR-4gn9ad5-g"
        );
        assert_eq!(
            TokenDigest::from_base64url(&digest.to_base64url()),
            Some(digest)
        );
        assert_eq!(TokenDigest::from_base64url("AAAA"), None);
        assert_eq!(TokenDigest::from_base64url(""), None);
    }
}
