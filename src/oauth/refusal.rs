//! What the endpoints have in common when they say no, and the forms that they read.

use crate::ports::{Events, Unavailable};
use crate::protocol::answer::Text;
use crate::protocol::form::{FORM_LIMIT, Form, FormError};
use crate::protocol::{Answer, Body, ErrorCode, Request};
use crate::telemetry::Event;

use super::Endpoint;

/// A "no": the answer to the client, and the reason for the log.
#[derive(Debug)]
pub struct Refusal {
    status: u16,
    code: ErrorCode,
    description: Text,
    headers: Vec<(&'static str, Text)>,
    /// Where the log is told more than the client.
    reason: Option<String>,
}

impl Refusal {
    /// A refusal with this status, error code and description. None of them may hold what the
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

/// The answer where a store gave none, with an event for the log.
pub(super) fn unavailable<E: Events>(unavailable: &Unavailable, events: &E) -> Answer {
    events.emit(unavailable.event());
    Answer::unavailable()
}

/// Why a request has no form that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormRefusal {
    /// Its media type is another, or it names none.
    MediaType,
    /// It is larger than [`FORM_LIMIT`].
    TooLarge,
    /// It broke off.
    Unreadable,
    /// It is no form.
    Malformed(FormError),
}

impl FormRefusal {
    pub(super) fn refusal(self) -> Refusal {
        let code = ErrorCode::InvalidRequest;
        match self {
            Self::MediaType => Refusal::new(
                400,
                code,
                "the Content-Type must be application/x-www-form-urlencoded",
            ),
            Self::TooLarge => Refusal::new(
                413,
                code,
                format!(
                    "the body is larger than {FORM_LIMIT} bytes ({} KiB)",
                    FORM_LIMIT / 1024
                ),
            ),
            Self::Unreadable => Refusal::new(400, code, "the body could not be read to its end"),
            Self::Malformed(error) => Refusal::new(400, code, error.to_string()),
        }
    }
}

/// Reads the form of a request; the parameters in `repeatable` may appear several times.
pub(super) fn form(request: &Request<'_>, repeatable: &[&str]) -> Result<Form, FormRefusal> {
    let media_type = request
        .content_type
        .and_then(|value| value.split(';').next());
    let is_form = media_type.is_some_and(|value| {
        value
            .trim_matches([' ', '\t'])
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    });
    if !is_form {
        return Err(FormRefusal::MediaType);
    }
    let bytes: &[u8] = match &request.body {
        Body::None => &[],
        Body::Bytes(bytes) if bytes.len() > FORM_LIMIT => return Err(FormRefusal::TooLarge),
        Body::Bytes(bytes) => bytes,
        Body::TooLarge => return Err(FormRefusal::TooLarge),
        Body::Unreadable => return Err(FormRefusal::Unreadable),
    };
    Form::parse_repeatable(bytes, repeatable).map_err(FormRefusal::Malformed)
}
