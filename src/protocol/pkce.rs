//! Proof Key for Code Exchange (RFC 7636), method `S256` only.
//!
//! ```text
//! code_verifier  = 43*128unreserved
//! code_challenge = base64url-nopad(SHA-256(code_verifier))        ; 43 characters
//! ```

use std::str::FromStr;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

/// A code challenge of method `S256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeChallenge([u8; 32]);

/// The text breaks the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PkceError;

impl CodeChallenge {
    /// The challenge of a verifier.
    ///
    /// # Errors
    /// [`PkceError`] where the text is not a verifier (section 4.1).
    pub fn of(verifier: &str) -> Result<Self, PkceError> {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        if (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved) {
            Ok(Self(Sha256::digest(verifier.as_bytes()).into()))
        } else {
            Err(PkceError)
        }
    }

    /// The hash itself.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for CodeChallenge {
    type Err = PkceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        match Base64UrlUnpadded::decode(text, &mut bytes) {
            Ok(decoded) if decoded.len() == 32 => Ok(Self(bytes)),
            Ok(_) | Err(_) => Err(PkceError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_appendix_b() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".parse();
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(CodeChallenge::of(verifier), challenge);
    }

    #[test]
    fn lengths_and_alphabets() {
        for (length, good) in [(42, false), (43, true), (128, true), (129, false)] {
            assert_eq!(CodeChallenge::of(&"a".repeat(length)).is_ok(), good);
        }
        let one_odd = |odd: char| format!("{}{odd}", "a".repeat(42));
        for odd in ['-', '.', '_', '~', '0', 'Z'] {
            assert!(CodeChallenge::of(&one_odd(odd)).is_ok(), "{odd}");
        }
        for odd in ['+', '/', '=', ' ', 'é', '%'] {
            assert!(CodeChallenge::of(&one_odd(odd)).is_err(), "{odd}");
        }
        for bad in [
            "",
            "abc",
            &"a".repeat(44),
            &format!("{}=", "a".repeat(43)),
            &"+".repeat(43),
        ] {
            assert_eq!(bad.parse::<CodeChallenge>(), Err(PkceError), "{bad}");
        }
    }
}
