//! What a JWT must say to be an access token of an issuer, for this site (RFC 9068 section 4, RFC 8725 section 3).
//!
//! An issuer signs ID tokens, logout tokens and security events by the same keys, and some of them name the same audience.
//! The standards tell them apart by `typ`; most issuers send `JWT` or nothing for all of them. So a token that is not of a
//! type of its own is looked at more closely: what only other tokens have, an access token must not have.

use std::time::Duration;

use serde_json::Value;

use super::record::CLIENT;
use crate::config::{Issuer, Jwt};
use crate::jose::{JwtRefusal, Verified};
use crate::time::Time;

/// What the standards call access tokens.
const OWN_TYPE: &str = "at+jwt";

/// What only ID tokens (OpenID Connect Core sections 2 and 3.3.2.11, OAuth 2.0 Form Post and FAPI), logout tokens and
/// security events (RFC 8417 section 2.2) have.
const OF_OTHERS: [&str; 4] = ["at_hash", "c_hash", "s_hash", "events"];

/// How issuers say it in a claim: Keycloak's `typ`, Amazon's `token_use`.
const KINDS: [&str; 2] = ["typ", "token_use"];
const ACCESS: [&str; 4] = ["bearer", "access", "access_token", OWN_TYPE];

/// Checks a token with a valid signature: what it is, who made it, for whom and when.
pub(super) fn check(
    issuer: &Issuer,
    jwt: &Jwt,
    token: &Verified,
    now: Time,
) -> Result<(), JwtRefusal> {
    check_type(jwt, token)?;
    if token.claim("iss").and_then(Value::as_str) != Some(issuer.issuer.as_str()) {
        return Err(JwtRefusal::Issuer);
    }
    check_key(issuer, token)?;
    check_audience(issuer, token)?;
    check_times(issuer, jwt.leeway, token, now)
}

fn check_type(jwt: &Jwt, token: &Verified) -> Result<(), JwtRefusal> {
    let types: Vec<&str> = jwt.types.iter().map(String::as_str).collect();
    if !token.is_of_type(&types) {
        return Err(JwtRefusal::Type);
    }
    if token.is_of_type(&[OWN_TYPE]) {
        return Ok(());
    }
    let mut says_so = false;
    for name in KINDS {
        match token.optional(name) {
            None => {}
            Some(Value::String(kind)) if ACCESS.iter().any(|a| kind.eq_ignore_ascii_case(a)) => {
                says_so = true;
            }
            Some(_) => return Err(JwtRefusal::Type),
        }
    }
    let has = |name: &str| token.optional(name).is_some();
    // Keycloak's access tokens had a `nonce` up to version 23, and say what they are.
    let is_other = OF_OTHERS.into_iter().any(has)
        || (has("nonce") && !says_so)
        || is_clients_own(token)
        || is_entras_other(token);
    if is_other && !says_so || is_assertion(token) || has("events") {
        return Err(JwtRefusal::Type);
    }
    Ok(())
}

/// Whether it is only meant for the client that it was given to and has no scope, as an ID token.
fn is_clients_own(token: &Verified) -> bool {
    let mut client = CLIENT.iter().filter_map(|name| token.optional(name));
    let scope = ["scope", "scp", "permissions", "roles"];
    let has_scope = scope.into_iter().any(|name| token.optional(name).is_some());
    let audience = match token.claim("aud") {
        Some(Value::Array(items)) if items.len() == 1 => &items[0],
        Some(audience) => audience,
        None => return false,
    };
    !has_scope && client.any(|client| client == audience)
}

/// Whether Microsoft Entra made it and it is no access token: those say how their client has proved who it is, or what they
/// may do. Entra's ID tokens need have nothing that its access tokens have not.
fn is_entras_other(token: &Verified) -> bool {
    let has = |name: &str| token.optional(name).is_some();
    let is_entras = has("tid") && has("ver");
    is_entras && !["azpacr", "appidacr", "scp"].into_iter().any(has)
}

/// Whether it is a client's assertion about itself (RFC 7523 section 3): its issuer is its subject.
fn is_assertion(token: &Verified) -> bool {
    token
        .claim("sub")
        .is_some_and(|subject| Some(subject) == token.claim("iss"))
}

/// Microsoft Entra publishes the keys of all tenants in one place, and says of each for which issuer it is: for one, or for
/// any (`{tenantid}`).
pub(super) fn check_key(issuer: &Issuer, token: &Verified) -> Result<(), JwtRefusal> {
    let Some(only) = &token.key_issuer else {
        return Ok(());
    };
    let issuer = issuer.issuer.as_str();
    // The same tenant, by either version of the issuer.
    let tenant = |url: &str| {
        let path = url
            .strip_prefix("https://login.microsoftonline.com/")
            .or_else(|| url.strip_prefix("https://sts.windows.net/"))?;
        path.split('/').next().map(str::to_ascii_lowercase)
    };
    let is_for_tenant = match (tenant(only), tenant(issuer)) {
        (Some(only), Some(own)) => only == "{tenantid}" || only == own,
        _ => false,
    };
    if only == issuer || is_for_tenant {
        Ok(())
    } else {
        Err(JwtRefusal::KeyIssuer)
    }
}

/// Checks for whom it is: for one of `audiences`.
pub(super) fn check_audience(issuer: &Issuer, token: &Verified) -> Result<(), JwtRefusal> {
    let known = &issuer.audiences;
    token.check_audience(|named| known.iter().any(|known| known == named))
}

fn check_times(
    issuer: &Issuer,
    leeway: Duration,
    token: &Verified,
    now: Time,
) -> Result<(), JwtRefusal> {
    let expires_at = token.time("exp")?.ok_or(JwtRefusal::Missing("exp"))?;
    if now.has_reached(expires_at) {
        return Err(JwtRefusal::Expired);
    }
    let latest = now.plus(leeway);
    let issued_at = token.issued_at(latest)?;
    if token.time("nbf")?.is_some_and(|start| start > latest) {
        return Err(JwtRefusal::NotYetValid("nbf"));
    }
    if now.has_reached(issued_at.plus(issuer.max_lifetime)) {
        return Err(JwtRefusal::TooOld);
    }
    Ok(())
}
