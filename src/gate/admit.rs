//! Whether a request may go on, as far as that can be said without knowing what its token means.
//!
//! Job: the path, the route, and whether there is a credential. Reading a header crosses from Wasm to
//! JavaScript, so each is read at most once, and only where it decides something: a `public` route reads
//! none. Not its job: what a token means; that is [`crate::resolve`]'s.

use crate::config::Access;

use super::admission::Admission;
use super::path;
use super::policy::{Policy, Route};
use super::preflight::preflight;
use super::refusal::Refusal;
use super::request_head::RequestHead;

impl Policy {
    /// What becomes of a request for `url` (`scheme://authority/path?query`, exactly as received).
    #[must_use]
    pub fn admit<R: RequestHead>(&self, request: &R, url: &str) -> Admission<'_> {
        let unrouted = |refusal| Admission::Refused {
            route: None,
            refusal,
        };
        let (raw_path, _) = path::split(url);
        let method = request.method();
        let group = match path::normalise(raw_path) {
            Ok(path) => self.group(&path),
            Err(ambiguous) => match self.group_as_sent(raw_path, method, ambiguous) {
                Ok(group) => Some(group),
                Err(ambiguous) => return unrouted(Refusal::path(ambiguous)),
            },
        };
        let Some(group) = group else {
            return unrouted(Refusal::not_found());
        };
        if method == "OPTIONS"
            && group.minds_preflights
            && let Some(admission) = preflight(group, request)
        {
            return admission;
        }
        let Some(route) = group.route(method) else {
            return unrouted(Refusal::method_not_allowed(group.allow()));
        };
        if route.rules.is_some()
            && let Some(refusal) = route.refuse_place(request)
        {
            return Admission::refused(route, route.readable(request, refusal));
        }
        match route.access {
            Access::Public => Admission::Forward(route),
            Access::Deny => {
                Admission::refused(route, route.readable(request, Route::refuse_denied()))
            }
            Access::Token | Access::Session | Access::Any => match route.credential(request, url) {
                Ok((credential, token)) => Admission::Authenticate {
                    route,
                    credential,
                    token,
                },
                Err(refusal) => Admission::refused(route, refusal),
            },
        }
    }
}
