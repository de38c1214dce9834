//! Single flight: requests of an isolate that can use the same answer share one question.
//!
//! Job: who asks, and who waits for whom. A check that takes the state as of an instant uses any question that will
//! tell at least that, whoever asked it, done or under way. A strong check needs a question that was begun after the
//! check. It need not be the one that asks: while a question is under way, strong checks wait until it has ended, or
//! for [`SPACING`] or half of what the last question took, if that is sooner. Then one of them asks for all. Each
//! question that is under way doubles that time, so a log that is silent is not asked ever more often.
//!
//! A question that takes several pages tells the state as of its last page. So it counts as begun anew with each page,
//! and those who came meanwhile wait for it: otherwise they would all read the same pages.
//!
//! After a failure, checks that take an older state share it for a moment that is drawn anew each time, so that not
//! all isolates come back at once. Strong checks share it too if the log said that it has too much to do. Not its job:
//! the question itself.
//!
//! No request uses anything that belongs to another: they share plain values, and each waits for a
//! promise and a timer of its own. If a request is given up while it asks, the others wait for at most
//! some seconds. Then one of them asks again.

use std::cell::RefCell;
use std::time::Duration;

use crate::ports::{Clock, Randomness, Unavailable, Waits, Wake};
use crate::time::Time;

/// How long after the beginning of a question the next one may begin at the soonest, if the first has no answer yet.
const SPACING: Duration = Duration::from_millis(5);

/// How long a check of an isolate waits for another's question. A store that does not answer has failed by then, unless
/// `store_timeout_ms` is longer than usual.
pub const LOST: Duration = Duration::from_secs(3);

/// For how long a failure is shared: between these two.
const SHARED: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];

/// Questions are numbered in the order in which they were begun, from 1.
type Number = u64;

/// What a check needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// The state as of this instant, or a later one.
    Since(Time),
    /// The state at some moment after the check came.
    Next,
}

/// The questions of one isolate.
#[derive(Debug)]
pub struct SingleFlight {
    state: RefCell<State>,
    /// How long a check waits for an answer to a question of another check, before it asks itself.
    lost: Duration,
}

impl Default for SingleFlight {
    fn default() -> Self {
        Self::new(LOST)
    }
}

#[derive(Debug, Default)]
struct State {
    begun: Number,
    under_way: Vec<UnderWay>,
    /// The newest state that was told.
    told: Option<Time>,
    /// The newest strong question that was answered.
    answered: Number,
    failed: Option<Failed>,
    /// How long the last one took.
    took: Duration,
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct UnderWay {
    number: Number,
    begun_at: Time,
    /// Its answer tells the state as of this instant, or a later one.
    tells: Time,
    /// Whether its answer is found out after it was begun.
    is_strong: bool,
}

#[derive(Debug)]
struct Failed {
    number: Number,
    with: Unavailable,
    shared_until: Time,
}

struct Waiting {
    came_after: Number,
    needed: Needed,
    wake: Wake,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Waiting({}, {:?})", self.came_after, self.needed)
    }
}

/// What a check does next.
enum Turn {
    Over(Result<(), Unavailable>),
    Wait(Duration),
    Ask,
}

impl SingleFlight {
    /// No question yet. A check waits for `lost` for another's, before it asks itself.
    #[must_use]
    pub fn new(lost: Duration) -> Self {
        Self {
            state: RefCell::default(),
            lost,
        }
    }

    /// Whether a failure is being shared, so that a check that can wait had better do so.
    pub fn is_failing(&self, now: Time) -> bool {
        let state = self.state.borrow();
        state
            .failed
            .as_ref()
            .is_some_and(|failed| now < failed.shared_until)
    }

    /// The state as of this instant is known, without a question.
    pub fn tell(&self, as_of: Time) {
        let mut state = self.state.borrow_mut();
        state.told = state.told.max(Some(as_of));
    }

    /// The outcome of a question that tells what is needed. If this caller has to ask it, it asks `question`, whose
    /// answer must be at most `max_age` old when it is given; with [`Needed::Next`] that is zero.
    ///
    /// # Errors
    /// What the question failed with, whichever caller asked it.
    pub async fn ask<P: Clock + Waits + Randomness>(
        &self,
        ports: &P,
        needed: Needed,
        max_age: Duration,
        question: impl AsyncFnOnce(&mut Asking<'_>) -> Result<(), Unavailable>,
    ) -> Result<(), Unavailable> {
        let Some(number) = self.begin(ports, needed, max_age).await? else {
            return Ok(());
        };
        let mut asking = Asking {
            number,
            max_age,
            state: &self.state,
        };
        let outcome = question(&mut asking).await;
        self.end(asking.number, &outcome, ports);
        outcome
    }

    /// Waits until somebody else's question has told what is needed, or until it is this caller's turn to ask: then gives
    /// the number of that question. Apart from [`Self::ask`], so that the compiler makes one of it and not one for each
    /// question.
    async fn begin<P: Clock + Waits>(
        &self,
        ports: &P,
        needed: Needed,
        max_age: Duration,
    ) -> Result<Option<Number>, Unavailable> {
        let came_after = self.state.borrow().begun;
        loop {
            let now = ports.now();
            let turn = self
                .state
                .borrow_mut()
                .turn(came_after, needed, self.lost, now);
            match turn {
                Turn::Over(outcome) => return outcome.map(|()| None),
                Turn::Ask => return Ok(Some(self.state.borrow_mut().begin(now, max_age))),
                Turn::Wait(patience) => {
                    let (wake, wait) = ports.wait(patience);
                    self.state.borrow_mut().waiting.push(Waiting {
                        came_after,
                        needed,
                        wake,
                    });
                    wait.await;
                }
            }
        }
    }

    fn end<P: Clock + Randomness>(
        &self,
        number: Number,
        outcome: &Result<(), Unavailable>,
        ports: &P,
    ) {
        let now = ports.now();
        let shared_until = now.plus(moment(ports));
        let woken = self
            .state
            .borrow_mut()
            .end(number, outcome, now, shared_until);
        for wake in woken {
            wake();
        }
    }
}

/// A question that is under way, in the hands of whoever asks it.
#[derive(Debug)]
pub struct Asking<'a> {
    number: Number,
    max_age: Duration,
    state: &'a RefCell<State>,
}

impl Asking<'_> {
    /// A page is about to be asked for. What the question tells in the end is the state as of its last page.
    pub fn page(&mut self, now: Time) {
        let mut state = self.state.borrow_mut();
        state.under_way.retain(|q| q.number != self.number);
        self.number = state.begin(now, self.max_age);
    }
}

impl State {
    fn turn(&mut self, came_after: Number, needed: Needed, lost: Duration, now: Time) -> Turn {
        let is_told = match needed {
            Needed::Since(instant) => self.told.is_some_and(|told| told >= instant),
            Needed::Next => self.answered > came_after,
        };
        if is_told {
            return Turn::Over(Ok(()));
        }
        if let Some(failed) = &self.failed {
            let is_shared = now < failed.shared_until
                && (failed.with.is_overloaded || matches!(needed, Needed::Since(_)));
            if is_shared || failed.number > came_after {
                return Turn::Over(Err(failed.with.clone()));
            }
        }
        let took = |question: &UnderWay| now.since(question.begun_at);
        self.under_way.retain(|question| took(question) < lost);
        let serving = |question: &&UnderWay| question.serves(came_after, needed);
        if let Some(question) = self.under_way.iter().find(serving) {
            return Turn::Wait(lost.saturating_sub(took(question)));
        }
        let Some(newest) = self.under_way.last() else {
            return Turn::Ask;
        };
        let doubled = 1 << (self.under_way.len() - 1).min(16);
        let spacing = SPACING.max(self.took / 2).saturating_mul(doubled).min(lost);
        match spacing.checked_sub(took(newest)) {
            Some(left) if !left.is_zero() => Turn::Wait(left),
            Some(_) | None => Turn::Ask,
        }
    }

    fn begin(&mut self, now: Time, max_age: Duration) -> Number {
        self.begun += 1;
        self.under_way.push(UnderWay {
            number: self.begun,
            begun_at: now,
            tells: now.minus(max_age),
            is_strong: max_age.is_zero(),
        });
        self.begun
    }

    /// The waits that end now: of those that this answer serves, or else of one check that asks next.
    fn end(
        &mut self,
        number: Number,
        outcome: &Result<(), Unavailable>,
        now: Time,
        shared_until: Time,
    ) -> Vec<Wake> {
        let place = self.under_way.iter().position(|q| q.number == number);
        // Those who waited for it in vain have given it up.
        let ended = place.map(|place| self.under_way.remove(place));
        if let Some(question) = &ended {
            self.took = now.since(question.begun_at);
        }
        match (outcome, &ended) {
            (Ok(()), Some(question)) => {
                self.failed = None;
                self.told = self.told.max(Some(question.tells));
                if question.is_strong {
                    self.answered = self.answered.max(number);
                }
            }
            (Err(with), _) => {
                let known = self.failed.as_ref().map_or(0, |failed| failed.number);
                self.failed = Some(Failed {
                    number: known.max(number),
                    with: with.clone(),
                    shared_until,
                });
            }
            (Ok(()), None) => {}
        }
        let is_over = |waiting: &Waiting| {
            let failed_too = outcome.is_err() && waiting.needed != Needed::Next;
            let served = |question: &UnderWay| question.serves(waiting.came_after, waiting.needed);
            failed_too || ended.as_ref().is_some_and(served)
        };
        let (served, mut others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(is_over);
        // The first of the others asks for all of them.
        let next = (self.under_way.is_empty() && !others.is_empty()).then(|| others.remove(0));
        self.waiting = others;
        served.into_iter().chain(next).map(|w| w.wake).collect()
    }
}

impl UnderWay {
    /// Whether its answer is one for a check that came after so many questions had begun.
    fn serves(&self, came_after: Number, needed: Needed) -> bool {
        match needed {
            Needed::Since(instant) => self.tells >= instant,
            Needed::Next => self.is_strong && self.number > came_after,
        }
    }
}

/// How long a failure is shared.
fn moment<P: Randomness>(ports: &P) -> Duration {
    let mut byte = [0];
    ports.fill(&mut byte);
    let [least, most] = SHARED;
    least + most.saturating_sub(least) * u32::from(byte[0]) / 255
}

#[cfg(test)]
mod tests;
