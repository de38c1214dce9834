//! A provider says that somebody logged out there (OpenID Connect Back-Channel Logout 1.0).
//!
//! One entry in the log ends it all: by the provider's session where the token names one (section 2.4),
//! else by the subject. It ends what was issued until now and not until the token was made: a ticket may
//! have been renewed in between. So that a token heard again ends nobody who has come back since, its
//! `jti` is remembered for as long as it counts (section 2.6).

use super::endpoint::Endpoint;
use super::services::Services;
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::{Answer, ErrorCode};
use crate::provider::Failure;
use crate::revocation::Target;

/// Why nothing is ended.
enum Refused {
    /// There is no such provider.
    UnknownProvider,
    /// There is no `logout_token` in a form.
    Missing,
    /// The token does not count, for a reason that is for the log.
    Token(&'static str),
    /// It could not be found out, or not be recorded.
    Unavailable(Unavailable),
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
            Err(Refused::UnknownProvider) => refuse(404, "there is no such provider here"),
            Err(Refused::Missing) => refuse(400, "the body must be a form with one logout_token"),
            Err(Refused::Token(reason)) => {
                self.note_refusal(Endpoint::Backchannel, "invalid_request", reason);
                refuse(400, "the logout_token does not count here")
            }
        }
    }

    async fn end_by_provider(&self) -> Result<(), Refused> {
        let id = self
            .visitor
            .request
            .path
            .strip_prefix(Endpoint::Backchannel.path());
        let provider = self
            .config()
            .providers
            .iter()
            .find(|one| Some(one.id.as_str()) == id)
            .ok_or(Refused::UnknownProvider)?;
        let form = self.form().ok_or(Refused::Missing)?;
        let token = form.get("logout_token").ok_or(Refused::Missing)?;
        let logout = self.providers.logout_token(provider, token, self.ports());
        let logout = logout.await.map_err(|failure| match failure {
            Failure::Refused(refusal) => Refused::Token(refusal.reason()),
            Failure::Unavailable(cause) => Refused::Unavailable(cause),
        })?;
        let listing = self.visitor.listing();
        if listing
            .knows_logout_token(&logout.id)
            .await
            .map_err(Refused::Unavailable)?
        {
            return Ok(());
        }
        let not_before = self.next_second();
        let target = match (logout.provider_session, logout.subject) {
            (Some(name), _) => Target::ProviderSession { name, not_before },
            (None, Some(subject)) => Target::Subject {
                subject,
                not_before,
            },
            (None, None) => return Err(Refused::Token("it names nobody")),
        };
        self.cut_off(&target, "provider")
            .await
            .map_err(Refused::Unavailable)?;
        // Where it cannot be remembered, hearing it again would end what it ends once more.
        if let Err(cause) = listing
            .remember_logout_token(&logout.id, logout.expires)
            .await
        {
            self.ports().emit(cause.event());
        }
        Ok(())
    }
}
