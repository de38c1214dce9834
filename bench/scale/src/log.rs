//! The log, as an object: the real machine over rows in memory.
//!
//! Job: carry out what it is asked on the thread of an [`Object`], and say how long that takes. Not its job: what
//! the log decides.

use std::cell::RefCell;

use postern::revocation::{Change, Delta, Entry, Log, LogId, Position, Question, Target};
use postern::time::Time;
use postern::token::SessionId;

use crate::executor::Micros;
use crate::object::{Failure, Object};
use crate::random::Random;
use crate::rows::MemoryRows;

/// How long a request takes an object: about 1,000 a second is what the platform's documentation says.
const REQUEST: Micros = 1_000;
/// How long each hundred rows take that become part of an answer: measured on workerd, 3 µs a row.
const HUNDRED_ROWS: Micros = 300;

/// The object.
pub struct LogObject {
    /// Its thread.
    pub object: Object,
    log: RefCell<Log<MemoryRows>>,
    rows_before: (u64, u64),
}

impl LogObject {
    /// With so many entries in it, which end one after the other within an hour.
    pub fn new(object: Object, random: &Random, entries: u64, now: Time) -> Self {
        let mut name = [0; 16];
        random.fill(&mut name);
        let mut log = Log::new(MemoryRows::new(LogId(name)));
        for number in 1..=entries {
            let end = now.plus(std::time::Duration::from_secs(3_600 * number / entries));
            let Ok(()) = log.change(&[Change::Append(revocation(random, end))], now);
        }
        let rows_before = (log.rows().read.get(), log.rows().written.get());
        Self {
            object,
            log: RefCell::new(log),
            rows_before,
        }
    }

    /// What is new.
    pub async fn since(&self, question: &Question) -> Result<Delta, Failure> {
        self.object.run(|| self.answer(question)).await
    }

    /// The same, at once and without being counted.
    pub fn answer(&self, question: &Question) -> (Delta, Micros) {
        let Ok(delta) = self.log.borrow_mut().since(question);
        let rows = delta.entries().len() as Micros;
        (delta, REQUEST + rows * HUNDRED_ROWS / 100)
    }

    /// Everything, without being asked: nobody counts it.
    pub fn whole(&self) -> Delta {
        let read = self.log.borrow().rows().read.get();
        let (delta, _) = self.answer(&Question::default());
        self.log.borrow().rows().read.set(read);
        delta
    }

    /// Makes changes; the newest place then.
    pub async fn change(&self, changes: &[Change], now: impl Fn() -> Time) -> Result<u64, Failure> {
        self.object
            .run(|| {
                let mut log = self.log.borrow_mut();
                let Ok(()) = log.change(changes, now());
                (log.rows().position().sequence, REQUEST)
            })
            .await
    }

    /// Its name and its newest place.
    pub fn head(&self) -> Position {
        self.log.borrow().rows().position()
    }

    /// Where the entry of its target is.
    pub fn place_of(&self, entry: &Entry) -> Option<u64> {
        self.log.borrow().rows().place_of(entry.target())
    }

    /// How many rows were read and written since the beginning of the run, as they are billed.
    pub fn rows(&self) -> (u64, u64) {
        let log = self.log.borrow();
        let (read, written) = self.rows_before;
        let rows = log.rows();
        (rows.read.get() - read, rows.written.get() - written)
    }
}

/// The entry that ends some session, which nothing needs from `end` on.
pub fn revocation(random: &Random, end: Time) -> Entry {
    let mut session = [0; 16];
    random.fill(&mut session);
    Entry::new(&Target::Session(SessionId::from_bytes(session)), end)
}
