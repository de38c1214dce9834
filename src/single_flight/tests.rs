//! Requests that share a question.

use std::cell::Cell;
use std::time::Duration;

use futures_executor::block_on;
use futures_util::future::{join, join_all};

use crate::fakes::Fakes;
use crate::ports::{Clock, Dependency, Unavailable};
use crate::single_flight::{Asking, LOST, Needed, SingleFlight};

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

/// What a check that takes a copy of five seconds asks for.
const QUARTER: Duration = Duration::from_millis(1_250);

impl World {
    async fn question(&self, outcome: Result<(), Unavailable>) -> Result<(), Unavailable> {
        self.asked.set(self.asked.get() + 1);
        self.fakes.let_others_go_first(3).await;
        outcome
    }

    async fn check(&self, outcome: Result<(), Unavailable>) -> Result<(), Unavailable> {
        let question = async |_: &mut Asking<'_>| self.question(outcome).await;
        self.flight
            .ask(&self.fakes, Needed::Next, Duration::ZERO, question)
            .await
    }

    /// A check that takes a copy of five seconds.
    async fn bounded(&self, outcome: Result<(), Unavailable>) -> Result<(), Unavailable> {
        let since = self.fakes.now().minus(Duration::from_secs(5));
        let question = async |_: &mut Asking<'_>| self.question(outcome).await;
        self.flight
            .ask(&self.fakes, Needed::Since(since), QUARTER, question)
            .await
    }
}

fn failure() -> Result<(), Unavailable> {
    Err(Unavailable::new(Dependency::RevocationLog, "no answer"))
}

fn overloaded() -> Result<(), Unavailable> {
    Err(Unavailable {
        is_overloaded: true,
        ..failure().unwrap_err()
    })
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
fn a_check_that_takes_an_older_state_uses_the_question_that_is_under_way() {
    for first_is_strong in [true, false] {
        let world = world();
        let first = async {
            if first_is_strong {
                world.check(Ok(())).await
            } else {
                world.bounded(Ok(())).await
            }
        };
        let others = join_all((0..8).map(|_| world.bounded(Ok(()))));
        let (first, others) = block_on(join(first, others));
        assert!(first.is_ok() && others.iter().all(Result::is_ok));
        assert_eq!(world.asked.get(), 1);
        // And for as long as what it told is new enough, the answer that there is.
        world.fakes.advance(Duration::from_millis(3_700));
        assert_eq!(block_on(world.bounded(failure())), Ok(()));
        assert_eq!(world.asked.get(), 1);
        world.fakes.advance(Duration::from_millis(1_301));
        assert_eq!(block_on(world.bounded(Ok(()))), Ok(()));
        assert_eq!(world.asked.get(), 2);
    }
}

#[test]
fn an_answer_that_may_be_older_serves_no_strong_check() {
    let world = world();
    let outcomes = block_on(join(world.bounded(Ok(())), world.check(Ok(()))));
    assert_eq!(outcomes, (Ok(()), Ok(())));
    assert_eq!(world.asked.get(), 2);
    // Not even one that was begun after the check.
    let strong = async {
        let first = world.check(Ok(()));
        let second = world.bounded(Ok(()));
        join(first, second).await
    };
    let before = world.asked.get();
    assert_eq!(block_on(join(world.check(Ok(())), strong)).0, Ok(()));
    assert_eq!(world.asked.get(), before + 2);
}

#[test]
fn a_question_of_many_pages_tells_the_state_as_of_its_last_page() {
    for is_strong in [false, true] {
        let world = world();
        let needed = || {
            if is_strong {
                Needed::Next
            } else {
                Needed::Since(world.fakes.now().minus(QUARTER))
            }
        };
        let pages = async |asking: &mut Asking<'_>| {
            world.asked.set(world.asked.get() + 1);
            for _ in 0..10 {
                world.fakes.let_others_go_first(3).await;
                world.fakes.advance(Duration::from_secs(1));
                asking.page(world.fakes.now());
            }
            world.fakes.let_others_go_first(3).await;
            Ok(())
        };
        let check = async |turns| {
            world.fakes.let_others_go_first(turns).await;
            let asked = world
                .flight
                .ask(&world.fakes, needed(), Duration::ZERO, pages);
            asked.await
        };
        // They come one after the other, while it is asked for page after page.
        let checks = (0..10).map(|number| check(number * 3));
        assert!(block_on(join_all(checks)).iter().all(Result::is_ok));
        assert_eq!(world.asked.get(), 1, "strong: {is_strong}");
    }
}

#[test]
fn a_failure_is_shared_and_the_next_strong_check_asks_again() {
    let world = world();
    let checks = (0..8).map(|_| world.check(failure()));
    let outcomes = block_on(join_all(checks));
    assert!(outcomes.iter().all(|outcome| *outcome == failure()));
    assert_eq!(world.asked.get(), 2);
    assert_eq!(block_on(world.check(Ok(()))), Ok(()));
    assert_eq!(world.asked.get(), 3);
}

#[test]
fn a_failure_is_shared_for_a_moment_by_all_who_take_an_older_state() {
    let world = world();
    assert_eq!(block_on(world.bounded(failure())), failure());
    world.fakes.advance(Duration::from_millis(249));
    assert_eq!(block_on(world.bounded(Ok(()))), failure());
    assert!(world.flight.is_failing(world.fakes.now()));
    assert_eq!(world.asked.get(), 1);
    world.fakes.advance(Duration::from_millis(752));
    assert!(!world.flight.is_failing(world.fakes.now()));
    assert_eq!(block_on(world.bounded(Ok(()))), Ok(()));
    assert_eq!(world.asked.get(), 2);
}

#[test]
fn a_log_that_has_too_much_to_do_is_not_asked_again_at_once_by_anyone() {
    let world = world();
    assert_eq!(block_on(world.check(overloaded())), overloaded());
    world.fakes.advance(Duration::from_millis(249));
    assert_eq!(block_on(world.check(Ok(()))), overloaded());
    assert_eq!(world.asked.get(), 1);
    world.fakes.advance(Duration::from_millis(752));
    assert_eq!(block_on(world.check(Ok(()))), Ok(()));
}

#[test]
fn a_silent_log_is_asked_less_and_less_often() {
    let world = world();
    let mut begun = Vec::new();
    // Each is polled once and then given up: nothing ever ends.
    let mut given_up = Vec::new();
    for _ in 0..2_999 {
        let mut check = Box::pin(world.check(Ok(())));
        let before = world.asked.get();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(check.as_mut().poll(&mut context).is_pending());
        if world.asked.get() > before {
            begun.push(world.fakes.now());
        }
        given_up.push(check);
        world.fakes.advance(Duration::from_millis(1));
    }
    let after: Vec<u128> = begun
        .iter()
        .map(|at| at.since(begun[0]).as_millis())
        .collect();
    assert_eq!(after, [0, 5, 15, 35, 75, 155, 315, 635, 1_275, 2_555]);
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
    let checks = (0..3).map(|_| world.bounded(Ok(())));
    assert!(block_on(join_all(checks)).iter().all(Result::is_ok));
    assert_eq!(world.asked.get(), 2);
    assert!(world.fakes.now().since(began) <= LOST);
}
