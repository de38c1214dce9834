//! The log itself: what is in it, in which order, and for how long.
//!
//! Job: decide. An entry of a target that has one already is moved to the newest place and never
//! weakened. What nothing alive needs goes with the next append. Not its job: keeping rows ([`Rows`]
//! does, in the Durable Object and in tests), or making its steps atomic: whoever runs it lets no two
//! steps overlap.

use super::entry::{Entry, TargetId};
use super::wire::{Delta, Position};
use crate::time::Time;

/// An entry and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its place: no two rows have the same one.
    pub sequence: u64,
    /// The entry.
    pub entry: Entry,
}

/// The rows of one log, at most one for each target. Each method is one statement of SQL.
pub trait Rows {
    /// Why a statement failed.
    type Error;

    /// The log's name and its newest place. A log that is new is given a random name, and place 0.
    ///
    /// # Errors
    /// Where the statement failed, as with all of these.
    fn head(&mut self) -> Result<Position, Self::Error>;

    /// The newest place is this one from now on.
    ///
    /// # Errors
    /// As [`Self::head`].
    fn set_head(&mut self, sequence: u64) -> Result<(), Self::Error>;

    /// The rows behind a place, in their order.
    ///
    /// # Errors
    /// As [`Self::head`].
    fn after(
        &mut self,
        sequence: u64,
    ) -> Result<impl Iterator<Item = Result<Row, Self::Error>>, Self::Error>;

    /// The row of a target.
    ///
    /// # Errors
    /// As [`Self::head`].
    fn find(&mut self, target: TargetId) -> Result<Option<Row>, Self::Error>;

    /// Writes a row, in the place of the one that its target has.
    ///
    /// # Errors
    /// As [`Self::head`].
    fn put(&mut self, row: &Row) -> Result<(), Self::Error>;

    /// Deletes the rows whose `keep_until` is `now` or earlier.
    ///
    /// # Errors
    /// As [`Self::head`].
    fn purge(&mut self, now: Time) -> Result<(), Self::Error>;
}

/// A log in these rows.
#[derive(Clone, Debug, Default)]
pub struct Log<R>(R);

impl<R: Rows> Log<R> {
    /// The log that is in `rows`.
    pub const fn new(rows: R) -> Self {
        Self(rows)
    }

    /// What is new since `known`: everything, where that is a place in another log.
    ///
    /// # Errors
    /// Where the rows could not be read.
    pub fn since(&mut self, known: Position) -> Result<Delta, R::Error> {
        let head = self.0.head()?;
        let known = if known.log == head.log {
            known.sequence
        } else {
            0
        };
        let mut entries = Vec::new();
        if known < head.sequence {
            for row in self.0.after(known)? {
                entries.push(row?.entry);
            }
        }
        Ok(Delta { head, entries })
    }

    /// Appends an entry at a new place. An older one of the same target goes into it: a cutoff never
    /// moves back, and nothing is kept for less long than was asked before.
    ///
    /// # Errors
    /// Where the rows could not be read or written.
    pub fn append(&mut self, entry: &Entry, now: Time) -> Result<(), R::Error> {
        let sequence = self.0.head()?.sequence + 1;
        self.0.purge(now)?;
        let entry = match self.0.find(entry.target())? {
            Some(known) => entry.joined(&known.entry),
            None => *entry,
        };
        self.0.put(&Row { sequence, entry })?;
        self.0.set_head(sequence)
    }

    /// Keeps the entry of a target no longer than this one says. It stays in its place: whoever knows
    /// it already may keep it for longer.
    ///
    /// # Errors
    /// Where the rows could not be read or written.
    pub fn shorten(&mut self, entry: &Entry) -> Result<(), R::Error> {
        self.0.head()?;
        if let Some(Row {
            sequence,
            entry: known,
        }) = self.0.find(entry.target())?
        {
            let entry = known.shortened(entry.keep_until());
            self.0.put(&Row { sequence, entry })?;
        }
        Ok(())
    }

    /// The rows.
    pub const fn rows(&self) -> &R {
        &self.0
    }
}
