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
/// An encrypted one has five parts.
const MOST_PARTS: usize = 6;

/// A token whose signature nobody has checked yet: its claims can't be read. It has no `Debug`.
pub struct UnverifiedJwt {
    /// `alg`.
    pub algorithm: SignatureAlgorithm,
    /// `kid`.
    pub key_id: Option<String>,
    /// `typ`.
    pub kind: Option<String>,
    /// What is signed.
    pub signed: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    claims: Map<String, Value>,
}

impl UnverifiedJwt {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`JwtRefusal`] if it is not a token that could be verified.
    pub fn parse(text: &str) -> Result<Self, JwtRefusal> {
        if text.len() > LARGEST {
            return Err(JwtRefusal::TooLarge);
        }
        let parts: Vec<&str> = text.split('.').take(MOST_PARTS).collect();
        let [header, payload, signature] = parts[..] else {
            // RFC 7516 section 7.1.
            let is_encrypted = parts.len() == 5;
            return malformed(if is_encrypted {
                "it is encrypted: turn encryption off for this application at the provider"
            } else {
                "it does not have three parts"
            });
        };
        let signed = &text[..header.len() + 1 + payload.len()];
        let decode = |part: &str, what| {
            let decoded = Base64UrlUnpadded::decode_vec(part);
            decoded.map_err(|_| JwtRefusal::Malformed(what))
        };
        let header = decode(header, "its header is not base64url")?;
        // A member that is there twice is read in two ways by two readers (RFC 7515 section 4, RFC 7519 section 4).
        let Some(Value::Object(header)) = json::read_unique(&header) else {
            return malformed("its header is not a JSON object in which each member is there once");
        };
        if header.contains_key("crit") {
            return Err(JwtRefusal::Critical);
        }
        // `null` and the empty text count as absent.
        let text_of = |name: &str, what| match header.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => malformed(what),
        };
        let name = text_of("alg", "its alg is not text")?;
        let Some(name) = name else {
            return malformed("its header has no alg");
        };
        let payload = decode(payload, "its claims are not base64url")?;
        let Some(Value::Object(claims)) = json::read_unique(&payload) else {
            return malformed(
                "its claims are not a JSON object in which each member is there once",
            );
        };
        Ok(Self {
            algorithm: SignatureAlgorithm::named(&name).ok_or(JwtRefusal::Algorithm)?,
            key_id: text_of("kid", "its kid is not text")?,
            kind: text_of("typ", "its typ is not text")?,
            signed: signed.as_bytes().to_vec(),
            signature: decode(signature, "its signature is not base64url")?,
            claims,
        })
    }

    /// Who it says has issued it, which nobody has verified: whose keys to look for.
    #[must_use]
    pub fn claimed_issuer(&self) -> Option<&str> {
        self.claims.get("iss")?.as_str()
    }

    /// The claims, once the signature has been found to hold.
    /// `key_issuer` is the issuer that the key is for, where that is known.
    pub(super) fn verified(self, key_issuer: Option<String>) -> Verified {
        Verified {
            kind: self.kind,
            key_issuer,
            claims: self.claims,
        }
    }
}

fn malformed<T>(what: &'static str) -> Result<T, JwtRefusal> {
    Err(JwtRefusal::Malformed(what))
}

impl Verified {
    /// Whether it says that it is a token of one of these types. A token that does not say counts as a `JWT`. What has
    /// no slash stands for the same behind `application/` (RFC 7515 section 4.1.9).
    #[must_use]
    pub fn is_of_type(&self, kinds: &[&str]) -> bool {
        let kind = self.kind.as_deref().unwrap_or("JWT");
        let bare = match kind.split_at_checked("application/".len()) {
            Some((start, bare)) if start.eq_ignore_ascii_case("application/") => bare,
            _ => kind,
        };
        kinds.iter().any(|known| bare.eq_ignore_ascii_case(known))
    }
}

/// The claims of a token that its issuer has signed. It has no `Debug`: it is about a person.
pub struct Verified {
    /// `typ`.
    pub kind: Option<String>,
    /// The issuer that the key is for, where the provider's key set says that (Microsoft Entra's does).
    pub key_issuer: Option<String>,
    /// What it says.
    pub claims: Map<String, Value>,
}
