//! CORS at the endpoints that an application in a browser needs (the Fetch Standard, "CORS protocol").
//!
//! Job: a script of any web origin may read the metadata, redeem its code, refresh and revoke, ask who its token stands for, and
//! read what goes wrong there. None of these endpoints looks at a cookie, so `*` gives nobody anything that a program elsewhere would not get, and no
//! answer allows credentials. Not its job: introspection, which is for servers, and the authorization endpoint, which is for
//! people. Their preflights are refused as any method is that they do not take.

use super::Endpoint;
use crate::protocol::{Answer, Request};

/// How long a browser may remember the answer to a preflight, in seconds. It never changes.
const MAX_AGE: &str = "7200";

/// Whether scripts of any web origin may use an endpoint.
pub(super) const fn is_for_scripts(endpoint: Endpoint) -> bool {
    match endpoint {
        Endpoint::Token
        | Endpoint::Revoke
        | Endpoint::UserInfo
        | Endpoint::ServerMetadata
        | Endpoint::ResourceMetadata
        | Endpoint::Jwks => true,
        Endpoint::Authorize | Endpoint::Introspect | Endpoint::Health | Endpoint::Reserved => false,
    }
}

impl Endpoint {
    /// The answer to a preflight; `None` if the request is not one, or if scripts may not use the endpoint. `*` does not
    /// stand for `Authorization`, so that is named.
    pub(super) fn preflight(self, request: &Request<'_>) -> Option<Answer> {
        if request.method != "OPTIONS" || !is_for_scripts(self) {
            return None;
        }
        request.sender.header("access-control-request-method")?;
        Some(
            Answer::new(204)
                .with("access-control-allow-origin", "*")
                .with("access-control-allow-methods", self.allow()?)
                .with("access-control-allow-headers", "Authorization, *")
                .with("access-control-max-age", MAX_AGE),
        )
    }

    /// The answer of this endpoint, readable for the scripts that may use it. What is answered in its place, because its
    /// body did not come, has to be as well.
    #[must_use]
    pub fn readable(self, answer: Answer) -> Answer {
        if !is_for_scripts(self) {
            return answer;
        }
        answer.with("access-control-allow-origin", "*").with(
            "access-control-expose-headers",
            "WWW-Authenticate, Retry-After",
        )
    }
}
