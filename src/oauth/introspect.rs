//! Introspection (RFC 7662).
//!
//! Job: tell a client what an access token or a refresh token means now, if the client may know.
//! `token_type_hint` changes nothing (section 2.1): the prefix says where to look. Where a store does
//! not answer, the answer is 503 and never `"active":false`. Whoever asks for it gets the answer signed (RFC 9701).

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use crate::assertion;
use crate::config::{Client, Config, Introspect};
use crate::issue;
use crate::ports::{Ports, Signing, Unavailable};
use crate::protocol::{Answer, Request, ResourceUri, introspection, json};
use crate::resolve::{CachedSession, Demand, Resolution, Resolver, Source};
use crate::session::coordinator::{Command, Reply};
use crate::session::{RecordKey, SessionRecord};
use crate::time::Time;
use crate::token::{PlainToken, TokenDigest, TokenKind};

use super::Endpoint;
use super::client_auth;
use super::endpoint_error::{EndpointError, OwnError, form_of_client, needed};
use super::error_response::{ErrorResponse, unavailable};

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

pub(super) async fn answer<P: Ports + Signing>(
    request: &Request<'_>,
    config: &Config,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Answer {
    match introspect(request, config, resolver, ports).await {
        Ok((caller, body)) => {
            let body = body.unwrap_or_else(|| INACTIVE.to_owned());
            match &config.signing {
                Some(ring) if wants_signature(request) => {
                    let claims = signed_claims(&body, caller, config, ports.now());
                    match assertion::sign(ring, SIGNED_TYPE, &claims, ports).await {
                        Ok(signed) => as_signed(signed),
                        Err(cause) => unavailable(&cause, ports),
                    }
                }
                _ => Answer::new(200).json(body),
            }
        }
        Err(error) => error.answer(Endpoint::Introspect, ports),
    }
}

/// What a caller asks for who wants the response signed (RFC 9701 section 4).
const SIGNED: &str = "application/token-introspection+jwt";
/// The `typ` of a signed response (section 5).
const SIGNED_TYPE: &str = "token-introspection+jwt";

/// Whether the caller takes a signed response.
fn wants_signature(request: &Request<'_>) -> bool {
    let accept = request.sender.header("accept").unwrap_or_default();
    let mut types = accept.split(',').filter_map(|one| one.split(';').next());
    types.any(|one| one.trim_ascii().eq_ignore_ascii_case(SIGNED))
}

/// The claims of a signed response (section 5). What would make an access token of it is left out: no `sub`, no `exp`.
fn signed_claims(response: &str, caller: &Client, config: &Config, now: Time) -> String {
    let mut claims = json::ObjectWriter::new();
    claims.put("iss", config.issuer.as_str());
    claims.put("aud", caller.id.as_str());
    claims.put("iat", &now.seconds());
    claims.put_json("token_introspection", response);
    claims.end()
}

fn as_signed(jws: String) -> Answer {
    let mut answer = Answer::new(200)
        .with("content-type", SIGNED)
        .with("cache-control", "no-store");
    answer.body = jws.into();
    answer
}

/// Who asks, and the response for an active token that they may know of, or `None`.
async fn introspect<'c, P: Ports>(
    request: &Request<'_>,
    config: &'c Config,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Result<(&'c Client, Option<String>), EndpointError<'c, IntrospectError<'c>>> {
    let (form, caller) = form_of_client(request, &[], config)?;
    if caller.introspect == Introspect::No {
        return Err(IntrospectError::NotAllowed(caller).into());
    }
    let token = needed(&form, "token")?;
    if token.starts_with(TokenKind::Refresh.prefix()) {
        let token = PlainToken::new(token.to_owned());
        let response = refresh_token(&token, caller, config, resolver, ports).await?;
        return Ok((caller, response));
    }
    let demand = Demand {
        max_staleness: caller.introspect_max_staleness,
        accept: caller.introspect_accept,
        ..Demand::STRONG
    };
    match resolver
        .resolve(ports, TokenKind::Access, token, &demand)
        .await
    {
        Resolution::Active(active) if may_know(caller, &active.session) => {
            let session = &active.session;
            let (record, digest) = (session.record(), session.digest());
            let issuer = issuer_of(session.source(), config);
            let response = issuer.map(|issuer| response(record, digest, Some("Bearer"), issuer));
            Ok((caller, response))
        }
        Resolution::Active(_) | Resolution::Inactive(_) => Ok((caller, None)),
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
    let issuer = config.issuer.as_str();
    Ok(Some(response(&record, digest, None, issuer)))
}

/// Who issued a token.
fn issuer_of(source: Source, config: &Config) -> Option<&str> {
    match source {
        Source::Own => Some(config.issuer.as_str()),
        Source::Issuer { place, .. } => {
            let issuer = config.issuers.get(usize::from(place))?;
            Some(issuer.issuer.as_str())
        }
    }
}

/// Whether this token is for the caller. One of another issuer may have audiences that are no URIs, so no list has them.
fn may_know<A>(caller: &Client, session: &CachedSession<A>) -> bool {
    let (record, is_own) = (session.record(), session.source() == Source::Own);
    match &caller.introspect {
        Introspect::No => false,
        Introspect::All => true,
        Introspect::Audiences(audiences) => {
            record.client_id == caller.id
                || (is_own && record.audiences.is_empty())
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
    issuer: &str,
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
    response.put("iss", issuer);
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
