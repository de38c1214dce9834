//! The keys that Postern signs with, from the secret `POSTERN_SIGNING_KEYS`.
//!
//! It is written as `POSTERN_KEYS` is ([`super::keys`]). The 32 bytes of each key are a private scalar of P-256, for ES256 (RFC
//! 7518 section 3.4), from 1 to the curve's order less 1. The first key signs and all are published, so keys can be rotated
//! without an origin that refuses what they sign.

use std::cell::OnceCell;

use super::keys::{KeyRingError, pairs};
use super::signing_key::SigningKey;

/// The order of P-256 (FIPS 186-5, SP 800-186 section 3.2.1.3).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The keys that sign.
#[derive(Clone, Debug)]
pub struct SigningRing {
    /// Each with its id (`kid`). Never empty: the first one signs.
    keys: Vec<(String, SigningKey)>,
    published: OnceCell<String>,
}

impl SigningRing {
    /// Reads the ring from the text of the secret.
    ///
    /// # Errors
    /// [`KeyRingError`] names the pair that is wrong.
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        let mut keys = Vec::new();
        for (at, (id, scalar)) in pairs(text)?.into_iter().enumerate() {
            // Exposed to be compared with what is public.
            let bytes = scalar.expose();
            if *bytes == [0; 32] || *bytes >= ORDER {
                return Err(KeyRingError::CannotSign(at + 1));
            }
            keys.push((id.to_string(), SigningKey::p256(&scalar)));
        }
        Ok(Self {
            keys,
            published: OnceCell::new(),
        })
    }

    /// The key that signs, with its id.
    #[must_use]
    pub fn first(&self) -> (&str, &SigningKey) {
        let (id, key) = &self.keys[0];
        (id, key)
    }

    /// All keys, each with its id, the one that signs first.
    pub fn all(&self) -> impl Iterator<Item = (&str, &SigningKey)> {
        self.keys.iter().map(|(id, key)| (id.as_str(), key))
    }

    /// The public keys as they are published (RFC 7517 section 5), once they are known.
    #[must_use]
    pub fn published(&self) -> Option<&str> {
        self.published.get().map(String::as_str)
    }

    /// From now on these are what is published.
    pub fn publish(&self, keys: String) -> &str {
        self.published.get_or_init(|| keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::KeyRing;

    fn parse(keys: &[(u8, [u8; 32])]) -> Result<SigningRing, KeyRingError> {
        let pairs = keys.iter().map(|(id, key)| KeyRing::write_pair(*id, key));
        SigningRing::parse(&pairs.collect::<Vec<_>>().join(","))
    }

    #[test]
    fn the_first_signs_and_all_are_there() {
        let ring = parse(&[(7, [1; 32]), (0, [2; 32])]).unwrap();
        assert_eq!(ring.first().0, "7");
        assert_eq!(ring.all().map(|(id, _)| id).collect::<Vec<_>>(), ["7", "0"]);
    }

    #[test]
    fn only_a_scalar_of_the_curve_is_a_key() {
        let mut last = ORDER;
        last[31] -= 1;
        let mut one = [0; 32];
        one[31] = 1;
        for good in [one, last, [0xfe; 32]] {
            assert!(parse(&[(1, good)]).is_ok());
        }
        for bad in [[0; 32], ORDER, [0xff; 32]] {
            let found = parse(&[(1, one), (2, bad)]).err();
            assert_eq!(found, Some(KeyRingError::CannotSign(2)));
        }
        assert_eq!(SigningRing::parse("").err(), Some(KeyRingError::Empty));
    }

    #[test]
    fn debug_shows_no_key() {
        let text = format!("{:?}", parse(&[(7, [65; 32])]).unwrap());
        assert!(!text.contains("65") && !text.contains("QUFB"), "{text}");
    }
}
