//! Asking another server for a document, and saying why there is none. `who` is its id in the configuration, for the log.

use serde_json::Value;

use crate::ports::{
    Dependency, HTTP_BODY_LIMIT, Http, HttpRequest, HttpResponse, JSON, Unavailable,
};
use crate::protocol::json;

/// Why `who` can't be used at the moment. `cause` holds nothing that it sent.
#[must_use]
pub fn unavailable(who: &str, cause: &str) -> Unavailable {
    Unavailable::new(Dependency::Provider, format!("{who}: {cause}"))
}

/// Sends a request to `who`. `what` names what is asked for, for the log.
///
/// # Errors
/// [`Unavailable`] if no whole answer came in time.
pub async fn ask<P: Http>(
    who: &str,
    request: &HttpRequest,
    what: &str,
    ports: &P,
) -> Result<HttpResponse, Unavailable> {
    let response = ports.send(request).await;
    response.map_err(|error| Unavailable {
        cause: format!("{who}: {what}: {}", error.cause),
        ..error
    })
}

/// The JSON at `url`, and how long it may be kept, in seconds. `what` names it for the log.
///
/// # Errors
/// [`Unavailable`] if no whole answer came in time, or it is not 200 with JSON.
pub async fn get<P: Http>(
    who: &str,
    url: &str,
    what: &str,
    ports: &P,
) -> Result<(Value, Option<u64>), Unavailable> {
    let request = HttpRequest {
        url: url.to_owned(),
        form: None,
        authorization: None,
        accept: JSON,
    };
    let response = ask(who, &request, what, ports).await?;
    if response.status != 200 {
        let cause = format!("{what}: status {}", response.status);
        return Err(unavailable(who, &cause));
    }
    // Exposed to be read: both documents are public, and there is no token in them.
    let value = read_body(response.body.expose());
    let value = value.ok_or_else(|| unavailable(who, &format!("{what} is not JSON")))?;
    Ok((value, response.max_age))
}

/// The JSON of a body that is not too large. A byte order mark before it is ignored (RFC 8259 section 8.1).
#[must_use]
pub fn read_body(body: &[u8]) -> Option<Value> {
    let json = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    (body.len() <= HTTP_BODY_LIMIT)
        .then(|| json::read(json))
        .flatten()
}
