//! The isolate's copy of the revocation log.
//!
//! Job: bringing the copy up to now: before an answer that needs it, or beside one that does not need it
//! yet. Not its job: what the log says of a token; that is [`Follower`]'s.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use crate::ports::{Dependency, Ports, Unavailable};
use crate::revocation::{
    Delta, Entry, Follower, Learned, News, Position, Question, Snapshot, TargetIds,
};
use crate::session::SessionRecord;
use crate::single_flight::{Asking, Needed, SingleFlight};
use crate::telemetry::Event;
use crate::time::Time;
use crate::token::TokenDigest;

/// How long a background refresh may take before it counts as lost, with the request that ran it.
const REFRESH_LOST: Duration = Duration::from_secs(10);

/// An answer for a copy of so much may be a quarter of that old already. So what it brings is used for at least a
/// quarter, and one place can answer many isolates from one question of its own.
const PART_OF_STALENESS: u32 = 4;

/// The copy, and who is bringing it up to now.
#[derive(Debug, Default)]
pub struct LogCopy {
    pub(super) follower: RefCell<Follower>,
    longest_life: Duration,
    refreshing_since: Cell<Option<Time>>,
    flight: SingleFlight,
}

impl LogCopy {
    /// The copy of an isolate that knows nothing yet. The log is told of `longest_life`, the longest life of
    /// anything that this isolate may issue.
    #[must_use]
    pub fn new(longest_life: Duration) -> Self {
        Self {
            longest_life,
            ..Self::default()
        }
    }

    /// Brings the copy to a state that is younger than `max_staleness`; with zero, to one of a moment after this call.
    /// Requests that can use the same answer share one question.
    ///
    /// # Errors
    /// [`Unavailable`] where the log did not answer, or answered with less than it had said before.
    pub async fn follow<P: Ports>(
        &self,
        ports: &P,
        max_staleness: Duration,
    ) -> Result<(), Unavailable> {
        let needed = if max_staleness.is_zero() {
            Needed::Next
        } else {
            Needed::Since(younger_than(max_staleness, ports.now()))
        };
        self.bring(ports, needed, max_staleness / PART_OF_STALENESS)
            .await
    }

    async fn bring<P: Ports>(
        &self,
        ports: &P,
        needed: Needed,
        max_age: Duration,
    ) -> Result<(), Unavailable> {
        let question = async |asking: &mut Asking<'_>| self.ask(ports, max_age, asking).await;
        self.flight.ask(ports, needed, max_age, question).await
    }

    /// Asks page by page, until there is no more.
    async fn ask<P: Ports>(
        &self,
        ports: &P,
        max_age: Duration,
        asking: &mut Asking<'_>,
    ) -> Result<(), Unavailable> {
        let mut without_snapshot = false;
        loop {
            let asked_at = ports.now();
            asking.page(asked_at);
            let position = self.follower.borrow().position();
            let ask = Question {
                position,
                max_age,
                longest_life: self.longest_life,
                without_snapshot,
            };
            let delta = ports.since(&ask).await?;
            self.learn(&delta, position, asked_at, ports)?;
            if let News::Snapshot(digest) = delta.news {
                without_snapshot = !self.begin_with(digest, delta.head, ports).await;
            } else if !delta.more {
                return Ok(());
            } else if delta.entries().is_empty() {
                return Err(unusable("it says that there is more, and gives nothing"));
            }
        }
    }

    fn learn<P: Ports>(
        &self,
        delta: &Delta,
        asked_with: Position,
        asked_at: Time,
        ports: &P,
    ) -> Result<(), Unavailable> {
        let learned = self
            .follower
            .borrow_mut()
            .learn(delta, asked_with, asked_at)
            .map_err(|_| unusable("it answered with an older state than it had answered before"))?;
        if learned == Learned::Restarted {
            let log = delta.head.log.to_base64url();
            ports.emit(Event::RevocationLogRestarted { log: &log });
        }
        Ok(())
    }

    /// Begins with a snapshot; whether that could be had. If not, the log gives it page by page.
    async fn begin_with<P: Ports>(&self, digest: [u8; 32], head: Position, ports: &P) -> bool {
        match ports.snapshot(head).await {
            Ok(Some(bytes)) if Snapshot::digest(&bytes) == digest => {
                self.follower.borrow_mut().begin_with(&bytes, head)
            }
            Ok(_) => false,
            Err(unavailable) => {
                ports.emit(unavailable.event());
                false
            }
        }
    }

    /// Whether the log now ends this record, to which the token of `digest` points.
    ///
    /// # Errors
    /// [`Unavailable`] where the log did not answer.
    pub async fn is_ended<P: Ports>(
        &self,
        ports: &P,
        record: &SessionRecord,
        digest: TokenDigest,
    ) -> Result<bool, Unavailable> {
        self.follow(ports, Duration::ZERO).await?;
        let targets = TargetIds::of(digest, record);
        Ok(self.follower.borrow().cuts_off(&targets))
    }

    /// Whether the copy, as old as it is, ends what these targets are of.
    #[must_use]
    pub fn knows_ended(&self, targets: &TargetIds) -> bool {
        self.follower.borrow().cuts_off(targets)
    }

    /// Whether the copy is younger than `max_staleness`.
    #[must_use]
    pub fn is_fresh(&self, now: Time, max_staleness: Duration) -> bool {
        self.follower.borrow().is_fresh(now, max_staleness)
    }

    /// About how much memory the copy takes, in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.follower.borrow().memory()
    }

    /// Whether the caller should now run [`Self::refresh`] beside its request: the copy has used up half
    /// of `max_staleness`, no other request is refreshing it, and the log has not failed a moment ago. If so, it marks the refresh as begun.
    #[must_use]
    pub fn begin_refresh(&self, now: Time, max_staleness: Duration) -> bool {
        let half_used = self
            .follower
            .borrow()
            .age(now)
            .is_some_and(|age| age >= max_staleness / 2);
        let running = self
            .refreshing_since
            .get()
            .is_some_and(|since| now.since(since) < REFRESH_LOST);
        if !half_used || running || max_staleness.is_zero() || self.flight.is_failing(now) {
            return false;
        }
        self.refreshing_since.set(Some(now));
        true
    }

    /// Brings the copy up to now in the background, after [`Self::begin_refresh`] with the same `max_staleness`, so
    /// that no request has to wait for it.
    ///
    /// # Errors
    /// As [`Self::follow`]. It does no harm: a request that needs the log asks it again.
    pub async fn refresh<P: Ports>(
        &self,
        ports: &P,
        max_staleness: Duration,
    ) -> Result<(), Unavailable> {
        let needed = Needed::Since(younger_than(max_staleness / 2, ports.now()));
        let max_age = max_staleness / PART_OF_STALENESS;
        let result = self.bring(ports, needed, max_age).await;
        self.refreshing_since.set(None);
        result
    }

    /// Takes in an entry that this isolate has just appended to the log, so that it holds here at once.
    pub fn learn_revoked(&self, entry: &Entry) {
        self.follower.borrow_mut().take_in(entry);
    }
}

/// The earliest instant of which a state is younger than `age`.
fn younger_than(age: Duration, now: Time) -> Time {
    now.minus(age).plus(Duration::from_millis(1))
}

fn unusable(cause: &str) -> Unavailable {
    Unavailable::new(Dependency::RevocationLog, cause)
}
