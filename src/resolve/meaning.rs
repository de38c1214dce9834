//! What is asked of a token, and what it means.

use std::rc::Rc;
use std::time::Duration;

use super::cache::CachedSession;
use crate::config::Accept;
use crate::jose::JwtRefusal;
use crate::ports::Unavailable;
use crate::token::Unsealable;

/// How fresh an answer the caller needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// How old the copy of the revocation log may be; zero asks every time.
    pub max_staleness: Duration,
    /// How much longer than usual a cached session may be believed while a store does not answer; `None` if
    /// not at all.
    pub outage_grace: Option<Duration>,
    /// Whose access tokens are taken.
    pub accept: Accept,
}

impl Demand {
    /// Asks the log every time, and takes Postern's own tokens alone.
    pub const STRONG: Self = Self {
        max_staleness: Duration::ZERO,
        outage_grace: None,
        accept: Accept::OWN,
    };
}

/// What a token means.
#[derive(Clone, Debug)]
pub enum Resolution<A> {
    /// It is valid.
    Active(Active<A>),
    /// It is not.
    Inactive(Inactive),
    /// A store or the log did not answer, so nobody knows.
    Unavailable(Unavailable),
}

/// A valid token.
#[derive(Clone, Debug)]
pub struct Active<A> {
    /// What it stands for.
    pub session: Rc<CachedSession<A>>,
    /// The outage despite which it is believed, under [`Demand::outage_grace`].
    pub outage: Option<Outage>,
}

/// A dependency that did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Who did not answer, and why.
    pub unavailable: Unavailable,
    /// How old the copy of the revocation log was.
    pub log_age: Duration,
}

/// Why a token is not valid. A client never learns which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inactive {
    /// It could not be opened, or has expired.
    Unsealable(Unsealable),
    /// It was revoked, or a cutoff ended it.
    Revoked,
    /// There is no record of it.
    NoRecord,
    /// It is one of Postern's own, and those are not taken here.
    NotAccepted,
    /// It is none of Postern's own, and does not count.
    Foreign {
        /// The place of its issuer in the configuration; `None` where it is nobody's whose tokens are taken here.
        issuer: Option<u8>,
        /// Why.
        reason: JwtRefusal,
    },
}

impl Inactive {
    /// Whether it depends on whose tokens a route takes.
    #[must_use]
    pub const fn is_by_route(self) -> bool {
        matches!(
            self,
            Self::NotAccepted | Self::Foreign { .. } | Self::Unsealable(Unsealable::Malformed)
        )
    }

    /// The place of the other issuer whose token it is.
    #[must_use]
    pub const fn issuer(self) -> Option<u8> {
        match self {
            Self::Foreign { issuer, .. } => issuer,
            Self::Unsealable(_) | Self::Revoked | Self::NoRecord | Self::NotAccepted => None,
        }
    }

    /// Its name in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsealable(Unsealable::Malformed) => "malformed",
            Self::Unsealable(Unsealable::UnknownKey) => "unknown_key",
            Self::Unsealable(Unsealable::Forged) => "forged",
            Self::Unsealable(Unsealable::Expired) => "expired",
            Self::Revoked => "revoked",
            Self::NoRecord => "no_record",
            Self::NotAccepted => "issuer_not_accepted",
            Self::Foreign { reason, .. } => reason.code(),
        }
    }
}

impl<A> Resolution<A> {
    pub(super) const fn active(session: Rc<CachedSession<A>>) -> Self {
        Self::Active(Active {
            session,
            outage: None,
        })
    }
}
