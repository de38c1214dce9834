//! A request to revoke all that somebody has (draft-parecki-oauth-global-token-revocation-06), and the token by which a
//! transmitter shows who it is, as Okta's Universal Logout sends it (RFC 7523 section 3).
//!
//! The token says nothing of whom the request is about, so it is good for a few minutes and for this endpoint alone.

use std::time::Duration;

use serde_json::Value;

use super::subject::{Subject, UnfitSubject};
use super::token::{check_parties, check_times};
use crate::config::Transmitter;
use crate::jose::{JwtRefusal, Verified};
use crate::protocol::json;
use crate::time::Time;

/// How long such a token may be good, from when it was made.
const LONGEST: Duration = Duration::from_hours(1);

/// Whom the body of a request names. `subject` is what drafts called `sub_id`.
///
/// # Errors
/// [`UnfitSubject`] if it names nobody.
pub fn subject_of_request(body: &[u8]) -> Result<Subject, UnfitSubject> {
    let body = json::read(body).ok_or(UnfitSubject("the body is not JSON"))?;
    let subject = body.get("sub_id").or_else(|| body.get("subject"));
    Subject::read(subject.ok_or(UnfitSubject("the body has no sub_id"))?)
}

/// Checks a token with a valid signature.
pub(super) fn check(
    transmitter: &Transmitter,
    token: &Verified,
    audience: &str,
    now: Time,
) -> Result<(), JwtRefusal> {
    // Its audience is this endpoint alone, so a token without a type of its own is not one for anything else either.
    if !token.is_of_type(&[
        "global-token-revocation+jwt",
        "client-authentication+jwt",
        "JWT",
    ]) {
        return Err(JwtRefusal::Type);
    }
    check_parties(transmitter.issuer.as_str(), audience, token)?;
    let issued_at = check_times(token, now)?;
    let end = token.time("exp")?.ok_or(JwtRefusal::Missing("exp"))?;
    if end > issued_at.plus(LONGEST) {
        return Err(JwtRefusal::TooOld);
    }
    let is_event = matches!(token.claim("events"), Some(Value::Object(_)));
    if is_event {
        Err(JwtRefusal::Type)
    } else {
        Ok(())
    }
}
