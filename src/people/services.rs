//! The request, and everything that the endpoints for people share.

use super::endpoint::Endpoint;
use crate::config::Config;
use crate::events::KnownTransmitters;
use crate::pages::Message;
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::{Answer, Form};
use crate::provider::KnownProviders;
use crate::telemetry::Event;
use crate::visitor::Visitor;

/// A request to one of the endpoints, and what it takes to answer it.
pub(super) struct Services<'a, P: PersonPorts> {
    pub(super) visitor: Visitor<'a, P>,
    pub(super) providers: &'a KnownProviders,
    pub(super) transmitters: &'a KnownTransmitters,
}

impl<P: PersonPorts> Services<'_, P> {
    pub(super) const fn config(&self) -> &Config {
        self.visitor.config
    }

    pub(super) const fn ports(&self) -> &P {
        self.visitor.ports
    }

    pub(super) fn is_post(&self) -> bool {
        self.visitor.request.method == "POST"
    }

    /// The parameters of the query; `None` where one appears twice or is not UTF-8.
    pub(super) fn query(&self) -> Option<Form> {
        let query = self.visitor.request.query.unwrap_or_default();
        Form::parse(query.as_bytes()).ok()
    }

    /// The form in the body; `None` where there is none or it cannot be read.
    pub(super) fn form(&self) -> Option<Form> {
        self.visitor.request.form(&[]).ok()
    }

    /// Logs why a request is refused.
    pub(super) fn log_refusal(&self, endpoint: Endpoint, error: &'static str, reason: &str) {
        self.ports().emit(Event::RequestRefused {
            endpoint: endpoint.path(),
            error,
            reason,
        });
    }

    /// The page where something did not answer.
    pub(super) fn unavailable(&self, cause: &Unavailable) -> Answer {
        self.ports().emit(cause.event());
        Message::unavailable(&self.config().brand)
    }

    pub(super) fn method_not_allowed(&self, endpoint: Endpoint) -> Answer {
        Message {
            brand: &self.config().brand,
            status: 405,
            title: "Method not allowed",
            text: "This address does not accept requests with this method.",
            advice: Some(
                "If you came from a page, go back and try again. If you are writing a program, see \
                 the Allow header for the methods.",
            ),
            link: None,
        }
        .answer()
        .with("allow", endpoint.allow())
    }
}
