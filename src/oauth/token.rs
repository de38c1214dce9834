//! The token endpoint (RFC 6749 section 3.2), with the client credentials grant (section 4.4) and
//! resource indicators (RFC 8707).

use futures_util::future;
use serde::Serialize;
use serde_json::Map;

use crate::config::{Client, Config, Grant};
use crate::ports::Ports;
use crate::protocol::{Answer, ErrorCode, Form, ResourceUri, Scope, json};
use crate::resolve::Resolver;
use crate::session::coordinator::{Command, Reply};
use crate::session::{RecordKey, SealedRecord, SessionRecord};
use crate::telemetry::Event;
use crate::time::Time;
use crate::token::seal::SEAL_RANDOMNESS;
use crate::token::{KeyRing, PlainToken, Pointer, SessionId, TokenDigest, TokenKind};

use super::client_auth::{self, ClientAuthError};
use super::refusal::{self, FormRefusal, Refusal};
use super::{Endpoint, Request};

/// Why no token is issued.
#[derive(Debug)]
enum TokenError<'c> {
    /// There is no form.
    Form(FormRefusal),
    /// There is no client.
    Client(ClientAuthError<'c>),
    /// There is no `grant_type`.
    GrantTypeMissing,
    /// There is no such grant here.
    GrantTypeUnsupported,
    /// The client may not use this grant.
    GrantNotAllowed(&'c Client),
    /// `scope` breaks the grammar of section 3.3.
    ScopeMalformed,
    /// `scope` has something that the client may not have.
    ScopeNotAllowed(&'c Client),
    /// A `resource` is not an absolute URI without a fragment.
    ResourceMalformed,
    /// A `resource` is none that the client may get tokens for.
    ResourceNotAllowed(&'c Client),
    /// The token could not be recorded. The events are written.
    NotRecorded,
}

impl TokenError<'_> {
    /// The answer; the error codes are those of section 5.2 and of RFC 8707 section 2.
    fn answer<P: Ports>(&self, ports: &P) -> Answer {
        let refusal = match self {
            Self::NotRecorded => return Answer::unavailable(),
            Self::Form(error) => error.refusal(),
            Self::Client(error) => error.refusal(),
            Self::GrantTypeMissing => {
                Refusal::new(400, ErrorCode::InvalidRequest, "grant_type is missing")
            }
            Self::GrantTypeUnsupported => Refusal::new(
                400,
                ErrorCode::UnsupportedGrantType,
                "the only grant_type here is client_credentials",
            ),
            Self::GrantNotAllowed(client) => Refusal::new(
                400,
                ErrorCode::UnauthorizedClient,
                "this client may not use this grant_type",
            )
            .because(format!("client {} may not use this grant_type", client.id)),
            Self::ScopeMalformed => Refusal::new(
                400,
                ErrorCode::InvalidScope,
                "scope is not a list of scope tokens separated by single spaces",
            ),
            Self::ScopeNotAllowed(client) => Refusal::new(
                400,
                ErrorCode::InvalidScope,
                "the requested scope exceeds what this client may have",
            )
            .because(format!("client {} may not have that scope", client.id)),
            Self::ResourceMalformed => Refusal::new(
                400,
                ErrorCode::InvalidTarget,
                "resource is not an absolute URI without a fragment",
            ),
            Self::ResourceNotAllowed(client) => Refusal::new(
                400,
                ErrorCode::InvalidTarget,
                "this client may not get tokens for the requested resource",
            )
            .because(format!(
                "client {} may not get tokens for that resource",
                client.id
            )),
        };
        refusal.answer(Endpoint::Token, ports)
    }
}

/// What a client is given.
struct Grantable<'c> {
    client: &'c Client,
    scope: Scope,
    audiences: Vec<ResourceUri>,
}

/// The success of section 5.1.
#[derive(Serialize)]
struct Issued<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    /// Absent where the token has none: the grammar has no empty scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
}

pub(super) async fn answer<P: Ports>(
    request: &Request<'_>,
    config: &Config,
    resolver: &Resolver,
    ports: &P,
) -> Answer {
    let issued = match decide(request, config) {
        Ok(grantable) => issue(&grantable, resolver, ports).await,
        Err(error) => Err(error),
    };
    issued.unwrap_or_else(|error| error.answer(ports))
}

/// What the client is given, with no I/O.
fn decide<'c>(request: &Request<'_>, config: &'c Config) -> Result<Grantable<'c>, TokenError<'c>> {
    // RFC 8707 section 2 lets a client name several resources, unlike any other parameter.
    let form = refusal::form(request, &["resource"]).map_err(TokenError::Form)?;
    let client = client_auth::authenticate(config, request.authorization, &form)
        .map_err(TokenError::Client)?;
    match form.get("grant_type") {
        None => return Err(TokenError::GrantTypeMissing),
        Some("client_credentials") if client.grants.contains(&Grant::ClientCredentials) => {}
        Some("client_credentials") => return Err(TokenError::GrantNotAllowed(client)),
        Some(_) => return Err(TokenError::GrantTypeUnsupported),
    }
    Ok(Grantable {
        client,
        scope: scope(&form, client)?,
        audiences: audiences(&form, client)?,
    })
}

fn scope<'c>(form: &Form, client: &'c Client) -> Result<Scope, TokenError<'c>> {
    let Some(text) = form.get("scope") else {
        return Ok(client.scope.clone());
    };
    let scope: Scope = text.parse().map_err(|_| TokenError::ScopeMalformed)?;
    if client.scope.covers(&scope) {
        Ok(scope)
    } else {
        Err(TokenError::ScopeNotAllowed(client))
    }
}

fn audiences<'c>(form: &Form, client: &'c Client) -> Result<Vec<ResourceUri>, TokenError<'c>> {
    let mut audiences = Vec::new();
    for text in form.get_all("resource") {
        let resource: ResourceUri = text.parse().map_err(|_| TokenError::ResourceMalformed)?;
        if !client.audiences.contains(&resource) {
            return Err(TokenError::ResourceNotAllowed(client));
        }
        if !audiences.contains(&resource) {
            audiences.push(resource);
        }
    }
    if audiences.is_empty() {
        audiences.clone_from(&client.audiences);
    }
    Ok(audiences)
}

/// Issues the token. Its record goes to the coordinator and to the record store at once: the one
/// knows it strongly, the other is near every reader. A token whose record is not certain to be in
/// both is given to no one.
async fn issue<'c, P: Ports>(
    grantable: &Grantable<'c>,
    resolver: &Resolver,
    ports: &P,
) -> Result<Answer, TokenError<'c>> {
    let client = grantable.client;
    let mut session = [0; 16];
    ports.fill(&mut session);
    let session = SessionId::from_bytes(session);
    let mut nonce = [0; SEAL_RANDOMNESS];
    ports.fill(&mut nonce);
    let issued_at = Time::from_seconds(ports.now().seconds());
    let expires_at = Time::from_seconds(issued_at.plus(client.token_lifetime).seconds());
    let pointer = Pointer {
        session,
        issued_at,
        expires_at,
    };
    let token = resolver.keys().seal(TokenKind::Access, &pointer, nonce);
    record(grantable, &pointer, &token, resolver.keys(), ports).await?;
    let scope = grantable.scope.to_string();
    let expires_in = expires_at.since(issued_at).as_secs();
    ports.emit(Event::TokenIssued {
        client_id: client.id.as_str(),
        session: &session.to_base64url(),
        scope: &scope,
        expires_in,
    });
    let issued = Issued {
        // Exposed to the client that the token is issued to.
        access_token: token.expose(),
        token_type: "Bearer",
        expires_in,
        scope: Some(scope.as_str()).filter(|scope| !scope.is_empty()),
    };
    Ok(Answer::new(200)
        .with("pragma", "no-cache")
        .json(json::write(&issued)))
}

async fn record<P: Ports>(
    grantable: &Grantable<'_>,
    pointer: &Pointer,
    token: &PlainToken,
    keys: &KeyRing,
    ports: &P,
) -> Result<(), TokenError<'static>> {
    let client = &grantable.client.id;
    let record = SessionRecord {
        session: pointer.session,
        client_id: client.clone(),
        subject: client.as_str().to_owned(),
        username: None,
        scope: grantable.scope.clone(),
        audiences: grantable.audiences.clone(),
        issued_at: pointer.issued_at,
        expires_at: pointer.expires_at,
        auth_time: None,
        amr: Vec::new(),
        acr: None,
        confirmation: None,
        claims: Map::new(),
        login: None,
        upstream_session: None,
    };
    let sealed = SealedRecord::seal(&record, token, keys);
    let digest = TokenDigest::of(token);
    let key = RecordKey::access(digest);
    let command = Command::Issue {
        digest,
        client: client.clone(),
        expires_at: pointer.expires_at,
        record: sealed.clone(),
    };
    let coordinator = async {
        match ports.ask(pointer.session, command).await? {
            Reply::Done => Ok(()),
            Reply::Found(_) | Reply::Record(_) | Reply::Unknown => Err(refusal::unexpected_reply()),
        }
    };
    let store = ports.write(&key, &sealed, pointer.expires_at);
    let (coordinated, stored) = future::join(coordinator, store).await;
    let mut outcome = Ok(());
    for failure in [coordinated.err(), stored.err()].into_iter().flatten() {
        refusal::unavailable(&failure, ports);
        outcome = Err(TokenError::NotRecorded);
    }
    outcome
}
