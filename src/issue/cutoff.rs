//! Cuts off whatever was issued until now: to a person, to a client, by a provider's session, or at all.
//!
//! Times in tokens are whole seconds, so the rest of the present second is cut off too.

use super::ending::announce;
use crate::ports::{Clock, Ports, Unavailable};
use crate::resolve::Resolver;
use crate::revocation::Target;
use crate::telemetry::Event;
use crate::time::Time;

/// The end of the present second: what was issued before it was issued until now.
#[must_use]
pub fn next_second<P: Clock>(ports: &P) -> Time {
    Time::from_seconds(ports.now().seconds() + 1)
}

/// Cuts `target` off; nothing that it ends lives beyond `until`. It returns when the last second that is
/// cut off is over, so that what begins afterwards counts: people may log in again at once.
///
/// # Errors
/// [`Unavailable`] where it is not certain that the log has it. It may be asked again.
pub async fn cut_off<P: Ports>(
    target: &Target,
    until: Time,
    reason: &'static str,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Result<(), Unavailable> {
    announce(target, until, resolver, ports).await?;
    ports.emit(Event::CutOff {
        target: target.as_str(),
        reason,
    });
    if let Some(not_before) = target.not_before() {
        let (_, is_over) = ports.wait(not_before.since(ports.now()));
        is_over.await;
    }
    Ok(())
}
