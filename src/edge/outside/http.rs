//! Other servers. A body is counted as it comes, which `host.js` does: one that is too large is never held whole.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};

use super::{Outside, answer};
use crate::edge::host;
use crate::ports::{Dependency, HTTP_BODY_LIMIT, Http, HttpRequest, HttpResponse, Unavailable};
use crate::protocol::max_age::max_age;
use crate::secret::Secret;

impl Http for Outside {
    async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, Unavailable> {
        let limit = u32::try_from(HTTP_BODY_LIMIT).expect("256 KiB");
        // Exposed to the server that they are for.
        let form = request.form.as_ref().map(|form| form.expose().as_str());
        let authorization = request.authorization.as_ref();
        let authorization = authorization.map(|value| value.expose().as_str());
        let sent = host::http_send(
            &request.url,
            form,
            authorization,
            request.accept,
            limit,
            self.timeout,
        );
        let parts = answer(Dependency::Provider, sent)
            .await?
            .unchecked_into::<Array>();
        let cache_control = parts.get(1).as_string().unwrap_or_default();
        Ok(HttpResponse {
            status: status(&parts.get(0)),
            max_age: max_age(&cache_control),
            body: Secret::new(host::bytes_of(&parts.get(2)).unwrap_or_default()),
        })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a status is between 100 and 599"
)]
fn status(value: &JsValue) -> u16 {
    value.as_f64().unwrap_or_default() as u16
}
