//! Instants, passed in and never read from a clock here.
//!
//! Job: one type for a moment, in milliseconds since the Unix epoch, with the seconds that the
//! OAuth documents use at its edges. Not its job: knowing what time it is; that is
//! [`crate::ports::Clock`]'s.

use std::time::Duration;

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// The moment that is `millis` milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// The moment that is `seconds` seconds after the Unix epoch.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down (`NumericDate` of RFC 7519 section 2).
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// This moment, `duration` later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// This moment, `duration` earlier; the epoch at the earliest.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_sub(millis))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Whether `deadline` has come: true from the very instant of the deadline on, so that a token
    /// is dead in the millisecond in which it expires.
    #[must_use]
    pub fn has_reached(self, deadline: Self) -> bool {
        self >= deadline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_reached_at_equality() {
        let deadline = Time::from_seconds(10);
        assert!(!Time::from_millis(9_999).has_reached(deadline));
        assert!(Time::from_millis(10_000).has_reached(deadline));
        assert!(Time::from_millis(10_001).has_reached(deadline));
    }

    #[test]
    fn seconds_round_down_and_nothing_overflows() {
        assert_eq!(Time::from_millis(1_999).seconds(), 1);
        assert_eq!(Time::from_seconds(u64::MAX).millis(), u64::MAX);
        assert_eq!(
            Time::from_millis(u64::MAX).plus(Duration::MAX).millis(),
            u64::MAX
        );
        assert_eq!(
            Time::from_millis(5).since(Time::from_millis(9)),
            Duration::ZERO
        );
    }
}
