//! The pages and endpoints for people: logging in, here or with another provider, logging out, and
//! seeing where one is logged in.
//!
//! Job: one file an endpoint, each from a request to an answer. Not its job: what people's applications
//! ask for ([`crate::oauth`]), or who is let through to a page ([`crate::gate`]).

mod admin;
mod backchannel;
mod callback;
mod login;
mod logout;
mod sessions;

use crate::config::Config;
use crate::pages::{Message, style};
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::{Answer, Form, Request};
use crate::provider::Providers;
use crate::resolve::Resolver;
use crate::telemetry::Event;
use crate::visitor::Visitor;

/// An endpoint for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/_postern/login`.
    Login,
    /// `/_postern/callback`: where another provider sends people back to.
    Callback,
    /// `/_postern/logout`.
    Logout,
    /// `/_postern/sessions`.
    Sessions,
    /// `/_postern/backchannel/ID`: where a provider says that somebody logged out (OpenID Connect
    /// Back-Channel Logout 1.0).
    Backchannel,
    /// `/_postern/admin/sessions`.
    Admin,
    /// `/_postern/style.css`.
    Style,
}

/// What starts the path of every endpoint here.
const PREFIX: &str = "/_postern/";

/// The endpoint at `path`, if it is one. The comparison is exact.
#[must_use]
pub fn endpoint(path: &str) -> Option<Endpoint> {
    match path.strip_prefix(PREFIX)? {
        "login" => Some(Endpoint::Login),
        "callback" => Some(Endpoint::Callback),
        "logout" => Some(Endpoint::Logout),
        "sessions" => Some(Endpoint::Sessions),
        "admin/sessions" => Some(Endpoint::Admin),
        "style.css" => Some(Endpoint::Style),
        rest => rest
            .strip_prefix("backchannel/")
            .map(|_| Endpoint::Backchannel),
    }
}

impl Endpoint {
    /// Its path, or what its paths begin with.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Login => "/_postern/login",
            Self::Callback => "/_postern/callback",
            Self::Logout => "/_postern/logout",
            Self::Sessions => "/_postern/sessions",
            Self::Backchannel => "/_postern/backchannel/",
            Self::Admin => "/_postern/admin/sessions",
            Self::Style => "/_postern/style.css",
        }
    }

    /// The methods that it takes, as the `Allow` header writes them.
    const fn allow(self) -> &'static str {
        match self {
            Self::Login | Self::Logout | Self::Sessions | Self::Admin => "GET, HEAD, POST",
            // A HEAD changes nothing, and this logs somebody in.
            Self::Callback => "GET",
            Self::Style => "GET, HEAD",
            Self::Backchannel => "POST",
        }
    }

    /// Whether a request with this method needs its body read.
    #[must_use]
    pub fn reads_body(self, method: &str) -> bool {
        method == "POST" && self.allow().contains("POST")
    }
}

/// A request to one of them, and what it takes to answer it.
struct Desk<'a, P> {
    visitor: Visitor<'a, P>,
    providers: &'a Providers,
}

/// Answers a request to one of the endpoints.
pub async fn answer<P: PersonPorts>(
    endpoint: Endpoint,
    request: Request<'_>,
    config: &Config,
    resolver: &Resolver,
    providers: &Providers,
    ports: &P,
) -> Answer {
    let desk = Desk {
        visitor: Visitor {
            request: &request,
            config,
            resolver,
            ports,
        },
        providers,
    };
    let takes = |method: &str| endpoint.allow().split(", ").any(|other| other == method);
    if !takes(request.method) {
        return desk.method_not_allowed(endpoint);
    }
    let mut answer = match endpoint {
        Endpoint::Login => desk.log_in().await,
        Endpoint::Callback => desk.come_back().await,
        Endpoint::Logout => desk.log_out().await,
        Endpoint::Sessions => desk.sessions().await,
        Endpoint::Backchannel => desk.provider_logged_out().await,
        Endpoint::Admin => desk.administer().await,
        Endpoint::Style => style::answer(request.query),
    };
    if request.method == "HEAD" {
        answer.body = "".into();
    }
    answer
}

impl<P: PersonPorts> Desk<'_, P> {
    const fn config(&self) -> &Config {
        self.visitor.config
    }

    const fn ports(&self) -> &P {
        self.visitor.ports
    }

    fn is_post(&self) -> bool {
        self.visitor.request.method == "POST"
    }

    /// The parameters of the query; `None` where one is there twice or is not UTF-8.
    fn query(&self) -> Option<Form> {
        let query = self.visitor.request.query.unwrap_or_default();
        Form::parse(query.as_bytes()).ok()
    }

    /// The form that was sent in; `None` where there is none that can be read.
    fn form(&self) -> Option<Form> {
        self.visitor.request.form(&[]).ok()
    }

    /// Writes down why a request gets a "no".
    fn note_refusal(&self, endpoint: Endpoint, error: &'static str, reason: &str) {
        self.ports().emit(Event::RequestRefused {
            endpoint: endpoint.path(),
            error,
            reason,
        });
    }

    /// The page where something did not answer.
    fn unavailable(&self, cause: &Unavailable) -> Answer {
        self.ports().emit(cause.event());
        Message::unavailable(&self.config().brand).answer()
    }

    fn method_not_allowed(&self, endpoint: Endpoint) -> Answer {
        Message {
            brand: &self.config().brand,
            status: 405,
            title: "This page does not take that",
            text: "The request has a method that this address does not take.",
            advice: Some("The Allow header names the methods that it takes."),
            link: None,
        }
        .answer()
        .with("allow", endpoint.allow())
    }
}

#[cfg(test)]
mod tests;
