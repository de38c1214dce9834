//! How a ticket is followed by the next one.
//!
//! Once half of a ticket's time is used, the next request gets a new one, so a session that is used goes
//! on without a write for each request. The old ticket stays good until it expires: other tabs still send
//! it.

use super::minted::{Minted, times, unexpected_reply};
use super::ticket::Lifetimes;
use crate::listing::Listing;
use crate::ports::{PersonIndex, Ports, Unavailable};
use crate::resolve::{CachedSession, Resolver};
use crate::session::SessionRecord;
use crate::session::coordinator::{Command, Owner, Reply};
use crate::time::Time;
use crate::token::TokenKind;

/// Whether a ticket has used up half of its time and could last longer, so that [`renew`] should be
/// asked for the next one.
#[must_use]
pub fn is_due(record: &SessionRecord, now: Time) -> bool {
    let lifetime = record.expires_at.since(record.issued_at);
    now.since(record.issued_at) >= lifetime / 2
        && record
            .ends_at
            .is_some_and(|ends_at| record.expires_at < ends_at)
}

/// Whether the caller should now [`renew`] the ticket of an opened session: it [`is_due`], and no other
/// request of this isolate is at it.
#[must_use]
pub fn begin_renewal<A>(session: &CachedSession<A>, now: Time) -> bool {
    is_due(session.record(), now) && session.begin_renewal()
}

/// The next ticket of a session; `None` where another request has just been given one, or the session
/// is over. The log is asked: a cutoff that this isolate does not know yet would not end a ticket that
/// is issued after it.
///
/// # Errors
/// [`Unavailable`] where that kept it from being recorded. Nobody is worse off: the ticket that they
/// have is still good.
pub async fn renew<P: Ports>(
    record: &SessionRecord,
    lifetimes: Lifetimes,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Result<Option<Minted>, Unavailable> {
    let (now, idle_until) = times(lifetimes.idle, ports);
    let renewed = SessionRecord {
        issued_at: now,
        expires_at: record.ends_at.map_or(idle_until, |end| end.min(idle_until)),
        ..record.clone()
    };
    let ticket = Minted::new(TokenKind::Ticket, renewed, resolver.keys(), ports);
    let is_ended = resolver
        .log()
        .is_ended(ports, record, ticket.digest())
        .await;
    if is_ended? {
        return Ok(None);
    }
    match ticket
        .store(Command::Touch(ticket.to_command()), ports)
        .await?
    {
        Reply::Done => Ok(Some(ticket)),
        Reply::Recent | Reply::Unknown => Ok(None),
        _ => Err(unexpected_reply()),
    }
}

/// The next ticket of a session, for a request that goes on in any case: whatever keeps it from being
/// made is only written down, because the ticket that the request came with is still good. A session with
/// a new ticket is listed as used just now.
pub async fn renew_beside<P: Ports + PersonIndex>(
    record: &SessionRecord,
    lifetimes: Lifetimes,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Option<Minted> {
    match renew(record, lifetimes, resolver, ports).await {
        Ok(None) => None,
        Ok(Some(ticket)) => {
            let listing = Listing::new(resolver, ports);
            let owner = Owner::of(&record.subject);
            if let Err(unavailable) = listing.seen(owner, record.session).await {
                ports.emit(unavailable.event());
            }
            Some(ticket)
        }
        Err(unavailable) => {
            ports.emit(unavailable.event());
            None
        }
    }
}
