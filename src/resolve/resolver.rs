//! What an isolate knows of tokens, and what it cannot know without asking.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::cache::{Cache, CacheKey, CachedSession};
use super::log::LogCopy;
use super::meaning::{Inactive, Resolution};
use super::refused::RefusedTokens;
use super::unknown::UnknownTokens;
use crate::config::Issuer;
use crate::issuers::{KnownIssuers, Whose};
use crate::revocation::Follower;
use crate::time::Time;
use crate::token::{KeyRing, PlainToken, Pointer, TokenDigest, Unsealable};

/// What [`Resolver::look`] found without I/O.
#[derive(Debug)]
pub enum Lookup<A> {
    /// The answer.
    Known(Resolution<A>),
    /// The answer, and a question that had better be asked beside the request, with [`Resolver::finish`]: what it rests on
    /// will soon be too old.
    Due(Resolution<A>, Inquiry<A>),
    /// A store, the log or another issuer must be asked: hand this to [`Resolver::finish`].
    NeedsIo(Inquiry<A>),
}

/// A question that needs I/O.
#[derive(Debug)]
pub struct Inquiry<A>(pub(super) Unknown<A>);

#[derive(Debug)]
pub(super) enum Unknown<A> {
    /// The session is known, but the copy of the log is too old.
    Log(Rc<CachedSession<A>>),
    /// The record of one of Postern's own tokens is not known.
    Record {
        about: AboutOwn,
        last_seen: LastSeen<A>,
        log_too: bool,
    },
    /// What a token of another issuer means is not known.
    Foreign {
        about: AboutForeign,
        last_seen: LastSeen<A>,
        log_too: bool,
    },
}

/// One of Postern's own tokens, whose seal holds.
#[derive(Debug)]
pub(super) struct AboutOwn {
    pub(super) token: PlainToken,
    pub(super) cache_key: CacheKey,
    pub(super) pointer: Pointer,
    pub(super) digest: TokenDigest,
}

/// A token of another issuer.
#[derive(Debug)]
pub(super) struct AboutForeign {
    pub(super) token: PlainToken,
    pub(super) cache_key: CacheKey,
    pub(super) whose: Whose,
}

/// The session of a token as it was last seen, and for how long it has not been believed any more: for an outage.
pub(super) type LastSeen<A> = Option<(Rc<CachedSession<A>>, Duration)>;

impl<A> Lookup<A> {
    pub(super) const fn active(session: Rc<CachedSession<A>>) -> Self {
        Self::Known(Resolution::active(session))
    }

    pub(super) const fn inactive(inactive: Inactive) -> Self {
        Self::Known(Resolution::Inactive(inactive))
    }
}

/// What an isolate knows: the keys, the opened records, and its copy of the revocation log.
#[derive(Debug)]
pub struct Resolver<A> {
    pub(super) keys: KeyRing,
    pub(super) cache: RefCell<Cache<A>>,
    pub(super) unknown: RefCell<UnknownTokens>,
    pub(super) refused: RefCell<RefusedTokens>,
    pub(super) log: LogCopy,
    pub(super) issuers: KnownIssuers,
}

impl<A> Resolver<A> {
    /// A resolver that knows nothing yet. It uses at most `cache_bytes` bytes for opened records;
    /// `cache_seed` must be random. The revocation log is told of `longest_life`, the longest life of anything
    /// that may be issued here.
    #[must_use]
    pub fn new(
        keys: KeyRing,
        cache_bytes: usize,
        cache_seed: [u8; 16],
        longest_life: Duration,
    ) -> Self {
        Self {
            keys,
            cache: RefCell::new(Cache::new(cache_bytes, cache_seed)),
            unknown: RefCell::default(),
            refused: RefCell::default(),
            log: LogCopy::new(longest_life),
            issuers: KnownIssuers::default(),
        }
    }

    /// The same, and these are the other issuers whose tokens may be taken.
    #[must_use]
    pub fn with_issuers(self, issuers: &[Issuer]) -> Self {
        Self {
            issuers: KnownIssuers::new(issuers),
            ..self
        }
    }

    /// The same, where the caller keeps so many bytes more of each session than the values of four headers.
    #[must_use]
    pub fn with_kept_beside(self, bytes: usize) -> Self {
        Self {
            cache: RefCell::new(self.cache.into_inner().with_kept_beside(bytes)),
            ..self
        }
    }

    /// The other issuers whose tokens may be taken.
    #[must_use]
    pub const fn issuers(&self) -> &KnownIssuers {
        &self.issuers
    }

    /// The keys that seal and open tokens.
    #[must_use]
    pub const fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The copy of the revocation log.
    #[must_use]
    pub const fn log(&self) -> &LogCopy {
        &self.log
    }
}

/// Why a session is no longer valid, as far as this copy of the log knows.
pub(super) fn ended<A>(
    session: &CachedSession<A>,
    follower: &Follower,
    now: Time,
) -> Option<Inactive> {
    if now.has_reached(session.record().expires_at) {
        return Some(Inactive::Unsealable(Unsealable::Expired));
    }
    session.is_cut_off(follower).then_some(Inactive::Revoked)
}
