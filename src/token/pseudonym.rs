//! Keyed hashes that stand for a name or an address where nobody is to read it.
//!
//! ```text
//! pseudonym = HMAC-SHA-256(key, purpose NUL text)
//! key       = HKDF-SHA-256(the key that seals, no salt, info "postern pseudonym key v1")
//! ```
//! Without the key nobody can try names on one. When another key begins to seal, every pseudonym changes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::keys::{KeyRing, derive};

impl KeyRing {
    /// What stands for `text` where it is used for `purpose`, which has no NUL in it.
    #[must_use]
    pub fn pseudonym(&self, purpose: &'static str, text: &[u8]) -> [u8; 32] {
        let key = derive(&self.sealing_key().bytes, b"postern pseudonym key v1");
        // Exposed to the hash.
        let mut hash =
            Hmac::<Sha256>::new_from_slice(key.expose()).expect("HMAC takes keys of any length");
        hash.update(purpose.as_bytes());
        hash.update(&[0]);
        hash.update(text);
        hash.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use crate::fixtures::key_ring;

    #[test]
    fn pseudonym_format_unchanged() {
        let ring = key_ring("https://a.example", &[(1, 9)]);
        let expected = [117, 137, 73, 220];
        assert_eq!(ring.pseudonym("name", b"ann")[..4], expected);
    }

    #[test]
    fn it_depends_on_key_purpose_and_text() {
        let ring = key_ring("https://a.example", &[(1, 9), (2, 8)]);
        let one = ring.pseudonym("name", b"ann");
        assert_eq!(one, ring.pseudonym("name", b"ann"));
        assert_ne!(one, ring.pseudonym("name", b"bob"));
        assert_ne!(one, ring.pseudonym("source", b"ann"));
        assert_ne!(ring.pseudonym("a", b""), ring.pseudonym("", b"a"));
        let rotated = key_ring("https://a.example", &[(2, 8), (1, 9)]);
        assert_ne!(one, rotated.pseudonym("name", b"ann"));
    }
}
