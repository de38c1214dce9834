//! The newest rows of the log, in memory.
//!
//! Nearly every question is about them, and hundreds of relays may ask at once: so they are not read from storage each
//! time. Job: hold what was appended after a place, as far as that is known for certain. Not its job: what is true; the
//! head in storage says whether this still is. An entry that was moved since is here twice, and one that was shortened
//! is here as it was: both do no harm to whoever follows.

use std::collections::VecDeque;

use super::entry::Entry;
use super::wire::PAGE;

/// How many rows are held at most: some eight megabytes.
pub const MOST: usize = 250_000;

/// An entry and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its place: no two rows have the same one.
    pub sequence: u64,
    /// The entry.
    pub entry: Entry,
}

/// The rows after one place, up to another.
#[derive(Clone, Debug)]
pub struct Tail {
    from: u64,
    to: u64,
    rows: VecDeque<Row>,
}

impl Tail {
    /// What was read: the rows after `from`, in the order of their places, where `to` is the newest place there is.
    pub const fn new(from: u64, to: u64, rows: VecDeque<Row>) -> Self {
        Self { from, to, rows }
    }

    /// Takes in a row that has been appended; whether it follows. If not, something is not as it seemed, and nothing
    /// here counts any more.
    #[must_use]
    pub fn append(&mut self, row: Row) -> bool {
        let follows = row.sequence == self.to + 1 && self.rows.len() < MOST;
        if follows {
            self.to = row.sequence;
            self.rows.push_back(row);
        }
        follows
    }

    /// Whether it has everything between `known` and `head`, and `head` is where it thinks that the log ends.
    pub const fn covers(&self, known: u64, head: u64) -> bool {
        self.from <= known && self.to == head
    }

    /// The page behind `known`: its entries, and the place of the last one.
    pub fn page(&self, known: u64) -> (Vec<Entry>, Option<u64>) {
        let start = self.rows.partition_point(|row| row.sequence <= known);
        let mut page = self.rows.range(start..).take(PAGE);
        let entries: Vec<Entry> = page.clone().map(|row| row.entry).collect();
        (entries, page.next_back().map(|row| row.sequence))
    }

    /// Lets go of what is not behind this place.
    pub fn drop_until(&mut self, place: u64) {
        if self.from < place {
            self.from = place;
            let gone = self.rows.partition_point(|row| row.sequence <= place);
            self.rows.drain(..gone);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revocation::Target;
    use crate::time::Time;
    use crate::token::SessionId;

    fn row(sequence: u64) -> Row {
        let session = Target::Session(SessionId::from_bytes([1; 16]));
        let entry = Entry::new(&session, Time::from_seconds(sequence));
        Row { sequence, entry }
    }

    #[test]
    fn it_counts_only_while_the_log_ends_where_it_does() {
        let mut tail = Tail::new(4, 9, [row(5), row(8)].into());
        assert!(tail.covers(4, 9) && tail.covers(9, 9));
        assert!(!tail.covers(3, 9), "it does not reach back so far");
        assert!(!tail.covers(4, 10), "somebody else has appended");
        assert!(tail.append(row(10)) && tail.covers(4, 10));
        // The one before was undone in storage: its place comes again.
        assert!(!tail.covers(4, 9));
        assert!(!tail.append(row(10)));
        assert!(!tail.append(row(12)));
    }

    #[test]
    fn a_page_is_what_comes_behind_a_place() {
        let mut tail = Tail::new(4, 9, [row(5), row(8)].into());
        assert_eq!(tail.page(4), (vec![row(5).entry, row(8).entry], Some(8)));
        assert_eq!(tail.page(5), (vec![row(8).entry], Some(8)));
        assert_eq!(tail.page(8), (Vec::new(), None));
        tail.drop_until(5);
        assert!(!tail.covers(4, 9) && tail.covers(5, 9));
        assert_eq!(tail.page(5), (vec![row(8).entry], Some(8)));
    }
}
