//! The cryptography that the platform has itself: checking signatures, and making them.

use super::Unavailable;
use crate::protocol::SignatureAlgorithm;
use crate::token::SigningKey;

/// Checks signatures.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait Signatures {
    /// Whether `signature` is the one of `message` by the public key `jwk` (JSON, RFC 7517). A key
    /// that does not fit the algorithm signs nothing: `false`.
    ///
    /// # Errors
    /// [`Unavailable`] where that could not be found out.
    async fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        jwk: &str,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Unavailable>;
}

/// Makes signatures.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait Signing {
    /// The signature of `message` by `key`, in the form of JSON Web Signatures (RFC 7518 section 3): 64 bytes with
    /// [`SignatureAlgorithm::Es256`], as many as the modulus has with [`SignatureAlgorithm::Rs256`].
    ///
    /// # Errors
    /// [`Unavailable`] where it could not be made, also because the key does not fit the algorithm or is not one.
    async fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        key: &SigningKey,
        message: &[u8],
    ) -> Result<Vec<u8>, Unavailable>;

    /// The public key that belongs to `key`, as a JSON object with the members that RFC 7518 section 6 asks for and no
    /// others.
    ///
    /// # Errors
    /// As [`Self::sign`].
    async fn public_jwk(
        &self,
        algorithm: SignatureAlgorithm,
        key: &SigningKey,
    ) -> Result<String, Unavailable>;
}
