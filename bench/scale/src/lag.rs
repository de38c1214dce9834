//! For how long what was revoked still passes.
//!
//! Job: when each revocation was answered, and until when isolates went on to serve without knowing it. Not its
//! job: whether an isolate knows it.

use std::cell::{Cell, RefCell};

use crate::executor::{MILLISECOND, Micros};

/// Not answered yet.
const NEVER: Micros = Micros::MAX;

#[derive(Clone, Copy)]
struct Revocation {
    /// When it got its place in the log.
    placed: Micros,
    /// When whoever revoked was told that it is done.
    answered: Micros,
}

/// The revocations of a run, and the lags that were seen.
pub struct Lags {
    /// The place of the first one is the one after this.
    base: u64,
    revocations: RefCell<Vec<Revocation>>,
    /// One in so many goes into the distribution.
    stride: u64,
    worst: Cell<Micros>,
    /// How many lags there were of so many milliseconds.
    histogram: RefCell<Vec<u64>>,
}

impl Lags {
    /// For revocations behind this place in the log, of which one in `stride` goes into the distribution.
    pub fn new(base: u64, stride: u64) -> Self {
        Self {
            base,
            revocations: RefCell::default(),
            stride: stride.max(1),
            worst: Cell::new(0),
            histogram: RefCell::default(),
        }
    }

    /// The log has put one more at this place.
    pub fn placed(&self, sequence: u64, now: Micros) {
        let mut revocations = self.revocations.borrow_mut();
        while self.base + (revocations.len() as u64) < sequence {
            revocations.push(Revocation {
                placed: now,
                answered: NEVER,
            });
        }
    }

    /// Whoever revoked has been told.
    pub fn answered(&self, sequence: u64, now: Micros) {
        if let Some(revocation) = self.revocations.borrow_mut().get_mut(self.index(sequence)) {
            revocation.answered = revocation.answered.min(now);
        }
    }

    fn index(&self, sequence: u64) -> usize {
        usize::try_from(sequence.saturating_sub(self.base + 1)).unwrap_or(usize::MAX)
    }

    /// An isolate that knew the log up to `known` has come to know it up to `next`, or is gone. It served for
    /// the last time before that at `served`.
    pub fn learned(&self, known: u64, next: u64, served: Option<Micros>) {
        let revocations = self.revocations.borrow();
        let served = served.unwrap_or(0);
        let first = if known < self.base {
            0
        } else {
            self.index(known + 1)
        };
        let mut earliest = NEVER;
        for revocation in revocations.iter().skip(first) {
            // Nothing was answered before it had its place, and places are given in order.
            if revocation.placed >= earliest.min(served) {
                break;
            }
            earliest = earliest.min(revocation.answered);
        }
        let worst = served.saturating_sub(earliest);
        self.worst.set(self.worst.get().max(worst));
        let counted = known.max(self.base).next_multiple_of(self.stride)..=next;
        let mut histogram = self.histogram.borrow_mut();
        for sequence in counted.step_by(usize::try_from(self.stride).unwrap_or(usize::MAX)) {
            if sequence <= known.max(self.base) {
                continue;
            }
            let Some(revocation) = revocations.get(self.index(sequence)) else {
                continue;
            };
            let lag = served.saturating_sub(revocation.answered);
            let slot = usize::try_from(lag / MILLISECOND).unwrap_or(usize::MAX);
            if histogram.len() <= slot {
                histogram.resize(slot + 1, 0);
            }
            histogram[slot] += 1;
        }
    }

    /// The longest.
    pub fn worst(&self) -> Micros {
        self.worst.get()
    }

    /// Half are at most this, give or take a millisecond.
    pub fn median(&self) -> Option<Micros> {
        let histogram = self.histogram.borrow();
        let total: u64 = histogram.iter().sum();
        let mut seen = 0;
        for (slot, count) in histogram.iter().enumerate() {
            seen += count;
            if seen * 2 >= total && total > 0 {
                return Some(slot as Micros * MILLISECOND);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_is_from_the_answer_until_the_last_request_that_was_served_without_knowing() {
        let lags = Lags::new(100, 1);
        lags.placed(101, 10_000);
        lags.answered(101, 50_000);
        lags.placed(102, 20_000);
        lags.answered(102, 30_000);
        // Served at 40 ms: 102 had been answered for 10 ms by then, 101 not at all.
        lags.learned(100, 102, Some(40_000));
        assert_eq!(lags.worst(), 10_000);
        assert_eq!(lags.median(), Some(0));
        // Another one served until 90 ms.
        lags.learned(7, 102, Some(90_000));
        assert_eq!(lags.worst(), 60_000);
        // One that has just begun has served nobody.
        lags.learned(0, 102, None);
        assert_eq!(lags.worst(), 60_000);
    }

    #[test]
    fn what_was_never_answered_promises_nothing() {
        let lags = Lags::new(0, 1);
        lags.placed(1, 10_000);
        lags.learned(0, 1, Some(9_000_000));
        assert_eq!(lags.worst(), 0);
    }
}
