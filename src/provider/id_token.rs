//! ID tokens (OpenID Connect Core sections 2 and 3.1.3.7).
//!
//! `at_hash` is not checked: it ties the access token to the ID token, and Postern throws the provider's
//! access token away. In the code flow it is optional (section 3.1.3.6).

use std::time::Duration;

use serde_json::Value;
use subtle::ConstantTimeEq;

use super::kept_claims;
use super::person::{self, Person};
use super::refusal::IdTokenRefusal;
use crate::config::Provider;
use crate::jose::{JwtRefusal, LEEWAY, Verified};
use crate::protocol::AcrValues;
use crate::secret::Secret;
use crate::time::Time;

/// How many authentication methods of a person are kept, and how long a name may be.
const METHODS: usize = 16;
const METHOD_LENGTH: usize = 64;

/// What this login asked for, so that its ID token must have it.
pub(super) struct Expected<'a> {
    pub(super) nonce: &'a str,
    pub(super) max_age: Option<u32>,
    pub(super) acr_values: Option<&'a AcrValues>,
}

/// Checks an ID token with a valid signature: who made it, for whom and when, and for which login.
pub(super) fn check(
    provider: &Provider,
    token: &Verified,
    expected: &Expected<'_>,
    now: Time,
) -> Result<Checked, IdTokenRefusal> {
    // A logout token is signed by the same key.
    if !token.is_of_type(&["JWT"]) {
        return Err(JwtRefusal::Type.into());
    }
    let times = token.check(provider, now)?;
    if times.expires_at.is_none() {
        return Err(JwtRefusal::Missing("exp").into());
    }
    let nonce = token.claim("nonce").and_then(Value::as_str);
    let nonce = nonce.unwrap_or_default().as_bytes();
    if !bool::from(nonce.ct_eq(expected.nonce.as_bytes())) {
        return Err(IdTokenRefusal::Nonce);
    }
    if let Some(wanted) = expected.acr_values
        && !wanted.take(token.text("acr"))
    {
        return Err(IdTokenRefusal::Acr);
    }
    Ok(Checked {
        auth_time: auth_time(token, expected.max_age, now)?,
        provider_session: token.session(provider)?,
    })
}

/// What an ID token says of the login, once it has been checked.
pub(super) struct Checked {
    auth_time: Option<Time>,
    provider_session: Option<[u8; 16]>,
}

/// The person of an ID token that has been checked. `text` is the token itself.
pub(super) fn person(
    provider: &Provider,
    token: &Verified,
    checked: &Checked,
    text: &str,
) -> Result<Person, IdTokenRefusal> {
    let subject = person::subject_of(provider, token)?;
    person::may_enter(provider, token, &subject)?;
    let (claims, left_out) = kept_claims::of(provider, token)?;
    Ok(Person {
        provider: provider.id.clone(),
        subject,
        username: person::username_of(provider, token),
        claims,
        left_out,
        auth_time: checked.auth_time,
        amr: methods(token.claim("amr")),
        acr: token.text("acr").map(str::to_owned),
        provider_session: checked.provider_session,
        id_token: Secret::new(text.to_owned()),
    })
}

fn auth_time(
    token: &Verified,
    max_age: Option<u32>,
    now: Time,
) -> Result<Option<Time>, IdTokenRefusal> {
    let auth_time = token.time("auth_time")?;
    let what = match (auth_time, max_age) {
        (None, Some(_)) => "is missing, and max_age was asked for",
        (Some(time), _) if time > now.plus(LEEWAY) => "is more than a minute in the future",
        (Some(time), Some(max_age))
            if now.since(time) > Duration::from_secs(max_age.into()).max(LEEWAY) =>
        {
            "is longer ago than max_age"
        }
        (Some(_) | None, _) => return Ok(auth_time),
    };
    Err(IdTokenRefusal::AuthTime(what))
}

/// The names of authentication methods. Anything else is left out: no decision depends on it.
fn methods(amr: Option<&Value>) -> Vec<String> {
    let names = amr.and_then(Value::as_array).into_iter().flatten();
    let names = names.filter_map(Value::as_str);
    let fits = |name: &&str| {
        (1..=METHOD_LENGTH).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic())
    };
    names
        .filter(fits)
        .take(METHODS)
        .map(str::to_owned)
        .collect()
}
