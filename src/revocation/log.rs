//! The log itself: what is in it, in which order, and for how long.
//!
//! Job: decide. An entry of a target that has one already is moved to the newest place and never
//! weakened. What nothing alive needs goes with the next append. Nobody gets more than a page at once. Not its
//! job: keeping rows ([`Rows`] does, in the Durable Object and in tests), or making its steps atomic: whoever runs
//! it lets no two steps overlap, and undoes what a step that failed has written.

use std::time::Duration;

use super::entry::{Entry, TargetId};
use super::snapshot::Snapshot;
use super::tail::{self, Tail};
use super::wire::{Change, Delta, News, PAGE, Position, Question};
use crate::time::Time;

pub use super::tail::Row;

/// How many rows are read at once for a snapshot. Nobody waits for it, and many for what comes in between.
const SNAPSHOT_PAGE: usize = 2_000;

/// What a log knows of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its name and its newest place.
    pub position: Position,
    /// The longest life of anything that was issued, as far as the log was ever told.
    pub longest_life: Duration,
    /// The newest snapshot.
    pub snapshot: Option<SnapshotMade>,
}

/// A snapshot that was made and is kept somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotMade {
    /// The place up to which it has everything.
    pub sequence: u64,
    /// Its SHA-256.
    pub digest: [u8; 32],
    /// How many entries it has.
    pub len: u64,
    /// The place of the one before, which some may still be led to; 0 if there was none.
    pub before: u64,
}

impl Head {
    /// The place from which on whoever begins may have to read rows: that of the snapshot before the newest, or of the
    /// newest if that is too far back.
    fn begins_after(&self) -> u64 {
        let is_in_reach = |place: &u64| self.position.sequence - place <= tail::MOST as u64;
        let (newest, before) = self
            .snapshot
            .map_or((0, 0), |made| (made.sequence, made.before));
        Some(before).filter(is_in_reach).unwrap_or(newest)
    }
}

/// The rows of one log, at most one for each target. Each method is one statement of SQL.
pub trait Rows {
    /// Why a statement failed.
    type Error;

    /// What the log knows of itself. A log that is new is given a random name, and place 0.
    ///
    /// # Errors
    /// Where the statement failed, as with all of these.
    fn head(&mut self) -> Result<Head, Self::Error>;

    /// The log knows this of itself from now on. The name stays.
    ///
    /// # Errors
    /// As [`Self::head`].
    fn set_head(&mut self, head: &Head) -> Result<(), Self::Error>;

    /// The rows behind a place, in their order, at most so many.
    ///
    /// # Errors
    /// As [`Self::head`].
    fn after(
        &mut self,
        sequence: u64,
        limit: usize,
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
pub struct Log<R> {
    rows: R,
    tail: Option<Tail>,
}

impl<R: Rows> Log<R> {
    /// The log that is in `rows`.
    pub const fn new(rows: R) -> Self {
        Self { rows, tail: None }
    }

    /// What is new since the place that is asked with: everything, where that is a place in another log. At most
    /// a page of it; whoever is further behind is led to the snapshot, if there is one.
    ///
    /// # Errors
    /// Where the rows could not be read or written.
    pub fn since(&mut self, ask: &Question) -> Result<Delta, R::Error> {
        let mut head = self.rows.head()?;
        if ask.longest_life > head.longest_life {
            head.longest_life = ask.longest_life;
            self.rows.set_head(&head)?;
        }
        let newest = head.position;
        let known = if ask.position.log == newest.log {
            ask.position.sequence
        } else {
            0
        };
        let is_far_behind = newest.sequence.saturating_sub(known) > PAGE as u64;
        if let Some(snapshot) = head.snapshot
            && is_far_behind
            && snapshot.sequence > known
            && !ask.without_snapshot
        {
            let sequence = snapshot.sequence;
            return Ok(Delta {
                head: Position { sequence, ..newest },
                age: Duration::ZERO,
                more: true,
                news: News::Snapshot(snapshot.digest),
            });
        }
        let (entries, head, more) = self.page(known, newest)?;
        Ok(Delta {
            head,
            age: Duration::ZERO,
            more,
            news: News::Entries(entries),
        })
    }

    /// The page behind a place, up to where it tells, and whether there is more.
    fn page(
        &mut self,
        known: u64,
        newest: Position,
    ) -> Result<(Vec<Entry>, Position, bool), R::Error> {
        let mut entries = Vec::new();
        let mut head = newest;
        if known >= newest.sequence {
            return Ok((entries, head, false));
        }
        if let Some(tail) = self.tail(known, newest)? {
            let (entries, last) = tail.page(known);
            let reached = last.filter(|_| entries.len() == PAGE);
            head.sequence = reached.unwrap_or(newest.sequence);
            return Ok((entries, head, head != newest));
        }
        for row in self.rows.after(known, PAGE)? {
            let row = row?;
            entries.push(row.entry);
            head.sequence = row.sequence;
        }
        let more = entries.len() == PAGE && head.sequence < newest.sequence;
        if !more {
            head = newest;
        }
        Ok((entries, head, more))
    }

    /// The newest rows, if `known` is among them. They are read from storage once, from where relays may begin, unless
    /// that is too much.
    fn tail(&mut self, known: u64, newest: Position) -> Result<Option<&Tail>, R::Error> {
        let covers = |tail: &Tail| tail.covers(known, newest.sequence);
        if !self.tail.as_ref().is_some_and(covers) {
            let from = self.rows.head()?.begins_after();
            if known < from || newest.sequence - from > tail::MOST as u64 {
                return Ok(None);
            }
            let rows = self.rows.after(from, tail::MOST)?;
            let rows = rows.collect::<Result<_, _>>()?;
            self.tail = Some(Tail::new(from, newest.sequence, rows));
        }
        Ok(self.tail.as_ref())
    }

    /// Makes these changes, in their order.
    ///
    /// # Errors
    /// Where the rows could not be read or written. Then none of the changes may last.
    pub fn change(&mut self, changes: &[Change], now: Time) -> Result<(), R::Error> {
        let before = self.rows.head()?;
        let mut head = before;
        self.rows.purge(now)?;
        for change in changes {
            match change {
                Change::Append(entry) => self.append(entry, &mut head, now)?,
                Change::Shorten(entry) => self.shorten(entry)?,
            }
        }
        if head == before {
            return Ok(());
        }
        self.rows.set_head(&head)
    }

    /// Appends an entry at a new place. An older one of the same target goes into it: a cutoff never
    /// moves back, and nothing is kept for less long than was asked before. A cutoff is kept for as long as anything
    /// lives that was ever issued, whatever today's configuration says.
    fn append(&mut self, entry: &Entry, head: &mut Head, now: Time) -> Result<(), R::Error> {
        let mut entry = *entry;
        if !entry.ends_whole() {
            entry = entry.kept_at_least_until(now.plus(head.longest_life));
        }
        if let Some(known) = self.rows.find(entry.target())? {
            entry = entry.joined(&known.entry);
        }
        head.position.sequence += 1;
        let row = Row {
            sequence: head.position.sequence,
            entry,
        };
        self.rows.put(&row)?;
        if self.tail.as_mut().is_some_and(|tail| !tail.append(row)) {
            self.tail = None;
        }
        Ok(())
    }

    /// Keeps the entry of a target no longer than this one says. It stays in its place: whoever knows
    /// it already may keep it for longer. A newer cutoff than this one is left as it is: whoever asks may
    /// not have heard of what it ends.
    fn shorten(&mut self, entry: &Entry) -> Result<(), R::Error> {
        if let Some(Row {
            sequence,
            entry: known,
        }) = self.rows.find(entry.target())?
            && known.not_before() <= entry.not_before()
        {
            let entry = known.shortened(entry.keep_until());
            self.rows.put(&Row { sequence, entry })?;
        }
        Ok(())
    }

    /// Up to where a new snapshot should be made now: those who begin would have more than two pages to read
    /// otherwise, and as much has come since the last one as a twentieth of what it holds.
    ///
    /// # Errors
    /// Where the rows could not be read.
    pub fn wants_snapshot(&mut self) -> Result<Option<Position>, R::Error> {
        let head = self.rows.head()?;
        let (sequence, len) = head
            .snapshot
            .map_or((0, 0), |made| (made.sequence, made.len));
        let come = head.position.sequence.saturating_sub(sequence);
        Ok((come > (2 * PAGE as u64).max(len / 20)).then_some(head.position))
    }

    /// Puts some rows behind `known` into a snapshot that is made up to `head`; the place to go on from, where there may
    /// be more. The log may change in between: what moves is in the tail that is read after the snapshot.
    ///
    /// # Errors
    /// Where the rows could not be read.
    pub fn fill(
        &mut self,
        snapshot: &mut Snapshot,
        known: u64,
        head: Position,
    ) -> Result<Option<u64>, R::Error> {
        let mut reached = None;
        for (read, row) in (1..).zip(self.rows.after(known, SNAPSHOT_PAGE)?) {
            let row = row?;
            if row.sequence > head.sequence {
                return Ok(None);
            }
            snapshot.add(&row.entry);
            reached = (read == SNAPSHOT_PAGE).then_some(row.sequence);
        }
        Ok(reached)
    }

    /// A snapshot was made at this place, has so many entries, and can be read. The place of the snapshot that nobody is
    /// led to any more, if there is one: the one before stays, because relays may name it for a while.
    ///
    /// # Errors
    /// Where the rows could not be read or written.
    pub fn has_snapshot(
        &mut self,
        made_at: Position,
        digest: [u8; 32],
        len: usize,
    ) -> Result<Option<Position>, R::Error> {
        let head = self.rows.head()?;
        let before = head.snapshot.map_or(0, |made| made.sequence);
        let gone = head.snapshot.map(|made| made.before);
        let snapshot = Some(SnapshotMade {
            sequence: made_at.sequence,
            digest,
            len: len as u64,
            before,
        });
        let head = Head { snapshot, ..head };
        self.rows.set_head(&head)?;
        if let Some(tail) = &mut self.tail {
            tail.drop_until(head.begins_after());
        }
        let gone = gone.filter(|place| *place > 0);
        Ok(gone.map(|sequence| Position {
            sequence,
            ..made_at
        }))
    }

    /// The rows.
    pub const fn rows(&self) -> &R {
        &self.rows
    }
}
