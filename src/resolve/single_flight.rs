//! Single flight: requests of an isolate that need the same answer share one question.
//!
//! Job: a strong check needs an answer to a question that was begun after the check. It need not be the
//! one that asks. While a question is under way, checks that come later wait until it has ended, or for
//! [`STRONG_SPACING`] if that is sooner. Then one of them asks for all. Under load an isolate therefore
//! asks once a round trip and not once a request, and no check waits more than [`STRONG_SPACING`] longer
//! than it would if it were the only one. Not its job: the question itself.
//!
//! No request uses anything that belongs to another: they share plain values, and each waits for a
//! promise and a timer of its own. If a request is given up while it asks, the others wait for at most
//! [`LOST`]. Then one of them asks again.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use crate::ports::{Clock, Unavailable, Waits, Wake};
use crate::time::Time;

/// How long after the beginning of a question the next one may begin, if the first has no answer yet.
const STRONG_SPACING: Duration = Duration::from_millis(5);

/// How long a check waits for an answer to a question of another check, before it asks itself.
pub(super) const LOST: Duration = Duration::from_millis(250);

/// Questions are numbered in the order in which they were begun, from 1.
type Number = u64;

/// The questions of one isolate.
#[derive(Debug, Default)]
pub struct SingleFlight {
    begun: Cell<Number>,
    /// When the newest was begun, until it has ended.
    since: Cell<Option<Time>>,
    /// The newest that has ended, and how.
    ended: RefCell<Option<(Number, Result<(), Unavailable>)>>,
    waiting: RefCell<Vec<Waiting>>,
}

struct Waiting {
    came_after: Number,
    wake: Wake,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Waiting({})", self.came_after)
    }
}

impl SingleFlight {
    /// The outcome of a question that was begun after this call. If this caller has to ask it, it asks
    /// `question`.
    ///
    /// # Errors
    /// What the question failed with, whichever caller asked it.
    pub async fn ask<P: Clock + Waits>(
        &self,
        ports: &P,
        question: impl AsyncFnOnce() -> Result<(), Unavailable>,
    ) -> Result<(), Unavailable> {
        let came_after = self.begun.get();
        loop {
            if let Some((number, outcome)) = &*self.ended.borrow()
                && *number > came_after
            {
                return outcome.clone();
            }
            let Some(patience) = self.patience(came_after, ports.now()) else {
                break;
            };
            let (wake, wait) = ports.wait(patience);
            self.waiting.borrow_mut().push(Waiting { came_after, wake });
            wait.await;
        }
        let number = self.begun.get() + 1;
        self.begun.set(number);
        self.since.set(Some(ports.now()));
        let outcome = question().await;
        self.end(number, &outcome);
        outcome
    }

    /// How much longer to wait for the question that is under way; `None` if it is time to ask.
    fn patience(&self, came_after: Number, now: Time) -> Option<Duration> {
        let under_way = now.since(self.since.get()?);
        let is_late_enough = self.begun.get() > came_after;
        let patience = if is_late_enough { LOST } else { STRONG_SPACING };
        patience
            .checked_sub(under_way)
            .filter(|left| !left.is_zero())
    }

    fn end(&self, number: Number, outcome: &Result<(), Unavailable>) {
        let mut ended = self.ended.borrow_mut();
        if ended.as_ref().is_none_or(|(newest, _)| *newest < number) {
            *ended = Some((number, outcome.clone()));
        }
        drop(ended);
        let is_newest = self.begun.get() == number;
        if is_newest {
            self.since.set(None);
        }
        let (served, mut others): (Vec<_>, Vec<_>) = self
            .waiting
            .take()
            .into_iter()
            .partition(|waiting| waiting.came_after < number);
        // The first of the others asks for all of them.
        let next = (is_newest && !others.is_empty()).then(|| others.remove(0));
        self.waiting.replace(others);
        for waiting in served.into_iter().chain(next) {
            (waiting.wake)();
        }
    }
}
