//! A request for a token, and what the grants have in common.

use serde::Serialize;

use super::error::{Error, TokenError};
use crate::config::{Client, Config, Grant};
use crate::issue::ending::announce;
use crate::issue::{self, Minted};
use crate::oauth::endpoint_error;
use crate::oauth::requested::{self, RequestedError};
use crate::ports::PersonPorts;
use crate::protocol::{Answer, Form, ResourceUri, Scope, json};
use crate::resolve::Resolver;
use crate::revocation::Target;
use crate::session::coordinator::{Command, Reply};
use crate::session::{RecordKey, SessionRecord};
use crate::telemetry::Event;
use crate::time::Time;
use crate::token::{PlainToken, SessionId, TokenDigest, TokenKind};

/// A request for a token from an authenticated client, and what it takes to answer it.
pub(super) struct TokenRequest<'a, 'c, P: PersonPorts> {
    pub(super) form: &'a Form,
    pub(super) client: &'c Client,
    pub(super) config: &'c Config,
    pub(super) resolver: &'a Resolver<P::Attachment>,
    pub(super) ports: &'a P,
}

/// The success of section 5.1.
#[derive(Serialize)]
struct Issued<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    /// Absent where the token has none, because the grammar does not allow an empty scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
}

impl<'c, P: PersonPorts> TokenRequest<'_, 'c, P> {
    pub(super) fn needed(&self, parameter: &'static str) -> Result<&str, Error<'c>> {
        endpoint_error::needed(self.form, parameter)
    }

    /// The requested part of the available scope.
    pub(super) fn scope(&self, available: &Scope) -> Result<Scope, TokenError<'c>> {
        requested::scope(self.form, available).map_err(|error| match error {
            RequestedError::Malformed => TokenError::ScopeMalformed,
            RequestedError::NotAllowed => TokenError::ScopeNotAllowed(self.client),
        })
    }

    /// The requested ones of the available resources.
    pub(super) fn audiences(
        &self,
        available: &[ResourceUri],
    ) -> Result<Vec<ResourceUri>, TokenError<'c>> {
        requested::resources(self.form, available).map_err(|error| match error {
            RequestedError::Malformed => TokenError::ResourceMalformed,
            RequestedError::NotAllowed => TokenError::ResourceNotAllowed(self.client),
        })
    }

    /// The record behind a code or a refresh token, if it may be used now.
    pub(super) async fn presented(
        &self,
        grant: Grant,
        kind: TokenKind,
        token: &PlainToken,
    ) -> Result<(SessionRecord, TokenDigest), Error<'c>> {
        let invalid = |reason| Err(TokenError::InvalidGrant(grant, reason).into());
        let keys = self.resolver.keys();
        // Exposed to be opened.
        let Ok(pointer) = keys.open(kind, token.expose(), self.ports.now()) else {
            return invalid("not from here, or expired");
        };
        let digest = TokenDigest::of(token);
        let present = Command::Present {
            digest,
            client: self.client.id.clone(),
        };
        let sealed = match self.ports.ask(pointer.session, present).await? {
            Reply::Record(sealed) => sealed,
            Reply::Reused { until } => return self.reused(grant, pointer.session, until).await,
            Reply::Unknown => return invalid("unknown, or another client's"),
            _ => return Err(issue::unexpected_reply().into()),
        };
        let record = sealed
            .open(&RecordKey::new(kind, digest), token, keys)
            .ok()
            .filter(|record| record.session == pointer.session)
            .ok_or_else(issue::unexpected_reply)?;
        // The coordinator need not know of a cutoff, or of the end of the login.
        if self
            .resolver
            .log()
            .is_ended(self.ports, &record, digest)
            .await?
        {
            return invalid("the session was ended");
        }
        Ok((record, digest))
    }

    /// It was used before, so two parties have it. The session is ended.
    pub(super) async fn reused<T>(
        &self,
        grant: Grant,
        session: SessionId,
        until: Time,
    ) -> Result<T, Error<'c>> {
        let target = Target::Session(session);
        announce(&target, until, self.resolver, self.ports).await?;
        self.ports.emit(Event::SessionEnded {
            session: &session.to_base64url(),
            reason: "reuse",
        });
        Err(TokenError::InvalidGrant(grant, "used before: the session was ended").into())
    }

    /// An access token for what was granted, narrowed to what is requested now and to what the client and the person
    /// may still have.
    pub(super) fn access(&self, granted: &SessionRecord) -> Result<Minted, TokenError<'c>> {
        let of_client = granted.scope.common(&self.client.scope);
        let is_any = !of_client.is_empty();
        let scope = self.config.scope_of_person(of_client, granted);
        if is_any && scope.is_empty() {
            return Err(TokenError::NoScopeLeft);
        }
        // A grant for every resource covers the client's own, if it has any now.
        let mut audiences = if granted.audiences.is_empty() {
            self.client.audiences.clone()
        } else {
            granted.audiences.clone()
        };
        audiences.retain(|audience| self.client.audiences.contains(audience));
        if audiences.is_empty() && !granted.audiences.is_empty() {
            // A token without an audience would be good for more, not for less.
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

    pub(super) fn mint(&self, kind: TokenKind, record: SessionRecord) -> Minted {
        Minted::new(kind, record, self.resolver.keys(), self.ports)
    }

    /// The record of a new refresh token.
    pub(super) fn refresh_record(&self, granted: &SessionRecord) -> SessionRecord {
        let (issued_at, expires_at) = issue::times(self.client.refresh_idle, self.ports);
        refresh_record_at(granted, issued_at, expires_at)
    }

    /// The success of section 5.1.
    pub(super) fn issued(&self, access: &Minted, refresh: Option<&Minted>) -> Answer {
        let record = access.record();
        let scope = record.scope.to_string();
        // From now on, not from its issue: writing it down took a moment.
        let expires_in = record.expires_at.since(self.ports.now()).as_secs();
        self.ports.emit(Event::TokenIssued {
            client_id: record.client_id.as_str(),
            session: &record.session.to_base64url(),
            scope: &scope,
            expires_in,
        });
        let issued = Issued {
            // Exposed to the client.
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
pub(super) fn refresh_record_at(
    granted: &SessionRecord,
    issued_at: Time,
    expires_at: Time,
) -> SessionRecord {
    SessionRecord {
        issued_at,
        expires_at: granted
            .ends_at
            .map_or(expires_at, |end| end.min(expires_at)),
        ..granted.clone()
    }
}
