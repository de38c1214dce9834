//! How the log travels, between the isolates and its keeper.
//!
//! ```text
//! position = log_id(16) sequence(8)
//! entry    = target(17) not_before(4) keep_until(4)
//! delta    = 1 position *entry
//! ```
//! Numbers are big-endian; instants are in seconds since the Unix epoch. A delta holds what came after the
//! position that the log was asked with, or everything where that position was of another log. Its own
//! position is the log's newest.

use super::entry::{Entry, TargetId};

const FORMAT: u8 = 1;
/// Bytes of an entry.
pub const ENTRY: usize = 25;
/// Bytes of a position.
pub const POSITION: usize = 24;

/// The name of one log, random: a log that was started anew has another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogId(pub [u8; 16]);

/// A place in a log: everything up to and including `sequence` is known. The default is not a place in any
/// log, so everything is new from there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Which log.
    pub log: LogId,
    /// Up to where.
    pub sequence: u64,
}

/// What is new in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// The newest place in the log.
    pub head: Position,
    /// What came after the place that was asked with.
    pub entries: Vec<Entry>,
}

impl Position {
    /// The wire form.
    #[must_use]
    pub fn to_bytes(self) -> [u8; POSITION] {
        let mut bytes = [0; POSITION];
        bytes[..16].copy_from_slice(&self.log.0);
        bytes[16..].copy_from_slice(&self.sequence.to_be_bytes());
        bytes
    }

    /// The reverse; `None` for another number of bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (log, sequence) = bytes.split_first_chunk::<16>()?;
        Some(Self {
            log: LogId(*log),
            sequence: u64::from_be_bytes(sequence.try_into().ok()?),
        })
    }
}

impl Entry {
    /// The wire form.
    #[must_use]
    pub fn to_bytes(self) -> [u8; ENTRY] {
        let mut bytes = [0; ENTRY];
        bytes[..17].copy_from_slice(&self.target.0);
        bytes[17..21].copy_from_slice(&self.not_before.to_be_bytes());
        bytes[21..].copy_from_slice(&self.keep_until.to_be_bytes());
        bytes
    }

    /// The reverse; `None` for another number of bytes or an unknown kind.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (target, rest) = bytes.split_first_chunk::<17>()?;
        let (not_before, keep_until) = rest.split_first_chunk::<4>()?;
        (target[0] <= TargetId::LAST_KIND).then_some(())?;
        Some(Self {
            target: TargetId(*target),
            not_before: u32::from_be_bytes(*not_before),
            keep_until: u32::from_be_bytes(keep_until.try_into().ok()?),
        })
    }
}

impl Delta {
    /// The wire form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1 + POSITION + self.entries.len() * ENTRY);
        bytes.push(FORMAT);
        bytes.extend_from_slice(&self.head.to_bytes());
        for entry in &self.entries {
            bytes.extend_from_slice(&entry.to_bytes());
        }
        bytes
    }

    /// The reverse; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (format, rest) = bytes.split_first()?;
        (*format == FORMAT).then_some(())?;
        let (head, entries) = rest.split_at_checked(POSITION)?;
        Some(Self {
            head: Position::from_bytes(head)?,
            entries: entries
                .chunks(ENTRY)
                .map(Entry::from_bytes)
                .collect::<Option<_>>()?,
        })
    }
}
