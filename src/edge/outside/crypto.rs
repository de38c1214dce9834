//! The cryptography that the platform has itself: checking signatures, and making them.

use js_sys::Uint8Array;

use super::{Outside, answer};
use crate::edge::host;
use crate::ports::{Dependency, SignatureAlgorithm, Signatures, Signing, SigningKey, Unavailable};

/// Its name in JSON Web Algorithms.
const fn name(algorithm: SignatureAlgorithm) -> &'static str {
    match algorithm {
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
    }
}

impl Signatures for Outside {
    async fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        jwk: &str,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Unavailable> {
        let (message, signature) = (Uint8Array::from(message), Uint8Array::from(signature));
        let verified = host::verify(name(algorithm), jwk, &message, &signature);
        let is_good = answer(Dependency::Cryptography, verified).await?;
        Ok(is_good.as_bool() == Some(true))
    }
}

impl Signing for Outside {
    async fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        key: &SigningKey,
        message: &[u8],
    ) -> Result<Vec<u8>, Unavailable> {
        let message = Uint8Array::from(message);
        // Exposed to the platform, which keeps it in a form that nobody can read.
        let signed = host::sign(name(algorithm), key.name(), key.pkcs8().expose(), &message);
        let signature = answer(Dependency::Cryptography, signed).await?;
        host::bytes_of(&signature)
            .ok_or_else(|| Unavailable::new(Dependency::Cryptography, "it gave no bytes"))
    }

    async fn public_jwk(
        &self,
        algorithm: SignatureAlgorithm,
        key: &SigningKey,
    ) -> Result<String, Unavailable> {
        // Exposed to the platform, which works out what is public of it.
        let asked = host::public_jwk(name(algorithm), key.pkcs8().expose());
        let jwk = answer(Dependency::Cryptography, asked).await?;
        jwk.as_string()
            .ok_or_else(|| Unavailable::new(Dependency::Cryptography, "it gave no text"))
    }
}
