//! The isolate's cache of opened records.
//!
//! Job: keep records for at most a minute and in at most so many bytes; the least recently used goes first.
//! It holds no token: a session is found by a keyed hash of 128 bits under a key that this isolate drew at
//! its start, so there is nothing to compare in constant time and nothing to steal.

use std::cell::{Cell, OnceCell};
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;
use std::time::Duration;

use lru::LruCache;
use siphasher::sip128::SipHasher24;

use crate::issuers::Foreign;
use crate::revocation::{Follower, TargetIds};
use crate::session::SessionRecord;
use crate::time::Time;
use crate::token::TokenDigest;

/// How long an opened record is believed without reading it again.
pub const FRESH: Duration = Duration::from_mins(1);

/// What an entry takes beside its record, in bytes, rounded up: its place in the table and in the list, and
/// in JavaScript the values of its identity headers and the object that `identity` gives.
const OVERHEAD: usize = 1024;

/// Whose token a session was opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// One of Postern's own.
    Own,
    /// Another issuer's.
    Issuer {
        /// Its place in the configuration.
        place: u8,
        /// When it was asked what the token means; `None` where the token says it itself.
        asked_at: Option<Time>,
    },
}

/// A session whose record is open, with room for an attachment.
#[derive(Debug)]
pub struct CachedSession<A> {
    record: SessionRecord,
    digest: TokenDigest,
    source: Source,
    targets: TargetIds,
    /// The generation of the revocation log's copy that last did not cut it off.
    checked: Cell<Option<u64>>,
    attachment: OnceCell<A>,
    renewal_begun: Cell<bool>,
}

impl<A> CachedSession<A> {
    pub(super) fn new(record: SessionRecord, digest: TokenDigest) -> Self {
        let targets = TargetIds::of(digest, &record);
        Self::of(record, digest, targets, Source::Own)
    }

    /// The session of a token of another issuer, which is at this place and has this URL.
    pub(super) fn foreign(foreign: Foreign, digest: TokenDigest, place: u8, issuer: &str) -> Self {
        let Foreign {
            record,
            token_name,
            asked_at,
        } = foreign;
        let targets = TargetIds::of_foreign(digest, &record, token_name, issuer);
        Self::of(record, digest, targets, Source::Issuer { place, asked_at })
    }

    const fn of(
        record: SessionRecord,
        digest: TokenDigest,
        targets: TargetIds,
        source: Source,
    ) -> Self {
        Self {
            targets,
            record,
            digest,
            source,
            checked: Cell::new(None),
            attachment: OnceCell::new(),
            renewal_begun: Cell::new(false),
        }
    }

    /// Its record.
    #[must_use]
    pub const fn record(&self) -> &SessionRecord {
        &self.record
    }

    /// The digest of the token that it was opened with.
    #[must_use]
    pub const fn digest(&self) -> TokenDigest {
        self.digest
    }

    /// Whose token it was opened with.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// What may end it.
    pub(super) const fn targets(&self) -> &TargetIds {
        &self.targets
    }

    /// What a caller makes from the record once and finds again with the session. The edge keeps the values
    /// of the identity headers here, so that they cross to JavaScript once.
    pub fn attachment(&self, make: impl FnOnce(&SessionRecord) -> A) -> &A {
        self.attachment.get_or_init(|| make(&self.record))
    }

    /// Whether the caller should now renew the ticket that it was opened with: `true` once. A page's forty
    /// parallel requests therefore cause one renewal, and during an outage only one of them waits. When the
    /// record is opened again, in a minute, one more request may try.
    #[must_use]
    pub fn begin_renewal(&self) -> bool {
        !self.renewal_begun.replace(true)
    }

    /// Whether this copy of the log cuts it off. If the copy has not changed since the last time, that takes
    /// one comparison.
    pub(super) fn is_cut_off(&self, follower: &Follower) -> bool {
        let generation = follower.generation();
        if self.checked.get() == Some(generation) {
            return false;
        }
        let cut_off = follower.cuts_off(&self.targets);
        if !cut_off {
            self.checked.set(Some(generation));
        }
        cut_off
    }
}

/// A token's keyed hash: two tokens have the same with a probability of 2^-128, and without the
/// key nobody can look for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CacheKey(u128);

/// What the cache has of a token.
#[derive(Debug)]
pub enum Cached<A> {
    /// Opened less than [`FRESH`] ago.
    Fresh(Rc<CachedSession<A>>),
    /// Opened this long ago: believed only while its store does not answer.
    Old(Rc<CachedSession<A>>, Duration),
}

#[derive(Debug)]
struct Slot<A> {
    session: Rc<CachedSession<A>>,
    opened_at: Time,
    weight: usize,
}

/// The cache.
#[derive(Debug)]
pub struct Cache<A> {
    slots: LruCache<CacheKey, Slot<A>, BuildHasherDefault<KeyHasher>>,
    weight: usize,
    limit: usize,
    /// What the caller keeps of each session beside that, in bytes.
    kept_beside: usize,
    hasher: SipHasher24,
}

/// A cache key is a hash already.
#[derive(Debug, Default)]
pub struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "half of a uniform hash is a uniform hash"
    )]
    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }
}

impl<A> Cache<A> {
    /// An empty cache of at most `limit` bytes. `seed` must be random.
    #[must_use]
    pub fn new(limit: usize, seed: [u8; 16]) -> Self {
        Self {
            slots: LruCache::unbounded_with_hasher(BuildHasherDefault::default()),
            weight: 0,
            limit,
            kept_beside: 0,
            hasher: SipHasher24::new_with_key(&seed),
        }
    }

    /// The same, where the caller keeps so many bytes more of each session.
    #[must_use]
    pub fn with_kept_beside(self, kept_beside: usize) -> Self {
        Self {
            kept_beside,
            ..self
        }
    }

    /// The cache key of a token.
    #[must_use]
    pub fn key(&self, token: &str) -> CacheKey {
        CacheKey(self.hasher.hash(token.as_bytes()).as_u128())
    }

    /// What it has of this token, which becomes the most recently used.
    pub fn get(&mut self, key: CacheKey, now: Time) -> Option<Cached<A>> {
        let slot = self.slots.get(&key)?;
        let age = now.since(slot.opened_at);
        let session = Rc::clone(&slot.session);
        Some(if age < FRESH {
            Cached::Fresh(session)
        } else {
            Cached::Old(session, age)
        })
    }

    /// Keeps a session that was opened at `now`, and drops the least recently used ones that no longer fit.
    pub fn insert(&mut self, key: CacheKey, session: Rc<CachedSession<A>>, now: Time) {
        self.remove(key);
        let beside = OVERHEAD + self.kept_beside;
        let weight = beside + size_of::<CachedSession<A>>() + session.record.weight();
        if weight > self.limit {
            return;
        }
        while self.weight + weight > self.limit {
            let Some((_, oldest)) = self.slots.pop_lru() else {
                break;
            };
            self.weight -= oldest.weight;
        }
        self.weight += weight;
        let slot = Slot {
            session,
            opened_at: now,
            weight,
        };
        self.slots.put(key, slot);
    }

    /// Drops a session.
    pub fn remove(&mut self, key: CacheKey) {
        if let Some(slot) = self.slots.pop(&key) {
            self.weight -= slot.weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::record;

    fn session() -> Rc<CachedSession<()>> {
        Rc::new(CachedSession::new(
            record(),
            TokenDigest::from_bytes([1; 32]),
        ))
    }

    fn at(seconds: u64) -> Time {
        Time::from_seconds(seconds)
    }

    fn one_weighs() -> usize {
        OVERHEAD + size_of::<CachedSession<()>>() + record().weight()
    }

    #[test]
    fn a_record_is_fresh_for_a_minute() {
        let mut cache = Cache::<()>::new(usize::MAX, [0; 16]);
        let key = cache.key("a");
        assert!(cache.get(key, at(0)).is_none());
        cache.insert(key, session(), at(100));
        assert!(matches!(
            cache.get(key, Time::from_millis(159_999)),
            Some(Cached::Fresh(_))
        ));
        assert!(matches!(
            cache.get(key, at(160)),
            Some(Cached::Old(_, FRESH))
        ));
        cache.remove(key);
        assert!(cache.get(key, at(100)).is_none());
        assert_eq!(cache.weight, 0);
    }

    #[test]
    fn it_never_weighs_more_than_it_may_and_the_least_recently_used_goes() {
        let mut cache = Cache::<()>::new(one_weighs() * 2, [0; 16]);
        let keys = ["a", "b", "c"].map(|token| cache.key(token));
        cache.insert(keys[0], session(), at(0));
        cache.insert(keys[1], session(), at(0));
        assert!(cache.get(keys[0], at(0)).is_some());
        cache.insert(keys[2], session(), at(0));
        assert!(cache.get(keys[0], at(0)).is_some());
        assert!(cache.get(keys[1], at(0)).is_none());
        assert!(cache.get(keys[2], at(0)).is_some());
        assert_eq!(cache.weight, one_weighs() * 2);
        for n in 0..1_000 {
            let key = cache.key(&n.to_string());
            cache.insert(key, session(), at(0));
            assert!(cache.weight <= cache.limit);
        }
    }

    #[test]
    fn what_the_caller_keeps_beside_it_counts() {
        let mut cache = Cache::<()>::new(one_weighs() * 2, [0; 16]).with_kept_beside(1);
        let keys = ["a", "b"].map(|token| cache.key(token));
        cache.insert(keys[0], session(), at(0));
        cache.insert(keys[1], session(), at(0));
        assert!(cache.get(keys[0], at(0)).is_none());
        assert_eq!(cache.weight, one_weighs() + 1);
    }

    #[test]
    fn replacing_counts_once_and_what_is_too_large_is_not_kept() {
        let mut cache = Cache::<()>::new(one_weighs(), [0; 16]);
        let key = cache.key("a");
        cache.insert(key, session(), at(0));
        cache.insert(key, session(), at(1));
        assert_eq!(cache.weight, one_weighs());
        let mut cache = Cache::<()>::new(one_weighs() - 1, [0; 16]);
        cache.insert(key, session(), at(0));
        assert!(cache.get(key, at(0)).is_none());
    }

    #[test]
    fn keys_depend_on_the_seed() {
        let one = Cache::<()>::new(0, [0; 16]).key("a");
        assert_eq!(one, Cache::<()>::new(0, [0; 16]).key("a"));
        assert_ne!(one, Cache::<()>::new(0, [1; 16]).key("a"));
        assert_ne!(one, Cache::<()>::new(0, [0; 16]).key("b"));
    }
}
