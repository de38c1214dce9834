//! How many questions about unknown tokens may go to an issuer.
//!
//! Job: whoever makes up tokens cannot have an isolate ask an issuer about all of them. What counts is a question that was
//! not answered with "active": it is counted when it goes out, and taken back when the token turns out to be good. So
//! however many people share an address, they never reach the limit with good tokens. A token that the isolate knows is
//! asked about without this. Not its job: where a request comes from.
//!
//! Each count is a bucket, out of which one question drains at a time. Such a bucket is one instant, at which it will be
//! empty. There is one for each source ([`Source`]: an IPv4 address, or the first 64 bits of an IPv6 address), and one for
//! all together. They are in the memory of one isolate: another one counts for itself. At most [`MOST_SOURCES`] have one:
//! whoever has more addresses than that is held by the one for all.

use std::cell::RefCell;
use std::time::Duration;

use crate::accounts::Source;
use crate::time::Time;

/// How many questions one source may have at once, and how long it takes until it may have one more.
pub(super) const OF_ONE: Limit = Limit {
    most: 30,
    each: Duration::from_secs(1),
};

/// The same for all sources together.
pub(super) const OF_ALL: Limit = Limit {
    most: 200,
    each: Duration::from_millis(100),
};

/// How many sources are counted at the same time, in some 32 bytes each.
const MOST_SOURCES: usize = 1_024;

/// How large a bucket is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) most: u32,
    pub(super) each: Duration,
}

/// Why a question does not go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TooMany {
    /// Its source has asked too much. After this time, it may ask again.
    OfOne(Duration),
    /// All together have.
    OfAll,
}

/// What is counted for one issuer.
#[derive(Debug, Default)]
pub(super) struct Counts(RefCell<State>);

#[derive(Debug, Default)]
struct State {
    all: Bucket,
    sources: Vec<(Source, Bucket)>,
}

/// When it will be empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Bucket(Option<Time>);

impl Bucket {
    /// How long it takes to drain. Never more than when it is full, wherever the clock was before.
    fn level(self, limit: Limit, now: Time) -> Duration {
        let level = self.0.map(|empty_at| empty_at.since(now));
        level.unwrap_or_default().min(limit.each * limit.most)
    }

    /// How long to wait until one more fits; `None` where it fits now.
    fn wait(self, limit: Limit, now: Time) -> Option<Duration> {
        let room = limit.each * (limit.most - 1);
        let wait = self.level(limit, now).saturating_sub(room);
        (!wait.is_zero()).then_some(wait)
    }

    fn add(&mut self, limit: Limit, now: Time) {
        *self = Self(Some(now.plus(self.level(limit, now) + limit.each)));
    }

    fn take_back(&mut self, limit: Limit) {
        self.0 = self.0.map(|empty_at| empty_at.minus(limit.each));
    }

    fn is_empty(self, now: Time) -> bool {
        self.0.is_none_or(|empty_at| now.has_reached(empty_at))
    }
}

impl Counts {
    /// Counts a question of `source`. With `None` it is of somebody who showed who they are, and counts with all alone.
    ///
    /// # Errors
    /// [`TooMany`] where it may not go out. Then it is not counted.
    pub(super) fn add(&self, source: Option<Source>, now: Time) -> Result<(), TooMany> {
        let mut state = self.0.borrow_mut();
        let mut place = None;
        if let Some(source) = source {
            let at = state.place(source, now);
            if let Some(wait) = state.sources[at].1.wait(OF_ONE, now) {
                return Err(TooMany::OfOne(wait));
            }
            place = Some(at);
        }
        if state.all.wait(OF_ALL, now).is_some() {
            return Err(TooMany::OfAll);
        }
        state.all.add(OF_ALL, now);
        if let Some(at) = place {
            state.sources[at].1.add(OF_ONE, now);
        }
        Ok(())
    }

    /// The token of a question of `source` turned out to be good.
    pub(super) fn take_back(&self, source: Option<Source>) {
        let mut state = self.0.borrow_mut();
        state.all.take_back(OF_ALL);
        let mut sources = state.sources.iter_mut();
        if let Some((_, bucket)) = sources.find(|(other, _)| Some(*other) == source) {
            bucket.take_back(OF_ONE);
        }
    }
}

impl State {
    /// Where this source is counted. Where there is no room, another one is forgotten that is empty, or will be first.
    fn place(&mut self, source: Source, now: Time) -> usize {
        let known = self.sources.iter().position(|(other, _)| *other == source);
        if let Some(at) = known {
            return at;
        }
        if self.sources.len() >= MOST_SOURCES {
            self.sources.retain(|(_, bucket)| !bucket.is_empty(now));
        }
        let new = (source, Bucket::default());
        if self.sources.len() < MOST_SOURCES {
            self.sources.push(new);
            return self.sources.len() - 1;
        }
        let soonest = self.sources.iter().enumerate().min_by_key(|(_, (_, b))| *b);
        let at = soonest.map_or(0, |(at, _)| at);
        self.sources[at] = new;
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn source(n: u32) -> Source {
        Source::V4(n.to_be_bytes())
    }

    const NOW: Time = Time::from_seconds(1_000);

    fn later(duration: Duration) -> Time {
        NOW.plus(duration)
    }

    #[test]
    fn a_source_has_its_share_and_gets_one_more_each_second() {
        let counts = Counts::default();
        for _ in 0..OF_ONE.most {
            assert_eq!(counts.add(Some(source(1)), NOW), Ok(()));
        }
        let wait = Duration::from_secs(1);
        assert_eq!(counts.add(Some(source(1)), NOW), Err(TooMany::OfOne(wait)));
        assert_eq!(counts.add(Some(source(2)), NOW), Ok(()), "another one");
        let almost = later(Duration::from_millis(999));
        let rest = Duration::from_millis(1);
        assert_eq!(
            counts.add(Some(source(1)), almost),
            Err(TooMany::OfOne(rest))
        );
        assert_eq!(counts.add(Some(source(1)), later(wait)), Ok(()));
        assert!(counts.add(Some(source(1)), later(wait)).is_err());
    }

    #[test]
    fn good_tokens_never_reach_the_limit() {
        let counts = Counts::default();
        for _ in 0..10_000 {
            assert_eq!(counts.add(Some(source(1)), NOW), Ok(()));
            counts.take_back(Some(source(1)));
        }
        for _ in 0..OF_ONE.most {
            assert_eq!(counts.add(Some(source(1)), NOW), Ok(()));
        }
        assert!(
            counts.add(Some(source(1)), NOW).is_err(),
            "and give no more"
        );
    }

    #[test]
    fn all_together_have_a_limit_too_and_no_more_memory_than_that() {
        let counts = Counts::default();
        let all = |n| counts.add(Some(source(n)), NOW);
        assert!((0..OF_ALL.most).all(|n| all(n).is_ok()));
        assert_eq!(all(OF_ALL.most), Err(TooMany::OfAll));
        assert_eq!(counts.add(None, NOW), Err(TooMany::OfAll));
        assert_eq!(counts.add(None, later(OF_ALL.each)), Ok(()));
        for n in 0..5_000 {
            let _ = all(n);
        }
        assert!(counts.0.borrow().sources.len() <= MOST_SOURCES);
    }

    #[test]
    fn who_has_used_their_share_is_not_forgotten_for_those_who_have_not() {
        let counts = Counts::default();
        for _ in 0..OF_ONE.most {
            let _ = counts.add(Some(source(1)), NOW);
        }
        for n in 2..5_000 {
            if counts.add(Some(source(n)), NOW).is_ok() {
                counts.take_back(Some(source(n)));
            }
        }
        assert!(matches!(
            counts.add(Some(source(1)), NOW),
            Err(TooMany::OfOne(_))
        ));
    }
}
