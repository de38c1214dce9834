//! Whether a request may go on, as far as that can be said without knowing what its token means.
//!
//! Job: the path, the route, whether there is a credential; and, once it is known what that means,
//! whether it is enough for the route. Reading a header crosses from Wasm to JavaScript, so each is
//! read once at most, and only where it decides something: a `public` route reads none. Not its job:
//! what a token means; that is [`crate::resolve`]'s.

use crate::config::Access;
use crate::protocol::{Answer, Sender};
use crate::session::SessionRecord;
use crate::token::PlainToken;

use super::credential::Credential;
use super::path;
use super::policy::{Policy, Route};
use super::preflight::preflight;
use super::refusal::Refusal;

/// The part of a request that decides.
pub trait RequestHead: Sender {
    /// The method, exactly as it was received.
    fn method(&self) -> &str;

    /// Two headers at the price of one, where they can be had so.
    fn two_headers(&self, names: [&'static str; 2]) -> [Option<String>; 2] {
        names.map(|name| self.header(name))
    }
}

/// What becomes of a request.
#[derive(Debug)]
pub enum Admission<'p> {
    /// It goes no further.
    Refused {
        /// The route, if one matched.
        route: Option<&'p Route>,
        /// Why, and what the client gets.
        refusal: Refusal,
    },
    /// It is a CORS preflight, and the gate answers it itself.
    Answered(Answer),
    /// It goes on to the origin as it is, with no identity.
    Forward(&'p Route),
    /// It is a CORS preflight that goes on to the origin, with no identity and without its body.
    ForwardPreflight(&'p Route),
    /// It goes on if this token is good and [`Route::authorise`] says so.
    Authenticate {
        /// The route.
        route: &'p Route,
        /// What was sent.
        credential: Credential,
        /// What was sent as a token; nobody has looked into it.
        token: PlainToken,
    },
}

impl<'p> Admission<'p> {
    pub(super) const fn refused(route: &'p Route, refusal: Refusal) -> Self {
        Self::Refused {
            route: Some(route),
            refusal,
        }
    }
}

impl Policy {
    /// What becomes of a request for `url` (`scheme://authority/path?query`, as it was received).
    #[must_use]
    pub fn admit<R: RequestHead>(&self, request: &R, url: &str) -> Admission<'_> {
        let unrouted = |refusal| Admission::Refused {
            route: None,
            refusal,
        };
        let (raw_path, _) = path::split(url);
        let path = match path::normalise(raw_path) {
            Ok(path) => path,
            Err(ambiguous) => return unrouted(Refusal::path(ambiguous)),
        };
        let Some(group) = self.group(&path) else {
            return unrouted(Refusal::not_found());
        };
        let method = request.method();
        if method == "OPTIONS"
            && group.minds_preflights
            && let Some(admission) = preflight(group, request)
        {
            return admission;
        }
        let Some(route) = group.route(method) else {
            return unrouted(Refusal::method_not_allowed(group.allow()));
        };
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

impl Route {
    /// The same refusal, readable for the script that sent the request, if its web origin may call
    /// the route. `Origin` is read only where there is such a web origin.
    #[must_use]
    pub fn readable<R: RequestHead>(&self, request: &R, refusal: Refusal) -> Refusal {
        if self.cors_origins.is_empty() {
            return refusal;
        }
        refusal.readable_by(self, request.header("origin").as_deref())
    }

    /// Whether a credential that counts is enough for the route. A login session is: it has every right
    /// that its person has, so `scopes` and `audience` are about tokens alone.
    ///
    /// # Errors
    /// A [`Refusal`]: 401 `invalid_token` where the token is bound to a key or is not meant for the
    /// route's audience, 403 `insufficient_scope` where its scope lacks something.
    pub fn authorise(&self, credential: Credential, record: &SessionRecord) -> Result<(), Refusal> {
        match credential {
            Credential::Token => {}
            Credential::Ticket { .. } => return Ok(()),
        }
        if record.confirmation.is_some() {
            return Err(self.refuse_key_bound());
        }
        if let Some(audience) = &self.audience
            && !record.audiences.contains(audience)
        {
            return Err(self.refuse_audience());
        }
        if !record.scope.covers(&self.scope) {
            return Err(self.refuse_scope());
        }
        Ok(())
    }
}
