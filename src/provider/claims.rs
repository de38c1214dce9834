//! What every token of a provider must say (OpenID Connect Core section 3.1.3.7, Back-Channel Logout
//! section 2.6), and how its claims are read.

use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::config::Provider;
use crate::jose::{JwtRefusal, LEEWAY, Verified};
use crate::time::Time;

/// How long ago a token may have been issued. It comes directly from the provider, so this is only against
/// wrong clocks and old tokens that someone has kept.
pub(super) const OLDEST: Duration = Duration::from_mins(10);

/// How Microsoft Entra ID writes the issuer of every tenant, behind its origin.
pub(super) const TENANT_TEMPLATE: &str = "/{tenantid}/v2.0";
/// How long the name of a tenant is.
const GUID: usize = 36;

/// Sets these uses of SHA-256 apart from every other.
pub(super) const SESSION_LABEL: &[u8] = b"postern provider session v1\0";
const TOKEN_LABEL: &[u8] = b"postern provider token v1\0";

/// When a token was issued and when it ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) issued_at: Time,
    pub(super) expires_at: Option<Time>,
}

impl Verified {
    /// Whether the provider says that there is such a claim, and left it out because it would be too large: in
    /// `_claim_names` (OpenID Connect Core section 5.6.2), as Microsoft Entra does with more than 200 groups, or by
    /// Entra's `hasgroups`.
    pub(super) fn is_left_out(&self, name: &str) -> bool {
        let elsewhere = self.claim("_claim_names").and_then(|names| names.get(name));
        let has_groups =
            name == "groups" && self.claim("hasgroups").and_then(Value::as_bool) == Some(true);
        self.claim(name).is_none() && (elsewhere.is_some() || has_groups)
    }

    /// The tenant that the token is from (`tid`), with a provider that speaks for several: that of its `iss`.
    pub(super) fn tenant(&self, provider: &Provider) -> Result<Option<&str>, JwtRefusal> {
        let Some(origin) = provider.tenants_at() else {
            return Ok(None);
        };
        let tenant = self.claim("tid").and_then(Value::as_str);
        let tenant = tenant.ok_or(JwtRefusal::Missing("tid"))?;
        let is_guid = |b: u8| b.is_ascii_hexdigit() || b == b'-';
        if tenant.len() != GUID || !tenant.bytes().all(is_guid) {
            return Err(JwtRefusal::Tenant);
        }
        let issuer = format!("{origin}/{tenant}/v2.0");
        if self.claim("iss").and_then(Value::as_str) != Some(&issuer) {
            return Err(JwtRefusal::Tenant);
        }
        // Some of the keys are for one tenant only.
        let fits = |only: &str| only == issuer || only == format!("{origin}{TENANT_TEMPLATE}");
        if !self.key_issuer.as_deref().is_none_or(fits) {
            return Err(JwtRefusal::KeyIssuer);
        }
        Ok(Some(tenant))
    }

    /// Checks who made the token, for whom and when.
    pub(super) fn check(&self, provider: &Provider, now: Time) -> Result<Times, JwtRefusal> {
        let issuer = self.claim("iss").ok_or(JwtRefusal::Missing("iss"))?;
        let is_tenant = self.tenant(provider)?.is_some();
        if !is_tenant && issuer.as_str() != Some(provider.issuer.as_str()) {
            return Err(JwtRefusal::Issuer);
        }
        let is_postern = |value: &Value| value.as_str() == Some(provider.client_id.as_str());
        // Others may be meant too, with or without `azp`. The nonce holds an ID token to this login.
        self.check_audience(|named| named == provider.client_id)?;
        if self.optional("azp").is_some_and(|party| !is_postern(party)) {
            return Err(JwtRefusal::AuthorizedParty);
        }
        let expires_at = self.time("exp")?;
        if expires_at.is_some_and(|end| now.has_reached(end)) {
            return Err(JwtRefusal::Expired);
        }
        let latest = now.plus(LEEWAY);
        let issued_at = self.issued_at(latest)?;
        if self.time("nbf")?.is_some_and(|start| start > latest) {
            return Err(JwtRefusal::NotYetValid("nbf"));
        }
        if now.since(issued_at) > OLDEST {
            return Err(JwtRefusal::TooOld);
        }
        Ok(Times {
            issued_at,
            expires_at,
        })
    }

    /// The provider's name for its session (`sid`), as a record keeps it.
    pub(super) fn session(&self, provider: &Provider) -> Result<Option<[u8; 16]>, JwtRefusal> {
        match self.optional("sid") {
            None => Ok(None),
            Some(Value::String(sid)) => Ok(Some(hash(SESSION_LABEL, provider, sid))),
            Some(_) => Err(JwtRefusal::Unfit("sid")),
        }
    }
}

/// The name of a token (`jti`), by which it is recognised.
pub(super) fn token_name(provider: &Provider, jti: &str) -> [u8; 16] {
    hash(TOKEN_LABEL, provider, jti)
}

/// No issuer has a zero byte in it, so the parts can't be shifted.
pub(super) fn hash(label: &[u8], provider: &Provider, text: &str) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(label);
    hash.update(provider.issuer.as_str().as_bytes());
    hash.update([0]);
    hash.update(text.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    std::array::from_fn(|at| digest[at])
}
