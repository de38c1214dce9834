//! All that a log held at one place, for those who begin to follow it.
//!
//! ```text
//! snapshot = 1 cutoffs(4) *entry *slot       the slots sorted, each as in the copy of an isolate
//! ```
//! A snapshot never changes, so it may lie in any store and be read late. The log says which one counts, by its
//! place and its SHA-256. Job: its form. Not its job: where it is kept.

use sha2::{Digest, Sha256};

use super::ended::{self, SLOT, Slot};
use super::entry::Entry;
use super::wire::ENTRY;

const FORMAT: u8 = 1;

/// A snapshot that is being made: entries come in any order, each target once.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    cutoffs: Vec<Entry>,
    ended: Vec<Slot>,
}

impl Snapshot {
    /// Puts an entry into it.
    pub fn add(&mut self, entry: &Entry) {
        if entry.ends_whole() {
            self.ended.push(ended::slot(entry.target, entry.keep_until));
        } else {
            self.cutoffs.push(*entry);
        }
    }

    /// How many entries it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.cutoffs.len() + self.ended.len()
    }

    /// Whether it has no entry.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its bytes.
    ///
    /// # Panics
    /// Where it has more than four thousand million cutoffs.
    #[must_use]
    pub fn to_bytes(mut self) -> Vec<u8> {
        self.ended.sort_unstable();
        let count = u32::try_from(self.cutoffs.len()).expect("each takes a place in a log");
        let size = 5 + self.cutoffs.len() * ENTRY + self.ended.len() * SLOT;
        let mut bytes = Vec::with_capacity(size);
        bytes.push(FORMAT);
        bytes.extend_from_slice(&count.to_be_bytes());
        for cutoff in &self.cutoffs {
            bytes.extend_from_slice(&cutoff.to_bytes());
        }
        bytes.extend_from_slice(self.ended.as_flattened());
        bytes
    }

    /// The SHA-256 of a snapshot's bytes.
    #[must_use]
    pub fn digest(bytes: &[u8]) -> [u8; 32] {
        Sha256::digest(bytes).into()
    }
}

/// The cutoffs and the slots of a snapshot; `None` for anything else.
pub(super) fn read(bytes: &[u8]) -> Option<(Vec<Entry>, &[Slot])> {
    let (count, rest) = bytes.strip_prefix(&[FORMAT])?.split_first_chunk::<4>()?;
    let count = usize::try_from(u32::from_be_bytes(*count)).ok()?;
    let (cutoffs, slots) = rest.split_at_checked(count.checked_mul(ENTRY)?)?;
    let cutoffs = cutoffs.chunks(ENTRY).map(Entry::from_bytes);
    let (slots, rest) = slots.as_chunks::<SLOT>();
    rest.is_empty().then_some(())?;
    Some((cutoffs.collect::<Option<_>>()?, slots))
}
