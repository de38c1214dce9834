//! Notes: small payloads that Postern hands out and wants back as they were.
//!
//! ```text
//! note  = 1 key_id(1) nonce(24) XChaCha20-Poly1305(expires_at(8) payload) tag(16)
//! key   = HKDF-SHA-256(sealing key, no salt, info "postern note key v1"), 32 bytes
//! aad   = "postern note v1" NUL purpose NUL key_id(1) issuer NUL bound_to
//! ```
//! `expires_at` is in milliseconds since the Unix epoch. A note has a key of its own, so none of them
//! is a token and no token is one of them. It opens only for the purpose, and bound to the very thing,
//! that it was sealed for: a cookie's name, say, or the key that a store has it under. Not the job of
//! this room: which purposes there are.

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

/// How many bytes a note has beside its payload.
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
            // Exposed to the cipher alone.
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
            .expect("what was sealed has a time: its length was looked at");
        if now.has_reached(Time::from_millis(u64::from_be_bytes(*expires_at))) {
            return Err(Unsealable::Expired);
        }
        plain.drain(..TIME);
        Ok(plain)
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
        // Neither a purpose nor an issuer has a NUL in it, so this is read in one way only.
        data.push(0);
        data.extend_from_slice(bound_to.as_bytes());
        data
    }
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    // Exposed to the cipher alone.
    XChaCha20Poly1305::new(key.notes.expose().into())
}

#[cfg(test)]
mod tests {
    use super::super::{Pointer, SessionId, TokenKind};
    use super::*;
    use crate::fixtures::{hex, key_ring as ring};
    use proptest::prelude::*;

    const ISSUER: &str = "https://auth.example.com";

    fn at(millis: u64) -> Time {
        Time::from_millis(millis)
    }

    /// A note of "payload", for "test", bound to "this", good until 2000.
    fn note() -> Vec<u8> {
        ring(ISSUER, &[(1, 9)]).seal_note_bytes("test", "this", b"payload", at(2_000), [5; 24])
    }

    #[test]
    fn note_format_unchanged() {
        assert_eq!(
            hex(&note()),
            "0101050505050505050505050505050505050505050505050505bf8ed2c3fd80d7d6688b73f5aa684278939a1a66210cc69f07cc49129b31d1"
        );
        assert_eq!(note().len(), NOTE_OVERHEAD + "payload".len());
        let text =
            ring(ISSUER, &[(1, 9)]).seal_note("test", "this", b"payload", at(2_000), [5; 24]);
        assert_eq!(text, Base64UrlUnpadded::encode_string(&note()));
        let rotated = ring(ISSUER, &[(2, 1), (1, 9)]);
        let opened = rotated.open_note("test", "this", &text, at(1_999));
        assert_eq!(opened.as_deref(), Ok(&b"payload"[..]));
    }

    #[test]
    fn a_note_expires_at_equality() {
        let ring = ring(ISSUER, &[(1, 9)]);
        let open = |millis| ring.open_note_bytes("test", "this", &note(), at(millis));
        assert!(open(1_999).is_ok());
        assert_eq!(open(2_000), Err(Unsealable::Expired));
    }

    #[test]
    fn the_matrix_of_notes() {
        let open = |ring: &KeyRing, purpose, bound_to, note: &[u8]| {
            ring.open_note_bytes(purpose, bound_to, note, at(1_000))
        };
        let own = ring(ISSUER, &[(1, 9)]);
        let note = note();
        assert!(open(&own, "test", "this", &note).is_ok());
        let forged = Err(Unsealable::Forged);
        assert_eq!(
            open(&ring(ISSUER, &[(1, 8)]), "test", "this", &note),
            forged
        );
        let elsewhere = ring("https://other.example", &[(1, 9)]);
        assert_eq!(open(&elsewhere, "test", "this", &note), forged);
        assert_eq!(
            open(&ring(ISSUER, &[(2, 9)]), "test", "this", &note),
            Err(Unsealable::UnknownKey)
        );
        for (purpose, bound_to) in [
            ("tes", "this"),
            ("test2", "this"),
            ("", "this"),
            ("test", "that"),
            ("test", ""),
        ] {
            assert_eq!(open(&own, purpose, bound_to, &note), forged);
        }
        let longer = [&note[..], &[0]].concat();
        assert_eq!(open(&own, "test", "this", &longer), forged);
        for length in 0..note.len() {
            let expected = if length < NOTE_OVERHEAD {
                Unsealable::Malformed
            } else {
                Unsealable::Forged
            };
            let opened = open(&own, "test", "this", &note[..length]);
            assert_eq!(opened, Err(expected), "{length} bytes");
        }
    }

    #[test]
    fn every_flipped_bit_of_a_note_is_seen() {
        let ring = ring(ISSUER, &[(1, 9)]);
        let note = note();
        for bit in 0..note.len() * 8 {
            let mut flipped = note.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let expected = match bit / 8 {
                0 => Unsealable::Malformed,
                1 => Unsealable::UnknownKey,
                _ => Unsealable::Forged,
            };
            let opened = ring.open_note_bytes("test", "this", &flipped, at(1_000));
            assert_eq!(opened, Err(expected), "bit {bit}");
        }
    }

    #[test]
    fn a_note_and_a_token_are_sealed_with_different_keys() {
        let ring = ring(ISSUER, &[(1, 9)]);
        let key = ring.sealing_key();
        assert_ne!(key.bytes, key.notes);
        let pointer = Pointer {
            session: SessionId::from_bytes([3; 16]),
            issued_at: Time::from_seconds(1),
            expires_at: Time::from_seconds(2_000),
        };
        let token = ring.seal(TokenKind::Ticket, &pointer, [5; 24]);
        let body = Base64UrlUnpadded::decode_vec(&token.expose()[7..]).unwrap();
        let as_note = [&[FORMAT], &body[..]].concat();
        let opened = ring.open_note_bytes("pst_st_", "", &as_note, at(0));
        assert_eq!(opened, Err(Unsealable::Forged));
    }

    #[test]
    fn a_note_shows_nothing() {
        assert!(!String::from_utf8_lossy(&note()).contains("payload"));
    }

    proptest! {
        #[test]
        fn opening_a_note_never_panics(text in "[A-Za-z0-9_=-]{0,90}", bytes: Vec<u8>) {
            let ring = ring(ISSUER, &[(1, 9)]);
            let _ = ring.open_note("test", "", &text, at(0));
            let _ = ring.open_note_bytes("test", "", &bytes, at(0));
        }

        #[test]
        fn a_note_that_was_sealed_is_opened(payload: Vec<u8>, bound_to: String, nonce: [u8; 24]) {
            let ring = ring(ISSUER, &[(1, 9)]);
            let text = ring.seal_note("test", &bound_to, &payload, at(1), nonce);
            prop_assert_eq!(ring.open_note("test", &bound_to, &text, at(0)), Ok(payload));
        }
    }
}
