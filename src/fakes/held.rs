//! Calls that wait to be let go, one by one.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::task::Poll;

/// Whether a call is slow, and when it came.
type Place = (bool, u64);

/// The calls that are held back.
#[derive(Debug, Default)]
pub(super) struct Held {
    is_holding: Cell<bool>,
    last: Cell<u64>,
    /// The slow ones behind all others, each group in the order in which they came.
    waiting: RefCell<BTreeSet<Place>>,
}

impl Held {
    pub(super) fn hold(&self, is_holding: bool) {
        self.is_holding.set(is_holding);
    }

    pub(super) fn is_holding(&self) -> bool {
        self.is_holding.get()
    }

    /// Waits to be let go, while calls are held back.
    pub(super) async fn pass(&self, is_slow: bool) {
        if !self.is_holding.get() {
            return;
        }
        self.last.set(self.last.get() + 1);
        let me = (is_slow, self.last.get());
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

    /// Lets one go: which, `choose` says, of as many as it is given. Slow ones are among them only where no
    /// other waits. Nothing happens where none waits at all.
    pub(super) fn let_one_go(&self, choose: impl FnOnce(usize) -> usize) {
        let mut waiting = self.waiting.borrow_mut();
        let Some((is_first_slow, _)) = waiting.first().copied() else {
            return;
        };
        let may_go = waiting
            .iter()
            .filter(|(is_slow, _)| *is_slow == is_first_slow);
        let may_go: Vec<Place> = may_go.copied().collect();
        waiting.remove(&may_go[choose(may_go.len())]);
    }
}
