//! Why the token endpoint issues no token (RFC 6749 section 5.2, RFC 8707 section 2).

use crate::config::{Client, Grant};
use crate::oauth::endpoint_error::{EndpointError, OwnError};
use crate::oauth::error_response::ErrorResponse;
use crate::protocol::ErrorCode;

/// All the errors of the token endpoint.
pub(super) type Error<'c> = EndpointError<'c, TokenError<'c>>;

/// The errors of the token endpoint only.
#[derive(Debug)]
pub enum TokenError<'c> {
    /// There is no such grant here.
    GrantTypeUnsupported,
    /// The client may not use this grant.
    GrantNotAllowed(&'c Client),
    /// `code_verifier` breaks the grammar of RFC 7636 section 4.1.
    VerifierMalformed,
    /// The code or the refresh token does not count. The reason is for the log.
    InvalidGrant(Grant, &'static str),
    /// `scope` breaks the grammar of section 3.3.
    ScopeMalformed,
    /// `scope` has something that the client may not have.
    ScopeNotAllowed(&'c Client),
    /// The person may get none of the scope that was granted any more.
    NoScopeLeft,
    /// A `resource` is not an absolute URI without a fragment.
    ResourceMalformed,
    /// The client may not get tokens for a `resource`.
    ResourceNotAllowed(&'c Client),
}

impl OwnError for TokenError<'_> {
    fn response(&self) -> ErrorResponse {
        match self {
            Self::GrantTypeUnsupported => ErrorResponse::new(
                400,
                ErrorCode::UnsupportedGrantType,
                "grant_type must be client_credentials, authorization_code or refresh_token",
            ),
            Self::GrantNotAllowed(client) => ErrorResponse::new(
                400,
                ErrorCode::UnauthorizedClient,
                "this client may not use this grant_type",
            )
            .because(format!("client {} may not use this grant_type", client.id)),
            Self::VerifierMalformed => ErrorResponse::new(
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
                ErrorResponse::new(400, ErrorCode::InvalidGrant, description)
                    .because(format!("{}: {reason}", grant.as_str()))
            }
            Self::ScopeMalformed => ErrorResponse::new(
                400,
                ErrorCode::InvalidScope,
                "scope is not a list of scope tokens separated by spaces",
            ),
            Self::ScopeNotAllowed(client) => ErrorResponse::new(
                400,
                ErrorCode::InvalidScope,
                "the requested scope exceeds what this client may have",
            )
            .because(format!("client {} may not have that scope", client.id)),
            Self::NoScopeLeft => ErrorResponse::new(
                400,
                ErrorCode::InvalidScope,
                "the person may get none of the scope that was granted any more",
            ),
            Self::ResourceMalformed => ErrorResponse::new(
                400,
                ErrorCode::InvalidTarget,
                "resource is not an absolute URI without a fragment",
            ),
            Self::ResourceNotAllowed(client) => ErrorResponse::new(
                400,
                ErrorCode::InvalidTarget,
                "this client may not get tokens for the requested resource",
            )
            .because(format!(
                "client {} may not get tokens for that resource",
                client.id
            )),
        }
    }
}
