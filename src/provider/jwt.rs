//! JSON Web Tokens in the compact form (RFC 7515 section 7.1, RFC 7519), not yet verified.
//!
//! ```text
//! jwt = base64url(header) "." base64url(claims) "." base64url(signature)
//! ```
//! A token itself says by which algorithm it is signed. So only algorithms are taken that a public key
//! verifies (RFC 8725 section 3.1): never `none`, and never HMAC, whose key would be public.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Map, Value};

use super::refusal::JwtRefusal;
use crate::ports::SignatureAlgorithm;
use crate::protocol::json;

/// How large a token may be, in bytes.
pub const LARGEST: usize = 32 * 1024;

/// The algorithms that are taken (RFC 7518 section 3.1, RFC 8037 section 3.1).
pub(super) const ALGORITHMS: [(&str, SignatureAlgorithm); 7] = [
    ("RS256", SignatureAlgorithm::Rs256),
    ("RS384", SignatureAlgorithm::Rs384),
    ("RS512", SignatureAlgorithm::Rs512),
    ("PS256", SignatureAlgorithm::Ps256),
    ("ES256", SignatureAlgorithm::Es256),
    ("ES384", SignatureAlgorithm::Es384),
    ("EdDSA", SignatureAlgorithm::EdDsa),
];

/// The algorithm of this name, if it is taken.
pub(super) fn algorithm(name: &str) -> Option<SignatureAlgorithm> {
    let found = ALGORITHMS.iter().find(|(other, _)| *other == name);
    found.map(|(_, algorithm)| *algorithm)
}

/// A token whose signature nobody has checked yet: its claims can't be read. It has no `Debug`.
pub struct UnverifiedJwt<'a> {
    /// `alg`.
    pub algorithm: SignatureAlgorithm,
    /// `kid`.
    pub key_id: Option<String>,
    /// `typ`.
    pub kind: Option<String>,
    /// What is signed.
    pub signed: &'a [u8],
    /// The signature.
    pub signature: Vec<u8>,
    payload: Vec<u8>,
}

impl<'a> UnverifiedJwt<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`JwtRefusal`] if it is not a token that could be verified.
    pub fn parse(text: &'a str) -> Result<Self, JwtRefusal> {
        if text.len() > LARGEST {
            return Err(JwtRefusal::TooLarge);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(JwtRefusal::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(JwtRefusal::Malformed)?;
        let decode = |part: &str| {
            let decoded = Base64UrlUnpadded::decode_vec(part);
            decoded.map_err(|_| JwtRefusal::Malformed)
        };
        let Some(Value::Object(header)) = json::read(&decode(header)?) else {
            return Err(JwtRefusal::Malformed);
        };
        if header.contains_key("crit") {
            return Err(JwtRefusal::Critical);
        }
        let name = header.get("alg").and_then(Value::as_str);
        let name = name.ok_or(JwtRefusal::Malformed)?;
        let text_of = |name: &str| match header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(JwtRefusal::Malformed),
        };
        Ok(Self {
            algorithm: algorithm(name).ok_or(JwtRefusal::Algorithm)?,
            key_id: text_of("kid")?,
            kind: text_of("typ")?,
            signed: signed.as_bytes(),
            signature: decode(signature)?,
            payload: decode(payload)?,
        })
    }

    /// The claims, once the signature has been found to hold.
    pub(super) fn verified(self) -> Result<Verified, JwtRefusal> {
        match json::read(&self.payload) {
            Some(Value::Object(claims)) => Ok(Verified {
                kind: self.kind,
                claims,
            }),
            _ => Err(JwtRefusal::Malformed),
        }
    }
}

/// The claims of a token that a provider has signed. It has no `Debug`: it is about a person.
pub(super) struct Verified {
    pub(super) kind: Option<String>,
    pub(super) claims: Map<String, Value>,
}
