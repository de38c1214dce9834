//! What is written to the log: typed events, never a secret.
//!
//! Job: one JSON object a line, so that a log search can find it by its `event`. Tokens appear as
//! nothing at all, clients and subjects by their names, sessions by their ids.

use crate::protocol::json::{Object, Value};
use crate::time::Time;

/// Something worth a line in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A token was issued.
    TokenIssued {
        /// To which client.
        client_id: &'a str,
        /// Of which session (base64url).
        session: &'a str,
        /// With which scope.
        scope: &'a str,
        /// Its lifetime, in seconds.
        expires_in: u64,
    },
    /// A token was revoked; the log has it.
    TokenRevoked {
        /// By which client.
        client_id: &'a str,
        /// Of which session (base64url).
        session: &'a str,
    },
    /// An endpoint refused a request.
    RequestRefused {
        /// The endpoint's path.
        endpoint: &'static str,
        /// The error code that the client got.
        error: &'static str,
        /// What was wrong, more precisely than the client was told.
        reason: &'a str,
    },
    /// The gate refused a request. Only with `log_refusals = true`.
    GateRefused {
        /// The `match` of the route, if one matched.
        route: Option<&'a str>,
        /// The status that was answered.
        status: u16,
        /// Why.
        reason: &'static str,
    },
    /// Something that an answer depends on did not answer; the client got 503.
    DependencyUnavailable {
        /// Which.
        dependency: &'static str,
        /// What happened.
        cause: &'a str,
    },
    /// A cached session was let through although a store did not answer (`on_outage =
    /// "allow_cached"`).
    CachedSessionAllowed {
        /// The `match` of the route.
        route: &'a str,
        /// Which store did not answer.
        dependency: &'static str,
        /// What happened.
        cause: &'a str,
        /// How old the copy of the revocation log was, in seconds.
        log_age: u64,
    },
    /// The origin of a route did not answer.
    OriginUnavailable {
        /// The `match` of the route.
        route: &'a str,
        /// What happened.
        cause: &'a str,
    },
    /// The configuration is wrong; every request is answered 500.
    ConfigurationRefused {
        /// What to change, one line a problem.
        problems: &'a [String],
    },
}

impl Event<'_> {
    /// What it is called in the log.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TokenIssued { .. } => "token_issued",
            Self::TokenRevoked { .. } => "token_revoked",
            Self::RequestRefused { .. } => "request_refused",
            Self::GateRefused { .. } => "gate_refused",
            Self::DependencyUnavailable { .. } => "dependency_unavailable",
            Self::CachedSessionAllowed { .. } => "cached_session_allowed",
            Self::OriginUnavailable { .. } => "origin_unavailable",
            Self::ConfigurationRefused { .. } => "configuration_refused",
        }
    }

    /// Whether someone should look at it.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        match self {
            Self::TokenIssued { .. }
            | Self::TokenRevoked { .. }
            | Self::RequestRefused { .. }
            | Self::GateRefused { .. } => false,
            Self::DependencyUnavailable { .. }
            | Self::CachedSessionAllowed { .. }
            | Self::OriginUnavailable { .. }
            | Self::ConfigurationRefused { .. } => true,
        }
    }
}

/// The line for the log: the event as a JSON object, with its time (Unix seconds).
#[must_use]
pub fn line(event: &Event<'_>, now: Time) -> String {
    let mut line = Object::new();
    line.number("time", now.seconds());
    line.text("event", event.name());
    match *event {
        Event::TokenIssued {
            client_id,
            session,
            scope,
            expires_in,
        } => {
            line.text("client_id", client_id);
            line.text("session", session);
            line.text("scope", scope);
            line.number("expires_in", expires_in);
        }
        Event::TokenRevoked { client_id, session } => {
            line.text("client_id", client_id);
            line.text("session", session);
        }
        Event::RequestRefused {
            endpoint,
            error,
            reason,
        } => {
            line.text("endpoint", endpoint);
            line.text("error", error);
            line.text("reason", reason);
        }
        Event::GateRefused {
            route,
            status,
            reason,
        } => {
            match route {
                Some(route) => line.text("route", route),
                None => line.value("route", &Value::Null),
            }
            line.number("status", u64::from(status));
            line.text("reason", reason);
        }
        Event::DependencyUnavailable { dependency, cause } => {
            line.text("dependency", dependency);
            line.text("cause", cause);
        }
        Event::CachedSessionAllowed {
            route,
            dependency,
            cause,
            log_age,
        } => {
            line.text("route", route);
            line.text("dependency", dependency);
            line.text("cause", cause);
            line.number("log_age", log_age);
        }
        Event::OriginUnavailable { route, cause } => {
            line.text("route", route);
            line.text("cause", cause);
        }
        Event::ConfigurationRefused { problems } => line.texts("problems", problems),
    }
    line.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_json_object() {
        let event = Event::GateRefused {
            route: Some("/api/*"),
            status: 401,
            reason: "revoked\n",
        };
        assert_eq!(
            line(&event, Time::from_millis(1_500)),
            r#"{"time":1,"event":"gate_refused","route":"/api/*","status":401,"reason":"revoked\n"}"#
        );
    }

    #[test]
    fn lines_format_unchanged() {
        let problems = ["a: b".to_owned(), "c: \"d\"".to_owned()];
        let (client_id, session, cause, route) = ("app", "s", "it broke", "/*");
        let dependency = "revocation_log";
        for (event, expected) in [
            (
                Event::TokenIssued {
                    client_id,
                    session,
                    scope: "a b",
                    expires_in: 60,
                },
                r#""token_issued","client_id":"app","session":"s","scope":"a b","expires_in":60"#,
            ),
            (
                Event::TokenRevoked { client_id, session },
                r#""token_revoked","client_id":"app","session":"s""#,
            ),
            (
                Event::RequestRefused {
                    endpoint: "/oauth/token",
                    error: "invalid_client",
                    reason: "no",
                },
                r#""request_refused","endpoint":"/oauth/token","error":"invalid_client","reason":"no""#,
            ),
            (
                Event::GateRefused {
                    route: None,
                    status: 403,
                    reason: "no_route",
                },
                r#""gate_refused","route":null,"status":403,"reason":"no_route""#,
            ),
            (
                Event::DependencyUnavailable { dependency, cause },
                r#""dependency_unavailable","dependency":"revocation_log","cause":"it broke""#,
            ),
            (
                Event::CachedSessionAllowed {
                    route,
                    dependency,
                    cause,
                    log_age: 7,
                },
                r#""cached_session_allowed","route":"/*","dependency":"revocation_log","cause":"it broke","log_age":7"#,
            ),
            (
                Event::OriginUnavailable { route, cause },
                r#""origin_unavailable","route":"/*","cause":"it broke""#,
            ),
            (
                Event::ConfigurationRefused {
                    problems: &problems,
                },
                r#""configuration_refused","problems":["a: b","c: \"d\""]"#,
            ),
        ] {
            assert_eq!(
                line(&event, Time::from_millis(999)),
                format!("{{\"time\":0,\"event\":{expected}}}")
            );
        }
    }
}
