//! What is written to the log: typed events, never a secret.
//!
//! Job: one JSON object a line, so that a log search can find it by its `event`. Tokens never appear.
//! Clients and subjects appear by their names, sessions by their ids.

use serde::Serialize;

use crate::protocol::json;
use crate::time::Time;

/// Something worth a line in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
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
    /// A person logged in.
    LoggedIn {
        /// Who (`sub`).
        subject: &'a str,
        /// Into which session (base64url).
        session: &'a str,
        /// With what: `password`, or the id of the provider.
        with: &'a str,
    },
    /// There is no room for all that a provider says about a person: a part of a claim is not kept.
    ClaimsLeftOut {
        /// Which provider.
        provider: &'a str,
        /// About whom (`sub`).
        subject: &'a str,
        /// Which claim.
        claim: &'a str,
        /// How many of its entries are kept.
        kept: usize,
        /// How many there are; `None` if the provider itself left them out.
        of: Option<usize>,
        /// What to do.
        advice: &'static str,
    },
    /// Everything that was issued before now was ended: of a subject, of a client, of a provider's session,
    /// or all of it.
    CutOff {
        /// Of what.
        target: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// A transmitter sent a security event.
    SecurityEvent {
        /// Which transmitter.
        transmitter: &'a str,
        /// The type of the event, a URI, at most 128 bytes of it.
        kind: &'a str,
        /// What became of it: `ended`, `known` (it was taken before), `nobody_here`, `ends_nothing`, `unknown_type`, or `taken`
        /// where it is about the stream.
        became: &'static str,
    },
    /// A session was ended, and everything that it gave.
    SessionEnded {
        /// Which (base64url).
        session: &'a str,
        /// Why.
        reason: &'static str,
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
    /// A provider knows a person, and no rule of its `allow` lets them in.
    LoginRefused {
        /// Which provider.
        provider: &'a str,
        /// Who (`sub`, as it would be here).
        subject: &'a str,
        /// Each rule, and why it does not fit.
        rules: &'a [String],
    },
    /// The gate refused a request. Only with `log_refusals = true`, and where a page tells a person of a failure (5xx).
    GateRefused {
        /// The `match` of the route, if one matched.
        route: Option<&'a str>,
        /// The status that was answered.
        status: u16,
        /// Why.
        reason: &'static str,
        /// The `id` of the other issuer whose token was refused.
        #[serde(skip_serializing_if = "Option::is_none")]
        issuer: Option<&'a str>,
        /// The request that it happened to.
        #[serde(flatten)]
        request: Asked<'a>,
    },
    /// What became of a request at the gate, or that Postern answers it itself. Only with `log_requests = true`.
    Request {
        /// The `match` of the route, if one matched.
        route: Option<&'a str>,
        /// What became of it.
        #[serde(flatten)]
        became: Became<'a>,
        /// The request.
        #[serde(flatten)]
        request: Asked<'a>,
    },
    /// What a route with `report = true` would have done with a request, if it decided.
    WouldHave {
        /// The `match` of that route.
        route: &'a str,
        /// What would have become of the request.
        #[serde(flatten)]
        became: Became<'a>,
        /// What became of it in fact.
        was: Outcome,
        /// The request.
        #[serde(flatten)]
        request: Asked<'a>,
    },
    /// A dependency did not answer: the client got 503, a login was not prolonged this time, or a route could not be tried.
    DependencyUnavailable {
        /// Which.
        dependency: &'static str,
        /// What happened.
        cause: &'a str,
    },
    /// The revocation log was started anew: what was revoked in the old one holds only where it is still
    /// remembered. Nobody should have done that.
    RevocationLogRestarted {
        /// The new one's name (base64url).
        log: &'a str,
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
        /// The request that it happened to.
        #[serde(flatten)]
        request: Asked<'a>,
    },
    /// An answer that was under way was ended (`cut_streams = true`).
    StreamCut {
        /// The `match` of the route.
        route: &'a str,
        /// Why: what ended its credential, or `unavailable`.
        reason: &'static str,
        /// The request that it happened to.
        #[serde(flatten)]
        request: Asked<'a>,
    },
    /// The origin of a route did not answer.
    OriginUnavailable {
        /// The `match` of the route.
        route: &'a str,
        /// What happened.
        cause: &'a str,
        /// The request that it happened to.
        #[serde(flatten)]
        request: Asked<'a>,
    },
    /// A connection broke off while the body of a request went to the origin: its client's, or the origin's. Which of
    /// them cannot be told.
    ConnectionLost {
        /// The `match` of the route.
        route: &'a str,
        /// The request that it happened to.
        #[serde(flatten)]
        request: Asked<'a>,
    },
    /// The configuration is wrong; every request is answered 500.
    ConfigurationRefused {
        /// What to change, one line a problem.
        problems: &'a [String],
    },
}

impl Event<'_> {
    /// Whether a person should look at it.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        match self {
            Self::TokenIssued { .. }
            | Self::TokenRevoked { .. }
            | Self::LoggedIn { .. }
            | Self::ClaimsLeftOut { .. }
            | Self::CutOff { .. }
            | Self::SecurityEvent { .. }
            | Self::SessionEnded { .. }
            | Self::RequestRefused { .. }
            | Self::LoginRefused { .. }
            | Self::GateRefused { .. }
            | Self::Request { .. }
            | Self::WouldHave { .. }
            | Self::StreamCut { .. }
            | Self::ConnectionLost { .. } => false,
            Self::DependencyUnavailable { .. }
            | Self::RevocationLogRestarted { .. }
            | Self::CachedSessionAllowed { .. }
            | Self::OriginUnavailable { .. }
            | Self::ConfigurationRefused { .. } => true,
        }
    }
}

/// What the gate does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It goes on to its origin.
    Passed,
    /// It goes no further.
    Refused,
    /// The gate answers it: a CORS preflight, or the icon of the site.
    Answered,
    /// It is for an endpoint of Postern's own.
    Endpoint,
    /// That could not be found out, because a store did not answer.
    Unknown,
}

/// What becomes of a request, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Became<'a> {
    /// What the gate does with it.
    pub outcome: Outcome,
    /// The status, where the gate or Postern itself answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it goes no further.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The `id` of the other issuer whose token was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<&'a str>,
    /// Whose it is (`sub`), where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<&'a str>,
    /// Which client sends it (`client_id`): `postern` for a person's login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<&'a str>,
}

impl<'a> Became<'a> {
    /// This, and of whom nothing is known.
    #[must_use]
    pub const fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            status: None,
            reason: None,
            issuer: None,
            subject: None,
            client: None,
        }
    }

    /// The same with a status and why.
    #[must_use]
    pub const fn with(mut self, status: u16, reason: Option<&'static str>) -> Self {
        self.status = Some(status);
        self.reason = reason;
        self
    }

    /// The same of this subject and client.
    #[must_use]
    pub const fn whose(mut self, subject: &'a str, client: &'a str) -> Self {
        self.subject = Some(subject);
        self.client = Some(client);
        self
    }
}

/// A request, as far as it belongs into the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Asked<'a> {
    /// Its method.
    pub method: &'a str,
    /// The path of its URL, fit for the log ([`path`]).
    pub path: &'a str,
    /// What a page calls it: Cloudflare's ray, or a name of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ray: Option<&'a str>,
}

/// How much of a path is written.
const LONGEST_PATH: usize = 512;

/// As much of a path as belongs into the log: up to a token, which somebody may have put there, and not without end.
#[must_use]
pub fn path(path: &str) -> &str {
    let end = path.find("pst_").unwrap_or(path.len()).min(LONGEST_PATH);
    let end = (0..=end).rev().find(|at| path.is_char_boundary(*at));
    &path[..end.unwrap_or_default()]
}

/// The line for the log: the event as a JSON object, with its time (Unix seconds).
#[must_use]
pub fn line(event: &Event<'_>, now: Time) -> String {
    let json = json::write(event);
    let fields = json.strip_prefix('{').unwrap_or_default();
    format!("{{\"time\":{},{fields}", now.seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_the_log_has_no_token_and_an_end() {
        let long = format!("/{}é", "a".repeat(LONGEST_PATH - 2));
        for (whole, written) in [
            ("/a/b", "/a/b"),
            ("", ""),
            ("/a/pst_at_AbC/d", "/a/"),
            (long.as_str(), &long[..LONGEST_PATH - 1]),
        ] {
            assert_eq!(path(whole), written);
        }
    }

    #[test]
    fn what_is_not_known_of_a_request_is_left_out() {
        let request = Asked {
            method: "GET",
            path: "/x",
            ray: None,
        };
        let written = |became| {
            let event = Event::Request {
                route: None,
                became,
                request,
            };
            line(&event, Time::from_millis(0))
        };
        assert_eq!(
            written(Became::of(Outcome::Passed).whose("alice", "postern")),
            r#"{"time":0,"event":"request","route":null,"outcome":"passed","subject":"alice","client":"postern","method":"GET","path":"/x"}"#
        );
        assert_eq!(
            written(Became::of(Outcome::Refused).with(404, Some("not_found"))),
            r#"{"time":0,"event":"request","route":null,"outcome":"refused","status":404,"reason":"not_found","method":"GET","path":"/x"}"#
        );
    }

    #[test]
    fn a_line_is_one_json_object() {
        let event = Event::GateRefused {
            route: Some("/api/*"),
            status: 401,
            reason: "revoked\n",
            issuer: None,
            request: Asked {
                method: "GET",
                path: "/api/x",
                ray: Some("9f8e-VIE"),
            },
        };
        assert_eq!(
            line(&event, Time::from_millis(1_500)),
            r#"{"time":1,"event":"gate_refused","route":"/api/*","status":401,"reason":"revoked\n","method":"GET","path":"/api/x","ray":"9f8e-VIE"}"#
        );
    }
}
