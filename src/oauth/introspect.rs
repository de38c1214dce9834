//! Introspection (RFC 7662).
//!
//! Job: tell a client what an access token or a refresh token means now, if the client may know.
//! `token_type_hint` changes nothing (section 2.1): the prefix says where to look. Where a store does
//! not answer, the answer is 503 and never `"active":false`.

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use crate::config::{Client, Config, Introspect};
use crate::issue;
use crate::ports::{Ports, Unavailable};
use crate::protocol::{Answer, Issuer, Request, ResourceUri, introspection, json};
use crate::resolve::{Demand, Resolution, Resolver};
use crate::session::coordinator::{Command, Reply};
use crate::session::{RecordKey, SessionRecord};
use crate::token::{PlainToken, TokenDigest, TokenKind};

use super::Endpoint;
use super::client_auth;
use super::endpoint_error::{EndpointError, OwnError, form_of_client, needed};
use super::error_response::ErrorResponse;

/// The whole answer about a token that is not active, or not for this caller (section 2.2).
const INACTIVE: &str = "{\"active\":false}";

/// Sets this use of SHA-256 apart from every other.
const JTI_LABEL: &[u8] = b"postern token identifier v1\0";

/// Why this endpoint tells a caller nothing.
#[derive(Debug)]
enum IntrospectError<'c> {
    /// The client may not introspect, so it is not authorized here (section 2.1).
    NotAllowed(&'c Client),
}

impl OwnError for IntrospectError<'_> {
    fn response(&self) -> ErrorResponse {
        match self {
            Self::NotAllowed(client) => client_auth::unauthorized(
                "this client may not introspect tokens; whoever runs this server can set its \
                 `introspect`",
            )
            .because(format!("client {} may not introspect tokens", client.id)),
        }
    }
}

pub(super) async fn answer<P: Ports>(
    request: &Request<'_>,
    config: &Config,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Answer {
    match introspect(request, config, resolver, ports).await {
        Ok(body) => Answer::new(200).json(body.unwrap_or_else(|| INACTIVE.to_owned())),
        Err(error) => error.answer(Endpoint::Introspect, ports),
    }
}

/// The response for an active token that the caller may know of, or `None`.
async fn introspect<'c, P: Ports>(
    request: &Request<'_>,
    config: &'c Config,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Result<Option<String>, EndpointError<'c, IntrospectError<'c>>> {
    let (form, caller) = form_of_client(request, &[], config)?;
    if caller.introspect == Introspect::No {
        return Err(IntrospectError::NotAllowed(caller).into());
    }
    let token = needed(&form, "token")?;
    if token.starts_with(TokenKind::Refresh.prefix()) {
        let token = PlainToken::new(token.to_owned());
        return Ok(refresh_token(&token, caller, config, resolver, ports).await?);
    }
    let demand = Demand {
        max_staleness: caller.introspect_max_staleness,
        ..Demand::STRONG
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
        Resolution::Unavailable(cause) => Err(cause.into()),
    }
}

/// The response for a refresh token. It is active only for its own client, and until it is used.
async fn refresh_token<P: Ports>(
    token: &PlainToken,
    caller: &Client,
    config: &Config,
    resolver: &Resolver<P::Attachment>,
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
        .open(&RecordKey::new(TokenKind::Refresh, digest), token, keys)
        .map_err(|_| issue::unexpected_reply())?;
    if record.client_id != caller.id || resolver.log().is_ended(ports, &record, digest).await? {
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
    let mut response = json::ObjectWriter::new();
    response.put("active", &true);
    if !record.scope.is_empty() {
        response.put("scope", &record.scope.to_string());
    }
    response.put("client_id", record.client_id.as_str());
    if let Some(username) = &record.username {
        response.put("username", username);
    }
    if let Some(token_type) = token_type {
        response.put("token_type", token_type);
    }
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
    response.put("jti", &jti(digest));
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
        // Not even where the member is absent.
        if !introspection::MEMBERS.contains(&name.as_str()) {
            response.put(name, value);
        }
    }
    response.end()
}

/// A name for the token that does not tell where its record is.
fn jti(digest: TokenDigest) -> String {
    let mut hash = Sha256::new();
    hash.update(JTI_LABEL);
    hash.update(digest.as_bytes());
    Base64UrlUnpadded::encode_string(&hash.finalize()[..16])
}
