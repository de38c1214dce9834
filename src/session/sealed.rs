//! Records as the store sees them: sealed with a key that only the token gives.
//!
//! ```text
//! key   = "at:" base64url-nopad(digest of the token)
//! value = 1 XChaCha20-Poly1305(record as JSON) tag(16)
//! key and nonce = HKDF-SHA-256(token, info "postern session record v1"), 32 + 24 bytes
//! aad   = the key
//! ```
//! The nonce may be derived because a token's record is only ever sealed once, with one content. A
//! dump of the namespace shows neither tokens nor people, and a record moved under another key does
//! not open.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::record::SessionRecord;
use crate::token::{PlainToken, TokenDigest};

const FORMAT: u8 = 1;
const INFO: &[u8] = b"postern session record v1";

/// The key of a token's record in the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordKey(String);

impl RecordKey {
    /// The key of an access token's record.
    #[must_use]
    pub fn access(digest: TokenDigest) -> Self {
        Self(format!("at:{}", digest.to_base64url()))
    }

    /// The key as text: 46 ASCII characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A record as it is stored: opaque to everyone who has not the token.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedRecord(Vec<u8>);

/// The stored bytes are no record of this token that this version can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl SealedRecord {
    /// Seals the record of `token`.
    #[must_use]
    pub fn seal(record: &SessionRecord, token: &PlainToken) -> Self {
        let key = RecordKey::access(TokenDigest::of(token));
        let (cipher, nonce) = cipher(token);
        let payload = Payload {
            msg: &record.to_json(),
            aad: key.as_str().as_bytes(),
        };
        let sealed = cipher
            .encrypt(&nonce, payload)
            .expect("a record is far below the cipher's limit");
        let mut bytes = Vec::with_capacity(1 + sealed.len());
        bytes.push(FORMAT);
        bytes.extend_from_slice(&sealed);
        Self(bytes)
    }

    /// Opens the record of `token`.
    ///
    /// # Errors
    /// [`Unreadable`] if the bytes were not sealed for this token or are of another format.
    pub fn open(&self, token: &PlainToken) -> Result<SessionRecord, Unreadable> {
        let (format, sealed) = self.0.split_first().ok_or(Unreadable)?;
        if *format != FORMAT {
            return Err(Unreadable);
        }
        let key = RecordKey::access(TokenDigest::of(token));
        let (cipher, nonce) = cipher(token);
        let payload = Payload {
            msg: sealed,
            aad: key.as_str().as_bytes(),
        };
        let json = cipher.decrypt(&nonce, payload).map_err(|_| Unreadable)?;
        SessionRecord::from_json(&json).ok_or(Unreadable)
    }

    /// The stored bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Bytes that a store gave back; nothing is known of them yet.
    #[must_use]
    pub const fn from_store(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for SealedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedRecord({} bytes)", self.0.len())
    }
}

fn cipher(token: &PlainToken) -> (XChaCha20Poly1305, XNonce) {
    let mut material = Zeroizing::new([0; 56]);
    // Exposed to the key derivation alone.
    Hkdf::<Sha256>::new(None, token.expose().as_bytes())
        .expand(INFO, material.as_mut())
        .expect("56 bytes are within HKDF-SHA-256's 8160");
    let (key, nonce) = material.split_at(32);
    let nonce: [u8; 24] = nonce.try_into().expect("56 - 32 = 24");
    let cipher = XChaCha20Poly1305::new_from_slice(key).expect("the key is 32 bytes");
    (cipher, XNonce::from(nonce))
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::record;
    use super::*;
    use crate::token::digest::tests::hex;

    fn token(text: &str) -> PlainToken {
        PlainToken::new(text.to_owned())
    }

    #[test]
    fn record_format_unchanged() {
        let sealed = SealedRecord::seal(&record(), &token("pst_at_example"));
        let hex = hex(sealed.as_bytes());
        assert_eq!(
            hex,
            "014d2c80ebd1da6f1e0f83d0973a14de0c4156919e7b4df20f6f427645e143d7d1080dc91c12529f6e067c32fb629b128e2eeef47d886b73204030ec96f519f759e2609fae4d3be044d1f903f856402881f56b280f3f47b06e827bc1e2ba664e96c7af4ae8b5dd1c633761644a855d22f5add751208a5d6b86a1c095bdeca38b0392abf93319c7a719cafb476e2ff175e916cfebd7fc93b5f76c9d5850f1fd19164f714ae7e178593a"
        );
        let key = RecordKey::access(TokenDigest::of(&token("pst_at_example")));
        assert_eq!(
            key.as_str(),
            "at:65WEGIWUFMQEUxmhNUrElzY4p2uChNQhR-4gn9ad5-g"
        );
    }

    #[test]
    fn opens_for_its_token_only() {
        let sealed = SealedRecord::seal(&record(), &token("pst_at_a"));
        assert_eq!(sealed.open(&token("pst_at_a")), Ok(record()));
        assert_eq!(sealed.open(&token("pst_at_b")), Err(Unreadable));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_seen() {
        let token = token("pst_at_a");
        let bytes = SealedRecord::seal(&record(), &token).as_bytes().to_vec();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                SealedRecord::from_store(flipped).open(&token),
                Err(Unreadable),
                "bit {bit}"
            );
        }
        for length in 0..bytes.len() {
            let cut = SealedRecord::from_store(bytes[..length].to_vec());
            assert_eq!(cut.open(&token), Err(Unreadable), "{length} bytes");
        }
    }

    #[test]
    fn a_sealed_record_shows_nothing() {
        let sealed = SealedRecord::seal(&record(), &token("pst_at_a"));
        let text = String::from_utf8_lossy(sealed.as_bytes()).into_owned();
        assert!(!text.contains("reports") && !text.contains("orders"));
        assert!(!format!("{sealed:?}").contains("reports"));
    }
}
