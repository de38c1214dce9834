//! The newest part of the log, as it was answered, for handing it on.
//!
//! ```text
//!            snapshot
//! ...  |--piece--|--piece--|--piece--| head
//! ```
//! Job: keep the pieces in their order, and say what is new since a place in them. Whoever is behind all of them
//! begins with the snapshot that the log has named. Not its job: asking the log, or how old the window is.

use std::collections::VecDeque;
use std::time::Duration;

use super::entry::Entry;
use super::wire::{Delta, News, PAGE, Position, Question};

/// How many entries it keeps of what the snapshot has, for those who are a little behind.
const OVERLAP: usize = PAGE;

/// The newest part of one log.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// Everything after this place is in the pieces.
    from: Position,
    pieces: VecDeque<Piece>,
    len: usize,
    /// How many there were when it had begun.
    began_with: usize,
    snapshot: Option<(u64, [u8; 32])>,
}

#[derive(Clone, Debug)]
struct Piece {
    /// The place of its last entry, or a later one.
    head: u64,
    entries: Vec<Entry>,
}

impl Piece {
    /// What is new since `known`, where the piece begins after `begin`: all of it, unless it has an entry for each place.
    fn after(&self, begin: u64, known: u64) -> &[Entry] {
        let has_each = self.head - begin == self.entries.len() as u64;
        let skipped = usize::try_from(known.saturating_sub(begin)).unwrap_or(usize::MAX);
        if has_each {
            self.entries.get(skipped..).unwrap_or_default()
        } else {
            &self.entries
        }
    }
}

impl Window {
    /// The place up to which it has everything: the log is asked with it.
    #[must_use]
    pub fn head(&self) -> Position {
        let sequence = self
            .pieces
            .back()
            .map_or(self.from.sequence, |piece| piece.head);
        Position {
            sequence,
            ..self.from
        }
    }

    /// How many entries it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no entry.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many entries it has grown by since it began.
    #[must_use]
    pub const fn grown(&self) -> usize {
        self.len.saturating_sub(self.began_with)
    }

    /// Takes in the answer to a question that was asked with its head of then, which is no place where it was empty.
    /// Whether it fits: an answer of another log does not, nor one that is behind what was asked with, nor one that begins
    /// further on than the window ends.
    #[must_use]
    pub fn learn(&mut self, delta: &Delta, asked_with: Position) -> bool {
        let head = self.head();
        let is_first = head == Position::default();
        let follows = delta.head.log == head.log
            && asked_with.log == head.log
            && delta.head.sequence >= asked_with.sequence
            // The window may have begun anew meanwhile: then there would be a gap.
            && asked_with.sequence <= head.sequence;
        if !is_first && !follows {
            return false;
        }
        self.from.log = delta.head.log;
        match &delta.news {
            News::Snapshot(digest) => self.begin(delta.head, *digest),
            // Another answer may have come meanwhile, and brought the first of them.
            News::Entries(entries) if delta.head.sequence > head.sequence => {
                let piece = Piece {
                    head: delta.head.sequence,
                    entries: entries.clone(),
                };
                let entries = piece.after(asked_with.sequence, head.sequence).to_vec();
                self.len += entries.len();
                self.pieces.push_back(Piece { entries, ..piece });
            }
            News::Entries(_) => {}
        }
        if is_first || delta.more {
            self.began_with = self.len;
        }
        true
    }

    /// Begins with a snapshot. Of what it has, those who are only a little behind still get the pieces.
    pub fn begin(&mut self, head: Position, digest: [u8; 32]) {
        self.snapshot = Some((head.sequence, digest));
        if self.from.log != head.log || self.head().sequence < head.sequence {
            self.from = head;
            self.pieces.clear();
            self.len = 0;
        }
        let mut behind: usize = self
            .pieces
            .iter()
            .filter(|piece| piece.head <= head.sequence)
            .map(|piece| piece.entries.len())
            .sum();
        while behind > OVERLAP
            && let Some(piece) = self.pieces.pop_front()
        {
            behind -= piece.entries.len();
            self.len -= piece.entries.len();
            self.from.sequence = piece.head;
        }
        self.began_with = self.len;
    }

    /// What is new since the place that is asked with, at most about a page; `None` where the window does not reach
    /// there. `age` is how old the window is.
    #[must_use]
    pub fn since(&self, question: &Question, age: Duration) -> Option<Delta> {
        let known = question.position;
        let head = self.head();
        if known.log == head.log && known.sequence > head.sequence {
            // The asker has asked somebody who knew more.
            return None;
        }
        let is_from_nowhere = known.log != head.log;
        let sequence = if is_from_nowhere { 0 } else { known.sequence };
        if sequence < self.from.sequence {
            let (made_at, digest) = self.snapshot.filter(|_| !question.without_snapshot)?;
            // The window goes on from there.
            let reaches = made_at >= self.from.sequence && made_at > sequence;
            return reaches.then_some(Delta {
                head: Position {
                    sequence: made_at,
                    ..head
                },
                age,
                more: true,
                news: News::Snapshot(digest),
            });
        }
        let mut entries = Vec::new();
        let mut reached = sequence.max(self.from.sequence);
        let mut more = false;
        let mut begins_after = self.from.sequence;
        for piece in &self.pieces {
            let after = std::mem::replace(&mut begins_after, piece.head);
            if piece.head <= sequence {
                continue;
            }
            let new = piece.after(after, sequence);
            if !entries.is_empty() && entries.len() + new.len() > PAGE {
                more = true;
                break;
            }
            entries.extend_from_slice(new);
            reached = piece.head;
        }
        // Behind what it has already told: its reader finds that out.
        let sequence = if more { reached } else { head.sequence };
        Some(Delta {
            head: Position { sequence, ..head },
            age,
            more,
            news: News::Entries(entries),
        })
    }
}
