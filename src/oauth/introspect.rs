//! Introspection (RFC 7662).
//!
//! Job: tell a client that may know it what an access token or a refresh token means now.
//! `token_type_hint` changes nothing (section 2.1): the prefix says where to look. A store that does not answer is 503 and never
//! `"active":false`.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::config::{Client, Config, Introspect};
use crate::issue;
use crate::ports::{Ports, Unavailable};
use crate::protocol::{Answer, ErrorCode, Issuer, Request, json};
use crate::resolve::{Demand, Resolution, Resolver};
use crate::session::SessionRecord;
use crate::session::coordinator::{Command, Reply};
use crate::time::Time;
use crate::token::{PlainToken, TokenDigest, TokenKind};

use super::Endpoint;
use super::client_auth::{self, ClientAuthError};
use super::refusal::{self, FormRefusal, Refusal};

/// All that is said of a token that is not active, or not for this caller (section 2.2).
const INACTIVE: &str = "{\"active\":false}";

/// Sets this use of SHA-256 apart from every other.
const JTI_LABEL: &[u8] = b"postern token identifier v1\0";

/// Why a caller is told nothing.
#[derive(Debug)]
enum IntrospectError<'c> {
    /// There is no form.
    Form(FormRefusal),
    /// There is no client.
    Client(ClientAuthError<'c>),
    /// The client may not introspect: to this endpoint it is nobody (section 2.1).
    NotAllowed(&'c Client),
    /// There is no `token`.
    TokenMissing,
    /// It could not be found out.
    Unavailable(Unavailable),
}

impl IntrospectError<'_> {
    fn answer<P: Ports>(&self, ports: &P) -> Answer {
        let refusal = match self {
            Self::Unavailable(cause) => return refusal::unavailable(cause, ports),
            Self::Form(error) => error.refusal(),
            Self::Client(error) => error.refusal(),
            Self::NotAllowed(client) => client_auth::unauthorized(
                "this client may not introspect tokens; whoever runs this server can set its \
                 `introspect`",
            )
            .because(format!("client {} may not introspect tokens", client.id)),
            Self::TokenMissing => Refusal::new(400, ErrorCode::InvalidRequest, "token is missing"),
        };
        refusal.answer(Endpoint::Introspect, ports)
    }
}

pub(super) async fn answer<P: Ports>(
    request: &Request<'_>,
    config: &Config,
    resolver: &Resolver,
    ports: &P,
) -> Answer {
    match introspect(request, config, resolver, ports).await {
        Ok(body) => Answer::new(200).json(body.unwrap_or_else(|| INACTIVE.to_owned())),
        Err(error) => error.answer(ports),
    }
}

/// The response for an active token that the caller may know of, or `None`.
async fn introspect<'c, P: Ports>(
    request: &Request<'_>,
    config: &'c Config,
    resolver: &Resolver,
    ports: &P,
) -> Result<Option<String>, IntrospectError<'c>> {
    let form = refusal::form(request, &[]).map_err(IntrospectError::Form)?;
    let caller = client_auth::authenticate(config, request.authorization, &form)
        .map_err(IntrospectError::Client)?;
    if caller.introspect == Introspect::No {
        return Err(IntrospectError::NotAllowed(caller));
    }
    let token = form.get("token").ok_or(IntrospectError::TokenMissing)?;
    if token.starts_with(TokenKind::Refresh.prefix()) {
        let token = PlainToken::new(token.to_owned());
        return refresh_token(&token, caller, config, resolver, ports)
            .await
            .map_err(IntrospectError::Unavailable);
    }
    let demand = Demand {
        max_staleness: caller.introspect_max_staleness,
        outage_grace: None,
    };
    match resolver
        .resolve(ports, TokenKind::Access, token, &demand)
        .await
    {
        Resolution::Active(active) if may_know(caller, active.session.record()) => {
            let session = &active.session;
            Ok(Some(response(
                session.record(),
                session.digest(),
                Some("Bearer"),
                &config.issuer,
            )))
        }
        Resolution::Active(_) | Resolution::Inactive(_) => Ok(None),
        Resolution::Unavailable(cause) => Err(IntrospectError::Unavailable(cause)),
    }
}

/// The response for a refresh token, which is active to its own client alone, and until it is used.
async fn refresh_token<P: Ports>(
    token: &PlainToken,
    caller: &Client,
    config: &Config,
    resolver: &Resolver,
    ports: &P,
) -> Result<Option<String>, Unavailable> {
    let keys = resolver.keys();
    // Exposed to be opened.
    let Ok(pointer) = keys.open(TokenKind::Refresh, token.expose(), ports.now()) else {
        return Ok(None);
    };
    let digest = TokenDigest::of(token);
    let sealed = match ports.ask(pointer.session, Command::Read(digest)).await? {
        Reply::Record(sealed) => sealed,
        Reply::Unknown => return Ok(None),
        _ => return Err(issue::unexpected_reply()),
    };
    let record = sealed
        .open(token, keys)
        .map_err(|_| issue::unexpected_reply())?;
    if record.client_id != caller.id || resolver.is_ended(ports, &record, digest).await? {
        return Ok(None);
    }
    Ok(Some(response(&record, digest, None, &config.issuer)))
}

/// Whether this token is for the caller.
fn may_know(caller: &Client, record: &SessionRecord) -> bool {
    match &caller.introspect {
        Introspect::No => false,
        Introspect::All => true,
        Introspect::Audiences(audiences) => {
            record.client_id == caller.id
                || record.audiences.is_empty()
                || record.audiences.iter().any(|a| audiences.contains(a))
        }
    }
}

/// The response of section 2.2, with `auth_time`, `acr` and `amr` (RFC 9470 section 6.2) and `cnf`
/// (RFC 7800) where they are known.
fn response(
    record: &SessionRecord,
    digest: TokenDigest,
    token_type: Option<&str>,
    issuer: &Issuer,
) -> String {
    let seconds = |time: Time| Value::from(time.seconds());
    let text = |text: &str| Value::from(text);
    let audiences: Vec<Value> = record.audiences.iter().map(|a| text(a.as_str())).collect();
    let aud = match audiences.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        _ => Some(Value::from(audiences)),
    };
    let scope = Some(record.scope.to_string()).filter(|scope| !scope.is_empty());
    let amr = Some(record.amr.as_slice()).filter(|amr| !amr.is_empty());
    let standard = [
        ("active", Some(Value::from(true))),
        ("scope", scope.map(Value::from)),
        ("client_id", Some(text(record.client_id.as_str()))),
        ("username", record.username.as_deref().map(text)),
        ("token_type", token_type.map(text)),
        ("exp", Some(seconds(record.expires_at))),
        ("iat", Some(seconds(record.issued_at))),
        ("nbf", Some(seconds(record.issued_at))),
        ("sub", Some(text(&record.subject))),
        ("aud", aud),
        ("iss", Some(text(issuer.as_str()))),
        ("jti", Some(Value::from(jti(digest)))),
        ("auth_time", record.auth_time.map(seconds)),
        ("acr", record.acr.as_deref().map(text)),
        ("amr", amr.map(Value::from)),
        ("cnf", record.confirmation.clone().map(Value::Object)),
    ];
    // No further claim may take the name of a standard one, not even of one that is absent. Those are
    // not put in and taken out again: `Map::remove` is three kilobytes of the Worker.
    let is_standard = |name: &str| standard.iter().any(|(other, _)| *other == name);
    let mut response = Map::new();
    for (name, value) in &record.claims {
        if !is_standard(name) {
            response.insert(name.clone(), value.clone());
        }
    }
    for (name, value) in standard {
        if let Some(value) = value {
            response.insert(name.to_owned(), value);
        }
    }
    json::write(&response)
}

/// A name for the token that says nothing about where its record is.
fn jti(digest: TokenDigest) -> String {
    let mut hash = Sha256::new();
    hash.update(JTI_LABEL);
    hash.update(digest.as_bytes());
    Base64UrlUnpadded::encode_string(&hash.finalize()[..16])
}
