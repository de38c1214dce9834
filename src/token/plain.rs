//! Tokens as clients hold them, and what is sealed in them.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};

use super::kind::TokenKind;
use crate::secret::Secret;
use crate::time::Time;

/// The name of a session, 16 random bytes. It is not a secret: origins get it, to tell
/// sessions apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId([u8; 16]);

impl SessionId {
    /// A session id of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// base64url without padding, 22 characters.
    #[must_use]
    pub fn to_base64url(self) -> String {
        Base64UrlUnpadded::encode_string(&self.0)
    }

    /// The reverse of [`Self::to_base64url`]; `None` for anything else.
    #[must_use]
    pub fn from_base64url(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        let decoded = Base64UrlUnpadded::decode(text, &mut bytes).ok()?;
        (decoded.len() == 16).then_some(Self(bytes))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({})", self.to_base64url())
    }
}

/// A whole token, as a client holds it. It can't be printed, and no store takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainToken(Secret<String>);

impl PlainToken {
    /// Wraps the text of a token.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(Secret::new(text))
    }

    /// Its kind, by its prefix; `None` where it is not one of Postern's.
    #[must_use]
    pub fn kind(&self) -> Option<TokenKind> {
        // Exposed to look at its prefix.
        let is = |kind: &TokenKind| self.expose().starts_with(kind.prefix());
        TokenKind::ALL.into_iter().find(is)
    }

    /// The text: for the answer to the client that the token is issued to, and for its digest.
    #[must_use]
    pub const fn expose(&self) -> &String {
        self.0.expose()
    }
}

/// What is sealed in a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The session that the token belongs to.
    pub session: SessionId,
    /// When it was issued, in whole seconds.
    pub issued_at: Time,
    /// The first instant at which it no longer counts, in whole seconds.
    pub expires_at: Time,
}

/// Why a text was not opened. A client never learns which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsealable {
    /// Not a token of this kind, by its prefix, length or alphabet.
    Malformed,
    /// Sealed under a key that is not on the ring.
    UnknownKey,
    /// The seal does not hold: forged, mangled, of another kind or of another issuer.
    Forged,
    /// It was genuine, and its time is over.
    Expired,
}
