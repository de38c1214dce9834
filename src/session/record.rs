//! The session record: who a token stands for and what it may do.
//!
//! ```text
//! record  = session(16) client issued_at(4) expires_at(4) subject *field
//! subject = text
//! field   = 1 username / 2 scope / 3 audience / 4 amr / 5 acr   ; each a text
//!         / 6 confirmation / 7 claims                           ; each a JSON object as text
//!         / 8 auth_time(4) / 9 login(16) / 10 provider_session(16) / 11 ends_at(4) / 12 begun_at(4)
//! ```
//! Fields stand in the order of their numbers. What is absent or empty is left out; 3 and 4 may come several
//! times. [`super::bytes`] says what `client` and `text` are. Times are in whole seconds.

use serde_json::{Map, Value};

use super::bytes::{Reader, Writer};
use crate::protocol::{ClientId, ResourceUri, Scope, json};
use crate::time::Time;
use crate::token::SessionId;

/// What an access token stands for. It is written once and never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// The session.
    pub session: SessionId,
    /// The client that the token was issued to (`client_id`, RFC 7662 section 2.2).
    pub client_id: ClientId,
    /// Who the token stands for (`sub`); for `client_credentials` the client itself.
    pub subject: String,
    /// A name of the subject for people (`username`).
    pub username: Option<String>,
    /// What the token may do (`scope`).
    pub scope: Scope,
    /// The resources it is meant for (`aud`); none means that it was not bound to any.
    pub audiences: Vec<ResourceUri>,
    /// When it was issued (`iat`), in whole seconds.
    pub issued_at: Time,
    /// The first instant at which it no longer counts (`exp`), in whole seconds.
    pub expires_at: Time,
    /// When the subject last proved who they are (`auth_time`, OpenID Connect Core section 2).
    pub auth_time: Option<Time>,
    /// How they proved it (`amr`, RFC 8176).
    pub amr: Vec<String>,
    /// The class of that proof (`acr`).
    pub acr: Option<String>,
    /// The key that a presenter must prove to hold (`cnf`, RFC 7800).
    pub confirmation: Option<Map<String, Value>>,
    /// Further claims about the subject.
    pub claims: Map<String, Value>,
    /// The login session that this session came from. When that one ends, so does this one.
    pub login: Option<SessionId>,
    /// A hash that names the subject's session at their identity provider. When that one ends, so does
    /// this one.
    pub provider_session: Option<[u8; 16]>,
    /// When the session ends at the latest, in whole seconds, however often it is renewed; `None` where
    /// it can't be renewed.
    pub ends_at: Option<Time>,
    /// When the login that this came from began, in whole seconds; `None` where there was no login. A
    /// cutoff ends whatever began before it, even if it was renewed since.
    pub begun_at: Option<Time>,
}

/// The optional parts.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Field {
    Username = 1,
    Scope,
    Audience,
    Amr,
    Acr,
    Confirmation,
    Claims,
    AuthTime,
    Login,
    ProviderSession,
    EndsAt,
    BegunAt,
}

impl Field {
    const ALL: [Self; 12] = [
        Self::Username,
        Self::Scope,
        Self::Audience,
        Self::Amr,
        Self::Acr,
        Self::Confirmation,
        Self::Claims,
        Self::AuthTime,
        Self::Login,
        Self::ProviderSession,
        Self::EndsAt,
        Self::BegunAt,
    ];

    const fn may_repeat(self) -> bool {
        matches!(self, Self::Audience | Self::Amr)
    }
}

impl SessionRecord {
    /// The record of a token that may do nothing yet, and of whose subject nothing more is known.
    #[must_use]
    pub fn new(
        session: SessionId,
        client_id: ClientId,
        subject: String,
        issued_at: Time,
        expires_at: Time,
    ) -> Self {
        Self {
            session,
            client_id,
            subject,
            username: None,
            scope: Scope::default(),
            audiences: Vec::new(),
            issued_at,
            expires_at,
            auth_time: None,
            amr: Vec::new(),
            acr: None,
            confirmation: None,
            claims: Map::new(),
            login: None,
            provider_session: None,
            ends_at: None,
            begun_at: None,
        }
    }

    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.session(self.session);
        out.client(&self.client_id);
        out.seconds(self.issued_at);
        out.seconds(self.expires_at);
        out.text(&self.subject);
        let mut put = |field: Field, text: &str| {
            out.kind(field as u8);
            out.text(text);
        };
        if let Some(username) = &self.username {
            put(Field::Username, username);
        }
        if !self.scope.is_empty() {
            put(Field::Scope, &self.scope.to_string());
        }
        for audience in &self.audiences {
            put(Field::Audience, audience.as_str());
        }
        for method in &self.amr {
            put(Field::Amr, method);
        }
        if let Some(acr) = &self.acr {
            put(Field::Acr, acr);
        }
        if let Some(confirmation) = &self.confirmation {
            put(Field::Confirmation, &json::write(confirmation));
        }
        if !self.claims.is_empty() {
            put(Field::Claims, &json::write(&self.claims));
        }
        if let Some(auth_time) = self.auth_time {
            out.kind(Field::AuthTime as u8);
            out.seconds(auth_time);
        }
        if let Some(login) = self.login {
            out.kind(Field::Login as u8);
            out.session(login);
        }
        if let Some(provider) = &self.provider_session {
            out.kind(Field::ProviderSession as u8);
            out.bytes(provider);
        }
        if let Some(ends_at) = self.ends_at {
            out.kind(Field::EndsAt as u8);
            out.seconds(ends_at);
        }
        if let Some(begun_at) = self.begun_at {
            out.kind(Field::BegunAt as u8);
            out.seconds(begun_at);
        }
        out.end()
    }

    /// The reverse of [`Self::to_bytes`]; `None` for anything that no version up to this one wrote. An
    /// unknown field is not ignored: it may be a later version's, and decide something. The record is then
    /// unreadable.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::bare(bytes);
        let (session, client_id) = (from.session()?, from.client()?);
        let (issued_at, expires_at) = (from.seconds()?, from.seconds()?);
        let subject = from.text()?.to_owned();
        let mut record = Self::new(session, client_id, subject, issued_at, expires_at);
        let mut last = 0;
        while !from.is_at_end() {
            let kind = from.kind()?;
            let field = Field::ALL.into_iter().find(|field| *field as u8 == kind)?;
            let in_order = kind > last || (kind == last && field.may_repeat());
            in_order.then_some(())?;
            last = kind;
            match field {
                Field::Username => record.username = Some(from.text()?.to_owned()),
                Field::Scope => record.scope = from.text()?.parse().ok()?,
                Field::Audience => record.audiences.push(from.text()?.parse().ok()?),
                Field::Amr => record.amr.push(from.text()?.to_owned()),
                Field::Acr => record.acr = Some(from.text()?.to_owned()),
                Field::Confirmation => record.confirmation = Some(object(from.sized()?)?),
                Field::Claims => record.claims = object(from.sized()?)?,
                Field::AuthTime => record.auth_time = Some(from.seconds()?),
                Field::Login => record.login = Some(from.session()?),
                Field::ProviderSession => record.provider_session = Some(from.array()?),
                Field::EndsAt => record.ends_at = Some(from.seconds()?),
                Field::BegunAt => record.begun_at = Some(from.seconds()?),
            }
        }
        Some(record)
    }

    /// About how many bytes it takes in memory, for the bound of the cache.
    #[must_use]
    pub fn weight(&self) -> usize {
        let texts = [
            Some(&self.subject),
            self.username.as_ref(),
            self.acr.as_ref(),
        ];
        let object = |map: &Map<String, Value>| {
            if map.is_empty() {
                0
            } else {
                json::write(map).len() * 4
            }
        };
        size_of::<Self>()
            + self.client_id.as_str().len()
            + texts.into_iter().flatten().map(String::len).sum::<usize>()
            + self.scope.tokens().map(|t| t.len() + 32).sum::<usize>()
            + self
                .audiences
                .iter()
                .map(|a| a.as_str().len() + 32)
                .sum::<usize>()
            + self.amr.iter().map(|a| a.len() + 32).sum::<usize>()
            + self.confirmation.as_ref().map_or(0, object)
            // Once more for the handler in this isolate, as text or read.
            + 2 * object(&self.claims)
    }
}

fn object(json: &[u8]) -> Option<Map<String, Value>> {
    match json::read(json)? {
        Value::Object(map) => Some(map),
        _ => None,
    }
}
