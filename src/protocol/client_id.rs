//! Client identifiers (RFC 6749 section 2.2).
//!
//! Job: a narrower alphabet than the RFC's `*VSCHAR`. Some clients form-encode the id of a Basic
//! credential as section 2.3.1 says, others send it unencoded. With these characters both come to
//! the same, `-` as `%2D` included.

use super::identifier::{Grammar, Identifier};

/// The identifier of a client: `1*128( ALPHA / DIGIT / "-" / "_" )`.
pub type ClientId = Identifier<ClientIdGrammar>;

/// What a client id may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientIdGrammar {}

impl Grammar for ClientIdGrammar {
    const SIGNS: &'static str = "-_";
    const FIRST_SIGNS: &'static str = "-_";
    const LONGEST: usize = 128;
}

impl ClientId {
    /// What the tickets of people's logins on this site have as their client. No other has it.
    ///
    /// # Panics
    /// Never: it fits the grammar.
    #[must_use]
    pub fn site() -> Self {
        "postern".parse().expect("letters fit every grammar")
    }

    /// A client of another issuer: `prefix`, which has a `:`, and the name that it has there. No client of this site is
    /// named so. `None` if the name is longer than 255 characters or has one that is not printable ASCII (RFC 6749 appendix A.1).
    ///
    #[must_use]
    pub fn of_issuer(prefix: &str, name: &str) -> Option<Self> {
        let fits = |b: u8| b.is_ascii_graphic() || b == b' ';
        let is_fit = name.len() <= 255 && name.bytes().all(fits);
        is_fit.then(|| Self::apart(format!("{prefix}{name}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::identifier::IdentifierError;

    #[test]
    fn a_client_of_another_issuer_is_like_none_of_this_site() {
        let client = ClientId::of_issuer("auth0:", "a b@clients").unwrap();
        assert_eq!(client.as_str(), "auth0:a b@clients");
        assert!(client.as_str().parse::<ClientId>().is_err());
        assert!(ClientId::of_issuer("auth0:", &"a".repeat(255)).is_some());
        for bad in ["a\n", "é", &"a".repeat(256)] {
            assert_eq!(ClientId::of_issuer("auth0:", bad), None);
        }
    }

    #[test]
    fn boundaries() {
        assert_eq!("".parse::<ClientId>(), Err(IdentifierError::Empty));
        assert!("a".repeat(128).parse::<ClientId>().is_ok());
        assert_eq!(
            "a".repeat(129).parse::<ClientId>(),
            Err(IdentifierError::TooLong(128))
        );
        for bad in ["a b", "a:b", "a%2D", "é", "a\n", "a."] {
            assert_eq!(
                bad.parse::<ClientId>(),
                Err(IdentifierError::BadCharacter("-_")),
                "{bad:?}"
            );
        }
        for good in ["My-client_9", "-", "_a"] {
            assert_eq!(good.parse::<ClientId>().unwrap().as_str(), good);
        }
    }
}
