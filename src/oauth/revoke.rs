//! Revocation (RFC 7009).
//!
//! Job: end an access token, so that from the 200 on a strong check anywhere refuses it; a refresh token
//! ends its session and every access token of it (section 2.1). For an access token the log comes first,
//! because it is what a strong check asks; the coordinator then forgets the token and deletes its record.
//! Either may fail: the client gets 503, and its retry does what is left.

use crate::config::{Client, Config};
use crate::issue;
use crate::issue::ending::{announce, end_session};
use crate::ports::{Ports, Unavailable};
use crate::protocol::{Answer, ErrorCode, Request};
use crate::resolve::Resolver;
use crate::revocation::{Entry, Target};
use crate::session::coordinator::{Command, Reply};
use crate::telemetry::Event;
use crate::token::{PlainToken, TokenDigest, TokenKind};

use super::Endpoint;
use super::client_auth::{self, ClientAuthError};
use super::refusal::{self, FormRefusal, Refusal};

/// Why nothing is revoked.
#[derive(Debug)]
enum RevokeError<'c> {
    /// There is no form.
    Form(FormRefusal),
    /// There is no client.
    Client(ClientAuthError<'c>),
    /// There is no `token`.
    TokenMissing,
    /// The token was issued to another client (section 2.1).
    OtherClient(&'c Client),
    /// It could not be recorded, or not all of it (section 2.2.1).
    Unavailable(Unavailable),
}

impl RevokeError<'_> {
    fn answer<P: Ports>(&self, ports: &P) -> Answer {
        let refusal = match self {
            Self::Unavailable(cause) => return refusal::unavailable(cause, ports),
            Self::Form(error) => error.refusal(),
            Self::Client(error) => error.refusal(),
            Self::TokenMissing => Refusal::new(400, ErrorCode::InvalidRequest, "token is missing"),
            Self::OtherClient(client) => Refusal::new(
                400,
                ErrorCode::UnauthorizedClient,
                "the token was not issued to this client",
            )
            .because(format!(
                "client {} presented a token of another client",
                client.id
            )),
        };
        refusal.answer(Endpoint::Revoke, ports)
    }
}

pub(super) async fn answer<P: Ports>(
    request: &Request<'_>,
    config: &Config,
    resolver: &Resolver,
    ports: &P,
) -> Answer {
    match revoke(request, config, resolver, ports).await {
        Ok(()) => Answer::new(200).with("cache-control", "no-store"),
        Err(error) => error.answer(ports),
    }
}

/// Revokes the token; one that counts nowhere any more is revoked already (section 2.2).
async fn revoke<'c, P: Ports>(
    request: &Request<'_>,
    config: &'c Config,
    resolver: &Resolver,
    ports: &P,
) -> Result<(), RevokeError<'c>> {
    let form = refusal::form(request, &[]).map_err(RevokeError::Form)?;
    let client = client_auth::authenticate(config, request.authorization, &form)
        .map_err(RevokeError::Client)?;
    let token = form.get("token").ok_or(RevokeError::TokenMissing)?;
    // The prefix says what it is, whatever `token_type_hint` says (section 2.1).
    let token = PlainToken::new(token.to_owned());
    let kind = match token.kind() {
        Some(kind @ (TokenKind::Access | TokenKind::Refresh)) => kind,
        Some(TokenKind::Code | TokenKind::Ticket) | None => return Ok(()),
    };
    // Exposed to be opened.
    let Ok(pointer) = resolver.keys().open(kind, token.expose(), ports.now()) else {
        return Ok(());
    };
    let digest = TokenDigest::of(&token);
    let ask = |command| ports.ask(pointer.session, command);
    let found = ask(Command::Find(digest))
        .await
        .map_err(RevokeError::Unavailable)?;
    match found {
        Reply::Found(owner) if owner == client.id => {}
        Reply::Found(_) => return Err(RevokeError::OtherClient(client)),
        Reply::Unknown => return Ok(()),
        // It was ended before, and whoever did it may not have reached the log.
        Reply::Reused => {
            let (session, until) = (pointer.session, ports.now().plus(config.longest_life()));
            return announce(&Target::Session(session), until, resolver, ports)
                .await
                .map_err(RevokeError::Unavailable);
        }
        _ => return Err(RevokeError::Unavailable(issue::unexpected_reply())),
    }
    if kind == TokenKind::Refresh {
        let until = ports.now().plus(config.longest_life());
        end_session(pointer.session, None, until, resolver, ports)
            .await
            .map_err(RevokeError::Unavailable)?;
        ports.emit(Event::SessionEnded {
            session: &pointer.session.to_base64url(),
            reason: "revoked",
        });
        return Ok(());
    }
    let entry = Entry::new(&Target::Token(digest), pointer.expires_at);
    ports
        .append(&entry)
        .await
        .map_err(RevokeError::Unavailable)?;
    resolver.note_revoked(&entry);
    let forgotten = ask(Command::Forget(digest))
        .await
        .map_err(RevokeError::Unavailable)?;
    if forgotten != Reply::Done {
        return Err(RevokeError::Unavailable(issue::unexpected_reply()));
    }
    ports.emit(Event::TokenRevoked {
        client_id: client.id.as_str(),
        session: &pointer.session.to_base64url(),
    });
    Ok(())
}
