//! An isolate's copy of the log.
//!
//! Job: take in what the log answers, and say who is cut off and how old the copy is. Not its job: asking
//! the log, or deciding how old the copy may be.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::time::Duration;

use super::ended::Ended;
use super::entry::{Entry, TargetId, TargetIds};
use super::snapshot;
use super::wire::{Delta, News, Position};
use crate::time::Time;

/// How often the copy lets go of what nothing alive needs, at the most: that takes a walk through all of it.
const PURGED_EVERY: Duration = Duration::from_mins(1);

/// The copy, and how fresh it is.
///
/// ```
/// use std::time::Duration;
/// use postern::revocation::entry::TargetId;
/// use postern::revocation::{Delta, Entry, Follower, LogId, News, Position, Target};
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
/// let log = LogId([7; 16]);
/// let answer = Delta {
///     head: Position { log, sequence: 1 },
///     news: News::Entries(vec![logged_out]),
///     ..Delta::default()
/// };
/// follower.learn(&answer, asked_with, now)?;
/// assert!(follower.has_ended(TargetId::session(session)));
/// assert!(follower.is_fresh(Time::from_seconds(1_004), Duration::from_secs(5)));
/// assert!(!follower.is_fresh(Time::from_seconds(1_005), Duration::from_secs(5)));
///
/// // An answer from before that one is not believed: something that was ended could come back with it.
/// let older = Delta { head: Position { log, sequence: 0 }, ..Delta::default() };
/// assert!(follower.learn(&older, follower.position(), now).is_err());
/// # Ok::<(), postern::revocation::StaleAnswer>(())
/// ```
#[derive(Debug, Default)]
pub struct Follower {
    position: Position,
    /// The copy is at least as new as that.
    as_of: Option<Time>,
    /// Grows whenever the copy changes, so that what was checked against it is not checked again before.
    generation: u64,
    ended: Ended,
    cutoffs: HashMap<TargetId, Cutoff>,
    purged_at: Option<Time>,
}

#[derive(Clone, Copy, Debug)]
struct Cutoff {
    not_before: u32,
    keep_until: u32,
}

/// What an answer was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learned {
    /// What follows what is known, or the first answer of all.
    Next,
    /// The log was started anew, under another name. What was known of the old one is kept: a revocation is never
    /// undone. But what others had revoked there since this copy was renewed is not known to anyone now.
    Restarted,
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
        self.ended.len() + self.cutoffs.len()
    }

    /// Whether it holds no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ended.is_empty() && self.cutoffs.is_empty()
    }

    /// About how much memory it takes, in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        // A table has a byte for each slot beside what is in it.
        let cutoff = size_of::<(TargetId, Cutoff)>() + 1;
        self.ended.memory() + self.cutoffs.capacity() * cutoff
    }

    /// Takes in the answer to a question that was asked with `asked_with` at `asked_at`. Of a delta that names a
    /// snapshot, that is nothing yet: see [`Self::begin_with`].
    ///
    /// # Errors
    /// [`StaleAnswer`], with the copy unchanged, where the log is behind what it said before.
    pub fn learn(
        &mut self,
        delta: &Delta,
        asked_with: Position,
        asked_at: Time,
    ) -> Result<Learned, StaleAnswer> {
        if delta.head.log == asked_with.log && delta.head.sequence < asked_with.sequence {
            return Err(StaleAnswer);
        }
        let News::Entries(entries) = &delta.news else {
            return Ok(Learned::Next);
        };
        let learned = self.reach(delta.head);
        for entry in entries {
            self.take_in(entry);
        }
        if !delta.more {
            // The clock of whoever answered does not matter: only how long ago it was, by that clock.
            self.as_of = self.as_of.max(Some(asked_at.minus(delta.age)));
        }
        self.purge(asked_at);
        Ok(learned)
    }

    /// Takes in the snapshot that was made at `head`; whether its bytes are ones that are known. The copy is not
    /// complete before the log has been asked what came after it.
    #[must_use]
    pub fn begin_with(&mut self, snapshot: &[u8], head: Position) -> bool {
        let Some((cutoffs, slots)) = snapshot::read(snapshot) else {
            return false;
        };
        self.reach(head);
        for cutoff in &cutoffs {
            self.take_in(cutoff);
        }
        for slot in slots {
            self.ended.insert_slot(*slot);
        }
        self.generation += 1;
        true
    }

    /// Everything up to this place is known now.
    fn reach(&mut self, head: Position) -> Learned {
        let is_first = self.position == Position::default();
        let same_log = head.log == self.position.log;
        if !same_log || head.sequence > self.position.sequence {
            self.position = head;
        }
        if same_log || is_first {
            Learned::Next
        } else {
            Learned::Restarted
        }
    }

    /// Lets go of what nothing alive needs, now and then.
    fn purge(&mut self, now: Time) {
        if self
            .purged_at
            .is_some_and(|at| now.since(at) < PURGED_EVERY)
        {
            return;
        }
        self.purged_at = Some(now);
        let now = u32::try_from(now.seconds()).unwrap_or(u32::MAX);
        let cutoffs = self.cutoffs.len();
        self.cutoffs.retain(|_, cutoff| cutoff.keep_until > now);
        if self.ended.purge(now) || self.cutoffs.len() != cutoffs {
            self.generation += 1;
        }
    }

    /// Takes in an entry that this isolate has just appended. It says nothing about how fresh the rest is.
    pub fn take_in(&mut self, entry: &Entry) {
        if entry.ends_whole() {
            if self.ended.insert(entry.target, entry.keep_until) {
                self.generation += 1;
            }
            return;
        }
        let cutoff = Cutoff {
            not_before: entry.not_before,
            keep_until: entry.keep_until,
        };
        match self.cutoffs.entry(entry.target) {
            Slot::Vacant(slot) => {
                slot.insert(cutoff);
            }
            Slot::Occupied(mut slot) => {
                let known = slot.get_mut();
                if cutoff.not_before <= known.not_before && cutoff.keep_until <= known.keep_until {
                    return;
                }
                known.not_before = known.not_before.max(cutoff.not_before);
                known.keep_until = known.keep_until.max(cutoff.keep_until);
            }
        }
        self.generation += 1;
    }

    /// Whether a token is cut off by this copy.
    #[must_use]
    pub fn cuts_off(&self, ids: &TargetIds) -> bool {
        !self.is_empty()
            && ids.all.iter().flatten().any(|id| {
                if id.ends_whole() {
                    return self.ended.contains(*id);
                }
                self.cutoffs
                    .get(id)
                    .is_some_and(|cutoff| ids.since(*id) < cutoff.not_before)
            })
    }

    /// Whether this copy has an entry of this very target: a token or a session that has one is ended.
    #[must_use]
    pub fn has_ended(&self, target: TargetId) -> bool {
        if target.ends_whole() {
            !self.ended.is_empty() && self.ended.contains(target)
        } else {
            self.cutoffs.contains_key(&target)
        }
    }
}
