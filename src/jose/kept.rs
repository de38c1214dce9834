//! A document of another server, kept for as long as it is believed.
//!
//! Job: requests of an isolate that need it share one question ([`SingleFlight`]), and it is asked for again beside a request
//! before it is too old. While the server does not answer, the old one counts, for up to a day. Not its job: the question.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::cached::Cached;
use crate::ports::{Clock, Dependency, Randomness, Unavailable, Waits};
use crate::single_flight::{Needed, SingleFlight};
use crate::time::Time;

/// How long asking beside a request may take before it counts as lost, with that request.
const REFRESH_LOST: Duration = Duration::from_secs(10);

/// A document, or the lack of one.
#[derive(Debug)]
pub struct Kept<T> {
    value: RefCell<Option<Cached<T>>>,
    flight: SingleFlight,
    refreshing_since: Cell<Option<Time>>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self {
            value: RefCell::default(),
            flight: SingleFlight::default(),
            refreshing_since: Cell::default(),
        }
    }
}

impl<T> Kept<T> {
    /// The document: kept, or asked for.
    ///
    /// # Errors
    /// [`Unavailable`] if the server gave none that can be used, and none of the last day is there.
    pub async fn now<P: Clock + Waits + Randomness>(
        &self,
        ports: &P,
        ask: impl AsyncFnOnce() -> Result<Cached<T>, Unavailable>,
    ) -> Result<Rc<T>, Unavailable> {
        let kept = self.value.borrow().clone();
        let since = match &kept {
            Some(kept) if kept.is_fresh(ports.now()) => return Ok(kept.value()),
            Some(kept) => kept.fresh_until(),
            None => Time::from_seconds(0),
        };
        let asked = self.newer(since, ports, ask).await;
        asked.or_else(|error| {
            let kept = kept.and_then(|kept| kept.respite(ports.now()));
            let kept = kept.ok_or(error)?;
            let value = kept.value();
            self.value.replace(Some(kept));
            Ok(value)
        })
    }

    /// The document as it was at this instant, or later.
    ///
    /// # Errors
    /// [`Unavailable`] if the server gave none that can be used.
    pub async fn newer<P: Clock + Waits + Randomness>(
        &self,
        since: Time,
        ports: &P,
        ask: impl AsyncFnOnce() -> Result<Cached<T>, Unavailable>,
    ) -> Result<Rc<T>, Unavailable> {
        let needed = Needed::Since(since);
        let asked = self.flight.ask(ports, needed, Duration::ZERO, async |_| {
            let answer = ask().await?;
            self.value.replace(Some(answer));
            Ok(())
        });
        asked.await?;
        let value = self.value.borrow().as_ref().map(Cached::value);
        value
            .ok_or_else(|| Unavailable::new(Dependency::Isolate, "what was asked for is not there"))
    }

    /// Whether the caller should now ask for the document anew beside its request, with [`Self::refresh`]: half of its time
    /// is over, and nobody does so yet. If so, it is marked as begun.
    #[must_use]
    pub fn begin_refresh(&self, now: Time) -> bool {
        let is_due = self
            .value
            .borrow()
            .as_ref()
            .is_some_and(|kept| kept.is_due(now));
        let running = self
            .refreshing_since
            .get()
            .is_some_and(|since| now.since(since) < REFRESH_LOST);
        if !is_due || running || self.flight.is_failing(now) {
            return false;
        }
        self.refreshing_since.set(Some(now));
        true
    }

    /// Asks for the document anew, after [`Self::begin_refresh`], so that no request has to wait for it.
    ///
    /// # Errors
    /// As [`Self::newer`]. It does no harm: the old document counts as before.
    pub async fn refresh<P: Clock + Waits + Randomness>(
        &self,
        ports: &P,
        ask: impl AsyncFnOnce() -> Result<Cached<T>, Unavailable>,
    ) -> Result<(), Unavailable> {
        let asked = self.newer(ports.now(), ports, ask).await;
        match asked {
            Ok(_) => self.refreshing_since.set(None),
            // The next one asks after a while, and not at once.
            Err(_) => self.refreshing_since.set(Some(ports.now())),
        }
        asked.map(drop)
    }
}
