//! A request that somebody has made up: what is sent, and who sends it.

use serde_json::{Map, Value};

use crate::browser::CookieName;
use crate::gate::{RequestHead, path};
use crate::protocol::{ClientId, ResourceUri, Scope, Sender};
use crate::resolve::Inactive;
use crate::session::SessionRecord;
use crate::time::Time;
use crate::token::{SessionId, TokenKind};

/// When every request is asked about: what a request is, does not depend on the day.
pub(super) const NOW: Time = Time::from_seconds(1_000_000_000);

/// Who sends a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Who {
    /// Nobody is known.
    #[default]
    Nobody,
    /// A program with an access token.
    Token {
        /// Whose token it is.
        client: ClientId,
        /// What it may do.
        scope: Scope,
        /// What it is meant for.
        audiences: Vec<ResourceUri>,
        /// Who has authorized the client, and what is known of them; `None` where it is for itself.
        person: Option<(String, Map<String, Value>)>,
    },
    /// A person who has logged in.
    Person {
        /// Who (`sub`).
        subject: String,
        /// What is known of them.
        claims: Map<String, Value>,
    },
}

/// What has become of the token or the login that a request brings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    #[default]
    Good,
    /// It does not: it was revoked, it has expired, it is forged.
    Ended(Inactive),
    /// A store does not answer, so nobody knows.
    Unknown,
}

/// A request, and who sends it.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Who sends it.
    pub who: Who,
    /// What has become of their credential.
    pub standing: Standing,
    /// The country that it comes from, if that is known.
    pub country: Option<String>,
    /// How many seconds ago the person has signed in.
    pub signed_in: u64,
    /// Headers, with names in small letters.
    headers: Vec<(String, String)>,
}

impl Question {
    /// A request as a browser sends it for a person who goes to a page of this site, and as a program sends it that has a
    /// token.
    #[must_use]
    pub fn new(method: &str, url: &str, who: Who) -> Self {
        let mut question = Self {
            method: method.to_owned(),
            url: url.to_owned(),
            standing: Standing::Good,
            country: None,
            signed_in: 0,
            headers: Vec::new(),
            who,
        };
        match &question.who {
            Who::Token { .. } => {
                question.set("accept", "*/*");
                let token = format!("Bearer {}0", TokenKind::Access.prefix());
                question.set("authorization", &token);
            }
            Who::Nobody | Who::Person { .. } => {
                question.set("accept", "text/html");
                question.set("sec-fetch-mode", "navigate");
                question.set("sec-fetch-site", "same-origin");
                if !matches!(method, "GET" | "HEAD") {
                    let origin = path::origin(url).to_owned();
                    question.set("origin", &origin);
                }
            }
        }
        if let Who::Person { .. } = question.who {
            let cookie = format!(
                "{}={}0",
                CookieName::SESSION.as_str(),
                TokenKind::Ticket.prefix()
            );
            question.set("cookie", &cookie);
        }
        question
    }

    /// Sets a header, or takes it out where `value` is empty. A person's cookie and a program's token stay.
    pub fn set(&mut self, name: &str, value: &str) {
        let name = name.to_ascii_lowercase();
        if name == "cookie" && matches!(self.who, Who::Person { .. }) && self.has("cookie") {
            if let Some((_, own)) = self.headers.iter_mut().find(|(n, _)| *n == name) {
                own.push_str("; ");
                own.push_str(value);
            }
            return;
        }
        self.headers.retain(|(own, _)| *own != name);
        if !value.is_empty() {
            self.headers.push((name, value.to_owned()));
        }
    }

    /// With a token of which only its kind is known, or with a ticket, which is the cookie of a login.
    #[must_use]
    pub fn with_unknown(mut self, is_ticket: bool) -> Self {
        if is_ticket {
            let name = CookieName::SESSION.as_str();
            let ticket = TokenKind::Ticket.prefix();
            self.set("cookie", &format!("{name}={ticket}0"));
        } else {
            let access = TokenKind::Access.prefix();
            self.set("authorization", &format!("Bearer {access}0"));
            self.set("accept", "*/*");
            self.headers
                .retain(|(own, _)| !own.starts_with("sec-fetch-") && own != "origin");
        }
        self
    }

    /// Whether it brings neither a token nor a cookie.
    pub(super) fn is_bare(&self) -> bool {
        !self.has("authorization") && !self.has("cookie")
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(own, _)| own == name)
    }

    /// A script on a page of this site sends it.
    #[must_use]
    pub fn by_a_script(mut self) -> Self {
        self.set("accept", "*/*");
        self.set("sec-fetch-mode", "cors");
        self
    }

    /// A page of this web origin sends it: a form of another site, or a script of one.
    #[must_use]
    pub fn from_page_of(mut self, origin: &str) -> Self {
        let is_own = origin == path::origin(&self.url);
        let site = if is_own { "same-origin" } else { "cross-site" };
        self.set("origin", origin);
        self.set("sec-fetch-site", site);
        self
    }

    /// The CORS preflight that a browser sends before this request.
    #[must_use]
    pub fn preflight(mut self) -> Self {
        let method = std::mem::replace(&mut self.method, "OPTIONS".to_owned());
        for name in ["authorization", "cookie"] {
            self.headers.retain(|(own, _)| own != name);
        }
        self.set("access-control-request-method", &method);
        self.set("accept", "*/*");
        self.set("sec-fetch-mode", "cors");
        self
    }

    /// The handshake of a WebSocket.
    #[must_use]
    pub fn websocket(mut self) -> Self {
        self.set("upgrade", "websocket");
        self.set("sec-fetch-mode", "websocket");
        self.set("accept", "*/*");
        if !self.has("origin") {
            let origin = path::origin(&self.url).to_owned();
            self.set("origin", &origin);
        }
        self
    }

    /// The person that it is from, if it is from one.
    pub(super) fn subject(&self) -> Option<&str> {
        match &self.who {
            Who::Person { subject, .. }
            | Who::Token {
                person: Some((subject, _)),
                ..
            } => Some(subject),
            Who::Nobody | Who::Token { person: None, .. } => None,
        }
    }

    /// What the token or the login stands for.
    pub(super) fn record(&self) -> Option<SessionRecord> {
        let of_person = |record: SessionRecord, claims: &Map<String, Value>| {
            let text = |name| claims.get(name).and_then(Value::as_str).map(str::to_owned);
            let methods = match claims.get("amr") {
                Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
                Some(Value::String(one)) => vec![one.as_str()],
                _ => Vec::new(),
            };
            SessionRecord {
                username: text("username"),
                acr: text("acr"),
                amr: methods.into_iter().map(str::to_owned).collect(),
                auth_time: Some(Time::from_seconds(
                    NOW.seconds().saturating_sub(self.signed_in),
                )),
                claims: claims.clone(),
                ..record
            }
        };
        let record = |client: ClientId, subject: &str| {
            let session = SessionId::from_bytes([0; 16]);
            let (begun, ends) = (
                Time::from_seconds(0),
                Time::from_seconds(u64::from(u32::MAX)),
            );
            SessionRecord::new(session, client, subject.to_owned(), begun, ends)
        };
        match &self.who {
            Who::Nobody => None,
            Who::Token {
                client,
                scope,
                audiences,
                person,
            } => {
                let of_whom = match person {
                    Some((subject, claims)) => of_person(record(client.clone(), subject), claims),
                    None => record(client.clone(), client.as_str()),
                };
                Some(SessionRecord {
                    scope: scope.clone(),
                    audiences: audiences.clone(),
                    ..of_whom
                })
            }
            Who::Person { subject, claims } => {
                Some(of_person(record(ClientId::site(), subject), claims))
            }
        }
    }
}

impl RequestHead for Question {
    fn method(&self) -> &str {
        &self.method
    }

    fn country(&self) -> Option<String> {
        self.country.clone()
    }
}

impl Sender for Question {
    fn header(&self, name: &'static str) -> Option<String> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    }

    fn place(&self) -> Option<String> {
        None
    }
}
