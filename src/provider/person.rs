//! From what a provider says about someone to who they are here, and whether they may enter.

use serde_json::{Map, Value};

use super::jwt::Verified;
use crate::config::{Allow, Provider, Rule, Test};
use crate::protocol::{ClientId, json};
use crate::secret::Secret;
use crate::time::Time;

/// How large the further claims of a person may be, in bytes of JSON: they are part of every record.
pub const CLAIMS_LIMIT: usize = 4_096;

/// A Google account can have any address that was verified once, even one at the domain of a company that
/// its owner has left. Only `hd` says that the domain's administrators control the account.
const GOOGLE: &str = "https://accounts.google.com";

/// Somebody who has logged in with a provider and may enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// With which provider.
    pub provider: ClientId,
    /// `sub`: the prefix and the claim.
    pub subject: String,
    /// `username`.
    pub username: Option<String>,
    /// Further claims.
    pub claims: Map<String, Value>,
    /// When they proved who they are, if the provider says it.
    pub auth_time: Option<Time>,
    /// How they proved it (`amr`).
    pub amr: Vec<String>,
    /// The class of that proof (`acr`).
    pub acr: Option<String>,
    /// The session at the provider, hashed; the same as in [`super::LogoutOf`].
    pub provider_session: Option<[u8; 16]>,
    /// The ID token itself, only for the `id_token_hint` of a logout.
    pub id_token: Secret<String>,
}

/// The `sub` of the person whom the provider calls `name`.
pub(super) fn subject(provider: &Provider, name: &str) -> String {
    format!("{}{name}", provider.subject_prefix)
}

/// `sub`. The provider must send its own `sub` even if another claim is used here.
pub(super) fn subject_of(provider: &Provider, token: &Verified) -> Option<String> {
    let own = token.text("sub")?;
    let name = match provider.subject.as_str() {
        "sub" => own,
        claim => token.text(claim)?,
    };
    Some(subject(provider, name))
}

/// `username`.
pub(super) fn username_of(provider: &Provider, token: &Verified) -> Option<String> {
    let name = match &provider.username {
        Some(claim) => token.text(claim),
        None => token
            .text("preferred_username")
            .or_else(|| token.text("email")),
    };
    name.map(str::to_owned)
}

/// The further claims that are there; `None` if they are too large.
pub(super) fn claims_of(provider: &Provider, token: &Verified) -> Option<Map<String, Value>> {
    let mut claims = Map::new();
    for claim in &provider.claims {
        if let Some(value) = token.believed(claim) {
            claims.insert(claim.clone(), value.clone());
        }
    }
    (json::write(&claims).len() <= CLAIMS_LIMIT).then_some(claims)
}

/// Whether they may enter.
pub(super) fn may_enter(provider: &Provider, token: &Verified) -> bool {
    match &provider.allow {
        Allow::Anyone => true,
        Allow::AnyOf(rules) => rules.iter().any(|rule| fits(provider, rule, token)),
    }
}

fn fits(provider: &Provider, rule: &Rule, token: &Verified) -> bool {
    let Some(value) = token.believed(&rule.claim) else {
        return false;
    };
    match &rule.test {
        Test::Is(text) => value.as_str() == Some(text),
        Test::Has(text) => match value {
            Value::Array(items) => items.iter().any(|item| item.as_str() == Some(text)),
            Value::Object(items) => !matches!(
                items.get(text),
                None | Some(Value::Null | Value::Bool(false))
            ),
            _ => false,
        },
        Test::Domain(domain) => {
            let is_at = |value: &Value| {
                let text = value.as_str().unwrap_or_default();
                let at = text.rsplit_once('@');
                at.is_some_and(|(name, at)| !name.is_empty() && at.eq_ignore_ascii_case(domain))
            };
            let is_domain = |value: Option<&Value>| {
                let text = value.and_then(Value::as_str).unwrap_or_default();
                text.eq_ignore_ascii_case(domain)
            };
            let is_google = provider.issuer.as_str() == GOOGLE;
            match rule.claim.as_str() {
                "hd" => is_domain(Some(value)),
                "email" if is_google => is_at(value) && is_domain(token.claim("hd")),
                _ => is_at(value),
            }
        }
    }
}
