//! Tokens that their coordinators do not know.
//!
//! Job: bound how often a coordinator is asked about the same one. A token is given to somebody only after its
//! coordinator knows it, so a coordinator that does not know a genuine token will never know it again: it was
//! revoked, or its session is over. Whoever holds such a token may still present it as often as they like, and
//! the log's entry lasts for an hour only. So an isolate asks about it once in [`FRESH`], and remembers at most
//! [`LIMIT`] of them, in about 100 bytes each. Whoever presents more than that causes one question with each
//! request, never more. Not its job: what the record store says; that is asked first, each time.

use std::hash::BuildHasherDefault;
use std::num::NonZeroUsize;

use lru::LruCache;

use super::cache::{CacheKey, FRESH, KeyHasher};
use crate::time::Time;

/// How many are remembered. The one that was least recently asked about goes first.
const LIMIT: NonZeroUsize = NonZeroUsize::new(1_000).expect("it is not zero");

/// Tokens that their coordinators did not know a short while ago.
#[derive(Debug)]
pub struct UnknownTokens(LruCache<CacheKey, Time, BuildHasherDefault<KeyHasher>>);

impl Default for UnknownTokens {
    fn default() -> Self {
        Self(LruCache::with_hasher(LIMIT, BuildHasherDefault::default()))
    }
}

impl UnknownTokens {
    /// Remembers that a coordinator was asked at `now` and did not know this token.
    pub fn insert(&mut self, key: CacheKey, now: Time) {
        self.0.put(key, now);
    }

    /// Whether its coordinator did not know this token when it was asked, less than [`FRESH`] ago.
    #[must_use]
    pub fn contains(&self, key: CacheKey, now: Time) -> bool {
        self.0
            .peek(&key)
            .is_some_and(|asked_at| now.since(*asked_at) < FRESH)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::resolve::cache::Cache;

    #[test]
    fn it_remembers_for_a_minute_and_never_more_than_its_limit() {
        let cache = Cache::<()>::new(0, [0; 16]);
        let start = Time::from_seconds(100);
        let mut unknown = UnknownTokens::default();
        let key = cache.key("a");
        assert!(!unknown.contains(key, start));
        unknown.insert(key, start);
        let almost = start.plus(Duration::from_millis(59_999));
        assert!(unknown.contains(key, almost));
        assert!(!unknown.contains(key, start.plus(FRESH)));
        for n in 0..LIMIT.get() {
            unknown.insert(cache.key(&n.to_string()), start);
        }
        assert_eq!(unknown.0.len(), LIMIT.get());
        assert!(!unknown.contains(key, start), "the oldest is forgotten");
        assert!(unknown.contains(cache.key("0"), start));
    }
}
