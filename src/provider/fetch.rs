//! Asking a provider for a document, and saying why there is none.

use serde_json::Value;

use crate::config::Provider;
use crate::ports::{Dependency, HTTP_BODY_LIMIT, Http, HttpRequest, HttpResponse, Unavailable};
use crate::protocol::json;

/// Why `provider` can't be used at the moment. `cause` holds nothing that the provider sent.
pub(super) fn unavailable(provider: &Provider, cause: &str) -> Unavailable {
    Unavailable::new(Dependency::Provider, format!("{}: {cause}", provider.id))
}

/// Sends a request to `provider`. `what` names what is asked for, for the log.
pub(super) async fn ask<P: Http>(
    provider: &Provider,
    request: &HttpRequest,
    what: &str,
    ports: &P,
) -> Result<HttpResponse, Unavailable> {
    let response = ports.send(request).await;
    response.map_err(|error| Unavailable {
        cause: format!("{}: {what}: {}", provider.id, error.cause),
        ..error
    })
}

/// The JSON at `url`, and how long it may be kept, in seconds. `what` names it for the log.
pub(super) async fn get<P: Http>(
    provider: &Provider,
    url: &str,
    what: &str,
    ports: &P,
) -> Result<(Value, Option<u64>), Unavailable> {
    let request = HttpRequest {
        url: url.to_owned(),
        form: None,
        authorization: None,
    };
    let response = ask(provider, &request, what, ports).await?;
    if response.status != 200 {
        let cause = format!("{what}: status {}", response.status);
        return Err(unavailable(provider, &cause));
    }
    // Exposed to be read: both documents are public, and there is no token in them.
    let value = read_body(response.body.expose());
    let value = value.ok_or_else(|| unavailable(provider, &format!("{what} is not JSON")))?;
    Ok((value, response.max_age))
}

/// The JSON of a body that is not too large. A byte order mark before it is ignored (RFC 8259 section 8.1).
pub(super) fn read_body(body: &[u8]) -> Option<Value> {
    let json = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    (body.len() <= HTTP_BODY_LIMIT)
        .then(|| json::read(json))
        .flatten()
}
