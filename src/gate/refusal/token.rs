//! Refusals of requests that need an access token and have none, or not the right one (RFC 6750 section 3).

use std::fmt::Write as _;

use super::problem::{Refusal, problem};
use super::told;
use crate::gate::policy::Route;
use crate::resolve::Inactive;

impl Route {
    /// The request has nothing that could be a token: 401 with a bare challenge (RFC 6750 section 3.1).
    pub(in crate::gate) fn refuse_unauthenticated(
        &self,
        reason: &'static str,
        url: &str,
    ) -> Refusal {
        Refusal::new(
            401,
            reason,
            problem!(
                401,
                "Unauthorized",
                "This route needs an access token: send it as 'Authorization: Bearer TOKEN'. The \
                 WWW-Authenticate header says where to get one."
            ),
        )
        .with("www-authenticate", self.challenges(url).bare)
    }

    /// The header says `Bearer` and holds no token: 400 (RFC 6750 section 3.1).
    pub(in crate::gate) fn refuse_malformed(&self, url: &str) -> Refusal {
        Refusal::new(
            400,
            "malformed_bearer",
            problem!(
                400,
                "Bad Request",
                "invalid_request",
                "The Authorization header says Bearer, but what follows is not one token: send it \
                 once, as 'Authorization: Bearer TOKEN', without quotes, commas or spaces in it."
            ),
        )
        .with("www-authenticate", self.challenges(url).invalid_request)
    }

    /// There is a token in `Authorization`, and one in the header that the route names beside that: 400 (RFC 6750 section 3.1).
    pub(in crate::gate) fn refuse_two_tokens(&self, url: &str) -> Refusal {
        Refusal::new(
            400,
            "two_tokens",
            problem!(
                400,
                "Bad Request",
                "invalid_request",
                "The request has two tokens, one in Authorization and one in another header: send one \
                 of the two."
            ),
        )
        .with("www-authenticate", self.challenges(url).invalid_request)
    }

    /// The query has an `access_token`: 400 (RFC 9700 section 4.3.2).
    pub(in crate::gate) fn refuse_token_in_query(&self, url: &str) -> Refusal {
        Refusal::new(
            400,
            "token_in_query",
            problem!(
                400,
                "Bad Request",
                "invalid_request",
                "Tokens in the query are refused, because URLs end up in logs and histories: take \
                 access_token out of the URL, send the token as 'Authorization: Bearer TOKEN', and \
                 revoke it if the URL has been seen by anyone."
            ),
        )
        .telling(&told::TOKEN_IN_ADDRESS)
        .with("www-authenticate", self.challenges(url).invalid_request)
    }

    /// The token is not valid: 401 `invalid_token`. The client never learns why.
    #[must_use]
    pub fn refuse_inactive(&self, inactive: Inactive, url: &str) -> Refusal {
        let refusal = self.refuse_token(
            inactive.as_str(),
            url,
            problem!(
                401,
                "Unauthorized",
                "invalid_token",
                "The access token is unknown, expired or revoked: get a new one."
            ),
        );
        Refusal {
            issuer: inactive.issuer(),
            ..refusal
        }
    }

    /// The token is bound to a key (RFC 7800), and nothing proved possession of the key: 401.
    pub(in crate::gate) fn refuse_key_bound(&self, url: &str) -> Refusal {
        self.refuse_token(
            "key_bound",
            url,
            problem!(
                401,
                "Unauthorized",
                "invalid_token",
                "The access token is bound to a key, so it cannot be used as a bearer token."
            ),
        )
    }

    /// The token is meant for another resource (RFC 6750 section 3.1, RFC 8707 section 2).
    pub(in crate::gate) fn refuse_audience(&self, url: &str) -> Refusal {
        self.refuse_token(
            "wrong_audience",
            url,
            problem!(
                401,
                "Unauthorized",
                "invalid_token",
                "The access token is meant for another resource: ask for one with the resource \
                 parameter that is meant for this route."
            ),
        )
    }

    fn refuse_token(&self, reason: &'static str, url: &str, body: &'static str) -> Refusal {
        let challenge = self.challenges(url).invalid_token;
        Refusal::new(401, reason, body).with("www-authenticate", challenge)
    }

    /// The token may not do this: 403 with the scope that is needed (RFC 6750 section 3.1).
    pub(in crate::gate) fn refuse_scope(&self, url: &str) -> Refusal {
        let mut body = String::from(
            "{\"type\":\"about:blank\",\"title\":\"Forbidden\",\"status\":403,\
             \"error\":\"insufficient_scope\",\"detail\":\"The access token needs all of this \
             scope: ",
        );
        // A scope token has neither quotes nor backslashes (RFC 6749 section 3.3).
        let _ = write!(body, "{}.\"}}", self.scope);
        Refusal::new(403, "insufficient_scope", body)
            .with("www-authenticate", self.challenges(url).insufficient_scope)
    }
}
