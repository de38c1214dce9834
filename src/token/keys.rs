//! The keys that seal tokens, from the secret `POSTERN_KEYS`.
//!
//! ```text
//! POSTERN_KEYS = pair *( ( "," / WSP ) pair )
//! pair         = id ":" base64url-nopad(32 bytes)
//! id           = 0..255, in decimal
//! ```
//! The first key seals and every key opens, so keys can be rotated without logging anyone out.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit};
use sha2::Sha256;

use crate::secret::Secret;

/// One sealing key.
#[derive(Clone, Debug)]
pub struct Key {
    pub(super) id: u8,
    pub(super) bytes: Secret<[u8; 32]>,
    /// What notes are sealed with, derived from `bytes`.
    pub(super) notes: Secret<[u8; 32]>,
    /// HMAC, ready under a key that is derived from `bytes`. Its `Debug` shows nothing of it.
    records: Hmac<Sha256>,
}

impl Key {
    fn new(id: u8, bytes: Secret<[u8; 32]>) -> Self {
        let records = derive(&bytes, b"postern record key v3");
        Self {
            id,
            notes: derive(&bytes, b"postern note key v1"),
            // Exposed to the derivation of records' keys.
            records: Hmac::new_from_slice(records.expose()).expect("HMAC takes keys of any length"),
            bytes,
        }
    }

    /// Its id.
    pub(crate) const fn id(&self) -> u8 {
        self.id
    }

    /// What the keys of records are derived with: HMAC, ready under a key that is derived from this one.
    /// That was done when the ring was read, so the gate goes on from here for each token that is new to it.
    pub(crate) const fn record_derivation(&self) -> &Hmac<Sha256> {
        &self.records
    }
}

/// A key for one use, from the sealing key `bytes`.
pub(super) fn derive(bytes: &Secret<[u8; 32]>, info: &[u8]) -> Secret<[u8; 32]> {
    let mut derived = [0; 32];
    // Exposed to the key derivation.
    Hkdf::<Sha256>::new(None, bytes.expose())
        .expand(info, &mut derived)
        .expect("32 bytes are within HKDF-SHA-256's 8160");
    Secret::new(derived)
}

/// The keys of one issuer.
#[derive(Clone, Debug)]
pub struct KeyRing {
    pub(super) issuer: String,
    /// Never empty: the first one seals.
    keys: Vec<Key>,
}

/// Why a text is not a key ring. It never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRingError {
    /// There is no pair in it.
    Empty,
    /// The pair at this position (from 1) is not `id:base64url`.
    Malformed(usize),
    /// The key at this position (from 1) is not 32 bytes of base64url without padding.
    BadKey(usize),
    /// Two pairs have this id.
    RepeatedId(u8),
    /// The key at this position (from 1) is none that can sign.
    CannotSign(usize),
}

impl fmt::Display for KeyRingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("has no key"),
            Self::Malformed(at) => write!(
                f,
                "pair {at} is not `id:key` with an id from 0 to 255 and a base64url key"
            ),
            Self::BadKey(at) => write!(
                f,
                "the key of pair {at} is not 32 bytes in base64url without padding (43 characters)"
            ),
            Self::RepeatedId(id) => write!(f, "two keys have the id {id}"),
            Self::CannotSign(at) => write!(f, "the key of pair {at} is not one of P-256"),
        }
    }
}

/// The id and the bytes of a key.
type Pair = (u8, Secret<[u8; 32]>);

/// The pairs of a ring, in their order; at least one.
pub(super) fn pairs(text: &str) -> Result<Vec<Pair>, KeyRingError> {
    let mut keys: Vec<Pair> = Vec::new();
    let pairs = text
        .split(|c: char| c == ',' || c.is_ascii_whitespace())
        .filter(|pair| !pair.is_empty());
    for (at, pair) in pairs.enumerate() {
        let position = at + 1;
        let (id, key) = pair
            .split_once(':')
            .ok_or(KeyRingError::Malformed(position))?;
        let digits = id.bytes().all(|b| b.is_ascii_digit());
        let id = id
            .parse::<u8>()
            .ok()
            .filter(|_| digits)
            .ok_or(KeyRingError::Malformed(position))?;
        let mut bytes = [0; 32];
        let length = Base64UrlUnpadded::decode(key, &mut bytes)
            .map_err(|_| KeyRingError::BadKey(position))?
            .len();
        if length != 32 {
            return Err(KeyRingError::BadKey(position));
        }
        if keys.iter().any(|(other, _)| *other == id) {
            return Err(KeyRingError::RepeatedId(id));
        }
        keys.push((id, Secret::new(bytes)));
    }
    if keys.is_empty() {
        return Err(KeyRingError::Empty);
    }
    Ok(keys)
}

impl KeyRing {
    /// Reads the ring of `issuer` from the text of the secret.
    ///
    /// # Errors
    /// [`KeyRingError`] names the pair that is wrong.
    pub fn parse(text: &str, issuer: &str) -> Result<Self, KeyRingError> {
        let key = |(id, bytes)| Key::new(id, bytes);
        let keys: Vec<Key> = pairs(text)?.into_iter().map(key).collect();
        Ok(Self {
            issuer: issuer.to_owned(),
            keys,
        })
    }

    /// The key that seals.
    pub(super) fn sealing_key(&self) -> &Key {
        &self.keys[0]
    }

    /// All keys, the one that seals first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// The key with this id.
    pub(super) fn key(&self, id: u8) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// The ids of the keys here that `other` has not, or has with other bytes.
    pub fn lacking_in<'k>(&'k self, other: &'k Self) -> impl Iterator<Item = u8> + 'k {
        let is_lacking = |own: &&Key| other.key(own.id).is_none_or(|key| key.bytes != own.bytes);
        self.keys.iter().filter(is_lacking).map(|key| key.id)
    }

    /// Writes one pair for the secret `POSTERN_KEYS`, and for `POSTERN_SIGNING_KEYS`.
    #[must_use]
    pub fn write_pair(id: u8, key: &[u8; 32]) -> String {
        format!("{id}:{}", Base64UrlUnpadded::encode_string(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<u8>, KeyRingError> {
        KeyRing::parse(text, "https://a.example")
            .map(|ring| ring.keys.iter().map(|k| k.id).collect())
    }

    #[test]
    fn reads_pairs_in_order() {
        let one = KeyRing::write_pair(7, &[1; 32]);
        let two = KeyRing::write_pair(0, &[2; 32]);
        assert_eq!(parse(&one), Ok(vec![7]));
        assert_eq!(parse(&format!("{one},{two}")), Ok(vec![7, 0]));
        assert_eq!(parse(&format!(" {two}\n{one} ,")), Ok(vec![0, 7]));
    }

    #[test]
    fn says_which_pair_is_wrong() {
        let one = KeyRing::write_pair(7, &[1; 32]);
        assert_eq!(parse(""), Err(KeyRingError::Empty));
        assert_eq!(parse(" , "), Err(KeyRingError::Empty));
        assert_eq!(parse("abc"), Err(KeyRingError::Malformed(1)));
        assert_eq!(
            parse(&one.replace("7:", "256:")),
            Err(KeyRingError::Malformed(1))
        );
        assert_eq!(
            parse(&one.replace("7:", "+7:")),
            Err(KeyRingError::Malformed(1))
        );
        assert_eq!(
            parse(&format!("{one},1:abcd")),
            Err(KeyRingError::BadKey(2))
        );
        assert_eq!(parse(&format!("{one}A")), Err(KeyRingError::BadKey(1)));
        assert_eq!(
            parse(&format!("{one} {one}")),
            Err(KeyRingError::RepeatedId(7))
        );
    }

    #[test]
    fn debug_shows_no_key() {
        let ring = KeyRing::parse(&KeyRing::write_pair(7, &[65; 32]), "https://a.example").unwrap();
        let text = format!("{ring:?}");
        assert!(!text.contains("65") && !text.contains("QUFB"), "{text}");
    }
}
