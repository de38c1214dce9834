//! Who a token stands for, in the form of `UserInfo` (OpenID Connect Core section 5.3).
//!
//! Job: tell a client that shows its access token what the session knows of its person, if the token's scope has `openid`.
//! Clients of identity servers expect to ask this way. Only tokens of this issuer count here, whatever they are meant
//! for: `openid` is the right to ask. Not its job: signed answers (section 5.3.2), and ID tokens, of which Postern issues none.

use crate::ports::{Ports, Unavailable};
use crate::protocol::credentials::{Authorization, authorization};
use crate::protocol::{Answer, ErrorCode, Request, introspection, json};
use crate::resolve::{Demand, Resolution, Resolver};
use crate::session::SessionRecord;
use crate::token::TokenKind;

use super::Endpoint;
use super::error_response::{self, ErrorResponse};

/// The scope that lets a client ask (section 5.4).
pub(super) const OPENID: &str = "openid";

/// Why the caller is told nothing (RFC 6750 section 3.1).
#[derive(Debug)]
enum UserInfoError {
    /// There is no token.
    NoToken,
    /// The header says `Bearer`, and what follows is not one token.
    Malformed,
    /// The token is not valid, or is bound to a key.
    InvalidToken,
    /// The token's scope lacks `openid`.
    NoScope,
    /// A store did not answer.
    Unavailable(Unavailable),
}

impl From<Unavailable> for UserInfoError {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

pub(super) async fn answer<P: Ports>(
    request: &Request<'_>,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Answer {
    let refuse = |status, code, description, challenge| {
        ErrorResponse::new(status, code, description)
            .with("www-authenticate", challenge)
            .answer(Endpoint::UserInfo, ports)
    };
    match user_info(request, resolver, ports).await {
        Ok(body) => Answer::new(200).json(body),
        Err(UserInfoError::NoToken) => refuse(
            401,
            ErrorCode::InvalidToken,
            "send the access token as Authorization: Bearer",
            "Bearer",
        ),
        Err(UserInfoError::Malformed) => refuse(
            400,
            ErrorCode::InvalidRequest,
            "the Authorization header says Bearer, and what follows is not one token",
            "Bearer error=\"invalid_request\"",
        ),
        Err(UserInfoError::InvalidToken) => refuse(
            401,
            ErrorCode::InvalidToken,
            "the access token is unknown, expired or revoked: get a new one",
            "Bearer error=\"invalid_token\"",
        ),
        Err(UserInfoError::NoScope) => refuse(
            403,
            ErrorCode::InsufficientScope,
            "the access token lacks the scope openid: ask for it when you get a token",
            "Bearer error=\"insufficient_scope\", scope=\"openid\"",
        ),
        Err(UserInfoError::Unavailable(cause)) => error_response::unavailable(&cause, ports),
    }
}

async fn user_info<P: Ports>(
    request: &Request<'_>,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Result<String, UserInfoError> {
    let token = match request.authorization.map(authorization) {
        Some(Authorization::Bearer(token)) => token,
        Some(Authorization::MalformedBearer) => return Err(UserInfoError::Malformed),
        Some(Authorization::Other) | None => return Err(UserInfoError::NoToken),
    };
    let meaning = resolver.resolve(ports, TokenKind::Access, token, &Demand::STRONG);
    let active = match meaning.await {
        Resolution::Active(active) => active,
        Resolution::Inactive(_) => return Err(UserInfoError::InvalidToken),
        Resolution::Unavailable(cause) => return Err(cause.into()),
    };
    let record = active.session.record();
    if record.confirmation.is_some() {
        return Err(UserInfoError::InvalidToken);
    }
    if !record.scope.contains(OPENID) {
        return Err(UserInfoError::NoScope);
    }
    Ok(response(record))
}

/// The claims of section 5.1 that are known, and those that the session has beside them.
fn response(record: &SessionRecord) -> String {
    let mut response = json::ObjectWriter::new();
    response.put("sub", &record.subject);
    if let Some(username) = &record.username
        && !record.claims.contains_key(PREFERRED)
    {
        response.put(PREFERRED, username);
    }
    for (name, value) in &record.claims {
        // No claim stands in for what Postern says itself.
        if !introspection::MEMBERS.contains(&name.as_str()) {
            response.put(name, value);
        }
    }
    response.end()
}

/// What people go by (section 5.1).
const PREFERRED: &str = "preferred_username";
