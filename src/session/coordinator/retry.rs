//! When a chore that failed is tried again.
//!
//! The waits grow, and each is random within its upper half. So a store that was down and comes back is not
//! asked by all coordinators in the same second.

use std::time::Duration;

use crate::time::Time;

/// The longest wait after the first failure. Each further failure doubles it, up to [`LONGEST_RETRY`].
pub const RETRY: Duration = Duration::from_secs(30);
/// The longest wait between two attempts.
pub const LONGEST_RETRY: Duration = Duration::from_mins(15);
/// As many doublings as lead from [`RETRY`] to [`LONGEST_RETRY`].
const DOUBLINGS: u8 = 5;

/// When the next attempt is due, and how many have failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// When it is due.
    pub at: Time,
    /// How many attempts have failed, as far as that makes a difference.
    pub failures: u8,
}

impl Retry {
    /// The first attempt is due now.
    #[must_use]
    pub const fn due(now: Time) -> Self {
        Self {
            at: now,
            failures: 0,
        }
    }

    /// An attempt failed at `now`. `jitter` is random. Where several chores share these attempts and one of them
    /// failed a moment ago, the wait has begun already.
    #[must_use]
    pub fn failed(self, now: Time, jitter: u8) -> Self {
        if !now.has_reached(self.at) {
            return self;
        }
        let longest = (RETRY * (1 << self.failures.min(DOUBLINGS))).min(LONGEST_RETRY);
        Self {
            at: now.plus(random_wait(longest, jitter)),
            failures: self.failures.saturating_add(1).min(DOUBLINGS),
        }
    }
}

/// Between half of `longest` and all of it.
#[must_use]
pub fn random_wait(longest: Duration, jitter: u8) -> Duration {
    longest / 2 + longest / 2 * u32::from(jitter) / u32::from(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long the waits are, one after the other, in seconds.
    fn waits(jitter: u8) -> Vec<u64> {
        let mut retry = Retry::due(Time::from_seconds(1_000));
        let waits = (0..8).map(|_| {
            let failed_at = retry.at;
            retry = retry.failed(failed_at, jitter);
            retry.at.since(failed_at).as_secs()
        });
        waits.collect()
    }

    #[test]
    fn waits_grow_up_to_a_quarter_of_an_hour_and_differ_by_half() {
        assert_eq!(waits(255), [30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(waits(0), [15, 30, 60, 120, 240, 450, 450, 450]);
    }

    #[test]
    fn two_failures_in_one_round_are_one() {
        let now = Time::from_seconds(1_000);
        let once = Retry::due(now).failed(now, 100);
        assert_eq!(once.failed(now.plus(Duration::from_secs(1)), 0), once);
    }
}
