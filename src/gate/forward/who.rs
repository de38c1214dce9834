//! What an origin is told of who is there.
//!
//! ```text
//! text    = *( %x21-24 / %x26-7E / "%" 2HEXDIG )   ; percent-encoded UTF-8
//! list    = [ item *( "," item ) ]
//! item    = *( %x21-24 / %x26-2B / %x2D-7E / "%" 2HEXDIG )
//! ```
//! Job: the value of each identity header, and the object that `identity` gives to the handler in this isolate. Not its job:
//! which headers there are; `config` has that.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;

use super::should_strip;
use crate::config::identity::is_same_name;
use crate::config::{Fact, Identity, Route};
use crate::protocol::json::{self, ObjectWriter};
use crate::session::SessionRecord;

/// The characters that are percent-encoded in an identity header: everything except visible ASCII, and
/// `%`, so that decoding always gives back the original.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'%');
/// The same in an item of a list.
const ENCODED_ITEM: &AsciiSet = &ENCODED.add(b',');

/// The headers that tell an origin who is there: for each, a line with its name and a line with its value. Of what is not
/// known, there is no header. `issuer` has issued the token.
#[must_use]
pub fn identity(identity: &Identity, record: &SessionRecord, issuer: &str) -> String {
    let mut lines = String::new();
    for header in identity.headers() {
        if let Some(value) = value(&header.fact, record, issuer) {
            let separator = if lines.is_empty() { "" } else { "\n" };
            lines.extend([separator, &header.name, "\n", &value]);
        }
    }
    lines
}

/// The names of all headers in which any origin is told who is there, but for those that stop everywhere. A client that could
/// send one of them could be anyone, on whichever route.
#[derive(Debug)]
pub struct Introducing(Vec<String>);

impl Introducing {
    /// Those of these routes.
    #[must_use]
    pub fn of(routes: &[Route]) -> Self {
        let mut names: Vec<String> = Vec::new();
        for header in routes.iter().flat_map(|route| route.identity.headers()) {
            let name = &header.name;
            let is_known = names.iter().any(|known| is_same_name(known, name));
            if !is_known && !should_strip(name) {
                names.push(name.clone());
            }
        }
        Self(names)
    }

    /// Whether a header of this name is one of them, in any case and with any sign for any other.
    #[must_use]
    pub fn have(&self, name: &str) -> bool {
        self.0.iter().any(|known| is_same_name(known, name))
    }
}

fn value<'r>(fact: &Fact, record: &'r SessionRecord, issuer: &'r str) -> Option<Cow<'r, str>> {
    Some(match fact {
        Fact::Subject => text(&record.subject),
        Fact::Username => text(record.username.as_deref()?),
        Fact::Client => text(record.client_id.as_str()),
        // Scope tokens are visible ASCII, and what separates them stays a space.
        Fact::Scope => record.scope.to_string().into(),
        Fact::Session => record.session.to_base64url().into(),
        Fact::Issuer => text(issuer),
        Fact::AuthTime => record.auth_time?.seconds().to_string().into(),
        Fact::Acr => text(record.acr.as_deref()?),
        Fact::Amr => list(record.amr.iter().map(|item| item.as_str().into()))?.into(),
        Fact::Claim(name) => claim(record.claims.get(name)?)?,
    })
}

fn claim(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(value) => Some(text(value)),
        Value::Bool(_) | Value::Number(_) => Some(json::write(value).into()),
        Value::Array(items) => {
            let item = |item: &'_ Value| match item {
                Value::String(text) => text.clone(),
                other => json::write(other),
            };
            list(items.iter().map(|value| item(value).into())).map(Cow::from)
        }
        Value::Object(entries) => {
            list(entries.keys().map(|key| key.as_str().into())).map(Cow::from)
        }
    }
}

fn text(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, ENCODED).into()
}

/// `None` for an empty one.
fn list<'i>(items: impl Iterator<Item = Cow<'i, str>>) -> Option<String> {
    let mut list = None;
    for item in items {
        let list: &mut String = match &mut list {
            Some(begun) => {
                String::push(begun, ',');
                begun
            }
            none => none.insert(String::new()),
        };
        list.extend(utf8_percent_encode(&item, ENCODED_ITEM));
    }
    list
}

/// The same for the handler in this isolate, as `identity` gives it: a JSON object with the names of the standards in the way
/// of JavaScript. The claims are a text in it, which is read only when somebody asks for them. `issuer` has
/// issued the token.
#[must_use]
pub fn person(record: &SessionRecord, issuer: &str) -> String {
    let mut person = ObjectWriter::new();
    person.put("subject", &record.subject);
    person.put("client", record.client_id.as_str());
    person.put("scope", &record.scope.to_string());
    person.put("session", &record.session.to_base64url());
    person.put("issuer", issuer);
    if let Some(username) = &record.username {
        person.put("username", username);
    }
    if let Some(auth_time) = record.auth_time {
        person.put("authTime", &auth_time.seconds());
    }
    person.put("amr", &record.amr);
    if let Some(acr) = &record.acr {
        person.put("acr", acr);
    }
    person.put("claims", &json::write(&record.claims));
    person.end()
}
