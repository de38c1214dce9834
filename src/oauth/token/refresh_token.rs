//! Refreshing (RFC 6749 section 6, RFC 9700 section 4.14.2).
//!
//! A refresh token is replaced at each use. Its successor is derived from it, so everyone who uses it
//! within the client's `refresh_grace` gets the same successor, and an access token each. The record of the access token is
//! written before the coordinator decides, so that nobody loses their session when a store fails.

use futures_util::future;

use super::error::{Error, TokenError};
use super::request::{TokenRequest, refresh_record_at};
use crate::config::Grant;
use crate::issue::{self, Minted};
use crate::listing::Listing;
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::Answer;
use crate::session::SessionRecord;
use crate::session::coordinator::{Command, Owner, Reply};
use crate::token::{PlainToken, TokenKind};

const GRANT: Grant = Grant::RefreshToken;

impl<'c, P: PersonPorts> TokenRequest<'_, 'c, P> {
    pub(super) async fn refresh_token(&self) -> Result<Answer, Error<'c>> {
        let token = PlainToken::new(self.needed("refresh_token")?.to_owned());
        let (granted, digest) = self.presented(GRANT, TokenKind::Refresh, &token).await?;
        let access = self.access(&granted)?;
        let keys = self.resolver.keys();
        let record = self.refresh_record(&granted);
        let successor = Minted::successors(&token, &record, keys).next();
        let successor = successor.expect("a ring has a key");
        let (written, seen) = future::join(access.write(self.ports), self.seen(&granted)).await;
        written?;
        if let Err(unavailable) = seen {
            self.ports.emit(unavailable.event());
        }
        let refresh = Command::Refresh {
            digest,
            client: self.client.id.clone(),
            access: access.to_command(),
            successor: successor.to_grant_token(),
            grace: self.client.refresh_grace,
        };
        match self.ports.ask(granted.session, refresh).await? {
            Reply::Rotated { digest, .. } if digest == successor.digest() => {
                Ok(self.issued(&access, Some(&successor)))
            }
            // Another request was first. Both have the same successor.
            Reply::Rotated {
                issued_at,
                expires_at,
                digest,
            } => {
                let record = refresh_record_at(&granted, issued_at, expires_at);
                let successor = Minted::successors(&token, &record, keys)
                    .find(|successor| successor.digest() == digest)
                    // It was made under a key that this ring does not have.
                    .ok_or_else(issue::unexpected_reply)?;
                Ok(self.issued(&access, Some(&successor)))
            }
            Reply::Reused { until } => self.reused(GRANT, granted.session, until).await,
            Reply::Unknown => Err(TokenError::InvalidGrant(GRANT, "the session was ended").into()),
            _ => Err(issue::unexpected_reply().into()),
        }
    }

    /// Records in the list that the session was used just now.
    async fn seen(&self, granted: &SessionRecord) -> Result<(), Unavailable> {
        Listing::new(self.resolver, self.ports)
            .seen(Owner::of(&granted.subject), granted.session)
            .await
    }
}
