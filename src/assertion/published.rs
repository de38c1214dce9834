//! The keys that are published, so that whoever gets what Postern has signed can verify it (RFC 7517 section 5).

use crate::ports::{Dependency, SignatureAlgorithm, Signing, Unavailable};
use crate::token::SigningRing;

/// All public keys of the ring, as a key set. The platform is asked for them once.
///
/// # Errors
/// [`Unavailable`] where it did not say.
pub async fn published<'r, P: Signing>(
    ring: &'r SigningRing,
    ports: &P,
) -> Result<&'r str, Unavailable> {
    if let Some(published) = ring.published() {
        return Ok(published);
    }
    let mut set = String::from("{\"keys\":[");
    for (at, (id, key)) in ring.all().enumerate() {
        let jwk = ports.public_jwk(SignatureAlgorithm::Es256, key).await?;
        let members = jwk
            .strip_suffix('}')
            .ok_or_else(|| Unavailable::new(Dependency::Cryptography, "it gave no key"))?;
        if at > 0 {
            set.push(',');
        }
        set.push_str(members);
        // An id is a number.
        set.extend([",\"kid\":\"", id, "\",\"use\":\"sig\",\"alg\":\"ES256\"}"]);
    }
    set.push_str("]}");
    Ok(ring.publish(set))
}
