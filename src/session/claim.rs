//! What is known of whoever a record stands for, claim by claim, without making anything.

use serde_json::Value;

use super::record::SessionRecord;
use crate::protocol::Scope;

/// A claim.
#[derive(Clone, Copy, Debug)]
pub enum Claim<'a> {
    /// A text.
    Text(&'a str),
    /// A list of texts.
    Texts(&'a [String]),
    /// What a token may do.
    Scope(&'a Scope),
    /// What an issuer says.
    Value(&'a Value),
}

impl<'a> Claim<'a> {
    /// It as text, if it is one.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Value(value) => value.as_str(),
            Self::Texts(_) | Self::Scope(_) => None,
        }
    }

    /// Whether it is a list with this text in it, or a table with this key (as ZITADEL writes roles).
    #[must_use]
    pub fn has(self, text: &str) -> bool {
        match self {
            Self::Texts(texts) => texts.iter().any(|one| one == text),
            Self::Scope(scope) => scope.contains(text),
            Self::Value(Value::Array(items)) => items.iter().any(|one| one.as_str() == Some(text)),
            Self::Value(Value::Object(items)) => !matches!(
                items.get(text),
                None | Some(Value::Null | Value::Bool(false))
            ),
            Self::Text(_) | Self::Value(_) => false,
        }
    }
}

impl SessionRecord {
    /// What is known under this name: `sub`, `username`, `client_id`, `acr`, `amr`, `scope`, or a further claim.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<Claim<'_>> {
        match name {
            "sub" => Some(Claim::Text(&self.subject)),
            "username" => self.username.as_deref().map(Claim::Text),
            "client_id" => Some(Claim::Text(self.client_id.as_str())),
            "acr" => self.acr.as_deref().map(Claim::Text),
            "amr" => Some(Claim::Texts(&self.amr)),
            "scope" => Some(Claim::Scope(&self.scope)),
            _ => self.claims.get(name).map(Claim::Value),
        }
    }
}
