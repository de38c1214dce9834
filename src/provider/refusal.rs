//! Why the answer is no, and why there is none.
//!
//! A reason goes to the log. It names the claim, member or step that was wrong. Nothing in it is the provider's.

use std::borrow::Cow;

use crate::jose::JwtRefusal;

/// Somebody whom the provider knows, and who may not enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// `sub`, as it would be here.
    pub subject: String,
    /// What the provider calls them.
    pub name: Option<String>,
    /// The rules of `allow`, and for each why it does not fit. No value of a claim is in them.
    pub rules: Vec<String>,
}

/// Why an ID token lets nobody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdTokenRefusal {
    /// It is not believed, for a reason that is the same for any token.
    Jwt(JwtRefusal),
    /// `nonce` is not the one of this login: the token was made for another login.
    Nonce,
    /// This claim, `sub` or the one that stands for it, is missing, too long, or has control characters.
    Subject(String),
    /// `auth_time` is missing although `max_age` was asked for, or is longer ago than that, or in the
    /// future. This says which.
    AuthTime(&'static str),
    /// `acr` is none of the classes that were asked for.
    Acr,
    /// There is no room for this claim in a record.
    TooLarge(String),
    /// The provider has left this claim, which `allow` looks at, out of the token because it would be too large.
    LeftOut(String),
    /// No rule of `allow` fits.
    NotAllowed(Box<Stranger>),
}

impl IdTokenRefusal {
    /// The reason for the log.
    #[must_use]
    pub fn reason(&self) -> Cow<'static, str> {
        let text = match self {
            Self::Jwt(refusal) => return refusal.reason(),
            Self::Nonce => "nonce of the ID token is not the one of this login",
            Self::Subject(claim) => {
                return format!(
                    "{claim}, which names the subject, is not a text of 1 to 255 bytes without control \
                     characters"
                )
                .into();
            }
            Self::AuthTime(what) => return format!("auth_time of the ID token {what}").into(),
            Self::Acr => "acr of the ID token is none of the acr_values that were asked for",
            Self::TooLarge(claim) => {
                return format!(
                    "there is no room for {claim}: all claims of a person may have 4096 bytes. Take it \
                     out of claims, or have the provider send less"
                )
                .into();
            }
            Self::LeftOut(claim) => {
                return format!(
                    "the provider left {claim} out of the ID token, because the person has too many: have it \
                     send only those that this application needs"
                )
                .into();
            }
            Self::NotAllowed(_) => "no rule of allow fits",
        };
        text.into()
    }
}

impl From<JwtRefusal> for IdTokenRefusal {
    fn from(refusal: JwtRefusal) -> Self {
        Self::Jwt(refusal)
    }
}

/// Why a login ends with nobody being let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginRefusal {
    /// `state` is not the one of this login: the answer belongs to another login, or to none.
    State,
    /// It took longer than [`super::LOGIN_LIFETIME`].
    TooLate,
    /// The provider is not in the configuration any more.
    UnknownProvider,
    /// The parameter `iss` is missing or names another provider (RFC 9207): a mix-up. This says which.
    Issuer(&'static str),
    /// `access_denied`: the person or the provider said no.
    Denied,
    /// With `prompt=none`: the person would have to do something (OpenID Connect Core section 3.1.2.6).
    InteractionNeeded,
    /// The provider has forgotten the login meanwhile, and a new one may well succeed: Keycloak's
    /// `temporarily_unavailable` with `authentication_expired`.
    Forgotten,
    /// The provider can't have the person log in as `acr_values` or `max_age` ask for it.
    Unmet,
    /// The provider refused the authorization request with this code: its configuration or Postern's is wrong.
    Request(&'static str),
    /// There is neither a code nor an error.
    NoCode,
    /// The provider did not take the code: it was used already, is too old, or is another provider's.
    Code(&'static str),
    /// The provider did not take the client id or the secret.
    Client(&'static str),
    /// What the `UserInfo` endpoint answered can't be used. This says why.
    UserInfo(String),
    /// The ID token lets nobody in.
    IdToken(IdTokenRefusal),
}

impl LoginRefusal {
    /// The reason for the log.
    #[must_use]
    pub fn reason(&self) -> Cow<'static, str> {
        let text = match self {
            Self::State => "state is not the one of this login",
            Self::TooLate => "the login took too long",
            Self::UnknownProvider => "the provider is not in the configuration",
            Self::Issuer(what) => {
                return format!("the parameter iss of the provider's answer {what}").into();
            }
            Self::Denied => "the provider said access_denied",
            Self::InteractionNeeded => "the provider would have to ask",
            Self::Forgotten => "the provider said authentication_expired, twice",
            Self::Unmet => "the provider said unmet_authentication_requirements",
            Self::Request(code) => {
                return format!("the provider refused the authorization request: {code}").into();
            }
            Self::NoCode => "the provider sent neither code nor error",
            Self::Code(code) => return format!("the provider refused the code: {code}").into(),
            Self::Client(code) => {
                return format!("the provider refused client_id or client_secret: {code}").into();
            }
            Self::UserInfo(why) => return format!("UserInfo: {why}").into(),
            Self::IdToken(refusal) => return refusal.reason(),
        };
        text.into()
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
    /// It names neither `sub` nor `sid`.
    Nobody,
    /// It names only `sub`, and the subjects here come from another claim.
    Subject,
}

impl LogoutRefusal {
    /// The reason for the log.
    #[must_use]
    pub fn reason(self) -> Cow<'static, str> {
        let text = match self {
            Self::Jwt(refusal) => return refusal.reason(),
            Self::Events => "events of the logout token does not say logout",
            Self::Nonce => "the logout token has a nonce",
            Self::Nobody => "the logout token names neither sub nor sid",
            Self::Subject => "the logout token names only sub, and subject is another claim",
        };
        text.into()
    }
}

impl From<JwtRefusal> for LogoutRefusal {
    fn from(refusal: JwtRefusal) -> Self {
        Self::Jwt(refusal)
    }
}
