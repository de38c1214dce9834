//! Records as the store sees them: sealed with a key that takes the token and the sealing key.
//!
//! ```text
//! key   = "at:" base64url-nopad(digest of the token)
//! value = 3 ChaCha20-Poly1305(record) tag(16)
//! sealed with HMAC-SHA-256(record key, token), nonce 0
//! record key = HKDF-SHA-256(sealing key, no salt, info "postern record key v3"), 32 bytes
//! aad   = the key
//! ```
//! The sealing key is the one that the token names. The nonce may be constant because each token has a key
//! of its own, and its record is only ever sealed once, with one content. A dump of the namespace shows
//! neither tokens nor people; a record moved under another key does not open; and who may write to the
//! namespace cannot make a record, not even for a token of their own.
//!
//! The gate does this for each token that it has not seen. One HMAC from a state that was prepared at the
//! start takes 3 blocks of SHA-256, where HKDF over the token took 12.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};

use super::record::SessionRecord;
use crate::token::{KeyRing, PlainToken, TokenDigest, TokenKind};

const FORMAT: u8 = 3;
const NONCE: [u8; 12] = [0; 12];

/// The key of a token's record in the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordKey(String);

impl RecordKey {
    /// The key of the record of a token of this kind.
    #[must_use]
    pub fn new(kind: TokenKind, digest: TokenDigest) -> Self {
        // `at`, `st` and so on, as in the token.
        let mut key = String::with_capacity(46);
        key.push_str(&kind.prefix()[4..6]);
        key.push(':');
        key.push_str(&digest.to_base64url());
        Self(key)
    }

    /// The key of an access token's record.
    #[must_use]
    pub fn access(digest: TokenDigest) -> Self {
        Self::new(TokenKind::Access, digest)
    }

    /// The key of a token's record; `None` where the text is no token of ours.
    #[must_use]
    pub fn of(token: &PlainToken) -> Option<Self> {
        Some(Self::new(token.kind()?, TokenDigest::of(token)))
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
    /// Seals the record of `token`, which `keys` sealed.
    #[must_use]
    pub fn seal(record: &SessionRecord, token: &PlainToken, keys: &KeyRing) -> Self {
        let key = RecordKey::of(token).expect("a token of ours has a kind");
        let cipher = cipher(token, keys).expect("a ring has the keys that it seals with");
        let payload = Payload {
            msg: &record.to_bytes(),
            aad: key.as_str().as_bytes(),
        };
        let sealed = cipher
            .encrypt(&Nonce::from(NONCE), payload)
            .expect("a record is far below the cipher's limit");
        let mut bytes = Vec::with_capacity(1 + sealed.len());
        bytes.push(FORMAT);
        bytes.extend_from_slice(&sealed);
        Self(bytes)
    }

    /// Opens the record of `token`, which is stored under `key`.
    ///
    /// # Errors
    /// [`Unreadable`] if the bytes were not sealed for this token, under the key that it names, or are
    /// of another format.
    pub fn open(
        &self,
        key: &RecordKey,
        token: &PlainToken,
        keys: &KeyRing,
    ) -> Result<SessionRecord, Unreadable> {
        let (format, sealed) = self.0.split_first().ok_or(Unreadable)?;
        if *format != FORMAT {
            return Err(Unreadable);
        }
        let cipher = cipher(token, keys).ok_or(Unreadable)?;
        let payload = Payload {
            msg: sealed,
            aad: key.as_str().as_bytes(),
        };
        let record = cipher
            .decrypt(&Nonce::from(NONCE), payload)
            .map_err(|_| Unreadable)?;
        SessionRecord::from_bytes(&record).ok_or(Unreadable)
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

fn cipher(token: &PlainToken, keys: &KeyRing) -> Option<ChaCha20Poly1305> {
    let key = keys.record_key(token)?;
    // Exposed to the cipher alone.
    Some(ChaCha20Poly1305::new(key.expose().into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{hex, key_ring, record};

    fn ring(fill: u8) -> KeyRing {
        key_ring("https://a.example", &[(1, fill)])
    }

    fn open(
        sealed: &SealedRecord,
        token: &PlainToken,
        keys: &KeyRing,
    ) -> Result<SessionRecord, Unreadable> {
        sealed.open(&RecordKey::access(TokenDigest::of(token)), token, keys)
    }

    /// A token that the key 1 of any ring is named by.
    fn token(text: &str) -> PlainToken {
        PlainToken::new(format!("pst_at_AQAA{text}"))
    }

    #[test]
    fn record_format_unchanged() {
        let sealed = SealedRecord::seal(&record(), &token("example"), &ring(9));
        let hex = hex(sealed.as_bytes());
        assert_eq!(
            hex,
            "0365d42317dbff84da9281679c127e60796e9adaf7746114dfd74539c7c49e480d6044ef6795ab3b00fbeab11247fa8351056a6775284efd6f604d185e2712acd786fb8031c8e11bdd6ba4af05a4db18e8e71fefa65fcb606812f0ffb98222e7144ecce0ed51376331146faaa0432f913d0318f9"
        );
        let key = RecordKey::access(TokenDigest::of(&token("example")));
        assert_eq!(
            key.as_str(),
            "at:H5aJy_gnzNK1U5rMRx7Mcw7tLfEOcuzGMRU-uP0UHow"
        );
    }

    #[test]
    fn opens_for_its_token_only() {
        let sealed = SealedRecord::seal(&record(), &token("a"), &ring(9));
        assert_eq!(open(&sealed, &token("a"), &ring(9)), Ok(record()));
        assert_eq!(open(&sealed, &token("b"), &ring(9)), Err(Unreadable));
        // Whoever has the token but not the sealing key can neither read nor write it.
        assert_eq!(open(&sealed, &token("a"), &ring(8)), Err(Unreadable));
        let other = PlainToken::new("pst_at_AgAAa".to_owned());
        assert_eq!(open(&sealed, &other, &ring(9)), Err(Unreadable));
        // Nor does it open where another token's record is kept.
        let elsewhere = RecordKey::access(TokenDigest::of(&token("b")));
        assert_eq!(
            sealed.open(&elsewhere, &token("a"), &ring(9)),
            Err(Unreadable)
        );
        assert_eq!(
            open(&sealed, &PlainToken::new(String::new()), &ring(9)),
            Err(Unreadable)
        );
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_seen() {
        let token = token("a");
        let bytes = SealedRecord::seal(&record(), &token, &ring(9))
            .as_bytes()
            .to_vec();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                open(&SealedRecord::from_store(flipped), &token, &ring(9)),
                Err(Unreadable),
                "bit {bit}"
            );
        }
        for length in 0..bytes.len() {
            let cut = SealedRecord::from_store(bytes[..length].to_vec());
            assert_eq!(
                open(&cut, &token, &ring(9)),
                Err(Unreadable),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn a_sealed_record_shows_nothing() {
        let sealed = SealedRecord::seal(&record(), &token("a"), &ring(9));
        let text = String::from_utf8_lossy(sealed.as_bytes()).into_owned();
        assert!(!text.contains("reports") && !text.contains("orders"));
        assert!(!format!("{sealed:?}").contains("reports"));
    }
}
