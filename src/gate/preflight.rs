//! CORS preflights (the Fetch Standard, "CORS-preflight request"): `OPTIONS` with `Origin` and
//! `Access-Control-Request-Method`, sent by browsers without credentials.
//!
//! Job: no preflight is a way around the gate, and those that the configuration allows are let through. A
//! preflight asks about another method than its own, and the route for that method decides.

use crate::config::{Access, Preflight};
use crate::protocol::Answer;

use super::admission::Admission;
use super::policy::{Group, Route};
use super::request_head::RequestHead;

/// How long a browser may remember an answer, in seconds.
const MAX_AGE: &str = "600";

/// What becomes of an `OPTIONS` request as a preflight; `None` if it is not one, or if the route treats it
/// like any other request.
pub(super) fn preflight<'p, R: RequestHead>(
    group: &'p Group,
    request: &R,
) -> Option<Admission<'p>> {
    let method = request.header("access-control-request-method")?;
    let origin = request.header("origin")?;
    if !is_token(&method) {
        return None;
    }
    let route = group.route(&method)?;
    let closed = |route: &Route| route.access == Access::Deny;
    // A route that is closed to OPTIONS by name stays closed, whatever the method's own route says.
    let named = group.route("OPTIONS").filter(|r| r.names("OPTIONS"));
    if let Some(route) = [Some(route), named]
        .into_iter()
        .flatten()
        .find(|r| closed(r))
    {
        let refusal = Route::refuse_denied().readable_by(route, Some(&origin));
        return Some(Admission::refused(route, refusal));
    }
    if route.preflight != Preflight::Refuse
        && let Some(refusal) = route.refuse_place(request)
    {
        return Some(Admission::refused(
            route,
            refusal.readable_by(route, Some(&origin)),
        ));
    }
    match route.preflight {
        Preflight::Refuse => None,
        Preflight::Pass => Some(Admission::ForwardPreflight(route)),
        Preflight::Answer => Some(match route.allowed_origin(&origin) {
            Some(allowed) => Admission::Answered(answer(route, allowed, method, request)),
            None => Admission::refused(route, Route::refuse_preflight()),
        }),
    }
}

fn answer<R: RequestHead>(route: &Route, allowed: &str, method: String, request: &R) -> Answer {
    let methods = if route.methods_listed.is_empty() {
        method
    } else {
        route.methods_listed.clone()
    };
    let answer = Answer::new(204)
        .with("access-control-allow-origin", allowed.to_owned())
        .with("access-control-allow-methods", methods)
        .with("access-control-max-age", MAX_AGE)
        .with(
            "vary",
            "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        );
    let headers = request
        .header("access-control-request-headers")
        .map(|names| requested_headers(&names))
        .unwrap_or_default();
    if headers.is_empty() {
        answer
    } else {
        answer.with("access-control-allow-headers", headers)
    }
}

/// The valid header names in `Access-Control-Request-Headers`. `*` is left out: it would allow every header.
fn requested_headers(names: &str) -> String {
    let mut allowed = String::with_capacity(names.len());
    for name in names.split(',').map(str::trim_ascii) {
        if is_token(name) && name != "*" {
            if !allowed.is_empty() {
                allowed.push_str(", ");
            }
            allowed.push_str(name);
        }
    }
    allowed
}

/// `token` of RFC 9110 section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_echoed() {
        for (names, allowed) in [
            ("authorization", "authorization"),
            ("authorization,content-type", "authorization, content-type"),
            (" x-a ,, x b, *, x-c\r\n, é, x-d:", "x-a, x-c"),
            ("", ""),
        ] {
            assert_eq!(requested_headers(names), allowed, "{names:?}");
        }
    }
}
