//! JSON Web Signatures in the compact form (RFC 7515 section 7.1).
//!
//! ```text
//! jws       = base64url(header) "." base64url(payload) "." base64url(signature)
//! header    = { "alg": "ES256", "kid": the id of the key, "typ": what it is }
//! ```

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::ports::{SignatureAlgorithm, Signing, Unavailable};
use crate::protocol::json::ObjectWriter;
use crate::token::SigningRing;

/// The JWS of `payload`, by the first key of the ring. `kind` is its `typ`.
///
/// # Errors
/// [`Unavailable`] where it could not be signed.
pub async fn sign<P: Signing>(
    ring: &SigningRing,
    kind: &str,
    payload: &str,
    ports: &P,
) -> Result<String, Unavailable> {
    let (id, key) = ring.first();
    let mut header = ObjectWriter::new();
    header.put("alg", "ES256");
    header.put("kid", id);
    header.put("typ", kind);
    let encode = |part: &[u8]| Base64UrlUnpadded::encode_string(part);
    let (header, payload) = (encode(header.end().as_bytes()), encode(payload.as_bytes()));
    let mut jws = [header.as_str(), payload.as_str()].join(".");
    let signed = ports.sign(SignatureAlgorithm::Es256, key, jws.as_bytes());
    let signature = signed.await?;
    jws.push('.');
    jws.push_str(&encode(&signature));
    Ok(jws)
}
