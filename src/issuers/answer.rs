//! What an issuer answered about a token (RFC 7662 section 2.2, RFC 9701).
//!
//! Job: telling "no" from "nobody knows". Only an answer that can be read and says `"active": false`, or is about a token
//! that is not for this site, is a "no". An error, a redirect, an answer that has another form or that contradicts
//! itself says nothing about the token.
//!
//! A token is for this site if one of the issuer's `audiences` is in its `aud` (section 4: the issuer answers anyone who
//! shows who they are, also about tokens for others). A refresh token is not an access token, although it is active.

use serde_json::{Map, Value};

use super::access_token::check_audience;
use crate::config::Issuer;
use crate::jose::{JwtRefusal, LEEWAY, Verified, unavailable};
use crate::ports::{HTTP_BODY_LIMIT, Unavailable};
use crate::protocol::json;
use crate::time::Time;

/// The object of an answer with this status and body.
pub(super) fn read(who: &str, status: u16, body: &[u8]) -> Result<Map<String, Value>, Unavailable> {
    check_status(who, status, body)?;
    match object(body) {
        Some(answer) => Ok(answer),
        None => Err(unavailable(
            who,
            "introspection: the answer is not a JSON object in which each member is there once",
        )),
    }
}

/// Whether there is an answer at all.
pub(super) fn check_status(who: &str, status: u16, body: &[u8]) -> Result<(), Unavailable> {
    if status == 200 {
        return Ok(());
    }
    // RFC 6749 section 5.2, as far as the specification names the code.
    let code = object(body).and_then(|answer| {
        let code = answer.get("error")?.as_str()?;
        CODES.into_iter().find(|known| *known == code)
    });
    let is_about_us = matches!(status, 401 | 403)
        || matches!(code, Some("invalid_client" | "unauthorized_client"));
    let what = match status {
        300..=399 => {
            "a redirect, which is not followed: write the endpoint itself as introspection_endpoint"
        }
        _ if is_about_us => {
            "it does not take client_id with its secret or key, or this client may not introspect"
        }
        _ => "an error",
    };
    let code = code.map_or_else(String::new, |code| format!(" ({code})"));
    let cause = format!("introspection: status {status}{code}: {what}");
    Err(Unavailable {
        // Asking again at once would not help.
        is_overloaded: is_about_us || matches!(status, 300..=399 | 429 | 503),
        ..unavailable(who, &cause)
    })
}

const CODES: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "unauthorized_client",
    "access_denied",
    "server_error",
    "temporarily_unavailable",
];

fn object(body: &[u8]) -> Option<Map<String, Value>> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let fits = body.len() <= HTTP_BODY_LIMIT;
    match fits.then(|| json::read_unique(body)).flatten() {
        Some(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// What is said of the token: `None` if it is not active.
pub(super) fn claims(
    who: &str,
    answer: Map<String, Value>,
) -> Result<Option<Verified>, Unavailable> {
    let unfit = |cause| Err(unavailable(who, cause));
    match answer.get("active") {
        Some(Value::Bool(false)) => return Ok(None),
        Some(Value::Bool(true)) => {}
        _ => return unfit("introspection: active is not true or false"),
    }
    let is_time = |name: &str| match answer.get(name) {
        None | Some(Value::Null | Value::Number(_)) => true,
        Some(_) => false,
    };
    if !["exp", "iat", "nbf"].into_iter().all(is_time) {
        return unfit("introspection: exp, iat or nbf is not a number");
    }
    Ok(Some(Verified {
        kind: None,
        key_issuer: None,
        claims: answer,
    }))
}

/// Whether an active token is an access token of `issuer`, for this site, and counts now.
pub(super) fn check(issuer: &Issuer, token: &Verified, now: Time) -> Result<(), JwtRefusal> {
    let is_issuer = |iss: &Value| iss.as_str() == Some(issuer.issuer.as_str());
    if !token.optional("iss").is_none_or(is_issuer) {
        return Err(JwtRefusal::Issuer);
    }
    check_audience(issuer, token)?;
    // `token_use` is Ory Hydra's and Amazon's, `typ` is Keycloak's.
    let kinds = ["token_type", "token_use", "typ"];
    let mut kinds = kinds.into_iter().filter_map(|name| token.optional(name));
    if !kinds.all(|kind| is_access(kind, token.claim("cnf").is_some())) {
        return Err(JwtRefusal::Type);
    }
    if token.time("exp")?.is_some_and(|end| now.has_reached(end)) {
        return Err(JwtRefusal::Expired);
    }
    // Nobody could say for how long the log must remember that such a token was ended.
    let is_bounded = match (token.time("iat")?, token.time("exp")?) {
        (Some(_), _) => true,
        (None, Some(end)) => end.since(now) <= issuer.max_lifetime,
        (None, None) => false,
    };
    if !is_bounded {
        return Err(JwtRefusal::Missing("iat"));
    }
    let latest = now.plus(LEEWAY);
    for claim in ["iat", "nbf"] {
        if token.time(claim)?.is_some_and(|time| time > latest) {
            return Err(JwtRefusal::NotYetValid(claim));
        }
    }
    Ok(())
}

/// Whether this says that a token is an access token. One that is bound to a key says to which.
fn is_access(kind: &Value, is_bound: bool) -> bool {
    let kind = kind.as_str().unwrap_or_default().to_ascii_lowercase();
    let kind = kind
        .strip_prefix("urn:ietf:params:oauth:token-type:")
        .unwrap_or(&kind);
    match kind {
        "bearer" | "access" | "access_token" | "at+jwt" | "jwt" => true,
        "dpop" => is_bound,
        _ => false,
    }
}
