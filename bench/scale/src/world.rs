//! Everything that the isolates of a run share.

use std::cell::{Cell, RefCell};

use postern::revocation::{Change, Delta, Question};
use postern::time::Time;
use postern::token::{KeyRing, PlainToken};

use crate::executor::{Executor, MILLISECOND, SECOND};
use crate::lag::Lags;
use crate::log::LogObject;
use crate::network::Network;
use crate::object::Failure;
use crate::random::Random;
use crate::relay::RelayObject;

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
    /// The relays, one for each place; none where isolates ask the log.
    pub relays: Vec<RelayObject>,
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
    /// Makes changes at the log.
    pub async fn change_log(&self, changes: &[Change]) -> Result<(), Failure> {
        let newest = self.log.change(changes, || self.time()).await?;
        self.lags.placed(newest, self.executor.now());
        Ok(())
    }

    /// Makes changes at the log, and is told what is new.
    pub async fn exchange_with_log(
        &self,
        changes: &[Change],
        question: &Question,
    ) -> Result<Delta, Failure> {
        let exchanged = self.log.exchange(changes, question, || self.time());
        let (newest, delta) = exchanged.await?;
        self.lags.placed(newest, self.executor.now());
        Ok(delta)
    }

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
    /// Questions that isolates asked in each second.
    pub asked: RefCell<Vec<u32>>,
    /// Requests that got 503 in each second.
    pub unavailable: RefCell<Vec<u32>>,
    /// Bytes that isolates were sent.
    pub bytes: Cell<u64>,
    /// Bytes that the log sent.
    pub log_bytes: Cell<u64>,
    /// Snapshots that isolates read from KV.
    pub snapshots_read: Cell<u64>,
    /// Isolates that began without a copy.
    pub cold: Cell<u64>,
    /// Requests with a token that the log had ended, and the copy should have known it.
    pub let_through: Cell<u64>,
    /// How often that was tried.
    pub tried: Cell<u64>,
}

impl Tally {
    /// An isolate got so many bytes.
    pub fn sent(&self, bytes: usize) {
        add(&self.bytes, bytes as u64);
    }

    /// An isolate has asked.
    pub fn has_asked(&self, executor: &Executor) {
        count_in(&mut self.asked.borrow_mut(), executor);
    }

    /// A request got 503.
    pub fn was_unavailable(&self, executor: &Executor) {
        count_in(&mut self.unavailable.borrow_mut(), executor);
    }
}

/// Counts one more in the present second.
pub fn count_in(seconds: &mut Vec<u32>, executor: &Executor) {
    let second = usize::try_from(executor.now() / SECOND).unwrap_or(usize::MAX);
    if seconds.len() <= second {
        seconds.resize(second + 1, 0);
    }
    seconds[second] += 1;
}

/// Adds to a count.
pub fn add(count: &Cell<u64>, more: u64) {
    count.set(count.get() + more);
}
