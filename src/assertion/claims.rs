//! The claims of an assertion (RFC 7519): who is there, for one origin, for a short while.

use crate::config::Assertion;
use crate::protocol::json::ObjectWriter;
use crate::session::SessionRecord;
use crate::time::Time;

/// The claims of an assertion, and until when it counts.
#[derive(Debug)]
pub struct Claims {
    /// As JSON.
    pub json: String,
    /// The first instant at which it no longer counts (`exp`).
    pub expires_at: Time,
}

/// Says who `record` is of. `issuer` is this site; `token_issuer` has issued the token, where that is somebody else. It never
/// counts for longer than the token.
#[must_use]
pub fn claims(
    assertion: &Assertion,
    record: &SessionRecord,
    issuer: &str,
    token_issuer: Option<&str>,
    now: Time,
) -> Claims {
    let issued_at = Time::from_seconds(now.seconds());
    let expires_at = issued_at.plus(assertion.life).min(record.expires_at);
    let mut claims = ObjectWriter::new();
    claims.put("iss", issuer);
    claims.put("aud", &assertion.audience);
    claims.put("sub", &record.subject);
    claims.put("client_id", record.client_id.as_str());
    claims.put("sid", &record.session.to_base64url());
    if !record.scope.is_empty() {
        claims.put("scope", &record.scope.to_string());
    }
    claims.put("iat", &issued_at.seconds());
    claims.put("exp", &expires_at.seconds());
    if let Some(username) = &record.username {
        claims.put("username", username);
    }
    if let Some(auth_time) = record.auth_time {
        claims.put("auth_time", &auth_time.seconds());
    }
    if let Some(acr) = &record.acr {
        claims.put("acr", acr);
    }
    if !record.amr.is_empty() {
        claims.put("amr", &record.amr);
    }
    if let Some(token_issuer) = token_issuer {
        claims.put("token_iss", token_issuer);
    }
    if !record.claims.is_empty() {
        claims.put("claims", &record.claims);
    }
    Claims {
        json: claims.end(),
        expires_at,
    }
}
