//! The session record: who a token stands for and what it may do.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::protocol::{ClientId, ResourceUri, Scope};
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

/// The stored form, with short names. A record of a later version may have fields that decide
/// something, so an unknown one makes it unreadable rather than ignored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    sid: String,
    cid: String,
    sub: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usr: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scp: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    aud: Vec<String>,
    iat: u64,
    exp: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ath: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    amr: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cnf: Option<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    ext: Map<String, Value>,
}

impl SessionRecord {
    /// The stored form, as JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let stored = Stored {
            sid: self.session.to_base64url(),
            cid: self.client_id.as_str().to_owned(),
            sub: self.subject.clone(),
            usr: self.username.clone(),
            scp: self.scope.tokens().map(str::to_owned).collect(),
            aud: self.audiences.iter().map(ToString::to_string).collect(),
            iat: self.issued_at.seconds(),
            exp: self.expires_at.seconds(),
            ath: self.auth_time.map(Time::seconds),
            amr: self.amr.clone(),
            acr: self.acr.clone(),
            cnf: self.confirmation.clone(),
            ext: self.claims.clone(),
        };
        serde_json::to_vec(&stored).expect("strings, numbers and JSON values always serialize")
    }

    /// The reverse of [`Self::to_json`]; `None` for what no version up to this one wrote.
    #[must_use]
    pub fn from_json(json: &[u8]) -> Option<Self> {
        let stored: Stored = serde_json::from_slice(json).ok()?;
        let audiences = stored.aud.iter().map(|uri| uri.parse().ok());
        Some(Self {
            session: SessionId::from_base64url(&stored.sid)?,
            client_id: stored.cid.parse().ok()?,
            subject: stored.sub,
            username: stored.usr,
            scope: Scope::from_tokens(&stored.scp).ok()?,
            audiences: audiences.collect::<Option<_>>()?,
            issued_at: Time::from_seconds(stored.iat),
            expires_at: Time::from_seconds(stored.exp),
            auth_time: stored.ath.map(Time::from_seconds),
            amr: stored.amr,
            acr: stored.acr,
            confirmation: stored.cnf,
            claims: stored.ext,
        })
    }

    /// About how many bytes it takes in memory, for the bound of the cache.
    #[must_use]
    pub fn weight(&self) -> usize {
        let texts = [
            Some(&self.subject),
            self.username.as_ref(),
            self.acr.as_ref(),
        ];
        let json = |map: &Map<String, Value>| {
            if map.is_empty() {
                0
            } else {
                Value::Object(map.clone()).to_string().len() * 4
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
            + self.confirmation.as_ref().map_or(0, json)
            + json(&self.claims)
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
            r#"{"sid":"AwMDAwMDAwMDAwMDAwMDAw","cid":"reports","sub":"reports","scp":["orders:read","orders:list"],"aud":["https://api.example.com"],"iat":1000,"exp":2000}"#
        );
        assert_eq!(
            String::from_utf8(full().to_json()).unwrap(),
            r#"{"sid":"AwMDAwMDAwMDAwMDAwMDAw","cid":"reports","sub":"reports","usr":"ann","scp":["orders:read","orders:list"],"aud":["https://api.example.com"],"iat":1000,"exp":2000,"ath":900,"amr":["pwd","otp"],"acr":"2","cnf":{"jkt":"thumbprint"},"ext":{"team":"red"}}"#
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
        assert_eq!(SessionRecord::from_json(b"{}"), None);
        assert_eq!(SessionRecord::from_json(b""), None);
    }
}
