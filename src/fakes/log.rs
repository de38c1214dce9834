//! The revocation log, in memory: the rows of the real one's machine.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::time::Duration;

use crate::revocation::entry::{Entry, TargetId};
use crate::revocation::log::{Head, Log, Row, Rows};
use crate::revocation::{Change, Delta, LogId, Position, Question, Snapshot};
use crate::time::Time;

/// Rows in memory.
#[derive(Clone, Debug)]
pub(crate) struct MemoryRows {
    head: Head,
    rows: BTreeMap<u64, Entry>,
    places: HashMap<TargetId, u64>,
    /// How many rows were read behind a place.
    pub(crate) read: usize,
}

impl MemoryRows {
    /// A log of this name, with nothing in it.
    pub(crate) fn new(log: LogId) -> Self {
        Self {
            head: Head {
                position: Position { log, sequence: 0 },
                longest_life: Duration::ZERO,
                snapshot: None,
            },
            rows: BTreeMap::new(),
            places: HashMap::new(),
            read: 0,
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

    fn head(&mut self) -> Result<Head, Infallible> {
        Ok(self.head)
    }

    fn set_head(&mut self, head: &Head) -> Result<(), Infallible> {
        assert_eq!(self.head.position.log, head.position.log, "the name stays");
        self.head = *head;
        Ok(())
    }

    fn after(
        &mut self,
        sequence: u64,
        limit: usize,
    ) -> Result<impl Iterator<Item = Result<Row, Infallible>>, Infallible> {
        let rows = self.rows.range(sequence + 1..).take(limit);
        self.read += rows.clone().count();
        Ok(rows.map(|(&sequence, &entry)| Ok(Row { sequence, entry })))
    }

    fn find(&mut self, target: TargetId) -> Result<Option<Row>, Infallible> {
        let place = self.places.get(&target);
        Ok(place.map(|&sequence| Row {
            sequence,
            entry: self.rows[&sequence],
        }))
    }

    fn put(&mut self, row: &Row) -> Result<(), Infallible> {
        let target = row.entry.target();
        if let Some(place) = self.places.insert(target, row.sequence) {
            self.rows.remove(&place);
        }
        let taken = self.rows.insert(row.sequence, row.entry);
        assert_eq!(taken, None, "no two rows have one place");
        Ok(())
    }

    fn purge(&mut self, now: Time) -> Result<(), Infallible> {
        self.rows.retain(|_, entry| entry.keep_until() > now);
        self.places.retain(|_, place| self.rows.contains_key(place));
        Ok(())
    }
}

/// The log, and what it was at each place before.
#[derive(Debug)]
pub(super) struct FakeLog {
    log: RefCell<Log<MemoryRows>>,
    before: RefCell<Vec<Log<MemoryRows>>>,
    answers_up_to: Cell<Option<u64>>,
    snapshots: RefCell<Vec<(Position, Vec<u8>)>>,
}

impl Default for FakeLog {
    fn default() -> Self {
        Self {
            log: RefCell::new(empty(1)),
            before: RefCell::default(),
            answers_up_to: Cell::default(),
            snapshots: RefCell::default(),
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
        let LogId([name, ..]) = self.log.borrow().rows().head.position.log;
        *self.log.borrow_mut() = empty(name + 1);
        self.before.borrow_mut().clear();
    }

    pub(super) fn since(&self, ask: &Question) -> Delta {
        let place = self
            .answers_up_to
            .get()
            .and_then(|n| usize::try_from(n).ok());
        let before = place.and_then(|place| self.before.borrow().get(place).cloned());
        let Ok(delta) = match before {
            Some(mut log) => log.since(ask),
            None => self.log.borrow_mut().since(ask),
        };
        delta
    }

    /// Makes a snapshot if the log wants one; whether it did.
    pub(super) fn make_snapshot(&self) -> bool {
        let mut log = self.log.borrow_mut();
        let Ok(Some(head)) = log.wants_snapshot() else {
            return false;
        };
        let mut snapshot = Snapshot::default();
        let mut known = Some(0);
        while let Some(place) = known {
            let Ok(next) = log.fill(&mut snapshot, place, head);
            known = next;
        }
        let len = snapshot.len();
        let bytes = snapshot.to_bytes();
        let Ok(gone) = log.has_snapshot(head, Snapshot::digest(&bytes), len);
        let mut snapshots = self.snapshots.borrow_mut();
        snapshots.retain(|(made, _)| Some(*made) != gone);
        snapshots.push((head, bytes));
        true
    }

    pub(super) fn snapshot(&self, head: Position) -> Option<Vec<u8>> {
        let snapshots = self.snapshots.borrow();
        let (_, bytes) = snapshots.iter().find(|(made, _)| *made == head)?;
        Some(bytes.clone())
    }

    pub(super) fn change(&self, changes: &[Change], now: Time) {
        let mut log = self.log.borrow_mut();
        if changes
            .iter()
            .any(|change| matches!(change, Change::Append(_)))
        {
            self.before.borrow_mut().push(log.clone());
        }
        let Ok(()) = log.change(changes, now);
    }
}
