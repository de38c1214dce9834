//! What a logout token of an issuer must say (OpenID Connect Back-Channel Logout 1.0 section 2.6), and whom it has logged out.
//!
//! It is good once: the caller remembers [`Logout::id`] until [`Logout::expires`].

use std::time::Duration;

use serde_json::Value;

use super::access_token::{check_audience, check_key};
use crate::config::{Issuer, Tokens};
use crate::jose::{JwtRefusal, LEEWAY, Verified};
use crate::revocation::foreign;
use crate::time::Time;

/// The member of `events` that makes a token a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// How long ago it may have been issued: it comes directly from the issuer.
const OLDEST: Duration = Duration::from_mins(10);

/// Whom an issuer has logged out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logout {
    /// Everything of this `sub`, as sessions have it; `None` if the issuer does not say, or if `subject` is another claim.
    pub subject: Option<String>,
    /// This session at the issuer, as [`foreign::session`] names it. At least one of the two is there.
    pub session: Option<[u8; 16]>,
    /// When the issuer made the token, by its own clock.
    pub issued_at: Time,
    /// A name of the token.
    pub id: [u8; 16],
    /// From then on it is refused because of its times.
    pub expires: Time,
}

impl Logout {
    /// Reads a token with a valid signature.
    pub(super) fn of(issuer: &Issuer, token: &Verified, now: Time) -> Result<Self, JwtRefusal> {
        let is_event = |events: &Value| events.get(EVENT).is_some_and(Value::is_object);
        // An ID token has a nonce, and no events.
        if !token.is_of_type(&["logout+jwt", "JWT"])
            || !token.claim("events").is_some_and(is_event)
            || token.claim("nonce").is_some()
        {
            return Err(JwtRefusal::Type);
        }
        let url = issuer.issuer.as_str();
        if token.claim("iss").and_then(Value::as_str) != Some(url) {
            return Err(JwtRefusal::Issuer);
        }
        check_key(issuer, token)?;
        let asks_as = match &issuer.tokens {
            Tokens::Opaque(opaque) => Some(opaque.client_id.as_str()),
            Tokens::Jwt(_) => None,
        };
        let audience = token.claim("aud").and_then(Value::as_str);
        if audience.is_none() || audience != asks_as {
            check_audience(issuer, token)?;
        }
        let issued_at = token.issued_at(now.plus(LEEWAY))?;
        let oldest = issued_at.plus(OLDEST);
        let expires = token.time("exp")?.unwrap_or(oldest).min(oldest);
        if now.has_reached(expires) {
            return Err(JwtRefusal::Expired);
        }
        let text = |name: &'static str| match token.optional(name) {
            None => Ok(None),
            Some(_) => token.text(name).map(Some).ok_or(JwtRefusal::Unfit(name)),
        };
        let jti = text("jti")?.ok_or(JwtRefusal::Missing("jti"))?;
        let session = text("sid")?.map(|sid| foreign::session(url, sid));
        let subject = text("sub")?.filter(|_| issuer.subject == "sub");
        if session.is_none() && subject.is_none() {
            return Err(JwtRefusal::Missing("sid"));
        }
        Ok(Self {
            subject: subject.map(|name| format!("{}{name}", issuer.subject_prefix)),
            session,
            issued_at,
            id: foreign::token(url, jti),
            expires,
        })
    }
}
