//! A clock, and randomness.

use std::cell::Cell;

use sha2::{Digest, Sha256};

use crate::time::Time;

/// The moment at which a test begins.
pub(crate) const START: Time = Time::from_seconds(1_800_000_000);

/// A clock that moves when it is told to.
#[derive(Debug)]
pub(super) struct FakeClock(Cell<Time>);

impl Default for FakeClock {
    fn default() -> Self {
        Self(Cell::new(START))
    }
}

impl FakeClock {
    pub(super) fn now(&self) -> Time {
        self.0.get()
    }

    pub(super) fn set(&self, now: Time) {
        self.0.set(now);
    }

    /// It is this moment, or later.
    pub(super) fn reach(&self, moment: Time) {
        self.0.set(self.now().max(moment));
    }
}

/// Different bytes each time, the same in every run.
#[derive(Debug, Default)]
pub(super) struct FakeRandomness(Cell<u64>);

impl FakeRandomness {
    pub(super) fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            self.0.set(self.0.get() + 1);
            let block = Sha256::digest(self.0.get().to_be_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}
