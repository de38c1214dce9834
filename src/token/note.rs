//! Notes: small payloads that Postern hands out, and accepts only if they come back unchanged.
//!
//! ```text
//! note  = 1 key_id(1) nonce(24) XChaCha20-Poly1305(expires_at(8) payload) tag(16)
//! key   = HKDF-SHA-256(sealing key, no salt, info "postern note key v1"), 32 bytes
//! aad   = "postern note v1" NUL purpose NUL key_id(1) issuer NUL bound_to
//! ```
//! `expires_at` is in milliseconds since the Unix epoch. Notes are sealed with a key of their
//! own, so a note never opens as a token, nor a token as a note. A note opens only for the purpose that it was
//! sealed for, and only bound to the same thing: a cookie's name, say, or its key in a store.
//!
//! Not its job: which purposes there are.

use base64ct::{Base64UrlUnpadded, Encoding};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::keys::{Key, KeyRing};
use super::plain::Unsealable;
use super::seal::SEAL_RANDOMNESS;
use crate::secret::Secret;
use crate::time::Time;

const FORMAT: u8 = 1;
const LABEL: &[u8] = b"postern note v1\0";
const HEAD: usize = 2 + SEAL_RANDOMNESS;
const TIME: usize = 8;
const TAG: usize = 16;

/// How many bytes a note has besides its payload.
pub const NOTE_OVERHEAD: usize = HEAD + TIME + TAG;

impl KeyRing {
    /// Seals a note as bytes, for a store. `nonce` must be fresh randomness.
    #[must_use]
    pub fn seal_note_bytes(
        &self,
        purpose: &'static str,
        bound_to: &str,
        payload: &[u8],
        expires_at: Time,
        nonce: [u8; SEAL_RANDOMNESS],
    ) -> Vec<u8> {
        let key = self.sealing_key();
        let mut plain = Vec::with_capacity(TIME + payload.len());
        plain.extend_from_slice(&expires_at.millis().to_be_bytes());
        plain.extend_from_slice(payload);
        let plain = Secret::new(plain);
        let payload = Payload {
            // Exposed to the cipher.
            msg: plain.expose(),
            aad: &self.associated_note(purpose, key.id, bound_to),
        };
        let sealed = cipher(key)
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a note is far below the cipher's limit");
        let mut note = Vec::with_capacity(HEAD + sealed.len());
        note.extend_from_slice(&[FORMAT, key.id]);
        note.extend_from_slice(&nonce);
        note.extend_from_slice(&sealed);
        note
    }

    /// Opens a note that was sealed for this purpose and bound to this.
    ///
    /// # Errors
    /// [`Unsealable`] says why it does not count; only [`Unsealable::Expired`] was ever genuine.
    pub fn open_note_bytes(
        &self,
        purpose: &'static str,
        bound_to: &str,
        note: &[u8],
        now: Time,
    ) -> Result<Vec<u8>, Unsealable> {
        let (payload, expires_at) = self.open_note_of_any_age(purpose, bound_to, note)?;
        if now.has_reached(expires_at) {
            return Err(Unsealable::Expired);
        }
        Ok(payload)
    }

    /// The same, although it may have expired, and when that is: a genuine note still says what it was about.
    ///
    /// # Errors
    /// [`Unsealable`], but never [`Unsealable::Expired`].
    pub fn open_note_of_any_age(
        &self,
        purpose: &'static str,
        bound_to: &str,
        note: &[u8],
    ) -> Result<(Vec<u8>, Time), Unsealable> {
        let (head, sealed) = note
            .split_at_checked(HEAD)
            .filter(|(head, sealed)| head[0] == FORMAT && sealed.len() >= TIME + TAG)
            .ok_or(Unsealable::Malformed)?;
        let key = self.key(head[1]).ok_or(Unsealable::UnknownKey)?;
        let nonce: [u8; SEAL_RANDOMNESS] = head[2..].try_into().expect("the head is 2 + a nonce");
        let payload = Payload {
            msg: sealed,
            aad: &self.associated_note(purpose, key.id, bound_to),
        };
        let mut plain = cipher(key)
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Unsealable::Forged)?;
        let (expires_at, _) = plain
            .split_first_chunk::<TIME>()
            .expect("what was sealed begins with a time: its length was checked");
        let expires_at = Time::from_millis(u64::from_be_bytes(*expires_at));
        plain.drain(..TIME);
        Ok((plain, expires_at))
    }

    /// Seals a note as text: base64url without padding, which a cookie, a form and a URL can all
    /// carry. `nonce` must be fresh randomness.
    #[must_use]
    pub fn seal_note(
        &self,
        purpose: &'static str,
        bound_to: &str,
        payload: &[u8],
        expires_at: Time,
        nonce: [u8; SEAL_RANDOMNESS],
    ) -> String {
        let note = self.seal_note_bytes(purpose, bound_to, payload, expires_at, nonce);
        Base64UrlUnpadded::encode_string(&note)
    }

    /// Opens what [`Self::seal_note`] wrote.
    ///
    /// # Errors
    /// As [`Self::open_note_bytes`].
    pub fn open_note(
        &self,
        purpose: &'static str,
        bound_to: &str,
        text: &str,
        now: Time,
    ) -> Result<Vec<u8>, Unsealable> {
        let note = Base64UrlUnpadded::decode_vec(text).map_err(|_| Unsealable::Malformed)?;
        self.open_note_bytes(purpose, bound_to, &note, now)
    }

    fn associated_note(&self, purpose: &'static str, key_id: u8, bound_to: &str) -> Vec<u8> {
        let length = LABEL.len() + purpose.len() + self.issuer.len() + bound_to.len() + 3;
        let mut data = Vec::with_capacity(length);
        data.extend_from_slice(LABEL);
        data.extend_from_slice(purpose.as_bytes());
        data.extend_from_slice(&[0, key_id]);
        data.extend_from_slice(self.issuer.as_bytes());
        // Neither a purpose nor an issuer has a NUL in it, so different values never give the same data.
        data.push(0);
        data.extend_from_slice(bound_to.as_bytes());
        data
    }
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    // Exposed to the cipher.
    XChaCha20Poly1305::new(key.notes.expose().into())
}
