//! The isolate's copy of the revocation log.
//!
//! Job: bringing the copy up to now: before an answer that needs it, or beside one that does not need it
//! yet. Not its job: what the log says of a token; that is [`Follower`]'s.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use super::single_flight::SingleFlight;
use crate::ports::{Dependency, Ports, Unavailable};
use crate::revocation::{Entry, Follower, TargetIds};
use crate::session::SessionRecord;
use crate::time::Time;
use crate::token::TokenDigest;

/// How long a background refresh may take before it counts as lost, with the request that ran it.
const REFRESH_LOST: Duration = Duration::from_secs(10);

/// The copy, and who is bringing it up to now.
#[derive(Debug, Default)]
pub struct LogCopy {
    pub(super) follower: RefCell<Follower>,
    refreshing_since: Cell<Option<Time>>,
    flight: SingleFlight,
}

impl LogCopy {
    /// Brings the copy up to now, or to a later moment. Requests that need the same share one question.
    ///
    /// # Errors
    /// [`Unavailable`] where the log did not answer, or answered with less than it had said before.
    pub async fn follow<P: Ports>(&self, ports: &P) -> Result<(), Unavailable> {
        self.flight.ask(ports, async || self.ask(ports).await).await
    }

    async fn ask<P: Ports>(&self, ports: &P) -> Result<(), Unavailable> {
        let asked_at = ports.now();
        let asked_with = self.follower.borrow().position();
        let delta = ports.since(asked_with).await?;
        self.follower
            .borrow_mut()
            .learn(&delta, asked_with, asked_at)
            .map_err(|_| {
                let cause = "it answered with an older state than it had answered before";
                Unavailable::new(Dependency::RevocationLog, cause)
            })
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
        self.follow(ports).await?;
        let targets = TargetIds::of(digest, record);
        Ok(self.follower.borrow().cuts_off(&targets))
    }

    /// Whether the copy is younger than `max_staleness`.
    #[must_use]
    pub fn is_fresh(&self, now: Time, max_staleness: Duration) -> bool {
        self.follower.borrow().is_fresh(now, max_staleness)
    }

    /// Whether the caller should now run [`Self::refresh`] beside its request: the copy has used up half
    /// of `max_staleness`, and no other request is refreshing it. If so, it marks the refresh as begun.
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
        if !half_used || running || max_staleness.is_zero() {
            return false;
        }
        self.refreshing_since.set(Some(now));
        true
    }

    /// Brings the copy up to now in the background, after [`Self::begin_refresh`], so that no request has
    /// to wait for it.
    ///
    /// # Errors
    /// As [`Self::follow`]. It does no harm: a request that needs the log asks it again.
    pub async fn refresh<P: Ports>(&self, ports: &P) -> Result<(), Unavailable> {
        let result = self.follow(ports).await;
        self.refreshing_since.set(None);
        result
    }

    /// Takes in an entry that this isolate has just appended to the log, so that it holds here at once.
    pub fn learn_revoked(&self, entry: &Entry) {
        self.follower.borrow_mut().take_in(entry);
    }
}
