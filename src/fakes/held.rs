//! Calls that wait to be let go, one by one.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::task::Poll;

/// The calls that are held back.
#[derive(Debug, Default)]
pub(super) struct Held {
    is_holding: Cell<bool>,
    last: Cell<u64>,
    waiting: RefCell<BTreeSet<u64>>,
}

impl Held {
    pub(super) fn hold(&self, is_holding: bool) {
        self.is_holding.set(is_holding);
    }

    pub(super) fn is_holding(&self) -> bool {
        self.is_holding.get()
    }

    /// Waits to be let go, while calls are held back.
    pub(super) async fn pass(&self) {
        if !self.is_holding.get() {
            return;
        }
        let me = self.last.get() + 1;
        self.last.set(me);
        self.waiting.borrow_mut().insert(me);
        poll_fn(|_| {
            if self.waiting.borrow().contains(&me) {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
    }

    /// Lets one go: which, `choose` says, of as many as it is given. Nothing happens where none waits.
    pub(super) fn let_one_go(&self, choose: impl FnOnce(usize) -> usize) {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.is_empty() {
            return;
        }
        let chosen = choose(waiting.len());
        let chosen = waiting.iter().nth(chosen).copied();
        waiting.remove(&chosen.expect("one of them was chosen"));
    }
}
