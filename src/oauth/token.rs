//! The token endpoint (RFC 6749 section 3.2), with the client credentials grant (section 4.4) and
//! resource indicators (RFC 8707).

use serde::Serialize;
use serde_json::Map;

use crate::config::{Client, Config, Grant};
use crate::issue::{self, Minted};
use crate::ports::{Ports, Unavailable};
use crate::protocol::{Answer, ErrorCode, Form, Request, ResourceUri, Scope, json};
use crate::resolve::Resolver;
use crate::session::SessionRecord;
use crate::session::coordinator::{Command, Reply};
use crate::telemetry::Event;
use crate::token::TokenKind;

use super::Endpoint;
use super::client_auth::{self, ClientAuthError};
use super::refusal::{self, FormRefusal, Refusal};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
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

/// Issues the token, unless it could not be recorded everywhere.
async fn issue<'c, P: Ports>(
    grantable: &Grantable<'c>,
    resolver: &Resolver,
    ports: &P,
) -> Result<Answer, TokenError<'c>> {
    let client = grantable.client;
    let (issued_at, expires_at) = issue::times(client.token_lifetime, ports);
    let record = SessionRecord {
        session: issue::new_session(ports),
        client_id: client.id.clone(),
        subject: client.id.as_str().to_owned(),
        username: None,
        scope: grantable.scope.clone(),
        audiences: grantable.audiences.clone(),
        issued_at,
        expires_at,
        auth_time: None,
        amr: Vec::new(),
        acr: None,
        confirmation: None,
        claims: Map::new(),
        login: None,
        upstream_session: None,
        ends_at: None,
    };
    let minted = Minted::new(TokenKind::Access, record, resolver.keys(), ports);
    let command = Command::Issue(minted.to_command());
    match minted.keep(command, ports).await {
        Ok(Reply::Done) => {}
        Ok(_) => return Err(not_recorded(&[issue::unexpected_reply()], ports)),
        Err(failures) => return Err(not_recorded(&failures, ports)),
    }
    Ok(issued(&minted, None, ports))
}

fn not_recorded<P: Ports>(failures: &[Unavailable], ports: &P) -> TokenError<'static> {
    for failure in failures {
        ports.emit(failure.event());
    }
    TokenError::NotRecorded
}

/// The success of section 5.1.
fn issued<P: Ports>(access: &Minted, refresh: Option<&Minted>, ports: &P) -> Answer {
    let record = access.record();
    let scope = record.scope.to_string();
    let expires_in = access.lifetime().as_secs();
    ports.emit(Event::TokenIssued {
        client_id: record.client_id.as_str(),
        session: &record.session.to_base64url(),
        scope: &scope,
        expires_in,
    });
    let issued = Issued {
        // Exposed to the client that they are issued to.
        access_token: access.token.expose(),
        token_type: "Bearer",
        expires_in,
        refresh_token: refresh.map(|refresh| refresh.token.expose().as_str()),
        scope: Some(scope.as_str()).filter(|scope| !scope.is_empty()),
    };
    Answer::new(200)
        .with("pragma", "no-cache")
        .json(json::write(&issued))
}
