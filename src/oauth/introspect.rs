//! Introspection (RFC 7662).
//!
//! Job: tell a client that may know it what an access token means now. `token_type_hint` changes
//! nothing (section 2.1): there is one place to look. A store that does not answer is 503 and never
//! `"active":false`.

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use crate::config::{Client, Config, Introspect};
use crate::ports::{Ports, Unavailable};
use crate::protocol::{Answer, ErrorCode, Issuer, ResourceUri, json};
use crate::resolve::{Demand, Resolution, Resolver, Session};
use crate::session::SessionRecord;
use crate::token::TokenDigest;

use super::client_auth::{self, ClientAuthError};
use super::refusal::{self, FormRefusal, Refusal};
use super::{Endpoint, Request};

/// All that is said of a token that is not active, or not for this caller (section 2.2).
const INACTIVE: &str = "{\"active\":false}";

/// What no further claim may take the name of, not even of one that is absent.
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
    let mut response = json::ObjectWriter::new();
    response.put("active", &true);
    if !record.scope.is_empty() {
        response.put("scope", &record.scope.to_string());
    }
    response.put("client_id", record.client_id.as_str());
    if let Some(username) = &record.username {
        response.put("username", username);
    }
    response.put("token_type", "Bearer");
    response.put("exp", &record.expires_at.seconds());
    response.put("iat", &record.issued_at.seconds());
    response.put("nbf", &record.issued_at.seconds());
    response.put("sub", &record.subject);
    match record.audiences.as_slice() {
        [] => {}
        [one] => response.put("aud", one.as_str()),
        several => {
            let several: Vec<&str> = several.iter().map(ResourceUri::as_str).collect();
            response.put("aud", &several);
        }
    }
    response.put("iss", issuer.as_str());
    response.put("jti", &jti(session.digest()));
    if let Some(auth_time) = record.auth_time {
        response.put("auth_time", &auth_time.seconds());
    }
    if let Some(acr) = &record.acr {
        response.put("acr", acr);
    }
    if !record.amr.is_empty() {
        response.put("amr", &record.amr);
    }
    if let Some(confirmation) = &record.confirmation {
        response.put("cnf", confirmation);
    }
    for (name, value) in &record.claims {
        if !STANDARD.contains(&name.as_str()) {
            response.put(name, value);
        }
    }
    response.end()
}

/// A name for the token that says nothing about where its record is.
fn jti(digest: TokenDigest) -> String {
    let mut hash = Sha256::new();
    hash.update(JTI_LABEL);
    hash.update(digest.as_bytes());
    Base64UrlUnpadded::encode_string(&hash.finalize()[..16])
}
