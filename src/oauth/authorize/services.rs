//! An authorization request, and what it takes to answer it.

use super::fault::Fault;
use super::parameters::Destination;
use crate::oauth::Endpoint;
use crate::ports::PersonPorts;
use crate::protocol::Answer;
use crate::telemetry::Event;
use crate::visitor::{Visitor, see_other};

pub(super) struct Services<'a, P: PersonPorts> {
    pub(super) visitor: Visitor<'a, P>,
    /// The authorization request, as a query.
    pub(super) query: String,
}

impl<P: PersonPorts> Services<'_, P> {
    /// Tells the client what is wrong.
    pub(super) fn fault(&self, destination: &Destination<'_>, fault: Fault) -> Answer {
        self.visitor.ports.emit(Event::RequestRefused {
            endpoint: Endpoint::Authorize.path(),
            error: fault.code().as_str(),
            reason: fault.description(),
        });
        let parameters = [
            ("error", fault.code().as_str()),
            ("error_description", fault.description()),
        ];
        see_other(destination.location(&parameters, self.visitor.config))
    }
}
