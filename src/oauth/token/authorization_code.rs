//! Redeeming an authorization code (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
//!
//! Exactly one redemption of a code succeeds. Any other one, at the same time or later, takes back what
//! the first one gave (section 4.1.2). The record is written before the code is redeemed, so that nobody
//! loses their code when a store fails.

use futures_util::future;

use super::error::{Error, TokenError};
use super::request::TokenRequest;
use crate::config::Grant;
use crate::issue::{self, Minted};
use crate::listing::Listing;
use crate::oauth::code_binding::binding;
use crate::ports::PersonPorts;
use crate::protocol::{Answer, CodeChallenge};
use crate::session::coordinator::{Command, Reply};
use crate::token::{PlainToken, TokenKind};

const GRANT: Grant = Grant::AuthorizationCode;

impl<'c, P: PersonPorts> TokenRequest<'_, 'c, P> {
    pub(super) async fn authorization_code(&self) -> Result<Answer, Error<'c>> {
        let code = PlainToken::new(self.needed("code")?.to_owned());
        let redirect_uri = self.needed("redirect_uri")?;
        let verifier = self.needed("code_verifier")?;
        let challenge = CodeChallenge::of(verifier).map_err(|_| TokenError::VerifierMalformed)?;
        let (granted, digest) = self.presented(GRANT, TokenKind::Code, &code).await?;
        let access = self.access(&granted)?;
        let gets_refresh = self.client.grants.contains(&Grant::RefreshToken);
        let refresh =
            gets_refresh.then(|| self.mint(TokenKind::Refresh, self.refresh_record(&granted)));
        let listing = Listing::new(self.resolver, self.ports);
        let (written, confirmed) =
            future::join(access.write(self.ports), listing.confirm(&granted)).await;
        written?;
        if !confirmed? {
            return Err(TokenError::InvalidGrant(GRANT, "the session was ended").into());
        }
        let redeem = Command::Redeem {
            digest,
            client: self.client.id.clone(),
            binding: binding(redirect_uri, &challenge),
            access: access.to_command(),
            refresh: refresh.as_ref().map(Minted::to_grant_token),
        };
        match self.ports.ask(granted.session, redeem).await? {
            Reply::Done => Ok(self.issued(&access, refresh.as_ref())),
            Reply::Reused { until } => self.reused(GRANT, granted.session, until).await,
            Reply::Unknown => {
                if let Err(unavailable) = listing.take_back_confirmation(&granted).await {
                    self.ports.emit(unavailable.event());
                }
                Err(TokenError::InvalidGrant(GRANT, "another redirect_uri or code_verifier").into())
            }
            _ => Err(issue::unexpected_reply().into()),
        }
    }
}
