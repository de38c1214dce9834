//! An authorization request, and what it takes to answer it.

use super::fault::Fault;
use super::parameters::Destination;
use crate::oauth::Endpoint;
use crate::pages::Onward;
use crate::ports::PersonPorts;
use crate::protocol::Answer;
use crate::telemetry::Event;
use crate::visitor::{Visitor, see_other};

pub(super) struct Services<'a, P: PersonPorts> {
    pub(super) visitor: Visitor<'a, P>,
    /// The authorization request, as a query.
    pub(super) query: String,
    /// Whether it comes from the page that asks for consent, with what the person decided there.
    pub(super) is_decided: bool,
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
        let title = match fault {
            Fault::Denied => "You did not allow access",
            _ => "This did not work",
        };
        self.send_back(destination, &parameters, title)
    }

    /// Sends the browser back to the client: from the consent page's form by a page that goes on.
    pub(super) fn send_back(
        &self,
        destination: &Destination<'_>,
        parameters: &[(&str, &str)],
        title: &str,
    ) -> Answer {
        let location = destination.location(parameters, self.visitor.config);
        if !self.is_decided {
            return see_other(location);
        }
        Onward {
            brand: &self.visitor.config.brand,
            title,
            name: destination.client.shown_name(),
            href: &location,
        }
        .answer()
    }
}
