//! What every token of a provider must say (OpenID Connect Core section 3.1.3.7, Back-Channel Logout
//! section 2.6), and how its claims are read.

use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::jwt::Verified;
use super::refusal::JwtRefusal;
use crate::config::Provider;
use crate::time::Time;

/// How far the provider's clock may be ahead. There is no leeway for a token's end.
pub(super) const LEEWAY: Duration = Duration::from_mins(1);

/// How long ago a token may have been issued. It comes directly from the provider, so this is only against
/// wrong clocks and old tokens that someone has kept.
pub(super) const OLDEST: Duration = Duration::from_mins(10);

/// Sets these uses of SHA-256 apart from every other.
pub(super) const SESSION_LABEL: &[u8] = b"postern provider session v1\0";
const TOKEN_LABEL: &[u8] = b"postern provider token v1\0";

/// When a token was issued and when it ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) issued_at: Time,
    pub(super) expires_at: Option<Time>,
}

impl Verified {
    /// The claim `name`.
    pub(super) fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// The claim `name`, if it is believed: an `email` counts only if the provider has verified it. Some
    /// providers let people write any address, which may be somebody else's.
    pub(super) fn believed(&self, name: &str) -> Option<&Value> {
        let is_verified = || match self.claim("email_verified") {
            Some(Value::Bool(verified)) => *verified,
            // Some providers write it as text.
            Some(Value::String(text)) => text == "true",
            _ => false,
        };
        self.claim(name)
            .filter(|_| name != "email" || is_verified())
    }

    /// The claim `name` as text of 1 to 255 bytes without control characters, if it is believed.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let text = self.believed(name)?.as_str()?;
        let fits = (1..=255).contains(&text.len()) && !text.chars().any(char::is_control);
        fits.then_some(text)
    }

    /// A `NumericDate` (RFC 7519 section 2); `Err` if the claim is something else.
    pub(super) fn time(&self, name: &str) -> Result<Option<Time>, JwtRefusal> {
        match self.claim(name) {
            None => Ok(None),
            Some(value) => match value.as_u64() {
                Some(seconds) => Ok(Some(Time::from_seconds(seconds))),
                None => Err(JwtRefusal::Malformed),
            },
        }
    }

    /// Checks who made the token, for whom and when.
    pub(super) fn check(&self, provider: &Provider, now: Time) -> Result<Times, JwtRefusal> {
        if self.claim("iss").and_then(Value::as_str) != Some(provider.issuer.as_str()) {
            return Err(JwtRefusal::Issuer);
        }
        let is_postern = |value: &Value| value.as_str() == Some(provider.client_id.as_str());
        let (is_for_postern, several) = match self.claim("aud") {
            Some(Value::Array(audiences)) => {
                (audiences.iter().any(is_postern), audiences.len() > 1)
            }
            Some(audience) => (is_postern(audience), false),
            None => (false, false),
        };
        if !is_for_postern {
            return Err(JwtRefusal::Audience);
        }
        match self.claim("azp") {
            Some(party) if is_postern(party) => {}
            None if !several => {}
            _ => return Err(JwtRefusal::AuthorizedParty),
        }
        let expires_at = self.time("exp")?;
        if expires_at.is_some_and(|end| now.has_reached(end)) {
            return Err(JwtRefusal::Expired);
        }
        let latest = now.plus(LEEWAY);
        let issued_at = self.time("iat")?.ok_or(JwtRefusal::TooOld)?;
        let not_before = self.time("nbf")?.unwrap_or(issued_at);
        if issued_at > latest || not_before > latest {
            return Err(JwtRefusal::NotYetValid);
        }
        if now.since(issued_at) > OLDEST {
            return Err(JwtRefusal::TooOld);
        }
        Ok(Times {
            issued_at,
            expires_at,
        })
    }

    /// The provider's name for its session (`sid`), as a record keeps it.
    pub(super) fn session(&self, provider: &Provider) -> Result<Option<[u8; 16]>, JwtRefusal> {
        match self.claim("sid") {
            None => Ok(None),
            Some(Value::String(sid)) if !sid.is_empty() => {
                Ok(Some(hash(SESSION_LABEL, provider, sid)))
            }
            Some(_) => Err(JwtRefusal::Malformed),
        }
    }
}

/// The name of a token (`jti`), by which it is recognised.
pub(super) fn token_name(provider: &Provider, jti: &str) -> [u8; 16] {
    hash(TOKEN_LABEL, provider, jti)
}

/// No issuer has a zero byte in it, so the parts can't be shifted.
pub(super) fn hash(label: &[u8], provider: &Provider, text: &str) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(label);
    hash.update(provider.issuer.as_str().as_bytes());
    hash.update([0]);
    hash.update(text.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    std::array::from_fn(|at| digest[at])
}
