//! A private key to sign with, as the platform takes it.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use crate::secret::Secret;

/// A private key to sign with.
#[derive(Clone)]
pub struct SigningKey {
    pkcs8: Secret<Vec<u8>>,
    name: String,
}

/// Sets this use of SHA-256 apart from every other.
const NAME_LABEL: &[u8] = b"postern signing key name v1\0";

/// PKCS#8 (RFC 5958) of a P-256 key, up to the 32 bytes of its scalar, which it ends with. There is no public point in it
/// (RFC 5915 section 3 lets it be left out): the platform works that out when it imports the key.
const P256_HEAD: &[u8] = &[
    // SEQUENCE { INTEGER 0,
    0x30, 0x41, 0x02, 0x01, 0x00, //
    // SEQUENCE { id-ecPublicKey, prime256v1 },
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
    0xce, 0x3d, 0x03, 0x01, 0x07, //
    // OCTET STRING { SEQUENCE { INTEGER 1, OCTET STRING of 32 bytes } } }
    0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20,
];

impl SigningKey {
    /// The key of a PKCS#8 structure (RFC 5958) in DER. Whether it is one, the platform says when it is used.
    #[must_use]
    pub fn from_pkcs8(der: Secret<Vec<u8>>) -> Self {
        let mut hash = Sha256::new();
        hash.update(NAME_LABEL);
        // Exposed to be named by a hash of which nobody can go back.
        hash.update(der.expose());
        Self {
            name: Base64UrlUnpadded::encode_string(&hash.finalize()[..16]),
            pkcs8: der,
        }
    }

    /// The key of this P-256 scalar, for ES256. A scalar of 0 or beyond the curve's order is not one: the platform
    /// refuses it.
    #[must_use]
    pub fn p256(scalar: &Secret<[u8; 32]>) -> Self {
        // Exposed to be put into the form in which the platform takes keys.
        Self::from_pkcs8(Secret::new([P256_HEAD, scalar.expose()].concat()))
    }

    /// Its PKCS#8 structure, for the platform alone.
    #[must_use]
    pub const fn pkcs8(&self) -> &Secret<Vec<u8>> {
        &self.pkcs8
    }

    /// A name for it, by which the platform finds it again. It tells nothing of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_becomes_a_structure_of_the_length_that_it_says() {
        let key = SigningKey::p256(&Secret::new([7; 32]));
        let der = key.pkcs8().expose();
        assert_eq!(der.len(), 2 + usize::from(der[1]));
        assert_eq!(der[der.len() - 33], 32);
        assert!(der.ends_with(&[7; 32]));
    }

    #[test]
    fn its_name_tells_keys_apart_and_shows_nothing() {
        let one = SigningKey::p256(&Secret::new([65; 32]));
        let other = SigningKey::p256(&Secret::new([66; 32]));
        assert_eq!(one.name(), SigningKey::p256(&Secret::new([65; 32])).name());
        assert_ne!(one.name(), other.name());
        assert_eq!(format!("{one:?}"), "SigningKey(..)");
        assert!(!one.name().contains("QUFB"));
    }
}
