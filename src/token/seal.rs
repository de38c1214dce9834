//! Sealing and opening tokens, and telling by which key one was sealed.

use base64ct::{Base64UrlUnpadded, Encoding};
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;

use super::keys::{Key, KeyRing};
use super::kind::{PREFIX_LENGTH, TokenKind};
use super::plain::{PlainToken, Pointer, SessionId, Unsealable};
use crate::time::Time;

const NONCE: usize = 24;
const POINTER: usize = 24;
const TAG: usize = 16;
const BODY: usize = 1 + NONCE + POINTER + TAG;
/// Characters of a whole token.
pub const TOKEN_LENGTH: usize = PREFIX_LENGTH + (BODY * 4).div_ceil(3);

/// Bytes of randomness that sealing one token takes.
pub const SEAL_RANDOMNESS: usize = NONCE;

impl KeyRing {
    /// Seals a token. `nonce` must be fresh randomness. Times are cut to whole seconds.
    #[must_use]
    pub fn seal(&self, kind: TokenKind, pointer: &Pointer, nonce: [u8; NONCE]) -> PlainToken {
        let key = self.sealing_key();
        let mut body = [0; BODY];
        body[0] = key.id;
        body[1..=NONCE].copy_from_slice(&nonce);
        let (sealed, tag) = body[1 + NONCE..].split_at_mut(POINTER);
        sealed[..16].copy_from_slice(pointer.session.as_bytes());
        sealed[16..20].copy_from_slice(&seconds(pointer.issued_at));
        sealed[20..].copy_from_slice(&seconds(pointer.expires_at));
        let computed = Self::cipher(key)
            .encrypt_inout_detached(
                &XNonce::from(nonce),
                &self.associated(kind, key.id),
                sealed.into(),
            )
            .expect("24 bytes are far below the cipher's limit");
        tag.copy_from_slice(&computed);
        PlainToken::new(format!(
            "{}{}",
            kind.prefix(),
            Base64UrlUnpadded::encode_string(&body)
        ))
    }

    /// Seals the token that follows `presented`. The nonce is derived from it and from what is sealed,
    /// so that whoever presents it gets the same successor for the same times, and no nonce seals two
    /// things.
    #[must_use]
    pub fn seal_successor(
        &self,
        kind: TokenKind,
        presented: &PlainToken,
        pointer: &Pointer,
    ) -> PlainToken {
        let key = self.sealing_key();
        let mut info = Vec::with_capacity(80);
        info.extend_from_slice(b"postern successor v1\0");
        info.extend_from_slice(kind.prefix().as_bytes());
        info.extend_from_slice(pointer.session.as_bytes());
        info.extend_from_slice(&seconds(pointer.issued_at));
        info.extend_from_slice(&seconds(pointer.expires_at));
        let mut nonce = [0; NONCE];
        // Both exposed to the derivation alone.
        Hkdf::<Sha256>::new(Some(key.bytes.expose()), presented.expose().as_bytes())
            .expand(&info, &mut nonce)
            .expect("24 bytes are within HKDF-SHA-256's 8160");
        self.seal(kind, pointer, nonce)
    }

    /// Opens a token of this kind, with no I/O.
    ///
    /// # Errors
    /// [`Unsealable`] says why it does not count; only [`Unsealable::Expired`] was ever genuine.
    pub fn open(&self, kind: TokenKind, token: &str, now: Time) -> Result<Pointer, Unsealable> {
        if token.len() != TOKEN_LENGTH {
            return Err(Unsealable::Malformed);
        }
        let encoded = token
            .strip_prefix(kind.prefix())
            .ok_or(Unsealable::Malformed)?;
        let mut body = [0; BODY];
        let length = Base64UrlUnpadded::decode(encoded, &mut body)
            .map_err(|_| Unsealable::Malformed)?
            .len();
        if length != BODY {
            return Err(Unsealable::Malformed);
        }
        let key = self.key(body[0]).ok_or(Unsealable::UnknownKey)?;
        let associated = self.associated(kind, key.id);
        let (head, tail) = body.split_at_mut(1 + NONCE);
        let nonce: [u8; NONCE] = head[1..].try_into().expect("the head is 1 + NONCE bytes");
        let (sealed, tag) = tail.split_at_mut(POINTER);
        let tag: [u8; TAG] = (&*tag).try_into().expect("the tail is POINTER + TAG bytes");
        Self::cipher(key)
            .decrypt_inout_detached(
                &XNonce::from(nonce),
                &associated,
                sealed.into(),
                &Tag::from(tag),
            )
            .map_err(|_| Unsealable::Forged)?;
        let session: [u8; 16] = sealed[..16].try_into().expect("POINTER is 24 bytes");
        let pointer = Pointer {
            session: SessionId::from_bytes(session),
            issued_at: read_seconds(&sealed[16..20]),
            expires_at: read_seconds(&sealed[20..]),
        };
        if now.has_reached(pointer.expires_at) {
            return Err(Unsealable::Expired);
        }
        Ok(pointer)
    }

    /// The key that `token` names as the one that sealed it; `None` where the ring does not have it. The
    /// seal is not checked.
    pub(crate) fn key_named_by(&self, token: &PlainToken) -> Option<&Key> {
        let mut head = [0; 3];
        // Exposed for the key id in it, the first byte of the body.
        let encoded = token.expose().get(PREFIX_LENGTH..PREFIX_LENGTH + 4)?;
        let [id, ..] = Base64UrlUnpadded::decode(encoded, &mut head).ok()? else {
            return None;
        };
        self.key(*id)
    }

    fn cipher(key: &Key) -> XChaCha20Poly1305 {
        // Exposed to the cipher alone.
        XChaCha20Poly1305::new(key.bytes.expose().into())
    }

    /// Kind, key id and issuer, so that a token sealed for one opens as no other.
    fn associated(&self, kind: TokenKind, key_id: u8) -> Vec<u8> {
        let mut data = Vec::with_capacity(8 + self.issuer.len());
        data.extend_from_slice(kind.prefix().as_bytes());
        data.push(key_id);
        data.extend_from_slice(self.issuer.as_bytes());
        data
    }
}

fn seconds(time: Time) -> [u8; 4] {
    u32::try_from(time.seconds())
        .unwrap_or(u32::MAX)
        .to_be_bytes()
}

fn read_seconds(bytes: &[u8]) -> Time {
    let bytes: [u8; 4] = bytes.try_into().expect("callers slice four bytes");
    Time::from_seconds(u64::from(u32::from_be_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::key_ring as ring;
    use proptest::prelude::*;

    const ISSUER: &str = "https://auth.example.com";

    fn pointer() -> Pointer {
        Pointer {
            session: SessionId::from_bytes([3; 16]),
            issued_at: Time::from_seconds(1_000),
            expires_at: Time::from_seconds(2_000),
        }
    }

    fn at(seconds: u64) -> Time {
        Time::from_seconds(seconds)
    }

    #[test]
    fn token_format_unchanged() {
        let token = ring(ISSUER, &[(1, 9)]).seal(TokenKind::Access, &pointer(), [5; 24]);
        assert_eq!(
            token.expose(),
            "pst_at_AQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBcfFd5O0BaGyzlhCW-qwdhgWijC55dwX7otcOggI7uEoJnuzudhDS7w"
        );
        assert_eq!(token.expose().len(), TOKEN_LENGTH);
        let again = ring(ISSUER, &[(2, 1), (1, 9)]);
        assert_eq!(
            again.open(TokenKind::Access, token.expose(), at(1_500)),
            Ok(pointer())
        );
    }

    #[test]
    fn expires_at_equality() {
        let ring = ring(ISSUER, &[(1, 9)]);
        let token = ring.seal(TokenKind::Access, &pointer(), [5; 24]);
        let open = |millis| ring.open(TokenKind::Access, token.expose(), Time::from_millis(millis));
        assert_eq!(open(1_999_999), Ok(pointer()));
        assert_eq!(open(2_000_000), Err(Unsealable::Expired));
    }

    #[test]
    fn the_sealing_matrix() {
        let sealer = ring(ISSUER, &[(1, 9)]);
        let token = sealer.seal(TokenKind::Access, &pointer(), [5; 24]);
        let text = token.expose().as_str();
        let now = at(1_500);
        let open = |ring: &KeyRing, kind, text: &str| ring.open(kind, text, now);
        let access = TokenKind::Access;
        assert_eq!(
            open(&ring(ISSUER, &[(1, 8)]), access, text),
            Err(Unsealable::Forged)
        );
        assert_eq!(
            open(&ring(ISSUER, &[(2, 9)]), access, text),
            Err(Unsealable::UnknownKey)
        );
        assert_eq!(
            open(&ring("https://other.example", &[(1, 9)]), access, text),
            Err(Unsealable::Forged)
        );
        // Another kind: by its prefix, and with the prefix exchanged.
        for kind in [TokenKind::Refresh, TokenKind::Code, TokenKind::Ticket] {
            assert_eq!(open(&sealer, kind, text), Err(Unsealable::Malformed));
            let renamed = text.replace(access.prefix(), kind.prefix());
            assert_eq!(open(&sealer, kind, &renamed), Err(Unsealable::Forged));
        }
        for bad in [
            "",
            "pst_at_",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text}A"),
        ] {
            assert_eq!(
                open(&sealer, access, bad),
                Err(Unsealable::Malformed),
                "{bad:?}"
            );
        }
        let padded = format!("{}=", &text[..text.len() - 1]);
        assert_eq!(open(&sealer, access, &padded), Err(Unsealable::Malformed));
    }

    #[test]
    fn every_flipped_bit_is_seen() {
        let sealer = ring(ISSUER, &[(1, 9)]);
        let token = sealer.seal(TokenKind::Access, &pointer(), [5; 24]);
        let body = Base64UrlUnpadded::decode_vec(&token.expose()[7..]).unwrap();
        for bit in 0..body.len() * 8 {
            let mut flipped = body.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let text = format!("pst_at_{}", Base64UrlUnpadded::encode_string(&flipped));
            let expected = if bit < 8 {
                Unsealable::UnknownKey
            } else {
                Unsealable::Forged
            };
            let opened = sealer.open(TokenKind::Access, &text, at(1_500));
            assert_eq!(opened, Err(expected), "bit {bit}");
        }
    }

    #[test]
    fn the_last_character_has_one_spelling() {
        // 65 bytes leave two spare bits in the last character: they must be zero.
        let sealer = ring(ISSUER, &[(1, 9)]);
        let token = sealer.seal(TokenKind::Access, &pointer(), [5; 24]);
        let text = token.expose().as_str();
        let (head, last) = text.split_at(text.len() - 1);
        let accepted: Vec<char> = ('0'..='z')
            .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
            .chain(['-'])
            .filter(|c| {
                sealer
                    .open(TokenKind::Access, &format!("{head}{c}"), at(1_500))
                    .is_ok()
            })
            .collect();
        assert_eq!(accepted, last.chars().collect::<Vec<_>>());
    }

    #[test]
    fn debug_shows_no_token() {
        let token = ring(ISSUER, &[(1, 9)]).seal(TokenKind::Access, &pointer(), [5; 24]);
        assert_eq!(format!("{token:?}"), "PlainToken(Secret(..))");
    }

    proptest! {
        #[test]
        fn opening_never_panics(text in "\\PC{0,120}") {
            let _ = ring(ISSUER, &[(1, 9)]).open(TokenKind::Access, &text, at(0));
        }

        #[test]
        fn what_was_sealed_is_opened(session: [u8; 16], issued in 0..u32::MAX, nonce: [u8; 24]) {
            let ring = ring(ISSUER, &[(1, 9)]);
            let pointer = Pointer {
                session: SessionId::from_bytes(session),
                issued_at: at(u64::from(issued)),
                expires_at: at(u64::from(issued) + 1),
            };
            let token = ring.seal(TokenKind::Refresh, &pointer, nonce);
            prop_assert_eq!(ring.open(TokenKind::Refresh, token.expose(), at(u64::from(issued))), Ok(pointer));
        }
    }
}
