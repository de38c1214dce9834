//! Changes to the log that travel together.
//!
//! Job: while changes are on their way, those that come later wait; then one caller carries all of them. So however
//! many come, the log gets one message a round trip. Not its job: what a change does.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use crate::ports::{Clock, Dependency, Unavailable, Waits, Wake};
use crate::revocation::Change;
use crate::revocation::wire::MOST_CHANGES;
use crate::single_flight::LOST;
use crate::time::Time;

/// Batches are numbered in the order in which they set out.
type Number = u64;

/// Of how many batches the outcome is remembered, for callers that have not looked yet.
const REMEMBERED: usize = 64;

/// The changes that wait, and those that are on their way.
#[derive(Debug, Default)]
pub struct Batches(RefCell<State>);

#[derive(Default)]
struct State {
    /// The number of the batch that waits.
    number: Number,
    waiting: Vec<Change>,
    /// Since when a batch has been on its way.
    set_out: Option<Time>,
    outcomes: VecDeque<(Number, Result<(), Unavailable>)>,
    wakes: Vec<Wake>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "batch {} of {}", self.number, self.waiting.len())
    }
}

impl Batches {
    /// Makes these changes in one batch with others. They may wait for `patience` before they set out. If this caller
    /// carries the batch, it does so with `carry`.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that they were made, or too many wait already.
    pub async fn submit<P: Clock + Waits>(
        &self,
        changes: &[Change],
        patience: Duration,
        ports: &P,
        carry: impl AsyncFn(&[Change]) -> Result<(), Unavailable>,
    ) -> Result<(), Unavailable> {
        let mine = self.0.borrow_mut().add(changes)?;
        if !patience.is_zero() {
            self.wait(patience, ports).await;
        }
        loop {
            let now = ports.now();
            if let Some(outcome) = self.0.borrow().outcome(mine) {
                return outcome;
            }
            let taken = self.0.borrow_mut().take(mine, now);
            match taken {
                Taken::Batch(batch) => {
                    let outcome = carry(&batch).await;
                    let wakes = self.0.borrow_mut().end(mine, outcome.clone());
                    for wake in wakes {
                        wake();
                    }
                    return outcome;
                }
                Taken::Wait(limit) => self.wait(limit, ports).await,
                Taken::Lost => {
                    let cause =
                        "a batch of changes was given up, and nobody knows what became of it";
                    return Err(Unavailable::new(Dependency::RevocationLog, cause));
                }
            }
        }
    }

    async fn wait<P: Waits>(&self, limit: Duration, ports: &P) {
        let (wake, wait) = ports.wait(limit);
        self.0.borrow_mut().wakes.push(wake);
        wait.await;
    }
}

enum Taken {
    /// The caller carries these.
    Batch(Vec<Change>),
    /// Another batch is on its way.
    Wait(Duration),
    /// Somebody took the caller's batch, and never came back.
    Lost,
}

impl State {
    fn add(&mut self, changes: &[Change]) -> Result<Number, Unavailable> {
        if self.waiting.len() + changes.len() > MOST_CHANGES {
            return Err(Unavailable {
                is_overloaded: true,
                ..Unavailable::new(Dependency::RevocationLog, "too many changes wait for it")
            });
        }
        self.waiting.extend_from_slice(changes);
        Ok(self.number)
    }

    fn outcome(&self, mine: Number) -> Option<Result<(), Unavailable>> {
        let outcome = self.outcomes.iter().find(|(number, _)| *number == mine);
        outcome.map(|(_, outcome)| outcome.clone())
    }

    fn take(&mut self, mine: Number, now: Time) -> Taken {
        let left = self
            .set_out
            .and_then(|set_out| LOST.checked_sub(now.since(set_out)))
            .filter(|left| !left.is_zero());
        if let Some(left) = left {
            return Taken::Wait(left);
        }
        if mine != self.number {
            return Taken::Lost;
        }
        self.number += 1;
        self.set_out = Some(now);
        Taken::Batch(std::mem::take(&mut self.waiting))
    }

    fn end(&mut self, number: Number, outcome: Result<(), Unavailable>) -> Vec<Wake> {
        // A later one may be on its way, if this one took very long.
        if self.number == number + 1 {
            self.set_out = None;
        }
        if self.outcomes.len() == REMEMBERED {
            self.outcomes.pop_front();
        }
        self.outcomes.push_back((number, outcome));
        std::mem::take(&mut self.wakes)
    }
}
