//! Logging out: of the provider (RP-Initiated Logout 1.0), and because the provider says so
//! (Back-Channel Logout 1.0).
//!
//! A logout token is good once (section 2.6): the caller remembers [`LogoutOf::id`] until
//! [`LogoutOf::expires`].

use serde_json::Value;

use super::claims::{OLDEST, token_name};
use super::known::KnownProviders;
use super::person;
use super::refusal::LogoutRefusal;
use crate::config::Provider;
use crate::jose::{Failure, JwtRefusal, Verified};
use crate::ports::{Clock, Http, Randomness, Signatures, Unavailable, Waits};
use crate::protocol::Issuer;
use crate::secret::Secret;
use crate::time::Time;

/// The member of `events` that makes a token a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A longer ID token is not sent as a hint, in bytes.
const LONGEST_HINT: usize = 2_048;

/// Whom a provider has logged out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutOf {
    /// Everything of this `sub`, as sessions have it; `None` if the provider does not say, or if `subject`
    /// is another claim than `sub`.
    pub subject: Option<String>,
    /// This session at the provider, hashed as in [`super::Person`]. If it is there, only this session has
    /// ended (section 2.7). At least one of the two is there.
    pub provider_session: Option<[u8; 16]>,
    /// When the provider made it, by its own clock.
    pub issued_at: Time,
    /// A name of this logout token (a hash of `jti` and issuer).
    pub id: [u8; 16],
    /// From then on the token is refused because of its times.
    pub expires: Time,
}

impl KnownProviders {
    /// The URL that ends the provider's session too; the browser then comes back to the site's root with
    /// `state`. `None` if the provider has no such URL or the configuration says `logout = false`.
    ///
    /// With `id_token_hint` the provider need not ask the person. The token is in the URL, so it may end up
    /// in logs, but only in those of the provider that it is from. One that is longer than 2 KiB is left out.
    ///
    /// # Errors
    /// [`Unavailable`] if the provider's metadata can't be had. The logout here does not depend on it.
    pub async fn logout_url<P: Http + Clock>(
        &self,
        provider: &Provider,
        issuer: &Issuer,
        id_token_hint: Option<&Secret<String>>,
        state: Option<&str>,
        ports: &P,
    ) -> Result<Option<String>, Unavailable> {
        if !provider.logout {
            return Ok(None);
        }
        let metadata = self.metadata(provider, ports).await?;
        let Some(endpoint) = &metadata.end_session_endpoint else {
            return Ok(None);
        };
        let back = issuer.url("/");
        let mut parameters = vec![
            ("client_id", provider.client_id.as_str()),
            ("post_logout_redirect_uri", &back),
        ];
        // `client_id` says the same. Providers refuse a long URL, and then their session would go on.
        let hint = id_token_hint.filter(|hint| hint.expose().len() <= LONGEST_HINT);
        if let Some(hint) = hint {
            // Exposed to the provider that it is from.
            parameters.push(("id_token_hint", hint.expose()));
        }
        if let Some(state) = state {
            parameters.push(("state", state));
        }
        Ok(Some(endpoint.with(&parameters)))
    }

    /// Reads a logout token that was sent for `provider`.
    ///
    /// # Errors
    /// [`Failure`]: why it ends nothing, or that it could not be found out.
    pub async fn logout_token<P: Http + Clock + Waits + Randomness + Signatures>(
        &self,
        provider: &Provider,
        token: &str,
        ports: &P,
    ) -> Result<LogoutOf, Failure<LogoutRefusal>> {
        let metadata = self.metadata(provider, ports).await?;
        let verified = self.verify(provider, &metadata, token, ports).await;
        let verified = verified.map_err(|failure| failure.map(LogoutRefusal::Jwt))?;
        logout_of(provider, &verified, ports.now()).map_err(Failure::Refused)
    }
}

/// Whom a logout token with a valid signature has logged out (section 2.6).
fn logout_of(provider: &Provider, token: &Verified, now: Time) -> Result<LogoutOf, LogoutRefusal> {
    if !token.is_of_type(&["logout+jwt", "JWT"]) {
        return Err(JwtRefusal::Type.into());
    }
    let times = token.check(provider, now)?;
    let event = token.claim("events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(LogoutRefusal::Events);
    }
    if token.claim("nonce").is_some() {
        return Err(LogoutRefusal::Nonce);
    }
    let jti = token.text("jti").ok_or(match token.optional("jti") {
        None => JwtRefusal::Missing("jti"),
        Some(_) => JwtRefusal::Unfit("jti"),
    })?;
    let provider_session = token.session(provider)?;
    let subject = match token.optional("sub") {
        None => None,
        Some(_) => Some(token.text("sub").ok_or(JwtRefusal::Unfit("sub"))?),
    };
    if subject.is_none() && provider_session.is_none() {
        return Err(LogoutRefusal::Nobody);
    }
    let tenant = token.tenant(provider)?;
    let is_subject = provider.subject == "sub";
    if !is_subject && provider_session.is_none() {
        return Err(LogoutRefusal::Subject);
    }
    let oldest = times.issued_at.plus(OLDEST);
    Ok(LogoutOf {
        subject: subject
            .filter(|_| is_subject)
            .map(|name| person::subject(provider, tenant, name)),
        provider_session,
        issued_at: times.issued_at,
        id: token_name(provider, jti),
        expires: times.expires_at.unwrap_or(oldest).min(oldest),
    })
}
