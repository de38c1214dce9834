//! Our own answers as the platform's responses.

use js_sys::JsString;
use web_sys::Response;

use super::host;
use crate::protocol::Answer;

/// The response of an answer; to a `HEAD` request without its body.
#[must_use]
pub fn response(answer: &Answer, is_head: bool) -> Response {
    let names = answer
        .headers
        .iter()
        .map(|(name, _)| JsString::from(*name))
        .collect();
    let values = answer
        .headers
        .iter()
        .map(|(_, value)| JsString::from(value.as_ref()))
        .collect();
    let body = Some(answer.body.as_ref()).filter(|body| !body.is_empty() && !is_head);
    host::answer(answer.status, names, values, body)
}
