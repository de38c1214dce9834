//! Answers about tokens that the issuer has signed (RFC 9701 section 5).
//!
//! ```text
//! answer = a JWT with typ "token-introspection+jwt" and
//!          { iss: the issuer, aud: the asker's client id, iat, token_introspection: { active, ... } }
//! ```
//! Job: whether an answer is by the issuer's key, for Postern, and new. If any of that does not hold, nobody knows what the
//! issuer says.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::jose::{Failure, JwtRefusal, LEEWAY, Verified, unavailable};
use crate::ports::Unavailable;
use crate::time::Time;

/// What the answer may be.
pub(super) const MEDIA_TYPE: &str = "application/token-introspection+jwt";

/// `typ`.
const TYPE: &str = "token-introspection+jwt";

/// How long ago an answer may have been signed: it comes directly from the issuer.
const OLDEST: Duration = Duration::from_mins(5);

/// The answer itself, from a JWT whose signature was looked at.
pub(super) fn open(
    who: &str,
    issuer: &str,
    client_id: &str,
    jwt: Result<Verified, Failure<JwtRefusal>>,
    now: Time,
) -> Result<Map<String, Value>, Unavailable> {
    let checked = jwt.and_then(|jwt| check(issuer, client_id, jwt, now).map_err(Failure::Refused));
    checked.map_err(|failure| match failure {
        Failure::Unavailable(unavailable) => unavailable,
        Failure::Refused(reason) => {
            let reason = match reason {
                JwtRefusal::TooOld => "iat is more than five minutes ago".into(),
                JwtRefusal::Unlisted => {
                    "alg is not among the algorithms of the configuration".into()
                }
                other => other.reason(),
            };
            unavailable(who, &format!("the signed introspection: {reason}"))
        }
    })
}

fn check(
    issuer: &str,
    client_id: &str,
    mut jwt: Verified,
    now: Time,
) -> Result<Map<String, Value>, JwtRefusal> {
    if !jwt.is_of_type(&[TYPE]) {
        return Err(JwtRefusal::Type);
    }
    if jwt.claim("iss").and_then(Value::as_str) != Some(issuer) {
        return Err(JwtRefusal::Issuer);
    }
    jwt.check_audience(|named| named == client_id)?;
    let issued_at = jwt.issued_at(now.plus(LEEWAY))?;
    if now.since(issued_at) > OLDEST {
        return Err(JwtRefusal::TooOld);
    }
    match jwt.claims.remove("token_introspection") {
        Some(Value::Object(answer)) => Ok(answer),
        _ => Err(JwtRefusal::Missing("token_introspection")),
    }
}
