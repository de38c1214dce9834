//! Why a token is not believed, and why there is no answer.
//!
//! A reason goes to the log. It names the claim, member or step that was wrong. Nothing in it is the issuer's.

use std::borrow::Cow;

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
    /// The same, with another reason where the answer is no.
    #[must_use]
    pub fn map<S>(self, refused: impl FnOnce(R) -> S) -> Failure<S> {
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
    /// It is not a compact JWT. This says what of it is wrong.
    Malformed(&'static str),
    /// It is signed by an algorithm that is not taken.
    Algorithm,
    /// It is signed by an algorithm that its issuer's metadata does not list.
    Unlisted,
    /// It has `crit`, and Postern knows no extension (RFC 7515 section 4.1.11).
    Critical,
    /// Its `typ` says that it is another kind of token.
    Type,
    /// The issuer has no key that could have signed it.
    UnknownKey,
    /// Its signature is not by the issuer's key.
    Signature,
    /// This claim must be there and is not.
    Missing(&'static str),
    /// This claim is not what it must be: a number, or a text that is not empty.
    Unfit(&'static str),
    /// `iss` is not the provider.
    Issuer,
    /// `iss` is not the one of the tenant in `tid`.
    Tenant,
    /// The key that signed it is for another issuer.
    KeyIssuer,
    /// `aud` is not Postern.
    Audience,
    /// `azp` is not Postern.
    AuthorizedParty,
    /// `exp` has come.
    Expired,
    /// This claim, `iat` or `nbf`, is in the future.
    NotYetValid(&'static str),
    /// `iat` is too long ago.
    TooOld,
    /// Its issuer was asked, and says that it is not active (RFC 7662 section 2.2).
    Inactive,
}

impl JwtRefusal {
    /// Its name in the log.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Malformed(_) => "malformed",
            Self::Algorithm | Self::Unlisted => "wrong_algorithm",
            Self::Critical => "critical_header",
            Self::Type => "wrong_type",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "wrong_signature",
            Self::Missing(_) => "missing_claim",
            Self::Unfit(_) => "unfit_claim",
            Self::Issuer | Self::Tenant => "unknown_issuer",
            Self::KeyIssuer => "key_of_other_issuer",
            Self::Audience | Self::AuthorizedParty => "wrong_audience",
            Self::Expired => "expired",
            Self::NotYetValid(_) => "not_yet_valid",
            Self::TooOld => "too_old",
            Self::Inactive => "inactive",
        }
    }

    /// The reason for the log.
    #[must_use]
    pub fn reason(self) -> Cow<'static, str> {
        let text = match self {
            Self::TooLarge => {
                "the token is larger than 32 KiB: have its issuer send only the groups or roles that this \
                 application needs"
            }
            Self::Malformed(what) => return format!("the token: {what}").into(),
            Self::Algorithm => {
                "alg of the token is not RS, PS or ES with 256, 384 or 512, EdDSA or Ed25519: have its issuer \
                 sign with one of them"
            }
            Self::Unlisted => {
                "alg of the token is not in id_token_signing_alg_values_supported of its metadata"
            }
            Self::Critical => "the header of the token has crit",
            Self::Type => "typ of the token says that it is another kind of token",
            Self::UnknownKey => {
                "no key at its issuer's jwks_uri has the kid of the token and is for its alg"
            }
            Self::Signature => {
                "the signature of the token is not by the key at its issuer's jwks_uri"
            }
            Self::Missing(claim) => return format!("{claim} is missing in the token").into(),
            Self::Unfit(claim @ ("exp" | "iat" | "nbf" | "auth_time")) => {
                return format!("{claim} of the token is not a number").into();
            }
            Self::Unfit(claim) => {
                return format!("{claim} of the token is not a text of 1 to 255 bytes").into();
            }
            Self::Issuer => "iss of the token is not the issuer in the configuration",
            Self::Tenant => "iss of the token is not the issuer of the tenant in its tid",
            Self::KeyIssuer => "the key that signed the token is for another issuer than its iss",
            Self::Audience => "aud of the token does not name the client_id in the configuration",
            Self::AuthorizedParty => "azp of the token is not the client_id in the configuration",
            Self::Expired => "exp of the token has come",
            Self::NotYetValid(claim) => {
                return format!("{claim} of the token is more than a minute in the future").into();
            }
            Self::TooOld => "iat of the token is more than ten minutes ago",
            Self::Inactive => "its issuer says that the token is not active",
        };
        text.into()
    }
}
