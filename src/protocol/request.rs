//! A request to one of Postern's own endpoints, as plain data.
//!
//! Job: what the endpoints look at, so that each can be tested without a runtime. Not its job:
//! requests that go on to an origin; the gate reads those header by header.

use std::time::Duration;

use super::form::{FORM_LIMIT, Form, FormError};
use super::{Answer, ErrorCode};
use crate::secret::Secret;

/// How long the body of a request to an endpoint may take. It is at most 32 KiB.
pub const BODY_TIME: Duration = Duration::from_secs(10);

/// The parts of a request that the endpoints look at. It may hold secrets, so it does not print.
pub struct Request<'a> {
    /// The method, as it was sent.
    pub method: &'a str,
    /// Scheme, host and port of its URL, as they were sent: `https://host[:port]`.
    pub origin: &'a str,
    /// The path, as it was sent, without a query.
    pub path: &'a str,
    /// The query, as it was sent, without its `?`; `None` where there is none.
    pub query: Option<&'a str>,
    /// The value of `Authorization`.
    pub authorization: Option<&'a str>,
    /// The value of `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The body. It is read only where the endpoint asks for it.
    pub body: Body,
    /// Everything else that came with it.
    pub sender: &'a dyn Sender,
}

/// The body of a request.
pub enum Body {
    /// There is none, or it was not read.
    None,
    /// All of it, at most [`crate::protocol::form::FORM_LIMIT`] bytes. It may hold a password.
    Bytes(Secret<Vec<u8>>),
    /// It has more than [`crate::protocol::form::FORM_LIMIT`] bytes; the rest was not read.
    TooLarge,
    /// It broke off.
    Unreadable,
}

impl Body {
    /// A body that is these bytes.
    #[must_use]
    pub const fn of(bytes: Vec<u8>) -> Self {
        Self::Bytes(Secret::new(bytes))
    }

    /// The answer where the body was not there after [`BODY_TIME`] (RFC 9110 section 15.5.9). No endpoint sees the
    /// request.
    #[must_use]
    pub fn late() -> Answer {
        let description = format!(
            "the body was not there after {} seconds; send it again, all at once",
            BODY_TIME.as_secs()
        );
        Answer::error(408, ErrorCode::InvalidRequest, &description)
    }
}

impl Request<'_> {
    /// The answer where the body came in a content coding, which no endpoint takes (RFC 9110 sections 8.4.1 and 15.5.16):
    /// 415, which names the one that is taken. `identity` is none.
    #[must_use]
    pub fn encoded(&self) -> Option<Answer> {
        let coding = self.sender.header("content-encoding")?;
        if matches!(coding.trim_ascii(), "" | "identity") {
            return None;
        }
        let description =
            "the body has a Content-Encoding, and none is taken here: send it as it is";
        let refused = Answer::error(415, ErrorCode::InvalidRequest, description);
        Some(refused.with("accept-encoding", "identity"))
    }

    /// The form in the body. Only the parameters in `repeatable` may appear several times.
    ///
    /// # Errors
    /// [`FormBodyError`].
    pub fn form(&self, repeatable: &[&str]) -> Result<Form, FormBodyError> {
        let media_type = self.content_type.and_then(|value| value.split(';').next());
        let is_form = media_type.is_some_and(|value| {
            value
                .trim_ascii()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        });
        if !is_form {
            return Err(FormBodyError::MediaType);
        }
        let bytes: &[u8] = match &self.body {
            Body::None => &[],
            // Exposed to be taken apart: each value is a secret as well.
            Body::Bytes(bytes) if bytes.expose().len() > FORM_LIMIT => {
                return Err(FormBodyError::TooLarge);
            }
            Body::Bytes(bytes) => bytes.expose(),
            Body::TooLarge => return Err(FormBodyError::TooLarge),
            Body::Unreadable => return Err(FormBodyError::Unreadable),
        };
        Form::parse_repeatable(bytes, repeatable).map_err(FormBodyError::Malformed)
    }
}

/// Why the body of a request cannot be read as a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormBodyError {
    /// Its media type is another one, or there is none.
    MediaType,
    /// It is larger than [`FORM_LIMIT`].
    TooLarge,
    /// It broke off.
    Unreadable,
    /// It is not a form.
    Malformed(FormError),
}

/// What a request says about its sender.
pub trait Sender {
    /// The value of the header `name` (lower case), several joined with `, `; `None` where there is
    /// none.
    fn header(&self, name: &'static str) -> Option<String>;

    /// Roughly where it came from, for people to recognise: `Berlin, DE`. `None` where the platform does
    /// not know.
    fn place(&self) -> Option<String>;
}
