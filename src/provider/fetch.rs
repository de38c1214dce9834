//! Asking a provider for a document, and saying why there is none.

use serde_json::Value;

use crate::config::Provider;
use crate::ports::{Dependency, HTTP_BODY_LIMIT, Http, HttpRequest, Unavailable};
use crate::protocol::json;

/// Why `provider` can't be used at the moment. `cause` holds nothing that the provider sent.
pub(super) fn unavailable(provider: &Provider, cause: &str) -> Unavailable {
    Unavailable::new(Dependency::Provider, format!("{}: {cause}", provider.id))
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
    let response = ports.send(&request).await?;
    if response.status != 200 {
        let cause = format!("{what}: status {}", response.status);
        return Err(unavailable(provider, &cause));
    }
    // Exposed to be read: both documents are public, and there is no token in them.
    let value = read_body(response.body.expose());
    let value = value.ok_or_else(|| unavailable(provider, &format!("{what} is not JSON")))?;
    Ok((value, response.max_age))
}

/// The JSON of a body that is not too large.
pub(super) fn read_body(body: &[u8]) -> Option<Value> {
    (body.len() <= HTTP_BODY_LIMIT)
        .then(|| json::read(body))
        .flatten()
}
