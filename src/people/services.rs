//! What every endpoint for people is given.

use super::endpoint::Endpoint;
use crate::config::Config;
use crate::pages::Message;
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::{Answer, Form};
use crate::provider::Providers;
use crate::telemetry::Event;
use crate::visitor::Visitor;

/// A request to one of the endpoints, and what it takes to answer it.
pub(super) struct Services<'a, P> {
    pub(super) visitor: Visitor<'a, P>,
    pub(super) providers: &'a Providers,
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

    /// The parameters of the query; `None` where one is there twice or is not UTF-8.
    pub(super) fn query(&self) -> Option<Form> {
        let query = self.visitor.request.query.unwrap_or_default();
        Form::parse(query.as_bytes()).ok()
    }

    /// The form that was sent in; `None` where there is none that can be read.
    pub(super) fn form(&self) -> Option<Form> {
        self.visitor.request.form(&[]).ok()
    }

    /// Writes down why a request gets a "no".
    pub(super) fn note_refusal(&self, endpoint: Endpoint, error: &'static str, reason: &str) {
        self.ports().emit(Event::RequestRefused {
            endpoint: endpoint.path(),
            error,
            reason,
        });
    }

    /// The page where something did not answer.
    pub(super) fn unavailable(&self, cause: &Unavailable) -> Answer {
        self.ports().emit(cause.event());
        Message::unavailable(&self.config().brand).answer()
    }

    pub(super) fn method_not_allowed(&self, endpoint: Endpoint) -> Answer {
        Message {
            brand: &self.config().brand,
            status: 405,
            title: "This page does not take that",
            text: "The request has a method that this address does not take.",
            advice: Some("The Allow header names the methods that it takes."),
            link: None,
        }
        .answer()
        .with("allow", endpoint.allow())
    }
}
