//! Refusals that do not depend on a credential: there is no route, the route is closed, or a store or the
//! origin did not answer. And which scripts may read a refusal.

use super::problem::{Refusal, problem};
use super::told;
use crate::config::Preflight;
use crate::config::{LimitedBy, RateLimit};
use crate::gate::challenge::{Challenges, RouteChallenges};
use crate::gate::path;
use crate::gate::policy::Route;
use crate::gate::request_head::RequestHead;
use crate::ports::Unavailable;

impl Refusal {
    /// No route matches: 404.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            404,
            "no_route",
            problem!(
                404,
                "Not Found",
                "No route of this gate matches the path; whoever runs it can add one to routes in \
                 postern.toml."
            ),
        )
    }

    /// The pattern that matches has no route for the method: 405 with `Allow`.
    #[must_use]
    pub fn method_not_allowed(allow: &str) -> Self {
        Self::new(
            405,
            "method_not_allowed",
            problem!(
                405,
                "Method Not Allowed",
                "This path has routes only for other methods; the Allow header names them."
            ),
        )
        .with("allow", allow.to_owned())
    }

    /// The same, readable for a script of the web origin `origin` (the request's `Origin`), if that
    /// may call the route.
    #[must_use]
    pub fn readable_by(mut self, route: &Route, origin: Option<&str>) -> Self {
        if let Some(allowed) = origin.and_then(|origin| route.allowed_origin(origin)) {
            self.answer = self
                .answer
                .with("access-control-allow-origin", allowed.to_owned())
                .with(
                    "access-control-expose-headers",
                    "WWW-Authenticate, Retry-After, Postern-Login",
                )
                .with("vary", "Origin");
        }
        self
    }
}

impl Route {
    /// Its challenges for a request for `url`. They are written at the first refusal: a thousand routes would keep a
    /// start waiting.
    pub(in crate::gate) fn challenges(&self, url: &str) -> &Challenges {
        let written = || {
            let rules = self.rules.as_ref().map(|own| &*own.rules);
            RouteChallenges::new(&self.issuer, self.audience.as_ref(), &self.scope, rules)
        };
        self.challenges.get_or_init(written).at(path::origin(url))
    }

    /// The web origins whose scripts may read what its origin answers without a word about CORS; `None` where that
    /// is left to the origin.
    #[must_use]
    pub fn readers(&self) -> Option<&[String]> {
        (self.preflight == Preflight::Answer).then_some(self.cors_origins.as_slice())
    }

    /// The route is closed to everyone: 403.
    #[must_use]
    pub fn refuse_denied() -> Refusal {
        Refusal::new(
            403,
            "denied",
            problem!(
                403,
                "Forbidden",
                "This route is closed to everyone; no token opens it."
            ),
        )
    }

    /// A CORS preflight from a web origin that may not call the route: 403.
    pub(in crate::gate) fn refuse_preflight() -> Refusal {
        Refusal::new(
            403,
            "preflight_origin",
            problem!(
                403,
                "Forbidden",
                "Scripts of this web origin may not call this route; whoever runs the gate can add \
                 it to the route's cors_origins."
            ),
        )
    }

    /// A store did not answer, so nothing was decided: 503 with `Retry-After` (seconds).
    #[must_use]
    pub fn refuse_unavailable(&self) -> Refusal {
        Refusal::new(
            503,
            "unavailable",
            problem!(
                503,
                "Service Unavailable",
                "A store that this answer depends on did not answer, so nothing was decided about \
                 what you sent: try again."
            ),
        )
        .with("retry-after", "2")
    }

    /// What a token means could not be found out: 503, or 429 with `Retry-After` (seconds) where whoever sends it has sent
    /// too many of which its issuer knows nothing.
    #[must_use]
    pub fn refuse_unknown(&self, unavailable: &Unavailable) -> Refusal {
        let Some(wait) = unavailable.wait else {
            return self.refuse_unavailable();
        };
        let seconds = wait.as_millis().div_ceil(1_000).max(1);
        Refusal::new(
            429,
            "too_many_unknown_tokens",
            problem!(
                429,
                "Too Many Requests",
                "Too many access tokens came from this address of which their issuer knows nothing, so \
                 nothing was found out about this one: wait for as many seconds as the Retry-After \
                 header says, and send tokens that are valid."
            ),
        )
        .with("retry-after", seconds.to_string())
    }

    /// There were too many requests: 429 (RFC 6585 section 4, draft-ietf-httpapi-ratelimit-headers). `Retry-After` (seconds) is a whole period, because the binding does not say when
    /// the present one is over.
    #[must_use]
    pub fn refuse_too_many(limit: &RateLimit) -> Refusal {
        let by = match limit.by {
            LimitedBy::Subject => "subject",
            LimitedBy::Client => "client",
            LimitedBy::Token => "token",
            LimitedBy::Address => "address",
        };
        let RateLimit {
            limit: most,
            period,
            ..
        } = limit;
        Refusal::new(
            429,
            "too_many_requests",
            problem!(
                429,
                "Too Many Requests",
                "There were too many requests in a short time: wait for as many seconds as the \
                 Retry-After header says, then send fewer. RateLimit-Policy says how many are let \
                 through."
            ),
        )
        .with("retry-after", period.to_string())
        .with("ratelimit-policy", format!("\"{by}\";q={most};w={period}"))
        .with("ratelimit", format!("\"{by}\";r=0;t={period}"))
    }

    /// The origin gave no answer: 502.
    #[must_use]
    pub fn refuse_bad_gateway() -> Refusal {
        Refusal::new(
            502,
            "origin_failed",
            problem!(
                502,
                "Bad Gateway",
                "The origin behind this gate did not answer; whoever runs it finds why in its log."
            ),
        )
    }

    /// The connection broke off while the body was under way: 502. Either it did not arrive whole here, or the origin
    /// closed the connection.
    #[must_use]
    pub fn refuse_lost_connection() -> Refusal {
        Refusal::new(
            502,
            "connection_lost",
            problem!(
                502,
                "Bad Gateway",
                "The connection broke off while the body of the request was under way: the body did \
                 not arrive whole, or the origin closed the connection. Whether the origin has done \
                 anything is not known. Send the request again, with a whole body."
            ),
        )
        .telling(&told::CONNECTION_LOST)
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

    /// `origin` as it is configured, if scripts of that web origin may call the route. It is compared
    /// as a string (RFC 6454 section 6.2).
    #[must_use]
    pub fn allowed_origin(&self, origin: &str) -> Option<&str> {
        self.cors_origins
            .iter()
            .map(String::as_str)
            .find(|allowed| *allowed == origin)
    }
}
