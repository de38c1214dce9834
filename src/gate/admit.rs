//! Whether a request may go on, as far as that can be said without knowing what its token means.
//!
//! Job: the path, the route, the credential (RFC 6750 section 2.1); and, once the token is known,
//! whether it is enough for the route. Reading a header crosses from Wasm to JavaScript, so each is
//! read once at most, and only where it decides something: a `public` route reads none. Not its job:
//! what a token means; that is [`crate::resolve`]'s.

use percent_encoding::percent_decode_str;

use crate::config::Access;
use crate::protocol::Answer;
use crate::protocol::credentials::{Authorization, authorization};
use crate::session::SessionRecord;
use crate::token::PlainToken;

use super::path;
use super::policy::{Policy, Route};
use super::preflight::preflight;
use super::refusal::Refusal;

/// The part of a request that decides.
pub trait RequestHead {
    /// The method, exactly as it was received.
    fn method(&self) -> &str;

    /// The value of the header `name` (lower case), several joined with `, `; `None` where there is
    /// none.
    fn header(&self, name: &'static str) -> Option<String>;
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
        let (raw_path, query) = path::split(url);
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
            Access::Deny => route.refused_to(request, Route::refuse_denied()),
            Access::Token => match route.credential(request, query) {
                Ok(token) => Admission::Authenticate { route, token },
                Err(refusal) => route.refused_to(request, refusal),
            },
        }
    }
}

impl Route {
    /// The bearer token of a request (RFC 6750 section 2.1).
    fn credential<R: RequestHead>(
        &self,
        request: &R,
        query: Option<&str>,
    ) -> Result<PlainToken, Refusal> {
        // With a header as well, it would be two credentials; alone, it is refused all the same.
        if query.is_some_and(has_access_token) {
            return Err(self.refuse_token_in_query());
        }
        let Some(mut value) = request.header("authorization") else {
            return Err(self.refuse_unauthenticated("no_credentials"));
        };
        let scheme_ends = match authorization(&value) {
            Authorization::Bearer(token) => value.len() - token.len(),
            Authorization::MalformedBearer => return Err(self.refuse_malformed()),
            Authorization::Other => return Err(self.refuse_unauthenticated("other_scheme")),
        };
        // The token is what the value ends with, so this leaves it alone, without a second copy.
        value.drain(..scheme_ends);
        Ok(PlainToken::new(value))
    }

    fn refused_to<R: RequestHead>(&self, request: &R, refusal: Refusal) -> Admission<'_> {
        Admission::refused(self, self.readable(request, refusal))
    }

    /// The same refusal, readable for the script that sent the request, if its web origin may call
    /// the route. `Origin` is read only where there is such a web origin.
    #[must_use]
    pub fn readable<R: RequestHead>(&self, request: &R, refusal: Refusal) -> Refusal {
        if self.cors_origins.is_empty() {
            return refusal;
        }
        refusal.readable_by(self, request.header("origin").as_deref())
    }

    /// Whether a token that counts is enough for the route.
    ///
    /// # Errors
    /// A [`Refusal`]: 401 `invalid_token` where the token is bound to a key or is not meant for the
    /// route's audience, 403 `insufficient_scope` where its scope lacks something.
    pub fn authorise(&self, record: &SessionRecord) -> Result<(), Refusal> {
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

/// Whether a query has a parameter `access_token`, however its name is written.
fn has_access_token(query: &str) -> bool {
    query.split('&').any(|pair| {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        // Decoded, it is never longer than this.
        name.len() >= NAME.len() && percent_decode_str(name).eq(NAME.bytes())
    })
}

/// RFC 6750 section 2.3.
const NAME: &str = "access_token";
