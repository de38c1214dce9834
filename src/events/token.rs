//! What a security event token says (RFC 8417, Shared Signals Framework 1.0 section 4).

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::meaning::Meaning;
use super::refusal::SetRefusal;
use super::subject::Subject;
use crate::config::Transmitter;
use crate::jose::{JwtRefusal, LEEWAY, Verified};
use crate::time::Time;

/// How many events a token may have. They are about one thing, and the framework has one of them (section 4.2.1).
const MOST_EVENTS: usize = 8;

/// The events of one token.
#[derive(Debug)]
pub struct SecurityEvents {
    /// What has happened.
    pub happenings: Vec<Happening>,
}

/// An event.
#[derive(Debug)]
pub struct Happening {
    /// A name of it: a hash of the token's `jti` and issuer, and the type.
    pub id: [u8; 16],
    /// Its type, a URI.
    pub kind: String,
    /// What it means here.
    pub meaning: Meaning,
    /// Whom it is about; there where it ends something.
    pub subject: Option<Subject>,
    /// When it happened, by the clock of its sender: never later than the token was made. So the same token never ends more
    /// than it did the first time.
    pub at: Time,
}

impl SecurityEvents {
    /// Reads a token of `transmitter` with a valid signature.
    pub(super) fn read(
        transmitter: &Transmitter,
        token: &Verified,
        now: Time,
    ) -> Result<Self, SetRefusal> {
        if !token.is_of_type(&["secevent+jwt"]) {
            return Err(JwtRefusal::Type.into());
        }
        check_parties(transmitter.issuer.as_str(), &transmitter.audience, token)?;
        let issued_at = check_times(token, now)?;
        let jti = token.text("jti").ok_or(match token.optional("jti") {
            None => JwtRefusal::Missing("jti"),
            Some(_) => JwtRefusal::Unfit("jti"),
        })?;
        let Some(Value::Object(events)) = token.claim("events") else {
            return Err(SetRefusal::Events("is not an object"));
        };
        if events.is_empty() || events.len() > MOST_EVENTS {
            return Err(SetRefusal::Events("has no event, or more than eight"));
        }
        let happenings = events.iter().map(|(kind, event)| {
            let id = name(&[transmitter.issuer.as_str(), jti, kind]);
            happening(id, kind, event, token, issued_at)
        });
        Ok(Self {
            happenings: happenings.collect::<Result<_, _>>()?,
        })
    }
}

/// Checks who made a token and for whom.
pub(super) fn check_parties(
    issuer: &str,
    audience: &str,
    token: &Verified,
) -> Result<(), JwtRefusal> {
    let found = token.claim("iss").ok_or(JwtRefusal::Missing("iss"))?;
    if found.as_str() != Some(issuer) {
        return Err(JwtRefusal::Issuer);
    }
    token.check_audience(|named| named == audience)
}

/// Checks when a token was made, and that it has not ended, where it says so; when it was made.
pub(super) fn check_times(token: &Verified, now: Time) -> Result<Time, JwtRefusal> {
    let latest = now.plus(LEEWAY);
    let issued_at = token.issued_at(latest)?;
    if token.time("nbf")?.is_some_and(|start| start > latest) {
        return Err(JwtRefusal::NotYetValid("nbf"));
    }
    if token.time("exp")?.is_some_and(|end| now.has_reached(end)) {
        return Err(JwtRefusal::Expired);
    }
    Ok(issued_at)
}

fn happening(
    id: [u8; 16],
    kind: &str,
    event: &Value,
    token: &Verified,
    issued_at: Time,
) -> Result<Happening, SetRefusal> {
    let Value::Object(members) = event else {
        return Err(SetRefusal::Events("has an event that is not an object"));
    };
    let meaning = Meaning::of(kind, event);
    let subject = if meaning.ends() {
        let subject = token.claim("sub_id").or_else(|| members.get("subject"));
        let subject = subject.ok_or(SetRefusal::Subject("there is none"))?;
        Some(Subject::read(subject)?)
    } else {
        None
    };
    let at = time(members, "event_timestamp").or_else(|| time(&token.claims, "toe"));
    Ok(Happening {
        id,
        kind: kind.to_owned(),
        meaning,
        subject,
        at: at.map_or(issued_at, |at| at.min(issued_at)),
    })
}

/// The time of this name; `None` if there is none, or it is none.
fn time(members: &Map<String, Value>, name: &'static str) -> Option<Time> {
    let mut claims = Map::new();
    claims.insert(name.to_owned(), members.get(name)?.clone());
    let member = Verified {
        kind: None,
        key_issuer: None,
        claims,
    };
    member.time(name).ok().flatten()
}

/// The name of an event, by which it is recognised. None of the parts but the last has a zero byte in it.
fn name(parts: &[&str]) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(b"postern security event v1");
    for part in parts {
        hash.update([0]);
        hash.update(part.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    std::array::from_fn(|at| digest[at])
}
