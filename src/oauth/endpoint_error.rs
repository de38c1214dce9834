//! What the token, introspection and revocation endpoints have in common: a form from an
//! authenticated client, and the errors that follow from that.

use crate::config::{Client, Config};
use crate::ports::{Ports, Unavailable};
use crate::protocol::form::FORM_LIMIT;
use crate::protocol::request::FormBodyError;
use crate::protocol::{Answer, ErrorCode, Form, Request};

use super::Endpoint;
use super::client_auth::{self, ClientAuthError};
use super::error_response::{self, ErrorResponse};

/// Why an endpoint does not do what it is asked for. `E` has the errors of that endpoint only.
#[derive(Debug)]
pub enum EndpointError<'c, E> {
    /// The request has no form.
    Form(FormBodyError),
    /// The client is not authenticated.
    Client(ClientAuthError<'c>),
    /// This parameter is missing.
    Missing(&'static str),
    /// This did not answer, so something could not be found out or recorded.
    Unavailable(Unavailable),
    /// An error of this endpoint only.
    Own(E),
}

/// The errors of one endpoint only.
pub(super) trait OwnError {
    /// What the client is told.
    fn response(&self) -> ErrorResponse;
}

impl<E: OwnError> From<E> for EndpointError<'_, E> {
    fn from(error: E) -> Self {
        Self::Own(error)
    }
}

impl<E> From<Unavailable> for EndpointError<'_, E> {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl<E: OwnError> EndpointError<'_, E> {
    /// The answer, with events for the log.
    pub(super) fn answer<P: Ports>(&self, endpoint: Endpoint, ports: &P) -> Answer {
        let response = match self {
            Self::Unavailable(cause) => return error_response::unavailable(cause, ports),
            Self::Form(error) => form_response(*error),
            Self::Client(error) => error.response(),
            Self::Missing(parameter) => {
                let description = format!("{parameter} is missing");
                ErrorResponse::new(400, ErrorCode::InvalidRequest, description)
            }
            Self::Own(error) => error.response(),
        };
        response.answer(endpoint, ports)
    }
}

fn form_response(error: FormBodyError) -> ErrorResponse {
    let code = ErrorCode::InvalidRequest;
    match error {
        FormBodyError::MediaType => ErrorResponse::new(
            400,
            code,
            "the Content-Type must be application/x-www-form-urlencoded",
        ),
        FormBodyError::TooLarge => ErrorResponse::new(
            413,
            code,
            format!(
                "the body is larger than {FORM_LIMIT} bytes ({} KiB)",
                FORM_LIMIT / 1024
            ),
        ),
        FormBodyError::Unreadable => {
            ErrorResponse::new(400, code, "the body could not be read to its end")
        }
        FormBodyError::Malformed(error) => ErrorResponse::new(400, code, error.to_string()),
    }
}

/// The form of a request and the client that sent it. The parameters in `repeatable` may appear
/// several times.
pub(super) fn form_of_client<'c, E>(
    request: &Request<'_>,
    repeatable: &[&str],
    config: &'c Config,
) -> Result<(Form, &'c Client), EndpointError<'c, E>> {
    let form = request.form(repeatable).map_err(EndpointError::Form)?;
    let client = client_auth::authenticate(config, request.authorization, &form)
        .map_err(EndpointError::Client)?;
    Ok((form, client))
}

/// A parameter that must be there.
pub(super) fn needed<'f, 'c, E>(
    form: &'f Form,
    parameter: &'static str,
) -> Result<&'f str, EndpointError<'c, E>> {
    form.get(parameter).ok_or(EndpointError::Missing(parameter))
}
