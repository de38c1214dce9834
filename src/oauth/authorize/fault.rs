//! What a client is told at its redirect URI where it gets no code.

use crate::protocol::ErrorCode;

/// What the client is told (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    RequestObject,
    RequestUri,
    NoResponseType,
    ResponseType,
    ResponseMode,
    NoChallenge,
    ChallengeMethod,
    Challenge,
    ScopeMalformed,
    ScopeNotAllowed,
    Resource,
    MaxAge,
    AcrValues,
    Prompt,
    TooLong,
    LoginRequired,
    ConsentRequired,
    Denied,
    NoScopeLeft,
    NoSuchLogin,
    Unavailable,
}

impl Fault {
    pub(super) const fn code(self) -> ErrorCode {
        match self {
            Self::RequestObject => ErrorCode::RequestNotSupported,
            Self::RequestUri => ErrorCode::RequestUriNotSupported,
            Self::ResponseType => ErrorCode::UnsupportedResponseType,
            Self::NoResponseType
            | Self::ResponseMode
            | Self::NoChallenge
            | Self::ChallengeMethod
            | Self::Challenge
            | Self::MaxAge
            | Self::AcrValues
            | Self::Prompt
            | Self::TooLong => ErrorCode::InvalidRequest,
            Self::ScopeMalformed | Self::ScopeNotAllowed => ErrorCode::InvalidScope,
            Self::Resource => ErrorCode::InvalidTarget,
            Self::LoginRequired => ErrorCode::LoginRequired,
            Self::ConsentRequired => ErrorCode::ConsentRequired,
            Self::Denied | Self::NoScopeLeft => ErrorCode::AccessDenied,
            Self::NoSuchLogin => ErrorCode::UnmetAuthenticationRequirements,
            Self::Unavailable => ErrorCode::TemporarilyUnavailable,
        }
    }

    pub(super) const fn description(self) -> &'static str {
        match self {
            Self::RequestObject => "request objects are not supported: send plain parameters",
            Self::RequestUri => "request_uri is not supported: send plain parameters",
            Self::NoResponseType => "response_type is missing: it must be code",
            Self::ResponseType => "the only response_type here is code",
            Self::ResponseMode => "the only response_mode here is query",
            Self::NoChallenge => "code_challenge is missing: every client must use PKCE (RFC 7636)",
            Self::ChallengeMethod => "code_challenge_method must be S256",
            Self::Challenge => "code_challenge is not 43 characters of base64url",
            Self::ScopeMalformed => "scope is not a list of scope tokens separated by spaces",
            Self::ScopeNotAllowed => "the requested scope exceeds what this client may have",
            Self::Resource => {
                "a resource is not an absolute URI without a fragment that this client may get \
                 tokens for"
            }
            Self::MaxAge => "max_age is not a whole number of seconds",
            Self::AcrValues => {
                "acr_values is not a list of at most 255 characters, with single spaces between its values"
            }
            Self::Prompt => "prompt must be only none, or login and consent",
            Self::TooLong => {
                "the request is longer than 8000 octets, which no login could lead back to"
            }
            Self::LoginRequired => "the person is not logged in",
            Self::ConsentRequired => "the person would have to be asked for consent",
            Self::Denied => "the person did not agree",
            Self::NoScopeLeft => "the person may get none of the requested scope",
            Self::NoSuchLogin => "nobody can log in here as acr_values asks for it",
            Self::Unavailable => {
                "a store that this answer depends on did not answer; nothing was decided; try again"
            }
        }
    }
}
