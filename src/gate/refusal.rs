//! What a request gets that goes no further: a status, a challenge, and a body that tells a developer
//! what to do (RFC 9457).
//!
//! Job: one place for every refusal of the gate. The bodies are constants: they say what was asked
//! of the request, never what was found out about its token.

use std::fmt::Write as _;

use crate::protocol::Answer;
use crate::protocol::answer::Text;
use crate::resolve::Inactive;

use super::path::Ambiguous;
use super::policy::Route;

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why, for the log; never for the client.
    pub reason: &'static str,
    /// What the client gets. `HEAD` gets the same without the body.
    pub answer: Answer,
}

/// A problem document without an OAuth error code, or with one.
macro_rules! problem {
    ($status:literal, $title:literal, $detail:literal) => {
        concat!(
            "{\"type\":\"about:blank\",\"title\":\"",
            $title,
            "\",\"status\":",
            $status,
            ",\"detail\":\"",
            $detail,
            "\"}"
        )
    };
    ($status:literal, $title:literal, $error:literal, $detail:literal) => {
        concat!(
            "{\"type\":\"about:blank\",\"title\":\"",
            $title,
            "\",\"status\":",
            $status,
            ",\"error\":\"",
            $error,
            "\",\"detail\":\"",
            $detail,
            "\"}"
        )
    };
}
pub(super) use problem;

impl Refusal {
    pub(super) fn new(status: u16, reason: &'static str, body: impl Into<Text>) -> Self {
        let mut answer = Answer::new(status)
            .with("content-type", "application/problem+json")
            .with("cache-control", "no-store");
        answer.body = body.into();
        Self { reason, answer }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<Text>) -> Self {
        self.answer = self.answer.with(name, value);
        self
    }

    /// The status code of the answer.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.answer.status
    }

    /// The path has more than one reading: 400, or 414 where it is too long.
    #[must_use]
    pub fn path(ambiguous: Ambiguous) -> Self {
        let status = match ambiguous {
            Ambiguous::TooLong => 414,
            _ => 400,
        };
        Self::new(status, ambiguous.as_str(), path_body(ambiguous))
    }

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
                 [vars.POSTERN]."
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
                "The route has this path for other methods alone; the Allow header names them."
            ),
        )
        .with("allow", allow.to_owned())
    }

    /// The same, readable for a script of the web origin `origin` (the request's `Origin`), if that
    /// is one that may call the route.
    #[must_use]
    pub fn readable_by(mut self, route: &Route, origin: Option<&str>) -> Self {
        if let Some(allowed) = origin.and_then(|origin| route.allowed_origin(origin)) {
            self.answer = self
                .answer
                .with("access-control-allow-origin", allowed.to_owned())
                .with(
                    "access-control-expose-headers",
                    "WWW-Authenticate, Retry-After",
                )
                .with("vary", "Origin");
        }
        self
    }
}

/// The refusals that depend on the route.
impl Route {
    /// Nothing that could be a token came: 401 with a bare challenge (RFC 6750 section 3.1).
    pub(super) fn refuse_unauthenticated(&self, reason: &'static str) -> Refusal {
        Refusal::new(
            401,
            reason,
            problem!(
                401,
                "Unauthorized",
                "This route needs an access token: send it as 'Authorization: Bearer TOKEN'. The \
                 WWW-Authenticate header names the metadata that says where to get one."
            ),
        )
        .with("www-authenticate", self.challenges.bare)
    }

    /// The header says `Bearer` and holds no token: 400 (RFC 6750 section 3.1).
    pub(super) fn refuse_malformed(&self) -> Refusal {
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
        .with("www-authenticate", self.challenges.invalid_request)
    }

    /// The query has an `access_token`: 400 (RFC 9700 section 4.3.2).
    pub(super) fn refuse_token_in_query(&self) -> Refusal {
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
        .with("www-authenticate", self.challenges.invalid_request)
    }

    /// The token does not count: 401 `invalid_token`. The client never learns why.
    #[must_use]
    pub fn refuse_inactive(&self, inactive: Inactive) -> Refusal {
        self.refuse_token(
            inactive.as_str(),
            problem!(
                401,
                "Unauthorized",
                "invalid_token",
                "The access token is unknown, expired or revoked: get a new one."
            ),
        )
    }

    /// The token is bound to a key, and nothing proved possession of it (RFC 7800): a bearer of it is
    /// not enough.
    pub(super) fn refuse_key_bound(&self) -> Refusal {
        self.refuse_token(
            "key_bound",
            problem!(
                401,
                "Unauthorized",
                "invalid_token",
                "The access token is bound to a key, so it cannot be used as a bearer token."
            ),
        )
    }

    /// The token is meant for another resource (RFC 6750 section 3.1, RFC 8707 section 2).
    pub(super) fn refuse_audience(&self) -> Refusal {
        self.refuse_token(
            "wrong_audience",
            problem!(
                401,
                "Unauthorized",
                "invalid_token",
                "The access token is meant for another resource: ask for one with the resource \
                 parameter that this route's metadata names."
            ),
        )
    }

    fn refuse_token(&self, reason: &'static str, body: &'static str) -> Refusal {
        Refusal::new(401, reason, body).with("www-authenticate", self.challenges.invalid_token)
    }

    /// The token may not do this: 403 with the scope that is needed (RFC 6750 section 3.1).
    pub(super) fn refuse_scope(&self) -> Refusal {
        let mut body = String::from(
            "{\"type\":\"about:blank\",\"title\":\"Forbidden\",\"status\":403,\
             \"error\":\"insufficient_scope\",\"detail\":\"The access token needs all of this \
             scope: ",
        );
        // A scope token has neither quotes nor backslashes (RFC 6749 section 3.3).
        let _ = write!(body, "{}.\"}}", self.scope);
        Refusal::new(403, "insufficient_scope", body)
            .with("www-authenticate", self.challenges.insufficient_scope)
    }

    /// The route is closed to everyone: 403.
    pub(super) fn refuse_denied() -> Refusal {
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
    pub(super) fn refuse_preflight() -> Refusal {
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

fn path_body(ambiguous: Ambiguous) -> &'static str {
    match ambiguous {
        Ambiguous::NotAbsolute => {
            problem!(400, "Bad Request", "The path must begin with a slash.")
        }
        Ambiguous::TooLong => {
            problem!(414, "URI Too Long", "The path is longer than 8192 bytes.")
        }
        Ambiguous::BadCharacter => problem!(
            400,
            "Bad Request",
            "The path has a space, a control character or a character outside ASCII: \
             percent-encode it."
        ),
        Ambiguous::Control => problem!(
            400,
            "Bad Request",
            "The path has a percent-encoded control character, which no path may have here."
        ),
        Ambiguous::Backslash => problem!(
            400,
            "Bad Request",
            "The path has a backslash, which some servers take for a slash, so no path may have one \
             here."
        ),
        Ambiguous::EncodedSlash => problem!(
            400,
            "Bad Request",
            "The path has a percent-encoded slash, which some servers take for a separator, so no \
             path may have one here."
        ),
        Ambiguous::Semicolon => problem!(
            400,
            "Bad Request",
            "The path has a semicolon, after which some servers cut a segment off, so no path may \
             have one here."
        ),
        Ambiguous::Delimiter => problem!(
            400,
            "Bad Request",
            "The path has a question mark or a number sign, at which some servers cut it off, so no \
             path may have one here, even percent-encoded."
        ),
        Ambiguous::EmptySegment => problem!(
            400,
            "Bad Request",
            "The path has two slashes in a row, which some servers take for one: write one."
        ),
        Ambiguous::DotSegment => problem!(
            400,
            "Bad Request",
            "The path has a dot segment: write the path that it stands for."
        ),
        Ambiguous::BadEscape => problem!(
            400,
            "Bad Request",
            "The path has a percent sign without two hexadecimal digits after it: write %25 for the \
             sign itself."
        ),
        Ambiguous::DoubleEncoding => problem!(
            400,
            "Bad Request",
            "The path is percent-encoded twice: encode it once."
        ),
        Ambiguous::NotUtf8 => problem!(
            400,
            "Bad Request",
            "The path is not UTF-8 once it is percent-decoded."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_refusal_is_a_problem_document() {
        for ambiguous in Ambiguous::ALL {
            let refusal = Refusal::path(ambiguous);
            let body: serde_json::Value = serde_json::from_str(&refusal.answer.body).unwrap();
            assert_eq!(body["status"], refusal.status());
            assert_eq!(refusal.reason, ambiguous.as_str());
            assert!(!body["detail"].as_str().unwrap().contains("  "), "{body}");
        }
    }
}
