//! The cryptography that the platform has itself: checking signatures.

use js_sys::Uint8Array;

use super::{Outside, answer};
use crate::edge::host;
use crate::ports::{Dependency, SignatureAlgorithm, Signatures, Unavailable};

impl Signatures for Outside {
    async fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        jwk: &str,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Unavailable> {
        let name = match algorithm {
            SignatureAlgorithm::Rs256 => "RS256",
            SignatureAlgorithm::Rs384 => "RS384",
            SignatureAlgorithm::Rs512 => "RS512",
            SignatureAlgorithm::Ps256 => "PS256",
            SignatureAlgorithm::Ps384 => "PS384",
            SignatureAlgorithm::Ps512 => "PS512",
            SignatureAlgorithm::Es256 => "ES256",
            SignatureAlgorithm::Es384 => "ES384",
            SignatureAlgorithm::Es512 => "ES512",
            SignatureAlgorithm::EdDsa => "EdDSA",
        };
        let (message, signature) = (Uint8Array::from(message), Uint8Array::from(signature));
        let verified = host::verify(name, jwk, &message, &signature);
        let is_good = answer(Dependency::Cryptography, verified).await?;
        Ok(is_good.as_bool() == Some(true))
    }
}
