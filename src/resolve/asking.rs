//! Who asks the revocation log when several requests of an isolate want to know at once.
//!
//! Job: a strong check needs an answer that was asked for after the check began; it need not be the one
//! to ask. While a question is under way, those that come wait for it to end (or for [`APART`], if that
//! is sooner); then one of them asks for all. So under load an isolate asks once for each round trip and
//! not once for each request, and no check waits more than [`APART`] longer than alone. Not its job:
//! the question itself.
//!
//! Nothing of one request is used by another: what is shared is plain values, and each waits for a
//! promise and a timer of its own. A request that is given up while it asks delays the others by
//! [`LOST`] at most, and is then asked for again.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use crate::ports::{Clock, Unavailable, Waits, Wake};
use crate::time::Time;

/// How long after a question the next one may begin, if the first is not answered before.
const APART: Duration = Duration::from_millis(5);

/// How long a question that was begun after oneself came is waited for.
const LOST: Duration = Duration::from_millis(250);

/// Questions are numbered in the order in which they were begun, from 1.
type Number = u64;

/// The questions of one isolate.
#[derive(Debug, Default)]
pub struct Asking {
    begun: Cell<Number>,
    /// When the newest was begun, until it has ended.
    since: Cell<Option<Time>>,
    /// The newest that has ended, and how.
    ended: RefCell<Option<(Number, Result<(), Unavailable>)>>,
    waiting: RefCell<Vec<Waiting>>,
}

struct Waiting {
    came_after: Number,
    call: Wake,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Waiting({})", self.came_after)
    }
}

impl Asking {
    /// How a question came out that was begun after this call; `question` is the one to ask, if it
    /// has to be this caller.
    ///
    /// # Errors
    /// What the question failed with, whoever asked it.
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
            let (call, wait) = ports.wait(patience);
            self.waiting.borrow_mut().push(Waiting { came_after, call });
            wait.await;
        }
        let number = self.begun.get() + 1;
        self.begun.set(number);
        self.since.set(Some(ports.now()));
        let outcome = question().await;
        self.end(number, &outcome);
        outcome
    }

    /// How much longer to wait for the question that is under way; `None` where it is time to ask.
    fn patience(&self, came_after: Number, now: Time) -> Option<Duration> {
        let under_way = now.since(self.since.get()?);
        let is_for_us = self.begun.get() > came_after;
        let patience = if is_for_us { LOST } else { APART };
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
            (waiting.call)();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;
    use futures_util::future::{join, join_all};

    use super::*;
    use crate::fakes::Fakes;
    use crate::ports::Dependency;

    /// What asks `times` in all: each question takes a few turns of the others.
    struct World {
        fakes: Fakes,
        asking: Asking,
        asked: Cell<u32>,
    }

    fn world() -> World {
        World {
            fakes: Fakes::default(),
            asking: Asking::default(),
            asked: Cell::new(0),
        }
    }

    impl World {
        async fn check(&self, outcome: Result<(), Unavailable>) -> Result<(), Unavailable> {
            let question = async || {
                self.asked.set(self.asked.get() + 1);
                self.fakes.let_others_go_first(3).await;
                outcome
            };
            self.asking.ask(&self.fakes, question).await
        }
    }

    #[test]
    fn who_comes_alone_asks_at_once() {
        let world = world();
        for times in 1..4 {
            assert_eq!(block_on(world.check(Ok(()))), Ok(()));
            assert_eq!(world.asked.get(), times);
        }
    }

    #[test]
    fn those_that_come_while_a_question_is_under_way_share_the_next() {
        let world = world();
        let checks = (0..8).map(|_| world.check(Ok(())));
        assert!(block_on(join_all(checks)).iter().all(Result::is_ok));
        assert_eq!(world.asked.get(), 2);
    }

    #[test]
    fn a_question_that_was_under_way_is_no_answer_to_who_came_later() {
        let world = world();
        let late = async {
            world.fakes.let_others_go_first(1).await;
            let begun = world.asked.get();
            let outcome = world.check(Ok(())).await;
            assert_eq!((begun, world.asked.get()), (1, 2));
            outcome
        };
        assert_eq!(block_on(join(world.check(Ok(())), late)), (Ok(()), Ok(())));
    }

    #[test]
    fn what_fails_fails_for_all_that_shared_it_and_is_asked_again_next_time() {
        let world = world();
        let failure = || Err(Unavailable::new(Dependency::RevocationLog, "no answer"));
        let checks = (0..8).map(|_| world.check(failure()));
        let outcomes = block_on(join_all(checks));
        assert!(outcomes.iter().all(|outcome| *outcome == failure()));
        assert_eq!(world.asked.get(), 2);
        assert_eq!(block_on(world.check(Ok(()))), Ok(()));
        assert_eq!(world.asked.get(), 3);
    }

    #[test]
    fn nobody_waits_for_ever_for_a_request_that_was_given_up() {
        let world = world();
        let mut given_up = Box::pin(world.check(Ok(())));
        let first_poll = block_on(join(
            std::future::poll_fn(|context| {
                let _ = given_up.as_mut().poll(context);
                std::task::Poll::Ready(())
            }),
            async {},
        ));
        assert_eq!(first_poll, ((), ()));
        drop(given_up);
        assert_eq!(world.asked.get(), 1);
        let began = world.fakes.now();
        let checks = (0..3).map(|_| world.check(Ok(())));
        assert!(block_on(join_all(checks)).iter().all(Result::is_ok));
        assert_eq!(world.asked.get(), 2);
        assert!(world.fakes.now().since(began) <= LOST);
    }
}
