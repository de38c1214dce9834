//! Our own answers as the platform's responses.

use web_sys::Response;

use super::host;
use crate::protocol::Answer;

/// The response of an answer; to a `HEAD` request without its body.
#[must_use]
pub fn response(answer: &Answer, is_head: bool) -> Response {
    let mut headers = String::with_capacity(256);
    for (name, value) in &answer.headers {
        if !headers.is_empty() {
            headers.push('\n');
        }
        headers.push_str(name);
        headers.push(':');
        // No value of ours has a line break; one that had would be cut off and not begin another.
        headers.extend(value.chars().take_while(|c| *c != '\n'));
    }
    let body = Some(answer.body.as_ref()).filter(|body| !body.is_empty() && !is_head);
    host::answer(answer.status, &headers, body)
}
