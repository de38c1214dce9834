//! From what an issuer says of a token to a session record. JWTs and answers to introspection say it in the same words
//! (RFC 9068 section 2.2, RFC 7662 section 2.2).

use serde_json::{Map, Value};

use super::words;
use crate::config::Issuer;
use crate::jose::{JwtRefusal, Verified};
use crate::protocol::{ClientId, ResourceUri, json};
use crate::revocation::foreign;
use crate::session::SessionRecord;
use crate::time::Time;
use crate::token::{SessionId, TokenDigest};

/// How many authentication methods of a person are kept, and how long a name may be.
const METHODS: usize = 16;
const METHOD_LENGTH: usize = 64;
/// How many audiences are kept.
const AUDIENCES: usize = 64;
/// How long the JSON of the kept claims may be, in bytes. One that does not fit any more is left out.
const CLAIMS: usize = 4_096;

/// How issuers call the client of a token: RFC 9068, OpenID Connect and Keycloak, Okta, Microsoft Entra's version 1.
pub(super) const CLIENT: [&str; 4] = ["client_id", "azp", "cid", "appid"];

/// What the subject of a program begins with that its issuer calls by its client alone, behind the issuer's prefix. So
/// nobody has it whose name there is that of a client.
const PROGRAM: &str = "client:";

/// What is said of people.
const PEOPLE: [&str; 6] = [
    "sub",
    "username",
    "preferred_username",
    "email",
    "auth_time",
    "sid",
];

/// What a token of another issuer means.
#[derive(Debug)]
pub struct Foreign {
    /// Who it stands for and what it may do.
    pub record: SessionRecord,
    /// What the revocation log calls it by its `jti`; `None` where it has none.
    pub token_name: Option<[u8; 16]>,
    /// When its issuer was asked what it means; `None` where the token says it itself.
    pub asked_at: Option<Time>,
}

impl Foreign {
    /// What `token`, which is of `issuer`, says of itself. `digest` is that of the token. It counts until `end` where it
    /// does not say until when.
    ///
    /// # Errors
    /// [`JwtRefusal`] if a claim is missing that must be there, or is something else than it must be.
    pub(super) fn of(
        issuer: &Issuer,
        token: &Verified,
        digest: TokenDigest,
        end: Option<Time>,
    ) -> Result<Self, JwtRefusal> {
        let url = issuer.issuer.as_str();
        let client = CLIENT
            .iter()
            .find_map(|name| token.optional(name)?.as_str())
            .unwrap_or_default();
        let subject = match token.claim(&issuer.subject) {
            Some(_) => token
                .text(&issuer.subject)
                .ok_or(JwtRefusal::Unfit("sub"))?
                .to_owned(),
            // An answer need not have a subject (RFC 7662 section 2.2), and about a program many have none.
            None if end.is_some() && is_programs(token) => format!("{PROGRAM}{client}"),
            None => return Err(JwtRefusal::Missing("sub")),
        };
        let issued_at = token.time("iat")?;
        let expires_at = token
            .time("exp")?
            .or(end)
            .ok_or(JwtRefusal::Missing("exp"))?;
        let latest = issued_at.map(|at| at.plus(issuer.max_lifetime));
        let expires_at = latest.map_or(expires_at, |latest| latest.min(expires_at));
        let auth_time = token.time("auth_time")?.map(whole_seconds);
        let issued_at = whole_seconds(issued_at.unwrap_or(Time::from_seconds(0)));
        let text = |name: &'static str| match token.optional(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(JwtRefusal::Unfit(name)),
        };
        let (sid, jti) = (text("sid")?, text("jti")?);
        let named = sid.map(|sid| foreign::session(url, sid));
        let session = named.unwrap_or_else(|| match jti {
            Some(jti) => foreign::lone_session(url, jti),
            None => foreign::lone_session(url, &digest.to_base64url()),
        });
        let client = ClientId::of_issuer(&issuer.client_prefix(), client);
        let mut record = SessionRecord::new(
            SessionId::from_bytes(session),
            client.ok_or(JwtRefusal::Unfit("client_id"))?,
            format!("{}{subject}", issuer.subject_prefix),
            issued_at,
            whole_seconds(expires_at),
        );
        record.username = match &issuer.username {
            Some(claim) => token.text(claim),
            None => ["preferred_username", "email"]
                .iter()
                .find_map(|name| token.text(name)),
        }
        .map(str::to_owned);
        record.scope = words::scope(issuer, token);
        record.audiences = audiences(token);
        record.auth_time = auth_time;
        record.begun_at = Some(auth_time.unwrap_or(issued_at).min(issued_at));
        record.acr = token.text("acr").map(str::to_owned);
        record.amr = methods(token);
        record.confirmation = match token.claim("cnf") {
            None => None,
            Some(Value::Object(key)) => Some(key.clone()),
            Some(_) => return Err(JwtRefusal::Unfit("cnf")),
        };
        record.claims = kept(issuer, token);
        record.provider_session = named;
        Ok(Self {
            record,
            token_name: jti.map(|jti| foreign::token(url, jti)),
            asked_at: None,
        })
    }
}

/// Whether an answer without a subject is about a program's own token: it names a client and nobody else.
fn is_programs(token: &Verified) -> bool {
    let has = |name: &&str| token.optional(name).is_some();
    CLIENT.iter().any(has) && !PEOPLE.iter().any(has)
}

/// Later than it is, it never becomes.
fn whole_seconds(time: Time) -> Time {
    Time::from_seconds(time.seconds())
}

/// Those of `aud` that are resources (RFC 8707). Others decide nothing any more.
fn audiences(token: &Verified) -> Vec<ResourceUri> {
    let parse = |value: &Value| value.as_str()?.parse::<ResourceUri>().ok();
    match token.claim("aud") {
        Some(Value::Array(items)) => items.iter().filter_map(parse).take(AUDIENCES).collect(),
        one => one.and_then(parse).into_iter().collect(),
    }
}

fn methods(token: &Verified) -> Vec<String> {
    let methods = token.claim("amr").and_then(Value::as_array);
    let methods = methods.into_iter().flatten().filter_map(Value::as_str);
    let is_fit = |text: &&str| {
        (1..=METHOD_LENGTH).contains(&text.len()) && !text.chars().any(char::is_control)
    };
    methods
        .filter(is_fit)
        .take(METHODS)
        .map(str::to_owned)
        .collect()
}

/// The further claims, in the order of the configuration, as far as there is room.
fn kept(issuer: &Issuer, token: &Verified) -> Map<String, Value> {
    let mut claims = Map::new();
    let mut room = CLAIMS;
    for name in &issuer.claims {
        let Some(value) = token.believed(name) else {
            continue;
        };
        // With the quotes, the colon and the comma around them.
        let length = json::write(name).len() + json::write(value).len() + 2;
        if let Some(rest) = room.checked_sub(length) {
            room = rest;
            claims.insert(name.clone(), value.clone());
        }
    }
    claims
}
