//! The token endpoint (RFC 6749 section 3.2), with resource indicators (RFC 8707). Each grant has a
//! file of its own: client credentials (section 4.4), authorization code (section 4.1.3), refresh token
//! (section 6).

mod authorization_code;
mod client_credentials;
mod refresh_token;

use serde::Serialize;

use crate::config::{Client, Config, Grant};
use crate::issue::ending::announce;
use crate::issue::{self, Minted};
use crate::ports::{PersonPorts, Ports, Unavailable};
use crate::protocol::{Answer, ErrorCode, Form, Request, ResourceUri, Scope, json};
use crate::resolve::Resolver;
use crate::revocation::Target;
use crate::session::coordinator::{Command, Reply};
use crate::session::{RecordKey, SessionRecord};
use crate::telemetry::Event;
use crate::time::Time;
use crate::token::{PlainToken, SessionId, TokenDigest, TokenKind};

use super::Endpoint;
use super::client_auth::{self, ClientAuthError};
use super::refusal::{self, FormRefusal, Refusal};

pub use authorization_code::binding;

/// Why no token is issued.
#[derive(Debug)]
enum TokenError<'c> {
    /// There is no form.
    Form(FormRefusal),
    /// There is no client.
    Client(ClientAuthError<'c>),
    /// A parameter that the grant needs is missing.
    Missing(&'static str),
    /// There is no such grant here.
    GrantTypeUnsupported,
    /// The client may not use this grant.
    GrantNotAllowed(&'c Client),
    /// `code_verifier` breaks the grammar of RFC 7636 section 4.1.
    VerifierMalformed,
    /// The code or the refresh token does not count, for a reason that is for the log.
    InvalidGrant(Grant, &'static str),
    /// `scope` breaks the grammar of section 3.3.
    ScopeMalformed,
    /// `scope` has something that the client may not have.
    ScopeNotAllowed(&'c Client),
    /// A `resource` is not an absolute URI without a fragment.
    ResourceMalformed,
    /// A `resource` is none that the client may get tokens for.
    ResourceNotAllowed(&'c Client),
    /// It could not be found out, or not be recorded.
    Unavailable(Vec<Unavailable>),
}

impl From<Unavailable> for TokenError<'_> {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(vec![unavailable])
    }
}

impl TokenError<'_> {
    /// The answer; the error codes are those of section 5.2 and of RFC 8707 section 2.
    fn answer<P: Ports>(&self, ports: &P) -> Answer {
        let refusal = match self {
            Self::Unavailable(causes) => {
                for cause in causes {
                    ports.emit(cause.event());
                }
                return Answer::unavailable();
            }
            Self::Form(error) => error.refusal(),
            Self::Client(error) => error.refusal(),
            Self::Missing(parameter) => Refusal::new(
                400,
                ErrorCode::InvalidRequest,
                format!("{parameter} is missing"),
            ),
            Self::GrantTypeUnsupported => Refusal::new(
                400,
                ErrorCode::UnsupportedGrantType,
                "grant_type must be client_credentials, authorization_code or refresh_token",
            ),
            Self::GrantNotAllowed(client) => Refusal::new(
                400,
                ErrorCode::UnauthorizedClient,
                "this client may not use this grant_type",
            )
            .because(format!("client {} may not use this grant_type", client.id)),
            Self::VerifierMalformed => Refusal::new(
                400,
                ErrorCode::InvalidRequest,
                "code_verifier is not 43 to 128 characters of A-Z a-z 0-9 - . _ ~",
            ),
            Self::InvalidGrant(grant, reason) => {
                let description = if *grant == Grant::RefreshToken {
                    "the refresh token is unknown, expired, used before, or not this client's; the \
                     person has to log in again"
                } else {
                    "the code is unknown, expired, used before, or not this client's, or redirect_uri \
                     or code_verifier is not the one that belongs to it"
                };
                Refusal::new(400, ErrorCode::InvalidGrant, description)
                    .because(format!("{}: {reason}", grant.as_str()))
            }
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

/// What every grant works with.
struct Exchange<'a, 'c, P> {
    form: &'a Form,
    client: &'c Client,
    config: &'c Config,
    resolver: &'a Resolver,
    ports: &'a P,
}

pub(super) async fn answer<P: PersonPorts>(
    request: &Request<'_>,
    config: &Config,
    resolver: &Resolver,
    ports: &P,
) -> Answer {
    // RFC 8707 section 2 lets a client name several resources, unlike any other parameter.
    let form = match refusal::form(request, &["resource"]) {
        Ok(form) => form,
        Err(error) => return TokenError::Form(error).answer(ports),
    };
    let granted = match decide(request, &form, config) {
        Ok((client, grant)) => {
            let exchange = Exchange {
                form: &form,
                client,
                config,
                resolver,
                ports,
            };
            match grant {
                Grant::ClientCredentials => exchange.client_credentials().await,
                Grant::AuthorizationCode => exchange.authorization_code().await,
                Grant::RefreshToken => exchange.refresh_token().await,
            }
        }
        Err(error) => Err(error),
    };
    granted.unwrap_or_else(|error| error.answer(ports))
}

/// Who asks, and by which grant.
fn decide<'c>(
    request: &Request<'_>,
    form: &Form,
    config: &'c Config,
) -> Result<(&'c Client, Grant), TokenError<'c>> {
    let client = client_auth::authenticate(config, request.authorization, form)
        .map_err(TokenError::Client)?;
    let grant = match form.get("grant_type") {
        None => return Err(TokenError::Missing("grant_type")),
        Some("client_credentials") => Grant::ClientCredentials,
        Some("authorization_code") => Grant::AuthorizationCode,
        Some("refresh_token") => Grant::RefreshToken,
        Some(_) => return Err(TokenError::GrantTypeUnsupported),
    };
    if client.grants.contains(&grant) {
        Ok((client, grant))
    } else {
        Err(TokenError::GrantNotAllowed(client))
    }
}

impl<'c, P: PersonPorts> Exchange<'_, 'c, P> {
    fn needed(&self, parameter: &'static str) -> Result<&str, TokenError<'c>> {
        self.form
            .get(parameter)
            .ok_or(TokenError::Missing(parameter))
    }

    /// The scope that is asked for, of what may be had.
    fn scope(&self, available: &Scope) -> Result<Scope, TokenError<'c>> {
        let Some(text) = self.form.get("scope") else {
            return Ok(available.clone());
        };
        let scope: Scope = text.parse().map_err(|_| TokenError::ScopeMalformed)?;
        if available.covers(&scope) {
            Ok(scope)
        } else {
            Err(TokenError::ScopeNotAllowed(self.client))
        }
    }

    /// The resources that are asked for, of those that may be had.
    fn audiences(&self, available: &[ResourceUri]) -> Result<Vec<ResourceUri>, TokenError<'c>> {
        let mut audiences = Vec::new();
        for text in self.form.get_all("resource") {
            let resource: ResourceUri = text.parse().map_err(|_| TokenError::ResourceMalformed)?;
            if !available.contains(&resource) {
                return Err(TokenError::ResourceNotAllowed(self.client));
            }
            if !audiences.contains(&resource) {
                audiences.push(resource);
            }
        }
        if audiences.is_empty() {
            audiences.extend_from_slice(available);
        }
        Ok(audiences)
    }

    /// The record that a code or a refresh token stands for, if it may be used now.
    async fn presented(
        &self,
        grant: Grant,
        kind: TokenKind,
        token: &PlainToken,
    ) -> Result<(SessionRecord, TokenDigest), TokenError<'c>> {
        let invalid = |reason| Err(TokenError::InvalidGrant(grant, reason));
        let keys = self.resolver.keys();
        // Exposed to be opened.
        let Ok(pointer) = keys.open(kind, token.expose(), self.ports.now()) else {
            return invalid("not ours, or expired");
        };
        let digest = TokenDigest::of(token);
        let present = Command::Present {
            digest,
            client: self.client.id.clone(),
        };
        let sealed = match self.ports.ask(pointer.session, present).await? {
            Reply::Record(sealed) => sealed,
            Reply::Reused => return self.reused(grant, pointer.session).await,
            Reply::Unknown => return invalid("unknown, or another client's"),
            _ => return Err(issue::unexpected_reply().into()),
        };
        let record = sealed
            .open(&RecordKey::new(kind, digest), token, keys)
            .ok()
            .filter(|record| record.session == pointer.session)
            .ok_or_else(issue::unexpected_reply)?;
        // A cutoff, or the end of the login that it came from, may not have reached the coordinator.
        if self.resolver.is_ended(self.ports, &record, digest).await? {
            return invalid("the session was ended");
        }
        Ok((record, digest))
    }

    /// It had been used before, so two parties hold it: what it gave is taken back.
    async fn reused<T>(&self, grant: Grant, session: SessionId) -> Result<T, TokenError<'c>> {
        let until = self.ports.now().plus(self.config.longest_life());
        let target = Target::Session(session);
        announce(&target, until, self.resolver, self.ports).await?;
        self.ports.emit(Event::SessionEnded {
            session: &session.to_base64url(),
            reason: "reuse",
        });
        Err(TokenError::InvalidGrant(
            grant,
            "used before: the session was ended",
        ))
    }

    /// An access token for what `granted` stands for, narrowed to what is asked for now and to what
    /// the client may still have.
    fn access(&self, granted: &SessionRecord) -> Result<Minted, TokenError<'c>> {
        let scope = granted.scope.common(&self.client.scope);
        // What was good for every resource is good for the client's own, if it has any now.
        let mut audiences = if granted.audiences.is_empty() {
            self.client.audiences.clone()
        } else {
            granted.audiences.clone()
        };
        audiences.retain(|audience| self.client.audiences.contains(audience));
        if audiences.is_empty() && !granted.audiences.is_empty() {
            // A token without an audience is good for more, not for less.
            return Err(TokenError::ResourceNotAllowed(self.client));
        }
        let (issued_at, expires_at) = issue::times(self.client.token_lifetime, self.ports);
        let record = SessionRecord {
            scope: self.scope(&scope)?,
            audiences: self.audiences(&audiences)?,
            issued_at,
            expires_at: granted
                .ends_at
                .map_or(expires_at, |end| end.min(expires_at)),
            ends_at: None,
            ..granted.clone()
        };
        Ok(self.mint(TokenKind::Access, record))
    }

    fn mint(&self, kind: TokenKind, record: SessionRecord) -> Minted {
        Minted::new(kind, record, self.resolver.keys(), self.ports)
    }

    /// The record of a refresh token that is made now.
    fn refresh_record(&self, granted: &SessionRecord) -> SessionRecord {
        let (issued_at, expires_at) = issue::times(self.client.refresh_idle, self.ports);
        refresh_record_at(granted, issued_at, expires_at)
    }

    /// The success of section 5.1.
    fn issued(&self, access: &Minted, refresh: Option<&Minted>) -> Answer {
        let record = access.record();
        let scope = record.scope.to_string();
        let expires_in = access.lifetime().as_secs();
        self.ports.emit(Event::TokenIssued {
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
}

/// The record of a refresh token with these times, within those of its session.
fn refresh_record_at(granted: &SessionRecord, issued_at: Time, expires_at: Time) -> SessionRecord {
    SessionRecord {
        issued_at,
        expires_at: granted
            .ends_at
            .map_or(expires_at, |end| end.min(expires_at)),
        ..granted.clone()
    }
}
