//! Why the answer is no, and why there is none.
//!
//! A reason goes to the log. Nothing in it is the provider's.

use crate::ports::Unavailable;

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure<R> {
    /// The answer is no.
    Refused(R),
    /// It could not be found out.
    Unavailable(Unavailable),
}

impl<R> From<Unavailable> for Failure<R> {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl<R> Failure<R> {
    pub(super) fn map<S>(self, refused: impl FnOnce(R) -> S) -> Failure<S> {
        match self {
            Self::Refused(reason) => Failure::Refused(refused(reason)),
            Self::Unavailable(unavailable) => Failure::Unavailable(unavailable),
        }
    }
}

/// Why a token is not believed, whatever kind of token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtRefusal {
    /// It is larger than 32 KiB.
    TooLarge,
    /// It is not a compact JWT.
    Malformed,
    /// It is signed by an algorithm that is not taken, or that the provider does not list.
    Algorithm,
    /// It has `crit`, and Postern knows no extension (RFC 7515 section 4.1.11).
    Critical,
    /// Its `typ` says that it is another kind of token.
    Type,
    /// The provider has no key that could have signed it.
    UnknownKey,
    /// Its signature is not by the provider's key.
    Signature,
    /// `iss` is not the provider.
    Issuer,
    /// `aud` is not Postern.
    Audience,
    /// `azp` is not Postern, or is missing although there are several audiences.
    AuthorizedParty,
    /// `exp` has come, or is missing where it is required.
    Expired,
    /// `iat` or `nbf` is in the future.
    NotYetValid,
    /// `iat` is missing, or too long ago.
    TooOld,
}

impl JwtRefusal {
    /// The reason for the log.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::TooLarge => "the provider's token is too large",
            Self::Malformed => "the provider's token is not a compact JWT",
            Self::Algorithm => "the provider's token is signed by an algorithm that is not taken",
            Self::Critical => "the provider's token has crit",
            Self::Type => "the provider's token is of another type",
            Self::UnknownKey => "the provider has no key for its token",
            Self::Signature => "the signature of the provider's token does not hold",
            Self::Issuer => "iss is not the provider",
            Self::Audience => "aud is not the client id",
            Self::AuthorizedParty => "azp is not the client id",
            Self::Expired => "exp has come",
            Self::NotYetValid => "iat or nbf is in the future",
            Self::TooOld => "iat is missing or too long ago",
        }
    }
}

/// Why an ID token lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdTokenRefusal {
    /// It is not believed, for a reason that is the same for any token.
    Jwt(JwtRefusal),
    /// `nonce` is not the one of this login: the token was made for another login.
    Nonce,
    /// `sub`, or the claim that stands for it, is missing, too long, or has control characters.
    Subject,
    /// `auth_time` is missing although `max_age` was asked for, or is longer ago than that, or in the
    /// future.
    AuthTime,
    /// The further claims are too large for a record.
    ClaimsTooLarge,
    /// No rule of `allow` fits.
    NotAllowed,
}

impl IdTokenRefusal {
    /// The reason for the log.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Jwt(refusal) => refusal.reason(),
            Self::Nonce => "nonce is not the one of this login",
            Self::Subject => "the claim for the subject is missing or unfit",
            Self::AuthTime => "auth_time is missing or does not fit max_age",
            Self::ClaimsTooLarge => "the claims to keep are too large",
            Self::NotAllowed => "no rule of allow fits",
        }
    }
}

impl From<JwtRefusal> for IdTokenRefusal {
    fn from(refusal: JwtRefusal) -> Self {
        Self::Jwt(refusal)
    }
}

/// Why a login ends with nobody being let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginRefusal {
    /// `state` is not the one of this login: the answer belongs to another login, or to none.
    State,
    /// It took longer than [`super::LOGIN_LIFETIME`].
    TooLate,
    /// The provider is not in the configuration any more.
    UnknownProvider,
    /// `iss` is missing or names another provider (RFC 9207): a mix-up.
    Issuer,
    /// `access_denied`: the person or the provider said no.
    Denied,
    /// With `prompt=none`: the person would have to do something (OpenID Connect Core section 3.1.2.6).
    InteractionNeeded,
    /// The provider refused the authorization request: its configuration or Postern's is wrong.
    Request,
    /// There is neither a code nor an error.
    NoCode,
    /// The provider did not take the code: it was used already, is too old, or is another provider's.
    Code,
    /// The provider did not take the client id or the secret.
    Client,
    /// The ID token lets nobody in.
    IdToken(IdTokenRefusal),
}

impl LoginRefusal {
    /// The reason for the log.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::State => "state is not the one of this login",
            Self::TooLate => "the login took too long",
            Self::UnknownProvider => "the provider is not in the configuration",
            Self::Issuer => "iss is missing or names another provider",
            Self::Denied => "the provider said access_denied",
            Self::InteractionNeeded => "the provider would have to ask",
            Self::Request => "the provider refused the authorization request",
            Self::NoCode => "the provider sent no code",
            Self::Code => "the provider refused the code",
            Self::Client => "the provider refused the client id or secret",
            Self::IdToken(refusal) => refusal.reason(),
        }
    }
}

/// Why a logout token ends nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutRefusal {
    /// It is not believed, for a reason that is the same for any token.
    Jwt(JwtRefusal),
    /// `events` does not say that it is a logout: it is another kind of token.
    Events,
    /// It has a `nonce`: it is an ID token.
    Nonce,
    /// `jti` is missing or unfit.
    Id,
    /// It names neither `sub` nor `sid`.
    Nobody,
    /// It names only `sub`, and the subjects here come from another claim.
    Subject,
}

impl LogoutRefusal {
    /// The reason for the log.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Jwt(refusal) => refusal.reason(),
            Self::Events => "events does not say logout",
            Self::Nonce => "the logout token has a nonce",
            Self::Id => "jti is missing or unfit",
            Self::Nobody => "the logout token names neither sub nor sid",
            Self::Subject => "the logout token names only sub, and subject is another claim",
        }
    }
}

impl From<JwtRefusal> for LogoutRefusal {
    fn from(refusal: JwtRefusal) -> Self {
        Self::Jwt(refusal)
    }
}
