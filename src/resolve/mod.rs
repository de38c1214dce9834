//! From a token to what it means: active, inactive, or unavailable.
//!
//! Job: one answer for the gate and the endpoints, so that they cannot disagree. [`Resolver::look`] does everything that
//! needs no I/O and is the hot path; [`Resolver::finish`] does the rest. Not its job: what the token is allowed to do.
//!
//! What costs no I/O comes first: the cache and the copy of the revocation log answer what is known, and
//! syntax, seal and expiry turn away every forgery. Only then is a store or the log asked.

mod batch;
mod cache;
mod log;
mod meaning;
mod relay;
mod stream;
mod unknown;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future;

use crate::ports::{Dependency, Ports, Unavailable};
use crate::revocation::Follower;
use crate::revocation::entry::TargetId;
use crate::session::coordinator::{Command, Reply};
use crate::session::{RecordKey, SealedRecord, SessionRecord};
use crate::time::Time;
use crate::token::seal::TOKEN_LENGTH;
use crate::token::{KeyRing, PlainToken, Pointer, TokenDigest, TokenKind, Unsealable};

use cache::{Cache, CacheKey, Cached};
use unknown::UnknownTokens;

pub use cache::CachedSession;
pub use log::LogCopy;
pub use meaning::{Active, Demand, Inactive, Outage, Resolution};
pub use relay::Relay;
pub use stream::{OpenStream, Standing};

/// What [`Resolver::look`] found without I/O.
#[derive(Debug)]
pub enum Lookup<A> {
    /// The answer.
    Known(Resolution<A>),
    /// A store or the log must be asked: hand this to [`Resolver::finish`].
    NeedsIo(Inquiry<A>),
}

/// A question that needs I/O.
#[derive(Debug)]
pub struct Inquiry<A>(Unknown<A>);

#[derive(Debug)]
enum Unknown<A> {
    /// The session is known, but the copy of the log is too old.
    Log(Rc<CachedSession<A>>),
    /// The record is not known.
    Record {
        token: PlainToken,
        cache_key: CacheKey,
        pointer: Pointer,
        digest: TokenDigest,
        /// The session as it was last seen, for an outage.
        last_seen: Option<(Rc<CachedSession<A>>, Duration)>,
        log_too: bool,
    },
}

/// What an isolate knows: the keys, the opened records, and its copy of the revocation log.
#[derive(Debug)]
pub struct Resolver<A> {
    keys: KeyRing,
    cache: RefCell<Cache<A>>,
    unknown: RefCell<UnknownTokens>,
    log: LogCopy,
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
            log: LogCopy::new(longest_life),
        }
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

    /// What a token of this kind (an access token or a ticket) means.
    pub async fn resolve<P: Ports>(
        &self,
        ports: &P,
        kind: TokenKind,
        token: &str,
        demand: &Demand,
    ) -> Resolution<A> {
        match self.look(kind, token, demand, ports.now()) {
            Lookup::Known(resolution) => resolution,
            Lookup::NeedsIo(inquiry) => self.finish(ports, inquiry, demand).await,
        }
    }

    /// What a token of this kind (an access token or a ticket) means, as far as that is known without I/O.
    #[must_use]
    pub fn look(&self, kind: TokenKind, token: &str, demand: &Demand, now: Time) -> Lookup<A> {
        // Before the cache, which has both kinds: a ticket is not an access token. And a text of any other
        // length is not hashed.
        if token.len() != TOKEN_LENGTH || !token.starts_with(kind.prefix()) {
            let malformed = Inactive::Unsealable(Unsealable::Malformed);
            return Lookup::Known(Resolution::Inactive(malformed));
        }
        if !demand.accept.takes_own() && kind == TokenKind::Access {
            return Lookup::Known(Resolution::Inactive(Inactive::NotAccepted));
        }
        let mut cache = self.cache.borrow_mut();
        let cache_key = cache.key(token);
        let follower = self.log.follower.borrow();
        let log_is_fresh = follower.is_fresh(now, demand.max_staleness);
        let last_seen = match cache.get(cache_key, now) {
            Some(Cached::Fresh(session)) => {
                if let Some(inactive) = ended(&session, &follower, now) {
                    cache.remove(cache_key);
                    return Lookup::Known(Resolution::Inactive(inactive));
                }
                return if log_is_fresh {
                    Lookup::Known(Resolution::active(session))
                } else {
                    Lookup::NeedsIo(Inquiry(Unknown::Log(session)))
                };
            }
            Some(Cached::Old(session, age)) => Some((session, age)),
            None => None,
        };
        let pointer = match self.keys.open(kind, token, now) {
            Ok(pointer) => pointer,
            Err(unsealable) => {
                return Lookup::Known(Resolution::Inactive(Inactive::Unsealable(unsealable)));
            }
        };
        let token = PlainToken::new(token.to_owned());
        let digest = TokenDigest::of(&token);
        // A revocation is never undone, so an entry is believed however old the copy is.
        let targets = [TargetId::token(digest), TargetId::session(pointer.session)];
        if targets.into_iter().any(|target| follower.has_ended(target)) {
            cache.remove(cache_key);
            return Lookup::Known(Resolution::Inactive(Inactive::Revoked));
        }
        Lookup::NeedsIo(Inquiry(Unknown::Record {
            token,
            cache_key,
            pointer,
            digest,
            last_seen,
            log_too: !log_is_fresh,
        }))
    }

    /// Finds out what [`Self::look`] could not.
    pub async fn finish<P: Ports>(
        &self,
        ports: &P,
        Inquiry(unknown): Inquiry<A>,
        demand: &Demand,
    ) -> Resolution<A> {
        let (session, log, record) = match unknown {
            Unknown::Log(session) => (
                session,
                self.log.follow(ports, demand.max_staleness).await,
                Ok(()),
            ),
            Unknown::Record {
                token,
                cache_key,
                pointer,
                digest,
                last_seen,
                log_too,
            } => {
                let log = async {
                    if log_too {
                        self.log.follow(ports, demand.max_staleness).await
                    } else {
                        Ok(())
                    }
                };
                let record = self.load(ports, &token, cache_key, &pointer, digest);
                match future::join(log, record).await {
                    (log, Ok(Some(record))) => {
                        let session = Rc::new(CachedSession::new(record, digest));
                        let mut cache = self.cache.borrow_mut();
                        cache.insert(cache_key, Rc::clone(&session), ports.now());
                        (session, log, Ok(()))
                    }
                    (Ok(()), Ok(None)) => {
                        self.cache.borrow_mut().remove(cache_key);
                        return Resolution::Inactive(Inactive::NoRecord);
                    }
                    // Neither a record nor the log: the token is not valid either way, but only the
                    // log can say why. It may be asked again.
                    (Err(unavailable), Ok(None)) => return Resolution::Unavailable(unavailable),
                    (log, Err(unavailable)) => match (last_seen, demand.outage_grace) {
                        (Some((session, age)), Some(grace)) if age < cache::FRESH + grace => {
                            (session, log, Err(unavailable))
                        }
                        (_, _) => return Resolution::Unavailable(unavailable),
                    },
                }
            }
        };
        // The record may have been slow: the copy that was young enough before may not be any more.
        let is_strong = demand.max_staleness.is_zero();
        let log =
            if log.is_ok() && !is_strong && !self.log.is_fresh(ports.now(), demand.max_staleness) {
                self.log.follow(ports, demand.max_staleness).await
            } else {
                log
            };
        let now = ports.now();
        let follower = self.log.follower.borrow();
        if let Some(inactive) = ended(&session, &follower, now) {
            return Resolution::Inactive(inactive);
        }
        let Some(unavailable) = log.err().or(record.err()) else {
            return Resolution::active(session);
        };
        let grace = demand.outage_grace.unwrap_or_default();
        match follower.age(now) {
            Some(log_age) if log_age < demand.max_staleness + grace => Resolution::Active(Active {
                session,
                outage: Some(Outage {
                    unavailable,
                    log_age,
                }),
            }),
            Some(_) | None => Resolution::Unavailable(unavailable),
        }
    }

    /// The record of a token: from the record store, or from the session's coordinator if the store has none.
    /// A store that lags is not believed when it says that there is none: only the coordinator can say that.
    async fn load<P: Ports>(
        &self,
        ports: &P,
        token: &PlainToken,
        cache_key: CacheKey,
        pointer: &Pointer,
        digest: TokenDigest,
    ) -> Result<Option<SessionRecord>, Unavailable> {
        let kind = token.kind().ok_or_else(|| {
            let cause = "a token without a kind has no record";
            Unavailable::new(Dependency::RecordStore, cause)
        })?;
        let key = RecordKey::new(kind, digest);
        let open = |sealed: &SealedRecord, source| {
            sealed
                .open(&key, token, &self.keys)
                .ok()
                .filter(|record| record.session == pointer.session)
                // A record that can't be read is not a "no": a later version may have written it.
                .ok_or_else(|| Unavailable::new(source, "the record that it gave cannot be read"))
                .map(Some)
        };
        if let Some(sealed) = ports.read(&key).await? {
            return open(&sealed, Dependency::RecordStore);
        }
        if self.unknown.borrow().contains(cache_key, ports.now()) {
            return Ok(None);
        }
        let asked_at = ports.now();
        match ports.ask(pointer.session, Command::Read(digest)).await? {
            Reply::Record(sealed) => open(&sealed, Dependency::Coordinator),
            Reply::Found(_) => Err(Unavailable::new(
                Dependency::RecordStore,
                "it does not have the record of a token that its coordinator knows: the record is not there yet",
            )),
            Reply::Unknown => {
                self.unknown.borrow_mut().insert(cache_key, asked_at);
                Ok(None)
            }
            Reply::Done
            | Reply::Rotated { .. }
            | Reply::Reused { .. }
            | Reply::Recent
            | Reply::Ended { .. } => Err(Unavailable::new(
                Dependency::Coordinator,
                "it answered with another command's reply",
            )),
        }
    }
}

/// Why a session is no longer valid, as far as this copy of the log knows.
fn ended<A>(session: &CachedSession<A>, follower: &Follower, now: Time) -> Option<Inactive> {
    if now.has_reached(session.record().expires_at) {
        return Some(Inactive::Unsealable(Unsealable::Expired));
    }
    session.is_cut_off(follower).then_some(Inactive::Revoked)
}

#[cfg(test)]
mod tests;
