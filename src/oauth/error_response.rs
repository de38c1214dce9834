//! Answers that say no (RFC 6749 section 5.2), with the reason for the log.

use crate::ports::{Events, Unavailable};
use crate::protocol::answer::Text;
use crate::protocol::{Answer, ErrorCode};
use crate::telemetry::Event;

use super::Endpoint;

/// An error response, not yet logged.
#[derive(Debug)]
pub struct ErrorResponse {
    status: u16,
    code: ErrorCode,
    description: Text,
    headers: Vec<(&'static str, Text)>,
    /// Where the log is told more than the client.
    reason: Option<String>,
}

impl ErrorResponse {
    /// A response with this status, error code and description. None of them may hold what the
    /// client sent.
    pub(super) fn new(status: u16, code: ErrorCode, description: impl Into<Text>) -> Self {
        Self {
            status,
            code,
            description: description.into(),
            headers: Vec::new(),
            reason: None,
        }
    }

    /// The same with one header more.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Text>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with a reason for the log that the client is not told.
    pub(super) fn because(mut self, reason: String) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The answer, with an event for the log.
    pub(super) fn answer<E: Events>(self, endpoint: Endpoint, events: &E) -> Answer {
        events.emit(Event::RequestRefused {
            endpoint: endpoint.path(),
            error: self.code.as_str(),
            reason: self.reason.as_deref().unwrap_or(&self.description),
        });
        let mut answer = Answer::error(self.status, self.code, &self.description);
        answer.headers.extend(self.headers);
        answer
    }
}

/// The answer where stores did not answer, with an event for each of them.
pub(super) fn unavailable<E: Events>(cause: &Unavailable, events: &E) -> Answer {
    events.emit(cause.event());
    Answer::unavailable()
}

/// The answer at a path where there is nothing and never was.
pub(super) fn not_found() -> Answer {
    Answer::new(404)
        .json("{\"error\":\"not_found\",\"error_description\":\"there is nothing at this path\"}")
}
