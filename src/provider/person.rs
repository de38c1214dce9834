//! From what a provider says about someone to who they are here, and whether they may enter.

use serde_json::{Map, Value};

use super::kept_claims::LeftOut;
use super::refusal::{IdTokenRefusal, Stranger};
use crate::config::{Allow, Provider, Rule, Test};
use crate::jose::Verified;
use crate::protocol::ClientId;
use crate::secret::Secret;
use crate::session::Claim;
use crate::time::Time;

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
    /// What of the further claims there is no room for.
    pub left_out: Vec<LeftOut>,
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

/// The `sub` of the person whom the provider calls `name`. What it calls people is unique within a tenant, where it
/// speaks for several.
pub(super) fn subject(provider: &Provider, tenant: Option<&str>, name: &str) -> String {
    let prefix = &provider.subject_prefix;
    match tenant {
        Some(tenant) => format!("{prefix}{tenant}:{name}"),
        None => format!("{prefix}{name}"),
    }
}

/// `sub`. The provider must send its own `sub` even if another claim is used here.
pub(super) fn subject_of(provider: &Provider, token: &Verified) -> Result<String, IdTokenRefusal> {
    let unfit = |claim: &str| IdTokenRefusal::Subject(claim.to_owned());
    let own = token.text("sub").ok_or_else(|| unfit("sub"))?;
    let name = match provider.subject.as_str() {
        "sub" => own,
        claim => token.text(claim).ok_or_else(|| unfit(claim))?,
    };
    Ok(subject(provider, token.tenant(provider)?, name))
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

/// Whether they may enter, who are called `subject` here.
pub(super) fn may_enter(
    provider: &Provider,
    token: &Verified,
    subject: &str,
) -> Result<(), IdTokenRefusal> {
    let Allow::AnyOf(rules) = &provider.allow else {
        return Ok(());
    };
    if rules.iter().any(|rule| fits(provider, rule, token)) {
        return Ok(());
    }
    let missing = rules.iter().map(|rule| &rule.claim);
    match missing.into_iter().find(|claim| token.is_left_out(claim)) {
        Some(claim) => Err(IdTokenRefusal::LeftOut(claim.clone())),
        None => Err(IdTokenRefusal::NotAllowed(Box::new(Stranger {
            subject: subject.to_owned(),
            name: username_of(provider, token),
            rules: rules.iter().map(|rule| misfit(rule, token)).collect(),
        }))),
    }
}

/// A rule that does not fit, and why.
fn misfit(rule: &Rule, token: &Verified) -> String {
    let claim = &rule.claim;
    let (kind, text) = match &rule.test {
        Test::Is(text) => ("is", text),
        Test::Has(text) => ("has", text),
        Test::Domain(text) => ("domain", text),
    };
    let why = match (token.believed(claim), token.claim(claim)) {
        (Some(_), _) => "it is something else",
        (None, Some(_)) => "it is not verified",
        (None, None) => "it is not there",
    };
    format!("{claim} {kind} {text}: {why}")
}

fn fits(provider: &Provider, rule: &Rule, token: &Verified) -> bool {
    let look = |name: &str| token.believed(name).map(Claim::Value);
    rule.fits(&look, &|| provider.issuer.as_str())
}
