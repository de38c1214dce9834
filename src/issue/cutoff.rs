//! Cuts off whatever was issued until now: to a person, to a client, by a provider's session, or at all.
//!
//! The log comes first: it is what a strong check asks, and the answer rests on it. Then the index of the
//! person, or of the provider's session, is told. It ends the sessions one after another, and once all are
//! ended the log need not keep the cutoff. If the index cannot be told, the log keeps it until nothing is
//! alive any more.
//!
//! Times in tokens are whole seconds, so the rest of the present second is cut off too.

use super::ending::announce;
use crate::listing::{Listing, index_of};
use crate::ports::{Clock, PersonIndex, Ports, Unavailable};
use crate::resolve::Resolver;
use crate::revocation::{Entry, Target};
use crate::telemetry::Event;
use crate::time::Time;

/// What is cut off.
#[derive(Clone, Copy, Debug)]
pub struct Cut<'a> {
    /// Whose it is.
    pub target: &'a Target,
    /// Nothing that it ends lives longer.
    pub until: Time,
    /// The same of what no session in an index gave.
    pub others_until: Time,
    /// The provider's logout token that asks for it, and until when that counts.
    pub logout: Option<([u8; 16], Time)>,
    /// Why, in the log of events.
    pub reason: &'static str,
}

/// The end of the present second: what was issued before it was issued until now.
#[must_use]
pub fn next_second<P: Clock>(ports: &P) -> Time {
    Time::from_seconds(ports.now().seconds() + 1)
}

/// Cuts it off. It returns when the last second that is cut off is over, so that what begins afterwards
/// counts: people may log in again at once.
///
/// # Errors
/// [`Unavailable`] where it is not certain that the log has it. It may be asked again.
pub async fn cut_off<P: Ports + PersonIndex>(
    cut: Cut<'_>,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Result<(), Unavailable> {
    begin(cut, resolver, ports).await?;
    finish(cut, resolver, ports).await;
    Ok(())
}

/// Tells the log.
///
/// # Errors
/// As [`cut_off`].
pub async fn begin<P: Ports>(
    cut: Cut<'_>,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Result<(), Unavailable> {
    announce(cut.target, cut.until, resolver, ports).await?;
    ports.emit(Event::CutOff {
        target: cut.target.as_str(),
        reason: cut.reason,
    });
    Ok(())
}

/// Does what [`begin`] leaves: tells the index, and waits until the last second that is cut off is over.
pub async fn finish<P: Ports + PersonIndex>(
    cut: Cut<'_>,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) {
    let target = cut.target;
    if let Some(index) = index_of(target) {
        let (listing, entry) = (Listing::new(resolver, ports), Entry::new(target, cut.until));
        let told = listing.cut_off(index, entry, cut.others_until, cut.logout);
        if let Err(cause) = told.await {
            ports.emit(cause.event());
        }
    }
    if let Some(not_before) = target.not_before() {
        let (_, is_over) = ports.wait(not_before.since(ports.now()));
        is_over.await;
    }
}
