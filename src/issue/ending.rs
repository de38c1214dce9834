//! Ends a session and everything that came from it.
//!
//! The coordinator comes first: only it knows whose the session is, it gives nothing more from then on,
//! and its alarm tells the log too, whatever becomes of this request. Then the log is told, because a
//! strong check asks the log. Either may fail. Then the caller tries again, and that does what is left.

use crate::ports::{Ports, Unavailable};
use crate::resolve::Resolver;
use crate::revocation::{Entry, Target};
use crate::session::coordinator::{Command, Owner, Reply};
use crate::time::Time;
use crate::token::SessionId;

use super::minted::unexpected_reply;

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndedSession {
    /// It is over; this is what it had kept, sealed.
    Over(Vec<u8>),
    /// The session does not exist any more, or it is not this owner's.
    Unknown,
}

/// Ends `session`, if it is `owner`'s. With `None` it may be anybody's. Once this returns, a strong check
/// anywhere refuses all that it gave.
///
/// # Errors
/// [`Unavailable`] where not all of that is certain. It may be asked again.
pub async fn end_session<P: Ports>(
    session: SessionId,
    owner: Option<Owner>,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Result<EndedSession, Unavailable> {
    match ports.ask(session, Command::End { session, owner }).await? {
        Reply::Ended {
            logout_note,
            announce_until,
        } => {
            if let Some(until) = announce_until {
                announce(&Target::Session(session), until, resolver, ports).await?;
            }
            Ok(EndedSession::Over(logout_note))
        }
        Reply::Unknown => Ok(EndedSession::Unknown),
        Reply::Done
        | Reply::Found(_)
        | Reply::Record(_)
        | Reply::Rotated { .. }
        | Reply::Reused { .. }
        | Reply::Recent => Err(unexpected_reply()),
    }
}

/// Tells the log that `target` is ended. This isolate knows it at once.
///
/// # Errors
/// [`Unavailable`] where it is not certain that the log has it.
pub async fn announce<P: Ports>(
    target: &Target,
    until: Time,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Result<(), Unavailable> {
    let entry = Entry::new(target, until);
    ports.append(&entry).await?;
    resolver.log().learn_revoked(&entry);
    Ok(())
}
