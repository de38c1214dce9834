//! Records as the store sees them: sealed with a key that is derived from the token and the sealing key.
//!
//! ```text
//! key   = "at:" base64url-nopad(digest of the token)
//! value = 3 ChaCha20-Poly1305(record) tag(16)
//! sealed with HMAC-SHA-256(record key, token), nonce 0
//! record key = HKDF-SHA-256(sealing key, no salt, info "postern record key v3"), 32 bytes
//! aad   = the key
//! ```
//! The sealing key is the one that the token names. The nonce may be constant, because each token has its own
//! record key, and its record is sealed only once.
//!
//! A dump of the namespace shows neither tokens nor people. A record that was moved under another key does not
//! open. Someone who can write to the namespace cannot make a record, not even for a token of their own.
//!
//! The gate opens a record for each token that is new to it. One HMAC from a state that was prepared at the
//! start takes 3 blocks of SHA-256, where HKDF over the token took 12.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use hmac::Mac;

use super::record::SessionRecord;
use crate::secret::Secret;
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

    /// The key of a token's record; `None` where the text is not one of Postern's.
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

/// A record as it is stored: opaque without its token.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedRecord(Vec<u8>);

/// The stored bytes are not a record of this token that this version can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl SealedRecord {
    /// Seals the record of `token`, which `keys` sealed.
    #[must_use]
    pub fn seal(record: &SessionRecord, token: &PlainToken, keys: &KeyRing) -> Self {
        let key = RecordKey::of(token).expect("a token that was sealed has a kind");
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

    /// Bytes that a store gave back, not checked yet.
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
    let derivation = keys.key_named_by(token)?.record_derivation().clone();
    // Exposed to the derivation.
    let derived = derivation.chain_update(token.expose().as_bytes());
    let key: Secret<[u8; 32]> = Secret::new(derived.finalize().into_bytes().into());
    // Exposed to the cipher.
    Some(ChaCha20Poly1305::new(key.expose().into()))
}
