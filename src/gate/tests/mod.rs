//! What the gate does with requests, and the routes and requests to try it with.

mod admit;
mod allowed;
mod as_sent;
mod elsewhere;
mod forward;
mod hostile;
mod identity;
mod login;
mod path;
mod policy;
mod rules;
mod shown;
mod trial;

use std::cell::RefCell;
use std::time::Duration;

use crate::config::{Accept, Access, Config, Glob, OnOutage, Origin, Preflight, Route};
use crate::fixtures::config::config;
use crate::protocol::{Scope, Sender};

use super::{Admission, Credential, Policy, Refusal, RequestHead};
use crate::session::SessionRecord;

/// A route for every method to an origin of its own.
fn route(pattern: &str, access: Access) -> Route {
    Route {
        place: 0,
        pattern: Glob::new(pattern),
        methods: None,
        access,
        scope: Scope::default(),
        audience: Some("https://api.example.com".parse().unwrap()),
        max_staleness: Duration::from_secs(5),
        on_outage: OnOutage::Deny,
        cut_streams: false,
        keep: false,
        paths: crate::config::Paths::Unambiguous,
        passes_authorization: false,
        accept: Accept::OWN,
        token_from: None,
        headers: None,
        identity: crate::config::Identity::default(),
        assertion: None,
        origin: Some(Origin::Url("https://origin.example".to_owned())),
        preflight: Preflight::Refuse,
        cors_origins: Vec::new(),
        rate_limit: None,
        rules: None,
        role: crate::config::Role::Decides,
    }
}

/// The same, only for these methods.
fn only(methods: &[&str], route: Route) -> Route {
    Route {
        methods: Some(methods.iter().map(|&m| m.to_owned()).collect()),
        ..route
    }
}

/// A policy of these routes.
fn policy(routes: Vec<Route>) -> Policy {
    Policy::new(&Config { routes, ..config() })
}

/// A request that remembers which headers were read.
struct Request<'a> {
    method: &'a str,
    headers: &'a [(&'a str, &'a str)],
    read: RefCell<Vec<&'static str>>,
}

impl<'a> Request<'a> {
    fn new(method: &'a str, headers: &'a [(&'a str, &'a str)]) -> Self {
        Self {
            method,
            headers,
            read: RefCell::default(),
        }
    }
}

impl RequestHead for Request<'_> {
    fn method(&self) -> &str {
        self.method
    }

    fn country(&self) -> Option<String> {
        self.header("test-country")
    }
}

impl Sender for Request<'_> {
    fn header(&self, name: &'static str) -> Option<String> {
        self.read.borrow_mut().push(name);
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
            .collect();
        // The platform joins two lines of cookies with a comma as well, or as RFC 9113 section 8.2.3 does.
        let between = if name == "cookie" { "; " } else { ", " };
        (!values.is_empty()).then(|| values.join(between))
    }

    fn place(&self) -> Option<String> {
        None
    }
}

/// What a route says of a credential that counts, for a request that is no person's.
fn authorised(
    route: &super::Route,
    credential: Credential,
    record: &SessionRecord,
    url: &str,
) -> Result<(), Refusal> {
    let request = Request::new("GET", &[]);
    route.authorise(credential, record, &request, url, record.issued_at)
}

/// An admission in one line: `401 no_credentials`, `forward /x`, `token TOKEN for /x`, `ticket TICKET for
/// /x`.
fn described(admission: &Admission<'_>) -> String {
    match admission {
        Admission::Refused { refusal, .. } => format!("{} {}", refusal.status(), refusal.reason),
        Admission::Answered(answer) => format!("{} answered", answer.status),
        Admission::Forward(route) => format!("forward {}", route.pattern.as_str()),
        Admission::ForwardPreflight(route) => format!("preflight {}", route.pattern.as_str()),
        Admission::Authenticate {
            route,
            credential,
            token,
        } => {
            let what = match credential {
                Credential::Token => "token",
                Credential::Ticket { renewable: true } => "ticket",
                Credential::Ticket { renewable: false } => "lasting ticket",
            };
            // Exposed to the test that sent it.
            let token = token.expose();
            format!("{what} {token} for {}", route.pattern.as_str())
        }
    }
}
