//! A provider, or an issuer of tokens, says that somebody logged out there (OpenID Connect Back-Channel Logout 1.0). Logins
//! and foreign tokens of the same session or subject end alike.
//!
//! One entry in the log ends everything: by the provider's session where the token names one (section 2.4), else
//! by the subject. It ends every login that began before the provider made the token, and up to [`LEEWAY`] after that.
//! Providers may send it late, so it does not end what began later. The token's `jti` is remembered until the token
//! expires (section 2.6), so that the same token, sent again, does not end a login that began in between.

use std::borrow::Cow;
use std::time::Duration;

use super::endpoint::Endpoint;
use super::services::Services;
use crate::issue::cutoff::next_second;
use crate::issuers::Logout;
use crate::jose::{Failure, JwtRefusal};
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::{Answer, ErrorCode};
use crate::provider::LogoutRefusal;
use crate::revocation::Target;
use crate::time::Time;

/// How far a provider's clock may be behind. A login that began so soon after the logout is ended too: it may have
/// begun before it.
pub(super) const LEEWAY: Duration = Duration::from_secs(10);

/// What a logout ends that was issued at `issued_at` by the provider's clock: whatever began before this instant.
/// Times in records are whole seconds.
pub(super) fn not_before<P: PersonPorts>(issued_at: Time, ports: &P) -> Time {
    let latest = issued_at.plus(LEEWAY).millis().div_ceil(1000);
    Time::from_seconds(latest).min(next_second(ports))
}

/// Why nothing is ended.
enum Refused {
    /// There is no such provider.
    UnknownProvider,
    /// The body is not a form with a `logout_token`.
    Missing,
    /// The token is not valid. The reason is for the log.
    Token(Cow<'static, str>),
    /// A store or the provider did not answer.
    Unavailable(Unavailable),
}

impl From<Failure<Cow<'static, str>>> for Refused {
    fn from(failure: Failure<Cow<'static, str>>) -> Self {
        match failure {
            Failure::Refused(reason) => Self::Token(reason),
            Failure::Unavailable(cause) => Self::Unavailable(cause),
        }
    }
}

impl<P: PersonPorts> Services<'_, P> {
    pub(super) async fn provider_logged_out(&self) -> Answer {
        let refuse = |status, description: &str| {
            Answer::error(status, ErrorCode::InvalidRequest, description)
        };
        match self.end_by_provider().await {
            Ok(()) => Answer::new(200).with("cache-control", "no-store"),
            Err(Refused::Unavailable(cause)) => {
                self.ports().emit(cause.event());
                Answer::unavailable()
            }
            Err(Refused::UnknownProvider) => refuse(404, "there is no provider with this id here"),
            Err(Refused::Missing) => refuse(400, "the body must be a form with one logout_token"),
            Err(Refused::Token(reason)) => {
                self.log_refusal(Endpoint::Backchannel, "invalid_request", &reason);
                refuse(400, "the logout_token is not valid here")
            }
        }
    }

    async fn end_by_provider(&self) -> Result<(), Refused> {
        let id = self
            .visitor
            .request
            .path
            .strip_prefix(Endpoint::Backchannel.path());
        let config = self.config();
        let mut providers = config.providers.iter();
        let provider = providers.find(|one| Some(one.id.as_str()) == id);
        let mut issuers = (0..).zip(&config.issuers);
        let issuer = issuers.find(|(_, one)| Some(one.id.as_str()) == id);
        if provider.is_none() && issuer.is_none() {
            return Err(Refused::UnknownProvider);
        }
        let form = self.form().ok_or(Refused::Missing)?;
        let token = form.get("logout_token").ok_or(Refused::Missing)?;
        let (logout, url) = match (provider, issuer) {
            (Some(provider), _) => {
                let logout = self.providers.logout_token(provider, token, self.ports());
                let logout = logout
                    .await
                    .map_err(|failure| failure.map(LogoutRefusal::reason))?;
                let logout = Logout {
                    subject: logout.subject,
                    session: logout.provider_session,
                    issued_at: logout.issued_at,
                    id: logout.id,
                    expires: logout.expires,
                };
                (logout, &provider.issuer)
            }
            (None, Some((place, issuer))) => {
                let known = self.visitor.resolver.issuers();
                let logout = known.logout(place, token, self.ports());
                let logout = logout
                    .await
                    .map_err(|failure| failure.map(JwtRefusal::reason))?;
                (logout, &issuer.issuer)
            }
            (None, None) => return Err(Refused::UnknownProvider),
        };
        let not_before = not_before(logout.issued_at, self.ports());
        let target = match (logout.session, logout.subject) {
            (Some(name), _) => Target::ProviderSession { name, not_before },
            (None, Some(subject)) => Target::Subject {
                subject,
                not_before,
            },
            (None, None) => {
                return Err(Refused::Token(
                    "it names neither a subject nor a session".into(),
                ));
            }
        };
        let message = Some((logout.id, logout.expires));
        let ended = self.end_target(&target, Some(url.as_str()), message, "provider");
        ended.await.map(|_| ()).map_err(Refused::Unavailable)
    }
}
