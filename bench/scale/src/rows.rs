//! The log's rows in memory, with the indexes that the SQLite of the real one has.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::time::Duration;

use postern::revocation::entry::{Entry, TargetId};
use postern::revocation::log::{Head, Row, Rows};
use postern::revocation::{LogId, Position};
use postern::time::Time;

use crate::world::add;

/// The rows, and how many the statements have read and written so far, counted as they are billed: a row
/// that stands in two indexes as well is three.
pub struct MemoryRows {
    head: Head,
    by_sequence: BTreeMap<u64, Entry>,
    by_target: HashMap<TargetId, u64>,
    by_end: BTreeSet<(Time, u64)>,
    /// Rows read.
    pub read: Cell<u64>,
    /// Rows written.
    pub written: Cell<u64>,
}

/// Rows that are written for one entry: its own, and one in each index.
const WRITTEN: u64 = 3;

impl MemoryRows {
    /// A log of this name, with nothing in it.
    pub fn new(log: LogId) -> Self {
        Self {
            head: Head {
                position: Position { log, sequence: 0 },
                longest_life: Duration::ZERO,
                snapshot: None,
            },
            by_sequence: BTreeMap::new(),
            by_target: HashMap::new(),
            by_end: BTreeSet::new(),
            read: Cell::new(0),
            written: Cell::new(0),
        }
    }

    /// Its name and its newest place.
    pub const fn position(&self) -> Position {
        self.head.position
    }

    /// Where a target's entry is.
    pub fn place_of(&self, target: TargetId) -> Option<u64> {
        self.by_target.get(&target).copied()
    }

    fn remove(&mut self, sequence: u64) {
        if let Some(entry) = self.by_sequence.remove(&sequence) {
            self.by_target.remove(&entry.target());
            self.by_end.remove(&(entry.keep_until(), sequence));
        }
    }
}

impl Rows for MemoryRows {
    type Error = Infallible;

    fn head(&mut self) -> Result<Head, Infallible> {
        add(&self.read, 1);
        Ok(self.head)
    }

    fn set_head(&mut self, head: &Head) -> Result<(), Infallible> {
        add(&self.written, 1);
        self.head = *head;
        Ok(())
    }

    fn after(
        &mut self,
        sequence: u64,
        limit: usize,
    ) -> Result<impl Iterator<Item = Result<Row, Infallible>>, Infallible> {
        let Self {
            by_sequence, read, ..
        } = self;
        let rows = by_sequence.range(sequence + 1..).take(limit);
        Ok(rows.map(move |(&sequence, &entry)| {
            add(read, 1);
            Ok(Row { sequence, entry })
        }))
    }

    fn find(&mut self, target: TargetId) -> Result<Option<Row>, Infallible> {
        add(&self.read, 1);
        Ok(self.place_of(target).map(|sequence| Row {
            sequence,
            entry: self.by_sequence[&sequence],
        }))
    }

    fn put(&mut self, row: &Row) -> Result<(), Infallible> {
        let Row { sequence, entry } = *row;
        if let Some(before) = self.place_of(entry.target()) {
            self.remove(before);
        }
        self.by_sequence.insert(sequence, entry);
        self.by_target.insert(entry.target(), sequence);
        self.by_end.insert((entry.keep_until(), sequence));
        add(&self.written, WRITTEN);
        Ok(())
    }

    fn purge(&mut self, now: Time) -> Result<(), Infallible> {
        while let Some(&(end, sequence)) = self.by_end.first()
            && now.has_reached(end)
        {
            self.remove(sequence);
            add(&self.written, WRITTEN);
        }
        Ok(())
    }
}
