//! Who is next to have a password checked.
//!
//! Job: one check at a time, browsers that have logged in under the name before first, then in the order in
//! which they came. The queue is bounded, in places and in time, so nobody can pile up work. Not its job:
//! the checks.

use std::time::Duration;

use crate::time::Time;

/// How many may wait at once.
pub const PLACES: usize = 24;
/// How many of the places are only for browsers that have logged in under the name before.
pub const RESERVED: usize = 8;
/// How long one waits at most. Whoever has waited for longer is turned away.
pub const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Those who wait.
#[derive(Debug, Default)]
pub(super) struct Queue {
    last: u64,
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    place: Place,
    is_known: bool,
    since: Time,
}

/// A place in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u64);

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The asker's. The place is free again.
    Own,
    /// Somebody else's.
    Other,
    /// The asker has waited for too long. The place is free again.
    Lost,
}

impl Queue {
    /// Takes a place; `None` where there is none left.
    pub(super) fn enter(&mut self, is_known: bool, now: Time) -> Option<Place> {
        self.turn_away(now);
        let strangers = self.waiting.iter().filter(|one| !one.is_known).count();
        let is_full = self.waiting.len() >= PLACES;
        if is_full || (!is_known && strangers >= PLACES - RESERVED) {
            return None;
        }
        self.last += 1;
        let place = Place(self.last);
        self.waiting.push(Waiting {
            place,
            is_known,
            since: now,
        });
        Some(place)
    }

    pub(super) fn is_empty(&mut self, now: Time) -> bool {
        self.turn_away(now);
        self.waiting.is_empty()
    }

    /// Whether it is the turn of `place`.
    pub(super) fn turn(&mut self, place: Place, now: Time) -> Turn {
        self.turn_away(now);
        let next = self
            .waiting
            .iter()
            .min_by_key(|one| (!one.is_known, one.place));
        if next.is_some_and(|next| next.place == place) {
            self.waiting.retain(|one| one.place != place);
            return Turn::Own;
        }
        if self.waiting.iter().any(|one| one.place == place) {
            Turn::Other
        } else {
            Turn::Lost
        }
    }

    /// Frees the places of those who have waited for too long. It does not take them to notice: the platform may
    /// have dropped their requests.
    fn turn_away(&mut self, now: Time) {
        self.waiting
            .retain(|one| now.since(one.since) <= LONGEST_WAIT);
    }
}
