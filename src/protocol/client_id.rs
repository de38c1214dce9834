//! Client identifiers (RFC 6749 section 2.2).
//!
//! Job: a narrower alphabet than the RFC's `*VSCHAR`. Some clients form-encode the id of a Basic
//! credential as section 2.3.1 says, others send it as it is; with these characters both come to
//! the same, `-` as `%2D` included.

use std::fmt;
use std::str::FromStr;

/// The identifier of a client: `1*128( ALPHA / DIGIT / "-" / "_" )`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(String);

/// Why a string is no client id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientIdError {
    /// It has no character at all.
    Empty,
    /// It has more than 128 characters.
    TooLong,
    /// It has a character other than `A-Z a-z 0-9 - _`.
    BadCharacter,
}

impl fmt::Display for ClientIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "is empty",
            Self::TooLong => "is longer than 128 characters",
            Self::BadCharacter => "has a character other than A-Z a-z 0-9 - _",
        })
    }
}

impl ClientId {
    /// What the tickets of people's logins on this site have as their client. No other has it.
    #[must_use]
    pub fn site() -> Self {
        Self("postern".to_owned())
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientId {
    type Err = ClientIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(ClientIdError::Empty);
        }
        if text.len() > 128 {
            return Err(ClientIdError::TooLong);
        }
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if !text.bytes().all(fits) {
            return Err(ClientIdError::BadCharacter);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries() {
        assert_eq!("".parse::<ClientId>(), Err(ClientIdError::Empty));
        assert!("a".repeat(128).parse::<ClientId>().is_ok());
        assert_eq!(
            "a".repeat(129).parse::<ClientId>(),
            Err(ClientIdError::TooLong)
        );
        for bad in ["a b", "a:b", "a%2D", "é", "a\n", "a."] {
            assert_eq!(
                bad.parse::<ClientId>(),
                Err(ClientIdError::BadCharacter),
                "{bad:?}"
            );
        }
        assert_eq!(
            "My-client_9".parse::<ClientId>().unwrap().as_str(),
            "My-client_9"
        );
    }
}
