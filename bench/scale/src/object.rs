//! A Durable Object as those who ask it see it.
//!
//! Job: one thread and a queue before it; how much it is asked; and the ways in which it fails. Beyond its
//! queue it refuses, as the platform does with an object that is overloaded. Not its job: what it answers.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use crate::executor::{Executor, Micros, Promise};
use crate::world::count_in;

/// How many requests may wait for the thread. The platform names no number.
const QUEUE: usize = 1_000;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Too many are waiting.
    Overloaded,
    /// The object was started anew, or the connection broke.
    Reset,
}

/// What goes wrong, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trouble {
    /// From this moment on.
    pub from: Micros,
    /// Until this one.
    pub until: Micros,
    /// What.
    pub kind: Kind,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Each answer comes so much later.
    Slow(Micros),
    /// No answer comes.
    Silent,
    /// All work takes so many times as long.
    Busy(u64),
    /// It is started anew, and cannot be reached meanwhile.
    Restarted,
}

/// The object.
pub struct Object {
    executor: Executor,
    trouble: Option<Trouble>,
    is_busy: Cell<bool>,
    waiting: RefCell<VecDeque<Promise<()>>>,
    in_hand: Cell<usize>,
    active_since: Cell<Micros>,
    active: Cell<Micros>,
    questions: RefCell<Vec<u32>>,
}

impl Object {
    /// One that nobody has asked yet.
    pub fn new(executor: Executor, trouble: Option<Trouble>) -> Self {
        Self {
            executor,
            trouble,
            is_busy: Cell::default(),
            waiting: RefCell::default(),
            in_hand: Cell::default(),
            active_since: Cell::default(),
            active: Cell::default(),
            questions: RefCell::default(),
        }
    }

    fn trouble(&self) -> Option<Kind> {
        let now = self.executor.now();
        self.trouble
            .filter(|trouble| (trouble.from..trouble.until).contains(&now))
            .map(|trouble| trouble.kind)
    }

    /// How often it has been started anew.
    pub fn starts(&self) -> u64 {
        let has_restarted = self.trouble.is_some_and(|trouble| {
            trouble.kind == Kind::Restarted && self.executor.now() >= trouble.from
        });
        u64::from(has_restarted)
    }

    /// Carries out `step` on the thread, when its turn has come. It says how long it takes.
    pub async fn run<T>(&self, step: impl FnOnce() -> (T, Micros)) -> Result<T, Failure> {
        self.count();
        let starts = self.starts();
        match self.trouble() {
            Some(Kind::Restarted) => return Err(Failure::Reset),
            Some(Kind::Silent) => std::future::pending().await,
            Some(Kind::Slow(_) | Kind::Busy(_)) | None => {}
        }
        if self.waiting.borrow().len() >= QUEUE {
            return Err(Failure::Overloaded);
        }
        self.begin();
        let result = self
            .take_turn(|| {
                if self.starts() == starts {
                    let (value, cost) = step();
                    (Ok(value), cost)
                } else {
                    (Err(Failure::Reset), 0)
                }
            })
            .await;
        if let Some(Kind::Slow(latency)) = self.trouble() {
            self.executor.sleep(latency).await;
        }
        self.end();
        result
    }

    /// Carries out a step of the object's own.
    pub async fn run_inside<T>(&self, step: impl FnOnce() -> (T, Micros)) -> T {
        self.begin();
        let value = self.take_turn(step).await;
        self.end();
        value
    }

    /// The object waits for something else, for so long; others have the thread meanwhile.
    pub async fn keep(&self, duration: Micros) {
        self.begin();
        self.executor.sleep(duration).await;
        self.end();
    }

    async fn take_turn<T>(&self, step: impl FnOnce() -> (T, Micros)) -> T {
        if self.is_busy.replace(true) {
            let turn = Promise::default();
            self.waiting.borrow_mut().push_back(turn.clone());
            turn.await;
        }
        let (value, cost) = step();
        let factor = match self.trouble() {
            Some(Kind::Busy(factor)) => factor,
            _ => 1,
        };
        self.executor.sleep(cost * factor).await;
        let next = self.waiting.borrow_mut().pop_front();
        match next {
            Some(turn) => turn.settle(()),
            None => self.is_busy.set(false),
        }
        value
    }

    /// It is active while anything is in hand: that is what is billed.
    pub fn begin(&self) {
        if self.in_hand.get() == 0 {
            self.active_since.set(self.executor.now());
        }
        self.in_hand.set(self.in_hand.get() + 1);
    }

    /// The reverse of [`Self::begin`].
    pub fn end(&self) {
        self.in_hand.set(self.in_hand.get() - 1);
        if self.in_hand.get() == 0 {
            let active = self.executor.now() - self.active_since.get();
            self.active.set(self.active.get() + active);
        }
    }

    fn count(&self) {
        count_in(&mut self.questions.borrow_mut(), &self.executor);
    }

    /// How many questions reached it in each second, refused ones included.
    pub fn questions(&self) -> Vec<u32> {
        self.questions.borrow().clone()
    }

    /// For how long anything was in hand.
    pub fn active(&self) -> Micros {
        let present = if self.in_hand.get() == 0 {
            0
        } else {
            self.executor.now() - self.active_since.get()
        };
        self.active.get() + present
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::executor::{MILLISECOND, SECOND};

    /// What came of so many requests that come at once, each a millisecond of work, and when.
    fn ask(count: usize, trouble: Option<Trouble>) -> Vec<(Result<(), Failure>, Micros)> {
        let executor = Executor::default();
        let object = Rc::new(Object::new(executor.clone(), trouble));
        let outcomes = Rc::new(RefCell::new(Vec::new()));
        for _ in 0..count {
            let (object, outcomes) = (Rc::clone(&object), Rc::clone(&outcomes));
            let clock = executor.clone();
            executor.spawn(async move {
                let outcome = object.run(|| ((), MILLISECOND)).await;
                outcomes.borrow_mut().push((outcome, clock.now()));
            });
        }
        executor.run_until(10 * SECOND);
        outcomes.take()
    }

    #[test]
    fn it_does_one_thing_after_another() {
        assert_eq!(
            ask(3, None),
            [(Ok(()), 1_000), (Ok(()), 2_000), (Ok(()), 3_000)]
        );
    }

    #[test]
    fn beyond_its_queue_it_refuses_at_once() {
        let outcomes = ask(QUEUE + 3, None);
        let refused = outcomes
            .iter()
            .filter(|outcome| **outcome == (Err(Failure::Overloaded), 0));
        assert_eq!(refused.count(), 2);
        assert_eq!(outcomes.last(), Some(&(Ok(()), 1_001_000)));
    }

    #[test]
    fn a_restart_ends_what_waits_and_what_comes_meanwhile() {
        let trouble = Trouble {
            from: 1_500,
            until: SECOND,
            kind: Kind::Restarted,
        };
        assert_eq!(
            ask(3, Some(trouble)),
            [
                (Ok(()), 1_000),
                (Ok(()), 2_000),
                (Err(Failure::Reset), 2_000)
            ]
        );
    }
}
