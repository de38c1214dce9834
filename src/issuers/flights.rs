//! Questions about tokens that are under way.
//!
//! Job: requests of an isolate that ask about the same token share one question, as checks of the revocation log do
//! ([`SingleFlight`]): a strong one takes only a question that was begun after it came. How many tokens are asked about at
//! the same time is bounded, so a slow issuer does not have more and more questions in front of it. Not its job: what the
//! question is.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use crate::ports::{Clock, Dependency, Randomness, Unavailable, Waits};
use crate::single_flight::{Needed, SingleFlight};
use crate::token::TokenDigest;

/// How many unknown tokens are asked about at the same time, and how many tokens in all.
const MOST_UNKNOWN: usize = 64;
const MOST: usize = 128;

/// The questions to one issuer.
#[derive(Debug)]
pub(super) struct Flights<T>(RefCell<Vec<(TokenDigest, Rc<Flight<T>>)>>);

/// The questions about one token.
#[derive(Debug)]
struct Flight<T> {
    questions: SingleFlight,
    /// They are numbered in the order in which they go out.
    last: Cell<u64>,
    /// The answer to the newest question that was answered, and its number.
    newest: RefCell<Option<(u64, T)>>,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T: Clone> Flights<T> {
    /// What an answer says of the token of this digest, which is as new as it is `needed`. If this caller has to ask, it
    /// asks `question`. `is_known` is whether the token counted a short while ago.
    ///
    /// # Errors
    /// What the question failed with, whichever caller asked it; or that too many are under way.
    pub(super) async fn ask<P: Clock + Waits + Randomness>(
        &self,
        digest: TokenDigest,
        is_known: bool,
        needed: Needed,
        ports: &P,
        question: impl AsyncFnOnce() -> Result<T, Unavailable>,
    ) -> Result<T, Unavailable> {
        let flight = self.join(digest, is_known)?;
        let _seat = Seat {
            flights: self,
            flight: &flight,
        };
        let asked = flight
            .questions
            .ask(ports, needed, Duration::ZERO, async |_| {
                let number = flight.last.get() + 1;
                flight.last.set(number);
                let answer = question().await?;
                let mut newest = flight.newest.borrow_mut();
                if newest.as_ref().is_none_or(|(known, _)| *known < number) {
                    *newest = Some((number, answer));
                }
                Ok(())
            });
        asked.await?;
        let newest = flight.newest.borrow();
        let newest = newest.as_ref().map(|(_, answer)| answer.clone());
        newest.ok_or_else(|| {
            let cause = "a question counts as answered, and there is no answer";
            Unavailable::new(Dependency::Isolate, cause)
        })
    }

    /// Whether a question about this token is under way.
    pub(super) fn has(&self, digest: TokenDigest) -> bool {
        self.0.borrow().iter().any(|(other, _)| *other == digest)
    }

    fn join(&self, digest: TokenDigest, is_known: bool) -> Result<Rc<Flight<T>>, Unavailable> {
        let mut all = self.0.borrow_mut();
        if let Some((_, flight)) = all.iter().find(|(other, _)| *other == digest) {
            return Ok(Rc::clone(flight));
        }
        let most = if is_known { MOST } else { MOST_UNKNOWN };
        if all.len() >= most {
            let cause = format!("{most} tokens are being asked about already");
            return Err(Unavailable {
                is_overloaded: true,
                ..Unavailable::new(Dependency::Isolate, cause)
            });
        }
        let flight = Rc::new(Flight {
            questions: SingleFlight::default(),
            last: Cell::new(0),
            newest: RefCell::new(None),
        });
        all.push((digest, Rc::clone(&flight)));
        Ok(flight)
    }
}

/// A caller that asks or waits. Also one that is given up leaves it.
struct Seat<'a, T> {
    flights: &'a Flights<T>,
    flight: &'a Rc<Flight<T>>,
}

impl<T> Drop for Seat<'_, T> {
    fn drop(&mut self) {
        // Its own, and the one in the list: it is the last one.
        if Rc::strong_count(self.flight) <= 2 {
            let mut all = self.flights.0.borrow_mut();
            all.retain(|(_, other)| !Rc::ptr_eq(other, self.flight));
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;
    use futures_util::FutureExt;
    use futures_util::future::{join, join_all};

    use super::*;
    use crate::fakes::Fakes;

    fn digest(n: u8) -> TokenDigest {
        TokenDigest::from_bytes([n; 32])
    }

    struct World {
        fakes: Fakes,
        flights: Flights<u32>,
        asked: Cell<u32>,
    }

    impl World {
        fn new() -> Self {
            Self {
                fakes: Fakes::default(),
                flights: Flights::default(),
                asked: Cell::new(0),
            }
        }

        /// The answer is how many questions went out before it came.
        async fn ask(&self, token: u8, needed: Needed) -> Result<u32, Unavailable> {
            let question = async || {
                self.asked.set(self.asked.get() + 1);
                self.fakes.let_others_go_first(5).await;
                Ok(self.asked.get())
            };
            self.flights
                .ask(digest(token), false, needed, &self.fakes, question)
                .await
        }

        fn now(&self) -> Needed {
            Needed::Since(self.fakes.now())
        }
    }

    #[test]
    fn who_asks_about_the_same_token_shares_a_question_and_nothing_is_left_of_it() {
        let world = World::new();
        let requests = (0..20_u8).map(|n| world.ask(n % 2, world.now()));
        let answers = block_on(join_all(requests));
        assert!(answers.iter().all(|answer| *answer == Ok(2)), "{answers:?}");
        assert_eq!(world.asked.get(), 2, "one for each token");
        assert!(world.flights.0.borrow().is_empty());
    }

    #[test]
    fn a_strong_one_takes_no_question_that_was_begun_before_it_came() {
        let world = World::new();
        block_on(async {
            let mut first = Box::pin(world.ask(1, Needed::Next));
            assert!(first.as_mut().now_or_never().is_none());
            let later = world.ask(1, Needed::Next);
            let (first, later) = join(first, later).await;
            assert_eq!((first, later), (Ok(1), Ok(2)));
        });
    }

    #[test]
    fn a_question_that_failed_is_a_failure_for_all_who_waited_for_it() {
        let world = World::new();
        let ask = || {
            let question = async || {
                world.asked.set(world.asked.get() + 1);
                world.fakes.let_others_go_first(5).await;
                Err(Unavailable::new(Dependency::Provider, "it is down"))
            };
            world
                .flights
                .ask(digest(1), false, world.now(), &world.fakes, question)
        };
        let answers = block_on(join_all((0..5).map(|_| ask())));
        assert!(answers.iter().all(Result::is_err));
        assert_eq!(world.asked.get(), 1);
    }

    #[test]
    fn so_many_tokens_are_asked_about_and_no_more_and_known_ones_have_room_of_their_own() {
        let world = World::new();
        block_on(async {
            let mut under_way: Vec<_> = (0..64)
                .map(|n| Box::pin(world.ask(n, world.now())))
                .collect();
            for one in &mut under_way {
                assert!(one.as_mut().now_or_never().is_none());
            }
            let refused = world.ask(64, world.now()).now_or_never();
            assert!(refused.expect("at once").is_err());
            let known =
                world
                    .flights
                    .ask(digest(65), true, world.now(), &world.fakes, async || Ok(7));
            assert_eq!(known.await, Ok(7));
            assert_eq!(world.asked.get(), 64);
            // Requests that are given up leave their place.
            drop(under_way);
            assert_eq!(world.ask(64, world.now()).await, Ok(65));
        });
    }

    #[test]
    fn who_waits_for_one_that_was_given_up_asks_again() {
        let world = World::new();
        block_on(async {
            let mut lost = Box::pin(world.ask(1, world.now()));
            assert!(lost.as_mut().now_or_never().is_none());
            let mut waiting = Box::pin(world.ask(1, world.now()));
            assert!(waiting.as_mut().now_or_never().is_none());
            drop(lost);
            assert_eq!(waiting.await, Ok(2));
            let waited = world.fakes.now().since(crate::fakes::START);
            assert!(waited <= Duration::from_secs(3), "{waited:?}");
        });
    }
}
