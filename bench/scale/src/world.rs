//! Everything that the isolates of a run share.

use std::cell::{Cell, RefCell};

use postern::revocation::Delta;
use postern::revocation::wire::{ENTRY, POSITION};
use postern::time::Time;
use postern::token::{KeyRing, PlainToken};

use crate::executor::{Executor, MILLISECOND, SECOND};
use crate::lag::Lags;
use crate::log::LogObject;
use crate::network::Network;
use crate::random::Random;

/// When a run begins, in seconds since 1970.
pub const START: u64 = 1_800_000_000;

/// A run.
pub struct World {
    /// The clock.
    pub executor: Executor,
    /// What lies between.
    pub network: Network,
    /// The log.
    pub log: LogObject,
    /// How long what was revoked still passed.
    pub lags: Lags,
    /// For everything that has no stream of its own.
    pub random: Random,
    /// What happened.
    pub tally: Tally,
    /// The keys of the tokens below.
    pub keys: KeyRing,
    /// Some of the revocations are of real tokens: these, each with its place in the log.
    pub revoked: RefCell<Vec<(PlainToken, u64)>>,
}

impl World {
    /// The present moment, as the real code has it.
    pub fn time(&self) -> Time {
        Time::from_millis(START * 1_000 + self.executor.now() / MILLISECOND)
    }
}

/// What happened in a run.
#[derive(Debug, Default)]
pub struct Tally {
    /// Requests that passed.
    pub served: Cell<u64>,
    /// Requests that got 503 in each second.
    pub unavailable: RefCell<Vec<u32>>,
    /// Bytes that isolates were sent.
    pub bytes: Cell<u64>,
    /// Questions that isolates had answered.
    pub answers: Cell<u64>,
    /// Isolates that began without a copy.
    pub cold: Cell<u64>,
    /// Requests with a token that the log had ended, and the copy should have known it.
    pub let_through: Cell<u64>,
    /// How often that was tried.
    pub tried: Cell<u64>,
}

impl Tally {
    /// An isolate got this.
    pub fn answered(&self, delta: &Delta) {
        let bytes = 6 + POSITION + delta.entries().len() * ENTRY;
        self.bytes.set(self.bytes.get() + bytes as u64);
        add(&self.answers, 1);
    }

    /// A request got 503.
    pub fn was_unavailable(&self, executor: &Executor) {
        let second = usize::try_from(executor.now() / SECOND).unwrap_or(usize::MAX);
        let mut unavailable = self.unavailable.borrow_mut();
        if unavailable.len() <= second {
            unavailable.resize(second + 1, 0);
        }
        unavailable[second] += 1;
    }
}

/// Adds to a count.
pub fn add(count: &Cell<u64>, more: u64) {
    count.set(count.get() + more);
}
