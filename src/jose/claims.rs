//! How the claims of a token are read.

use std::time::Duration;

use serde_json::Value;

use super::jwt::Verified;
use super::numeric_date;
use super::refusal::JwtRefusal;
use crate::time::Time;

/// How far an issuer's clock may be ahead. There is no leeway for a token's end.
pub const LEEWAY: Duration = Duration::from_mins(1);

impl Verified {
    /// The claim `name`. One that is `null` counts as absent (OpenID Connect Core section 5.3.2).
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name).filter(|value| !value.is_null())
    }

    /// The claim `name`, which the issuer need not send: an empty text counts as absent too.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<&Value> {
        self.claim(name).filter(|value| value.as_str() != Some(""))
    }

    /// The claim `name`, if it is believed: an `email` counts only if the issuer has verified it. Some
    /// let people write any address, which may be somebody else's.
    #[must_use]
    pub fn believed(&self, name: &str) -> Option<&Value> {
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
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        let text = self.believed(name)?.as_str()?;
        let fits = (1..=255).contains(&text.len()) && !text.chars().any(char::is_control);
        fits.then_some(text)
    }

    /// A `NumericDate` (RFC 7519 section 2).
    ///
    /// # Errors
    /// [`JwtRefusal::Unfit`] if the claim is something else.
    pub fn time(&self, name: &'static str) -> Result<Option<Time>, JwtRefusal> {
        match self.claim(name) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(Some(numeric_date::read(number))),
            Some(_) => Err(JwtRefusal::Unfit(name)),
        }
    }

    /// Checks that the token is meant for somebody whom `fits` knows: `aud` is a text, or a list that may name others too
    /// (RFC 7519 section 4.1.3).
    ///
    /// # Errors
    /// [`JwtRefusal`] if it is not, or does not say for whom it is.
    pub fn check_audience(&self, fits: impl Fn(&str) -> bool) -> Result<(), JwtRefusal> {
        let is_meant = |audience: &Value| audience.as_str().is_some_and(&fits);
        let is_one = match self.optional("aud").ok_or(JwtRefusal::Missing("aud"))? {
            Value::Array(audiences) => audiences.iter().any(is_meant),
            audience => is_meant(audience),
        };
        if is_one {
            Ok(())
        } else {
            Err(JwtRefusal::Audience)
        }
    }

    /// When it was issued (`iat`), which it must say, and not later than `latest` (RFC 7519 section 4.1.6).
    ///
    /// # Errors
    /// [`JwtRefusal`] if it does not say so.
    pub fn issued_at(&self, latest: Time) -> Result<Time, JwtRefusal> {
        let issued_at = self.time("iat")?.ok_or(JwtRefusal::Missing("iat"))?;
        if issued_at > latest {
            return Err(JwtRefusal::NotYetValid("iat"));
        }
        Ok(issued_at)
    }
}
