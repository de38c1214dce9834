//! The revocation log, in memory: the rows of the real one's machine.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::convert::Infallible;

use crate::revocation::entry::{Entry, TargetId};
use crate::revocation::log::{Log, Row, Rows};
use crate::revocation::{Delta, LogId, Position};
use crate::time::Time;

/// Rows in memory.
#[derive(Clone, Debug)]
pub(crate) struct MemoryRows {
    head: Position,
    rows: BTreeMap<u64, Entry>,
}

impl MemoryRows {
    /// A log of this name, with nothing in it.
    pub(crate) fn new(log: LogId) -> Self {
        Self {
            head: Position { log, sequence: 0 },
            rows: BTreeMap::new(),
        }
    }

    /// All rows, in their order.
    pub(crate) fn all(&self) -> impl Iterator<Item = Row> {
        self.rows
            .iter()
            .map(|(&sequence, &entry)| Row { sequence, entry })
    }
}

impl Rows for MemoryRows {
    type Error = Infallible;

    fn head(&mut self) -> Result<Position, Infallible> {
        Ok(self.head)
    }

    fn set_head(&mut self, sequence: u64) -> Result<(), Infallible> {
        self.head.sequence = sequence;
        Ok(())
    }

    fn after(
        &mut self,
        sequence: u64,
    ) -> Result<impl Iterator<Item = Result<Row, Infallible>>, Infallible> {
        Ok(self
            .all()
            .filter(move |row| row.sequence > sequence)
            .map(Ok))
    }

    fn find(&mut self, target: TargetId) -> Result<Option<Row>, Infallible> {
        Ok(self.all().find(|row| row.entry.target() == target))
    }

    fn put(&mut self, row: &Row) -> Result<(), Infallible> {
        self.rows
            .retain(|_, entry| entry.target() != row.entry.target());
        let taken = self.rows.insert(row.sequence, row.entry);
        assert_eq!(taken, None, "no two rows have one place");
        Ok(())
    }

    fn purge(&mut self, now: Time) -> Result<(), Infallible> {
        self.rows.retain(|_, entry| entry.keep_until() > now);
        Ok(())
    }
}

/// The log, and what it was at each place before.
#[derive(Debug)]
pub(super) struct FakeLog {
    log: RefCell<Log<MemoryRows>>,
    before: RefCell<Vec<Log<MemoryRows>>>,
    answers_up_to: Cell<Option<u64>>,
}

impl Default for FakeLog {
    fn default() -> Self {
        Self {
            log: RefCell::new(empty(1)),
            before: RefCell::default(),
            answers_up_to: Cell::default(),
        }
    }
}

fn empty(name: u8) -> Log<MemoryRows> {
    Log::new(MemoryRows::new(LogId([name; 16])))
}

impl FakeLog {
    pub(super) fn entries(&self) -> Vec<Entry> {
        self.log
            .borrow()
            .rows()
            .all()
            .map(|row| row.entry)
            .collect()
    }

    pub(super) fn set_answers_up_to(&self, sequence: Option<u64>) {
        self.answers_up_to.set(sequence);
    }

    pub(super) fn lose(&self) {
        let LogId([name, ..]) = self.log.borrow().rows().head.log;
        *self.log.borrow_mut() = empty(name + 1);
        self.before.borrow_mut().clear();
    }

    pub(super) fn since(&self, known: Position) -> Delta {
        let place = self
            .answers_up_to
            .get()
            .and_then(|n| usize::try_from(n).ok());
        let before = place.and_then(|place| self.before.borrow().get(place).cloned());
        let Ok(delta) = match before {
            Some(mut log) => log.since(known),
            None => self.log.borrow_mut().since(known),
        };
        delta
    }

    pub(super) fn append(&self, entry: &Entry, now: Time) {
        let mut log = self.log.borrow_mut();
        self.before.borrow_mut().push(log.clone());
        let Ok(()) = log.append(entry, now);
    }

    pub(super) fn shorten(&self, entry: &Entry) {
        let Ok(()) = self.log.borrow_mut().shorten(entry);
    }
}
