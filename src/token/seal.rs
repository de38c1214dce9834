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
        self.seal_with(self.sealing_key(), kind, pointer, nonce)
    }

    fn seal_with(
        &self,
        key: &Key,
        kind: TokenKind,
        pointer: &Pointer,
        nonce: [u8; NONCE],
    ) -> PlainToken {
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

    /// The tokens that can follow `presented`: one under each key of the ring, that of the sealing key first.
    /// The nonce is derived from `presented` and from what is sealed. So every request that presents it gets
    /// the same successors for the same times, and no nonce seals two different things. While the sealing key
    /// is being replaced, another isolate may seal with another key of the ring: its successor is among these.
    pub fn seal_successors(
        &self,
        kind: TokenKind,
        presented: &PlainToken,
        pointer: Pointer,
    ) -> impl Iterator<Item = PlainToken> {
        self.all()
            .map(move |key| self.seal_successor(key, kind, presented, &pointer))
    }

    fn seal_successor(
        &self,
        key: &Key,
        kind: TokenKind,
        presented: &PlainToken,
        pointer: &Pointer,
    ) -> PlainToken {
        let mut info = Vec::with_capacity(80);
        info.extend_from_slice(b"postern successor v1\0");
        info.extend_from_slice(kind.prefix().as_bytes());
        info.extend_from_slice(pointer.session.as_bytes());
        info.extend_from_slice(&seconds(pointer.issued_at));
        info.extend_from_slice(&seconds(pointer.expires_at));
        let mut nonce = [0; NONCE];
        // Both exposed to the derivation.
        Hkdf::<Sha256>::new(Some(key.bytes.expose()), presented.expose().as_bytes())
            .expand(&info, &mut nonce)
            .expect("24 bytes are within HKDF-SHA-256's 8160");
        self.seal_with(key, kind, pointer, nonce)
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
        // Exposed to the cipher.
        XChaCha20Poly1305::new(key.bytes.expose().into())
    }

    /// Kind, key id and issuer: a token opens only under those that it was sealed for.
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
