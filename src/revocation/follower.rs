//! An isolate's copy of the log.
//!
//! Job: take in what the log answers, and say who is cut off and how old the copy is. Not its job: asking
//! the log, or deciding how old the copy may be.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::time::Duration;

use super::entry::{Entry, TargetId, TargetIds};
use super::wire::{Delta, Position};
use crate::time::Time;

/// The copy, and how fresh it is.
///
/// ```
/// use std::time::Duration;
/// use postern::revocation::entry::TargetId;
/// use postern::revocation::{Delta, Entry, Follower, LogId, Position, Target};
/// use postern::time::Time;
/// use postern::token::SessionId;
///
/// let mut follower = Follower::default();
/// let now = Time::from_seconds(1_000);
/// assert!(!follower.is_fresh(now, Duration::from_secs(5)), "it knows nothing yet");
///
/// // The log is asked with the follower's position, and answers with what is new.
/// let asked_with = follower.position();
/// let session = SessionId::from_bytes([3; 16]);
/// let logged_out = Entry::new(&Target::Session(session), Time::from_seconds(9_000));
/// let answer = Delta {
///     head: Position { log: LogId([7; 16]), sequence: 1 },
///     entries: vec![logged_out],
/// };
/// follower.learn(&answer, asked_with, now)?;
/// assert!(follower.has_ended(TargetId::session(session)));
/// assert!(follower.is_fresh(Time::from_seconds(1_004), Duration::from_secs(5)));
/// assert!(!follower.is_fresh(Time::from_seconds(1_005), Duration::from_secs(5)));
///
/// // An answer from before that one is not believed: something that was ended could come back with it.
/// let older = Delta {
///     head: Position { log: LogId([7; 16]), sequence: 0 },
///     entries: Vec::new(),
/// };
/// assert!(follower.learn(&older, follower.position(), now).is_err());
/// # Ok::<(), postern::revocation::StaleAnswer>(())
/// ```
#[derive(Debug, Default)]
pub struct Follower {
    position: Position,
    /// The instant at which the newest answer was asked for: the copy is at least as new as that.
    as_of: Option<Time>,
    /// Grows whenever the copy changes, so that what was checked against it is not checked again before.
    generation: u64,
    entries: HashMap<TargetId, Cut>,
}

#[derive(Clone, Copy, Debug)]
struct Cut {
    not_before: u32,
    keep_until: u32,
}

/// The log answered with an older state than before, which cannot be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaleAnswer;

impl Follower {
    /// The place up to which the log is known. The log is asked with it.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// How old the copy is; `None` when there is none yet.
    #[must_use]
    pub fn age(&self, now: Time) -> Option<Duration> {
        self.as_of.map(|as_of| now.since(as_of))
    }

    /// Whether the copy is younger than `max_staleness`. With zero it never is: the log must be
    /// asked each time, because a clock cannot tell what came first within a millisecond.
    #[must_use]
    pub fn is_fresh(&self, now: Time, max_staleness: Duration) -> bool {
        self.age(now).is_some_and(|age| age < max_staleness)
    }

    /// A number that is the same as long as the copy has not changed.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// How many entries it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes in the answer to a question that was asked with `asked_with` at `asked_at`, and lets go of what
    /// nothing alive needs.
    ///
    /// # Errors
    /// [`StaleAnswer`], with the copy unchanged, where the log is behind what it said before.
    pub fn learn(
        &mut self,
        delta: &Delta,
        asked_with: Position,
        asked_at: Time,
    ) -> Result<(), StaleAnswer> {
        let same_log = delta.head.log == self.position.log;
        if delta.head.log == asked_with.log && delta.head.sequence < asked_with.sequence {
            return Err(StaleAnswer);
        }
        if !same_log {
            // Either the first answer, or the log was started anew and this is all of it.
            self.entries.clear();
            self.generation += 1;
        }
        if !same_log || delta.head.sequence > self.position.sequence {
            self.position = delta.head;
        }
        for entry in &delta.entries {
            self.take_in(entry);
        }
        let now = asked_at.seconds();
        let before = self.entries.len();
        self.entries
            .retain(|_, cut| u64::from(cut.keep_until) > now);
        if self.entries.len() != before {
            self.generation += 1;
        }
        self.as_of = self.as_of.max(Some(asked_at));
        Ok(())
    }

    /// Takes in an entry that this isolate has just appended. It says nothing about how fresh the rest is.
    pub fn take_in(&mut self, entry: &Entry) {
        let cut = Cut {
            not_before: entry.not_before,
            keep_until: entry.keep_until,
        };
        match self.entries.entry(entry.target) {
            Slot::Vacant(slot) => {
                slot.insert(cut);
            }
            Slot::Occupied(mut slot) => {
                let known = slot.get_mut();
                if cut.not_before <= known.not_before && cut.keep_until <= known.keep_until {
                    return;
                }
                known.not_before = known.not_before.max(cut.not_before);
                known.keep_until = known.keep_until.max(cut.keep_until);
            }
        }
        self.generation += 1;
    }

    /// Whether a token is cut off by this copy.
    #[must_use]
    pub fn cuts_off(&self, ids: &TargetIds) -> bool {
        !self.entries.is_empty()
            && ids.all.iter().flatten().any(|id| {
                self.entries
                    .get(id)
                    .is_some_and(|cut| ids.since(*id) < cut.not_before)
            })
    }

    /// Whether this very target, a token or a session, is ended by this copy.
    #[must_use]
    pub fn has_ended(&self, target: TargetId) -> bool {
        !self.entries.is_empty() && self.entries.contains_key(&target)
    }
}
