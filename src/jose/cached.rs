//! What another server said, and for how long that is believed.

use std::rc::Rc;
use std::time::Duration;

use crate::time::Time;

/// How long an answer without a `max-age` is believed.
const USUAL: Duration = Duration::from_hours(1);
/// An answer is believed at least this long, however short its `max-age`.
const LEAST: Duration = Duration::from_mins(5);
/// An answer is believed at most this long, however long its `max-age`, and also while the server is down.
const MOST: Duration = Duration::from_hours(24);
/// How long an old answer is used before a server that was down is asked again.
const RESPITE: Duration = Duration::from_mins(1);

/// An answer of another server.
#[derive(Debug)]
pub struct Cached<T> {
    value: Rc<T>,
    fetched_at: Time,
    fresh_until: Time,
}

impl<T> Clone for Cached<T> {
    fn clone(&self) -> Self {
        Self {
            value: Rc::clone(&self.value),
            ..*self
        }
    }
}

impl<T> Cached<T> {
    /// An answer that came at `now` and may be kept for `max_age` seconds.
    pub fn new(value: T, max_age: Option<u64>, now: Time) -> Self {
        let age = max_age.map_or(USUAL, Duration::from_secs);
        Self {
            value: Rc::new(value),
            fetched_at: now,
            fresh_until: now.plus(age.clamp(LEAST, MOST)),
        }
    }

    /// The answer itself.
    #[must_use]
    pub fn value(&self) -> Rc<T> {
        Rc::clone(&self.value)
    }

    /// Whether the server need not be asked again.
    #[must_use]
    pub fn is_fresh(&self, now: Time) -> bool {
        !now.has_reached(self.fresh_until)
    }

    /// Until when the server need not be asked again.
    pub(super) const fn fresh_until(&self) -> Time {
        self.fresh_until
    }

    /// Whether half of the time is over for which the server need not be asked again.
    pub(super) fn is_due(&self, now: Time) -> bool {
        now.since(self.fetched_at) >= self.fresh_until.since(self.fetched_at) / 2
    }

    /// The same answer for a little longer, because the server was asked again and did not answer;
    /// `None` once it is too old for that.
    #[must_use]
    pub fn respite(self, now: Time) -> Option<Self> {
        let end = self.fetched_at.plus(MOST);
        (!now.has_reached(end)).then_some(Self {
            fresh_until: now.plus(RESPITE).min(end),
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_an_answer_is_believed() {
        let start = Time::from_seconds(1_000);
        for (max_age, seconds) in [
            (None, 3_600),
            (Some(0), 300),
            (Some(301), 301),
            (Some(u64::MAX), 86_400),
        ] {
            let cached = Cached::new((), max_age, start);
            let end = start.plus(Duration::from_secs(seconds));
            assert!(cached.is_fresh(Time::from_millis(end.millis() - 1)));
            assert!(!cached.is_fresh(end), "{max_age:?}");
        }
    }

    #[test]
    fn an_old_answer_has_a_day() {
        let start = Time::from_seconds(1_000);
        let later = start.plus(Duration::from_hours(23));
        let cached = Cached::new((), None, start).respite(later).unwrap();
        assert!(cached.is_fresh(later.plus(Duration::from_secs(59))));
        assert!(!cached.is_fresh(later.plus(Duration::from_mins(1))));
        assert!(
            cached
                .respite(start.plus(Duration::from_hours(24)))
                .is_none()
        );
    }
}
