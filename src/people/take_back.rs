//! Takes back what a person agreed to with a client: the consent is gone at once, and with it every session of
//! the client that rests on it.

use futures_util::future::join_all;

use super::services::Services;
use crate::issue::ending::{EndedSession, end_session};
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::ClientId;
use crate::session::coordinator::Owner;
use crate::telemetry::Event;

/// What became of the client's sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TakenBack {
    /// How many are over: a strong check refuses them.
    pub(super) ended: usize,
    /// How many more are being ended in the background.
    pub(super) being_ended: u32,
}

impl<P: PersonPorts> Services<'_, P> {
    /// Takes it back.
    ///
    /// # Errors
    /// [`Unavailable`] where not all of it is certain. It may be asked again.
    pub(super) async fn take_back(
        &self,
        subject: &str,
        client: &ClientId,
    ) -> Result<TakenBack, Unavailable> {
        let visitor = &self.visitor;
        let owner = Owner::of(subject);
        let withdrawn = visitor.listing().withdraw(owner, client).await?;
        let endings = withdrawn.sessions.iter().map(|session| {
            let resolver = visitor.resolver;
            end_session(*session, Some(owner), resolver, self.ports())
        });
        for (session, ending) in withdrawn.sessions.iter().zip(join_all(endings).await) {
            if ending? != EndedSession::Unknown {
                self.ports().emit(Event::SessionEnded {
                    session: &session.to_base64url(),
                    reason: "consent",
                });
            }
        }
        Ok(TakenBack {
            ended: withdrawn.sessions.len(),
            being_ended: withdrawn.more,
        })
    }
}
