//! Work that waits for the platform, where every instruction counts: the gate and the endpoints.
//!
//! Job: an executor. A task asks the platform for one thing or for several at once, rests until all of them have settled,
//! and goes on. So it is polled once for each such round, and a round costs one `then` in JavaScript and one call back.
//! Not its job: futures that wait for anything except promises.
//!
//! The `worker` crate brings an executor of its own, which the session coordinators and all that goes through that crate
//! run on. Requests stay here: on that executor, a request that reads KV took 4 % more instructions (1,087 thousand against
//! 1,045), and an introspection from the cache 26 % more (523 against 415). Besides, it has one queue for all requests, and
//! nothing in that queue ever ends after a panic; a task belongs to the request that made it, and fails as soon as what it
//! waits for has settled. The two meet at promises: [`wait`] works on both, and `Outside::ask` makes a promise of a future
//! of the `worker` crate.

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;

use super::{host, platform};
use crate::time::Time;

/// What came of a promise, or of a task.
pub type Settled = Result<JsValue, JsValue>;

type Work = Pin<Box<dyn Future<Output = Settled>>>;

/// The platform may drop a request whose client is gone, and does not say so. A task that has rested for this long is
/// dropped too: everything that a task waits for has a shorter timeout.
const LOST: Duration = Duration::from_mins(5);

/// A task that rests.
struct Task {
    id: u32,
    since: Time,
    work: Work,
    settled: Vec<Option<Settled>>,
}

/// One poll of a task: what came of the promises that it had waited for, and the promises that it waits for next.
#[derive(Default)]
struct Round {
    settled: Vec<Option<Settled>>,
    begun: Vec<Promise>,
}

/// The tasks that rest, oldest first.
#[derive(Default)]
struct Tasks {
    last_id: u32,
    resting: Vec<Task>,
}

thread_local! {
    static TASKS: RefCell<Tasks> = RefCell::default();
    /// `None` while no task is being polled.
    static ROUND: RefCell<Option<Round>> = RefCell::default();
}

/// What [`run`] gives.
pub enum Outcome {
    /// It is done already.
    Done(Settled),
    /// A promise of what it will give.
    Pending(Promise),
}

impl Outcome {
    /// As the platform takes it: what it gave, or a promise.
    #[must_use]
    pub fn into_value(self) -> JsValue {
        match self {
            Self::Done(Ok(value)) => value,
            Self::Done(Err(error)) => Promise::reject(&error).into(),
            Self::Pending(promise) => promise.into(),
        }
    }
}

/// Begins `work`, which goes as far as it can without waiting for the platform.
pub fn run(work: impl Future<Output = Settled> + 'static) -> Outcome {
    go_on(Box::pin(work), Vec::new())
}

/// Waits for a promise, in a task or on any other executor.
#[must_use]
pub const fn wait(promise: Promise) -> Wait {
    Wait(State::Begun(promise))
}

/// A promise that is waited for.
pub struct Wait(State);

enum State {
    Begun(Promise),
    /// Its place in the round.
    Resting(usize),
    /// On another executor.
    Elsewhere(JsFuture),
    Over,
}

impl Future for Wait {
    type Output = Settled;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Settled> {
        ROUND.with_borrow_mut(
            |round| match (std::mem::replace(&mut self.0, State::Over), round) {
                (State::Begun(promise), Some(round)) => {
                    self.0 = State::Resting(round.begun.len());
                    round.begun.push(promise);
                    Poll::Pending
                }
                (State::Resting(place), Some(round)) => {
                    let settled = round.settled.get_mut(place).and_then(Option::take);
                    Poll::Ready(
                        settled.expect("a task goes on when all that it waits for has settled"),
                    )
                }
                (State::Begun(promise), None) => self.poll_elsewhere(promise.into(), context),
                (State::Elsewhere(future), _) => self.poll_elsewhere(future, context),
                (State::Resting(_), None) | (State::Over, _) => {
                    unreachable!("a wait stays on its executor, and is not polled when it is over")
                }
            },
        )
    }
}

impl Wait {
    fn poll_elsewhere(&mut self, mut future: JsFuture, context: &mut Context<'_>) -> Poll<Settled> {
        let polled = Pin::new(&mut future).poll(context);
        if polled.is_pending() {
            self.0 = State::Elsewhere(future);
        }
        polled
    }
}

fn go_on(mut work: Work, settled: Vec<Option<Settled>>) -> Outcome {
    // A task may begin another one while it is polled.
    let begun = Vec::new();
    let outer = ROUND.replace(Some(Round { settled, begun }));
    let polled = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let round = ROUND.replace(outer);
    let begun = round.map_or_else(Vec::new, |round| round.begun);
    match polled {
        Poll::Ready(settled) => Outcome::Done(settled),
        Poll::Pending => Outcome::Pending(rest(work, &begun)),
    }
}

fn rest(work: Work, begun: &[Promise]) -> Promise {
    let now = platform::now();
    let id = TASKS.with_borrow_mut(|tasks| {
        let lost = |task: &Task| now.since(task.since) >= LOST;
        if tasks.resting.first().is_some_and(lost) {
            tasks.resting.retain(|task| !lost(task));
        }
        tasks.last_id = tasks.last_id.wrapping_add(1);
        tasks.resting.push(Task {
            id: tasks.last_id,
            since: now,
            work,
            settled: begun.iter().map(|_| None).collect(),
        });
        tasks.last_id
    });
    match begun {
        [] => unreachable!("a task waits for promises only"),
        [promise] => host::then(promise, id, 0),
        promises => {
            let each: Array = (0..)
                .zip(promises)
                .map(|(at, p)| host::then(p, id, at))
                .collect();
            host::last_result(&each)
        }
    }
}

/// Takes in what came of a promise that a task waits for. If it was the last one, the task goes on: the value is what
/// comes of that, and `undefined` otherwise. Only `host.js` calls this.
///
/// # Errors
/// What the task fails with, or that there is no such task any more.
#[wasm_bindgen]
pub fn settle(id: u32, place: usize, is_ok: bool, value: JsValue) -> Settled {
    let task = TASKS.with_borrow_mut(|tasks| {
        let at = tasks.resting.iter().position(|task| task.id == id)?;
        let task = &mut tasks.resting[at];
        *task.settled.get_mut(place)? = Some(if is_ok { Ok(value) } else { Err(value) });
        let all = task.settled.iter().all(Option::is_some);
        Some(all.then(|| tasks.resting.remove(at)))
    });
    match task {
        None => Err(js_sys::Error::new("nothing waits for this any more").into()),
        Some(None) => Ok(JsValue::UNDEFINED),
        Some(Some(task)) => match go_on(task.work, task.settled) {
            Outcome::Done(settled) => settled,
            Outcome::Pending(promise) => Ok(promise.into()),
        },
    }
}
