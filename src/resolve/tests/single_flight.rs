//! Requests that share a question.

use std::cell::Cell;

use futures_executor::block_on;
use futures_util::future::{join, join_all};

use crate::fakes::Fakes;
use crate::ports::{Clock, Dependency, Unavailable};
use crate::resolve::single_flight::{LOST, SingleFlight};

/// Checks that share a single flight. Each question lasts a few turns of the others.
struct World {
    fakes: Fakes,
    flight: SingleFlight,
    asked: Cell<u32>,
}

fn world() -> World {
    World {
        fakes: Fakes::default(),
        flight: SingleFlight::default(),
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
        self.flight.ask(&self.fakes, question).await
    }
}

#[test]
fn a_single_check_asks_at_once() {
    let world = world();
    for times in 1..4 {
        assert_eq!(block_on(world.check(Ok(()))), Ok(()));
        assert_eq!(world.asked.get(), times);
    }
}

#[test]
fn checks_that_come_while_a_question_is_under_way_share_the_next() {
    let world = world();
    let checks = (0..8).map(|_| world.check(Ok(())));
    assert!(block_on(join_all(checks)).iter().all(Result::is_ok));
    assert_eq!(world.asked.get(), 2);
}

#[test]
fn a_question_that_was_under_way_does_not_answer_a_later_check() {
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
fn a_failure_is_shared_and_the_next_check_asks_again() {
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
