//! Ends what somebody else says is over: a provider, an issuer, a transmitter of security events, an administrator.

use super::services::Services;
use crate::issue::cutoff::{Cut, cut_off};
use crate::issue::ending::announce;
use crate::listing::index_of;
use crate::ports::{PersonPorts, Unavailable};
use crate::revocation::Target;
use crate::telemetry::Event;
use crate::time::Time;

/// The message that asks for it: a name of it, and until when it counts.
pub(super) type Message = ([u8; 16], Time);

impl<P: PersonPorts> Services<'_, P> {
    /// Ends `target`, which `issuer` (a URL) knows, where it is somebody else's. `message` ends nothing a second time.
    /// Whether it ended anything now.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that the log has it. It may be asked again.
    pub(super) async fn end_target(
        &self,
        target: &Target,
        issuer: Option<&str>,
        message: Option<Message>,
        reason: &'static str,
    ) -> Result<bool, Unavailable> {
        let visitor = &self.visitor;
        let until = visitor.end_of_everything();
        if target.not_before().is_none() {
            announce(target, until, visitor.resolver, self.ports()).await?;
            self.ports().emit(Event::CutOff {
                target: target.as_str(),
                reason,
            });
            return Ok(true);
        }
        if let (Some((id, _)), Some(index)) = (message, index_of(target))
            && visitor.listing().knows_logout(index, id).await?
        {
            return Ok(false);
        }
        let cut = Cut {
            target,
            until,
            others_until: visitor.end_of_others(target, issuer),
            logout: message,
            reason,
        };
        cut_off(cut, visitor.resolver, self.ports()).await?;
        Ok(true)
    }
}
