//! Introspection (RFC 7662).
//!
//! Job: tell a client that may know it what an access token means now. `token_type_hint` changes
//! nothing (section 2.1): there is one place to look. A store that does not answer is 503 and never
//! `"active":false`.

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use crate::config::{Client, Config, Introspect};
use crate::ports::{Ports, Unavailable};
use crate::protocol::json::{Object, Value};
use crate::protocol::{Answer, ErrorCode, Issuer, ResourceUri};
use crate::resolve::{Demand, Resolution, Resolver, Session};
use crate::session::SessionRecord;
use crate::token::TokenDigest;

use super::client_auth::{self, ClientAuthError};
use super::refusal::{self, FormRefusal, Refusal};
use super::{Endpoint, Request};

/// All that is said of a token that is not active, or not for this caller (section 2.2).
const INACTIVE: &str = "{\"active\":false}";

/// Sets this use of SHA-256 apart from every other.
const JTI_LABEL: &[u8] = b"postern token identifier v1\0";

/// The members that this says itself. No further claim may take the name of one, not even of one that
/// is absent.
const STANDARD: [&str; 16] = [
    "active",
    "scope",
    "client_id",
    "username",
    "token_type",
    "exp",
    "iat",
    "nbf",
    "sub",
    "aud",
    "iss",
    "jti",
    "auth_time",
    "acr",
    "amr",
    "cnf",
];

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
    let demand = Demand {
        max_staleness: caller.introspect_max_staleness,
        outage_grace: None,
    };
    match resolver.resolve(ports, token, &demand).await {
        Resolution::Active(active) if may_know(caller, active.session.record()) => {
            Ok(Some(response(&active.session, &config.issuer)))
        }
        Resolution::Active(_) | Resolution::Inactive(_) => Ok(None),
        Resolution::Unavailable(cause) => Err(IntrospectError::Unavailable(cause)),
    }
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
fn response(session: &Session, issuer: &Issuer) -> String {
    let record = session.record();
    let audiences: Vec<&str> = record.audiences.iter().map(ResourceUri::as_str).collect();
    let mut response = Object::new();
    response.value("active", &Value::Bool(true));
    response.text_if_any("scope", &record.scope.to_string());
    response.text("client_id", record.client_id.as_str());
    if let Some(username) = &record.username {
        response.text("username", username);
    }
    response.text("token_type", "Bearer");
    response.number("exp", record.expires_at.seconds());
    response.number("iat", record.issued_at.seconds());
    response.number("nbf", record.issued_at.seconds());
    response.text("sub", &record.subject);
    match audiences.as_slice() {
        [] => {}
        [one] => response.text("aud", one),
        several => response.texts("aud", several),
    }
    response.text("iss", issuer.as_str());
    response.text("jti", &jti(session.digest()));
    if let Some(auth_time) = record.auth_time {
        response.number("auth_time", auth_time.seconds());
    }
    if let Some(acr) = &record.acr {
        response.text("acr", acr);
    }
    response.texts_if_any("amr", &record.amr);
    if let Some(confirmation) = &record.confirmation {
        response.map("cnf", confirmation);
    }
    for (name, value) in record.claims.iter() {
        if !STANDARD.contains(&name) {
            response.value(name, value);
        }
    }
    response.finish()
}

/// A name for the token that says nothing about where its record is.
fn jti(digest: TokenDigest) -> String {
    let mut hash = Sha256::new();
    hash.update(JTI_LABEL);
    hash.update(digest.as_bytes());
    Base64UrlUnpadded::encode_string(&hash.finalize()[..16])
}
