//! The session record: who a token stands for and what it may do.

use serde_json::{Map, Value};

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
}

impl SessionRecord {
    /// The stored form: JSON with short names, what is absent or empty left out.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut stored = Map::new();
        let mut put = |name: &str, value: Value| stored.insert(name.to_owned(), value);
        put("sid", self.session.to_base64url().into());
        put("cid", self.client_id.as_str().into());
        put("sub", self.subject.as_str().into());
        put("iat", self.issued_at.seconds().into());
        put("exp", self.expires_at.seconds().into());
        if let Some(username) = &self.username {
            put("usr", username.as_str().into());
        }
        if !self.scope.is_empty() {
            put("scp", self.scope.to_string().into());
        }
        if !self.audiences.is_empty() {
            put("aud", texts(self.audiences.iter().map(ResourceUri::as_str)));
        }
        if let Some(auth_time) = self.auth_time {
            put("ath", auth_time.seconds().into());
        }
        if !self.amr.is_empty() {
            put("amr", texts(self.amr.iter().map(String::as_str)));
        }
        if let Some(acr) = &self.acr {
            put("acr", acr.as_str().into());
        }
        if let Some(confirmation) = &self.confirmation {
            put("cnf", confirmation.clone().into());
        }
        if !self.claims.is_empty() {
            put("ext", self.claims.clone().into());
        }
        json::write(&stored).into_bytes()
    }

    /// The reverse of [`Self::to_json`]; `None` for what no version up to this one wrote. A record
    /// of a later version may have fields that decide something, so an unknown one makes it
    /// unreadable rather than ignored.
    #[must_use]
    pub fn from_json(json: &[u8]) -> Option<Self> {
        let Value::Object(stored) = json::read(json)? else {
            return None;
        };
        // The fields are counted and not taken out: `Map::remove` is three kilobytes of the Worker.
        let mut known = 0;
        let mut take = |name: &str| {
            let value = stored.get(name);
            known += usize::from(value.is_some());
            value
        };
        let record = Self {
            session: SessionId::from_base64url(take("sid")?.as_str()?)?,
            client_id: take("cid")?.as_str()?.parse().ok()?,
            subject: text(take("sub")?)?,
            username: optional(take("usr"), text)?,
            scope: match take("scp") {
                None => Scope::default(),
                Some(scope) => scope.as_str()?.parse().ok()?,
            },
            audiences: list(take("aud"), |uri| uri.as_str()?.parse().ok())?,
            issued_at: time(take("iat")?)?,
            expires_at: time(take("exp")?)?,
            auth_time: optional(take("ath"), time)?,
            amr: list(take("amr"), text)?,
            acr: optional(take("acr"), text)?,
            confirmation: optional(take("cnf"), object)?,
            claims: optional(take("ext"), object)?.unwrap_or_default(),
        };
        (known == stored.len()).then_some(record)
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
            + object(&self.claims)
    }
}

fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    Value::Array(texts.map(Value::from).collect())
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn time(value: &Value) -> Option<Time> {
    value.as_u64().map(Time::from_seconds)
}

fn object(value: &Value) -> Option<Map<String, Value>> {
    value.as_object().cloned()
}

/// What is absent is fine, what is there must be read: `None` where it cannot.
#[expect(clippy::option_option, reason = "absent and unreadable are two things")]
fn optional<T>(value: Option<&Value>, read: fn(&Value) -> Option<T>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(value) => read(value).map(Some),
    }
}

fn list<T>(value: Option<&Value>, read: fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    match value {
        None => Some(Vec::new()),
        Some(Value::Array(values)) => values.iter().map(read).collect(),
        Some(_) => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn record() -> SessionRecord {
        SessionRecord {
            session: SessionId::from_bytes([3; 16]),
            client_id: "reports".parse().unwrap(),
            subject: "reports".to_owned(),
            username: None,
            scope: "orders:read orders:list".parse().unwrap(),
            audiences: vec!["https://api.example.com".parse().unwrap()],
            issued_at: Time::from_seconds(1_000),
            expires_at: Time::from_seconds(2_000),
            auth_time: None,
            amr: Vec::new(),
            acr: None,
            confirmation: None,
            claims: Map::new(),
        }
    }

    fn full() -> SessionRecord {
        let mut claims = Map::new();
        claims.insert("team".to_owned(), Value::from("red"));
        let mut key = Map::new();
        key.insert("jkt".to_owned(), Value::from("thumbprint"));
        SessionRecord {
            username: Some("ann".to_owned()),
            auth_time: Some(Time::from_seconds(900)),
            amr: vec!["pwd".to_owned(), "otp".to_owned()],
            acr: Some("2".to_owned()),
            confirmation: Some(key),
            claims,
            ..record()
        }
    }

    #[test]
    fn record_json_format_unchanged() {
        assert_eq!(
            String::from_utf8(record().to_json()).unwrap(),
            r#"{"aud":["https://api.example.com"],"cid":"reports","exp":2000,"iat":1000,"scp":"orders:read orders:list","sid":"AwMDAwMDAwMDAwMDAwMDAw","sub":"reports"}"#
        );
        assert_eq!(
            String::from_utf8(full().to_json()).unwrap(),
            r#"{"acr":"2","amr":["pwd","otp"],"ath":900,"aud":["https://api.example.com"],"cid":"reports","cnf":{"jkt":"thumbprint"},"exp":2000,"ext":{"team":"red"},"iat":1000,"scp":"orders:read orders:list","sid":"AwMDAwMDAwMDAwMDAwMDAw","sub":"reports","usr":"ann"}"#
        );
    }

    #[test]
    fn reads_what_it_wrote() {
        for record in [record(), full()] {
            assert_eq!(SessionRecord::from_json(&record.to_json()), Some(record));
        }
    }

    #[test]
    fn a_record_of_a_later_version_is_unreadable() {
        let json = String::from_utf8(record().to_json()).unwrap();
        let later = json.replace("\"iat\"", "\"new\":1,\"iat\"");
        assert_eq!(SessionRecord::from_json(later.as_bytes()), None);
        for wrong in ["\"exp\":\"2000\"", "\"exp\":-1", "\"exp\":null"] {
            let json = json.replace("\"exp\":2000", wrong);
            assert_eq!(SessionRecord::from_json(json.as_bytes()), None, "{json}");
        }
        assert_eq!(SessionRecord::from_json(b"{}"), None);
        assert_eq!(SessionRecord::from_json(b""), None);
    }
}
