//! Why a security event token is not taken, as RFC 8935 section 2.4 tells its sender.

use std::borrow::Cow;

use super::subject::UnfitSubject;
use crate::jose::JwtRefusal;

/// Why it is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetRefusal {
    /// It is not believed, for a reason that is the same for any token.
    Jwt(JwtRefusal),
    /// `events` is not what it must be. This says why.
    Events(&'static str),
    /// The subject of an event cannot be read. This says why.
    Subject(&'static str),
}

impl SetRefusal {
    /// The code for its sender.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Jwt(
                JwtRefusal::Algorithm
                | JwtRefusal::Unlisted
                | JwtRefusal::UnknownKey
                | JwtRefusal::Signature
                | JwtRefusal::KeyIssuer,
            ) => "invalid_key",
            Self::Jwt(JwtRefusal::Issuer | JwtRefusal::Tenant) => "invalid_issuer",
            Self::Jwt(JwtRefusal::Audience | JwtRefusal::AuthorizedParty) => "invalid_audience",
            Self::Jwt(_) | Self::Events(_) | Self::Subject(_) => "invalid_request",
        }
    }

    /// The reason, for the log and for its sender: nothing in it is what was sent.
    #[must_use]
    pub fn reason(&self) -> Cow<'static, str> {
        match self {
            Self::Jwt(JwtRefusal::Audience) => {
                "aud of the token is not the audience in the configuration".into()
            }
            Self::Jwt(refusal) => refusal.reason(),
            Self::Events(what) => format!("events of the token {what}").into(),
            Self::Subject(what) => format!("the subject of an event: {what}").into(),
        }
    }
}

impl From<JwtRefusal> for SetRefusal {
    fn from(refusal: JwtRefusal) -> Self {
        Self::Jwt(refusal)
    }
}

impl From<UnfitSubject> for SetRefusal {
    fn from(unfit: UnfitSubject) -> Self {
        Self::Subject(unfit.0)
    }
}
