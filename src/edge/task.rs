//! Work that waits for the platform, where every instruction counts: the gate and the endpoints.
//!
//! Job: an executor. A task asks the platform for one thing or for several at once, rests until all of them have settled,
//! and goes on. So it is polled once for each such round, and a round costs one `then` in JavaScript and one call back.
//! Not its job: futures that wait for anything except promises.
//!
//! The platform drops a request whose client is gone, and does not say so: what it waited for never settles. So what a
//! task waits for is handed to `waitUntil` of its request, and settles in any case. How many tasks may rest is bounded.
//!
//! The `worker` crate brings an executor of its own, which the session coordinators and all that goes through that crate
//! run on. Requests stay here: on that executor, a request that reads KV took 4 % more instructions (1,087 thousand against
//! 1,045), and an introspection from the cache 26 % more (523 against 415). Besides, it has one queue for all requests, and
//! nothing in that queue ever ends after a panic; a task belongs to the request that made it, and fails as soon as what it
//! waits for has settled. The two meet at promises: [`wait`] works on both, and `Outside::ask` makes a promise of a future
//! of the `worker` crate.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;

use super::slab::{Key, Slab};
use super::{host, platform};
use crate::ports::{Dependency, Unavailable};
use crate::time::Time;

/// What came of a promise, or of a task.
pub type Settled = Result<JsValue, JsValue>;

type Work = Pin<Box<dyn Future<Output = Settled>>>;

/// How many tasks may rest before no further request is begun that may have to wait.
const MOST: usize = 2_048;

/// A task that has rested for this long is dropped: the platform ended its request by force. Everything that a task waits
/// for has a shorter timeout.
const LOST: Duration = Duration::from_mins(2);

/// How often such tasks are looked for.
const SWEEP: Duration = Duration::from_secs(10);

/// A task that rests.
struct Task {
    since: Time,
    home: Home,
    work: Work,
    settled: Vec<Option<Settled>>,
}

/// The request that a task belongs to; `None` in a Durable Object, which goes on whatever its callers do.
type Home = Option<Rc<worker::Context>>;

/// One poll of a task: what came of the promises that it had waited for, and the promises that it waits for next.
#[derive(Default)]
struct Round {
    settled: Vec<Option<Settled>>,
    begun: Vec<Promise>,
}

#[derive(Default)]
struct Tasks {
    resting: Slab<Task>,
    swept: Option<Time>,
}

impl Tasks {
    /// Drops what is lost, now and then.
    fn sweep(&mut self, now: Time) {
        if self.swept.is_none_or(|swept| now.since(swept) >= SWEEP) {
            self.swept = Some(now);
            self.resting.retain(|task| now.since(task.since) < LOST);
        }
    }
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

/// Whether one more request may begin that may have to wait.
///
/// # Errors
/// [`Unavailable`] where too many rest already.
pub fn room() -> Result<(), Unavailable> {
    TASKS.with_borrow_mut(|tasks| {
        if tasks.resting.len() < MOST {
            return Ok(());
        }
        tasks.sweep(platform::now());
        if tasks.resting.len() < MOST {
            return Ok(());
        }
        let cause = format!("{MOST} requests wait already");
        Err(Unavailable::new(Dependency::Isolate, cause))
    })
}

/// The same for something that nobody waits for: half of the room is for answers alone.
///
/// # Errors
/// [`Unavailable`] where too many rest already.
pub fn spare() -> Result<(), Unavailable> {
    if TASKS.with_borrow(|tasks| tasks.resting.len() < MOST / 2) {
        return Ok(());
    }
    let cause = format!("{} requests wait already", MOST / 2);
    Err(Unavailable::new(Dependency::Isolate, cause))
}

/// Begins the work of a Durable Object, which goes as far as it can without waiting for the platform.
pub fn run(work: impl Future<Output = Settled> + 'static) -> Outcome {
    go_on(Box::pin(work), None, Vec::new())
}

/// The same for a request. The platform keeps the request alive while the task rests.
pub fn run_for(
    request: &Rc<worker::Context>,
    work: impl Future<Output = Settled> + 'static,
) -> Outcome {
    go_on(Box::pin(work), Some(Rc::clone(request)), Vec::new())
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

fn go_on(mut work: Work, home: Home, settled: Vec<Option<Settled>>) -> Outcome {
    // A task may begin another one while it is polled.
    let begun = Vec::new();
    let outer = ROUND.replace(Some(Round { settled, begun }));
    let polled = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let round = ROUND.replace(outer);
    let begun = round.map_or_else(Vec::new, |round| round.begun);
    match polled {
        Poll::Ready(settled) => Outcome::Done(settled),
        Poll::Pending => Outcome::Pending(rest(work, home, &begun)),
    }
}

fn rest(work: Work, home: Home, begun: &[Promise]) -> Promise {
    let now = platform::now();
    let request = home.clone();
    let key = TASKS.with_borrow_mut(|tasks| {
        tasks.sweep(now);
        tasks.resting.insert(Task {
            since: now,
            home,
            work,
            settled: begun.iter().map(|_| None).collect(),
        })
    });
    let request = request.as_deref().map(AsRef::as_ref);
    let then = |promise, at| host::then(promise, request, key.place, key.number, at);
    match begun {
        [] => unreachable!("a task waits for promises only"),
        [promise] => then(promise, 0),
        promises => {
            let each: Array = (0..).zip(promises).map(|(at, p)| then(p, at)).collect();
            host::last_result(&each)
        }
    }
}

/// Takes in what came of a promise that a task waits for: the promise `at` of the task with this key. If it was the last
/// one, the task goes on: the value is what comes of that, and `undefined` otherwise. Only `host.js` calls this.
///
/// # Errors
/// What the task fails with, or that there is no such task any more.
#[wasm_bindgen]
pub fn settle(place: u32, number: u32, at: usize, is_ok: bool, value: JsValue) -> Settled {
    let key = Key { place, number };
    let task = TASKS.with_borrow_mut(|tasks| {
        let task = tasks.resting.get_mut(key)?;
        *task.settled.get_mut(at)? = Some(if is_ok { Ok(value) } else { Err(value) });
        let all = task.settled.iter().all(Option::is_some);
        Some(if all { tasks.resting.remove(key) } else { None })
    });
    match task {
        None => Err(js_sys::Error::new("nothing waits for this any more").into()),
        Some(None) => Ok(JsValue::UNDEFINED),
        Some(Some(task)) => match go_on(task.work, task.home, task.settled) {
            Outcome::Done(settled) => settled,
            Outcome::Pending(promise) => Ok(promise.into()),
        },
    }
}
