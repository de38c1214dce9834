//! Tokens of others that were refused for good.
//!
//! Job: a token that was refused costs nothing again for a while. It is refused on the routes that take the tokens of the
//! same issuers; another route may know whose it is. At most [`LIMIT`] are remembered, in about 100 bytes each, and the one
//! that was refused longest ago goes first. Not its job: what may change by itself, such as a key that is not known yet;
//! that is not remembered.

use std::hash::BuildHasherDefault;
use std::num::NonZeroUsize;
use std::time::Duration;

use lru::LruCache;

use super::cache::{CacheKey, KeyHasher};
use super::meaning::Inactive;
use crate::config::Accept;
use crate::time::Time;

/// How many are remembered.
const LIMIT: NonZeroUsize = NonZeroUsize::new(1_000).expect("it is not zero");

/// For how long.
pub const REMEMBERED: Duration = Duration::from_mins(1);

/// Tokens that were refused a short while ago.
#[derive(Debug)]
pub struct RefusedTokens(LruCache<CacheKey, Refused, BuildHasherDefault<KeyHasher>>);

#[derive(Debug)]
struct Refused {
    until: Time,
    accept: Accept,
    why: Inactive,
}

impl Default for RefusedTokens {
    fn default() -> Self {
        Self(LruCache::with_hasher(LIMIT, BuildHasherDefault::default()))
    }
}

impl RefusedTokens {
    /// Remembers that a token was refused where these issuers are accepted.
    pub fn insert(&mut self, key: CacheKey, accept: Accept, why: Inactive, until: Time) {
        self.0.put(key, Refused { until, accept, why });
    }

    /// Why it was refused where these issuers are accepted, if that is remembered.
    #[must_use]
    pub fn get(&self, key: CacheKey, accept: Accept, now: Time) -> Option<Inactive> {
        let refused = self.0.peek(&key)?;
        let counts = refused.accept == accept && !now.has_reached(refused.until);
        counts.then_some(refused.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::cache::Cache;

    #[test]
    fn it_remembers_for_a_minute_for_the_same_issuers_and_never_more_than_its_limit() {
        let cache = Cache::<()>::new(0, [0; 16]);
        let start = Time::from_seconds(100);
        let until = start.plus(REMEMBERED);
        let mut refused = RefusedTokens::default();
        let (key, why) = (cache.key("a"), Inactive::NotAccepted);
        let accept = Accept::OWN.and(0);
        assert_eq!(refused.get(key, accept, start), None);
        refused.insert(key, accept, why, until);
        assert_eq!(refused.get(key, accept, start), Some(why));
        assert_eq!(refused.get(key, accept.and(1), start), None);
        assert_eq!(refused.get(key, accept, until), None);
        for n in 0..LIMIT.get() {
            refused.insert(cache.key(&n.to_string()), accept, why, until);
        }
        assert_eq!(refused.0.len(), LIMIT.get());
        assert_eq!(
            refused.get(key, accept, start),
            None,
            "the oldest is forgotten"
        );
    }
}
