//! Revocation (RFC 7009).
//!
//! Job: end an access token, so that once the client has its 200 every strong check refuses the token.
//! A refresh token ends its session with all its access tokens (section 2.1), even one that was used before. For
//! an access token the log comes first, because strong checks ask the log. Then the coordinator forgets the token and
//! deletes its record. If either fails, the client gets 503, and its retry does what is left. A token of another issuer is
//! that issuer's to revoke: 200 would say that this had been done.

use crate::config::{Client, Config};
use crate::issue;
use crate::issue::ending::{announce, end_session};
use crate::ports::Ports;
use crate::protocol::{Answer, ErrorCode, Request};
use crate::resolve::Resolver;
use crate::revocation::Target;
use crate::session::coordinator::{Command, Reply};
use crate::telemetry::Event;
use crate::token::{PlainToken, Pointer, TokenDigest, TokenKind};

use super::Endpoint;
use super::endpoint_error::{EndpointError, OwnError, form_of_client, needed};
use super::error_response::ErrorResponse;

/// Why this endpoint revokes nothing.
#[derive(Debug)]
enum RevokeError<'c> {
    /// The token was issued to another client (section 2.1).
    OtherClient(&'c Client),
    /// It is none of Postern's, and may be one of another issuer (section 2.2.1).
    OtherIssuer,
}

impl OwnError for RevokeError<'_> {
    fn response(&self) -> ErrorResponse {
        match self {
            Self::OtherClient(client) => ErrorResponse::new(
                400,
                ErrorCode::UnauthorizedClient,
                "the token was not issued to this client",
            )
            .because(format!(
                "client {} presented a token of another client",
                client.id
            )),
            Self::OtherIssuer => ErrorResponse::new(
                400,
                ErrorCode::UnsupportedTokenType,
                "the token was not issued here: its issuer revokes it",
            ),
        }
    }
}

pub(super) async fn answer<P: Ports>(
    request: &Request<'_>,
    config: &Config,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Answer {
    match revoke(request, config, resolver, ports).await {
        Ok(()) => Answer::new(200).with("cache-control", "no-store"),
        Err(error) => error.answer(Endpoint::Revoke, ports),
    }
}

/// Revokes the token. A token that is not valid anyway counts as revoked (section 2.2).
async fn revoke<'c, P: Ports>(
    request: &Request<'_>,
    config: &'c Config,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Result<(), EndpointError<'c, RevokeError<'c>>> {
    let (form, client) = form_of_client(request, &[], config)?;
    let token = needed(&form, "token")?;
    // The prefix says what it is, whatever `token_type_hint` says (section 2.1).
    let token = PlainToken::new(token.to_owned());
    let kind = match token.kind() {
        Some(kind @ (TokenKind::Access | TokenKind::Refresh)) => kind,
        None if !config.issuers.is_empty() => return Err(RevokeError::OtherIssuer.into()),
        Some(TokenKind::Code | TokenKind::Ticket) | None => return Ok(()),
    };
    // Exposed to be opened.
    let Ok(pointer) = resolver.keys().open(kind, token.expose(), ports.now()) else {
        return Ok(());
    };
    let digest = TokenDigest::of(&token);
    let ask = |command| ports.ask(pointer.session, command);
    let found = ask(Command::Find(digest)).await?;
    match found {
        Reply::Found(owner) if owner == client.id => {}
        Reply::Found(_) => return Err(RevokeError::OtherClient(client).into()),
        Reply::Unknown if kind == TokenKind::Refresh => {
            return revoke_used_up(client, &pointer, digest, resolver, ports).await;
        }
        // It was revoked or has expired there. But the log must have it whatever a coordinator remembers. The
        // token is genuine, so that is one entry at most, until it expires.
        Reply::Unknown => {
            let (token, until) = (Target::Token(digest), pointer.expires_at);
            announce(&token, until, resolver, ports).await?;
            return Ok(());
        }
        // Its session was ended before, but perhaps the log was not told.
        Reply::Reused { until } => {
            announce(&Target::Session(pointer.session), until, resolver, ports).await?;
            return Ok(());
        }
        _ => return Err(issue::unexpected_reply().into()),
    }
    if kind == TokenKind::Refresh {
        end_session(pointer.session, None, resolver, ports).await?;
        ports.emit(Event::SessionEnded {
            session: &pointer.session.to_base64url(),
            reason: "revoked",
        });
        return Ok(());
    }
    announce(&Target::Token(digest), pointer.expires_at, resolver, ports).await?;
    let forgotten = ask(Command::Forget(digest)).await?;
    if forgotten != Reply::Done {
        return Err(issue::unexpected_reply().into());
    }
    ports.emit(Event::TokenRevoked {
        client_id: client.id.as_str(),
        session: &pointer.session.to_base64url(),
    });
    Ok(())
}

/// Revokes a genuine refresh token that does not count any more. If it was used before and its session goes on
/// with a later one, presenting it ends the session; the coordinator sees to it that only its own client does
/// that. Otherwise there is nothing left that it could give.
async fn revoke_used_up<'c, P: Ports>(
    client: &Client,
    pointer: &Pointer,
    digest: TokenDigest,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Result<(), EndpointError<'c, RevokeError<'c>>> {
    let session = pointer.session;
    let present = Command::Present {
        digest,
        client: client.id.clone(),
    };
    match ports.ask(session, present).await? {
        Reply::Reused { until } => {
            announce(&Target::Session(session), until, resolver, ports).await?;
            ports.emit(Event::SessionEnded {
                session: &session.to_base64url(),
                reason: "revoked",
            });
            Ok(())
        }
        Reply::Unknown => Ok(()),
        _ => Err(issue::unexpected_reply().into()),
    }
}
