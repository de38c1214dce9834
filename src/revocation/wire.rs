//! How the log travels, between the isolates and its keeper.
//!
//! ```text
//! position = log_id(16) sequence(8)
//! entry    = target(17) not_before(4) keep_until(4)
//! delta    = 1 position *entry
//! ```
//! Numbers are big-endian; instants in seconds since the Unix epoch. A delta holds what came after
//! the position that was asked with, or everything where that position was of another log, and its
//! own position is the log's newest.

use super::entry::{Entry, TargetId};

const FORMAT: u8 = 1;
/// Bytes of an entry.
pub const ENTRY: usize = 25;
/// Bytes of a position.
pub const POSITION: usize = 24;

/// The name of one log, random: a log that was started anew has another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogId(pub [u8; 16]);

/// A place in a log: everything up to and including `sequence` is known. The default is a place in
/// no log at all, from which everything is new.
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

#[cfg(test)]
mod tests {
    use super::super::Target;
    use super::*;
    use crate::fixtures::hex;
    use crate::time::Time;
    use crate::token::SessionId;
    use proptest::prelude::*;

    fn delta() -> Delta {
        let at = Time::from_seconds;
        Delta {
            head: Position {
                log: LogId([7; 16]),
                sequence: 258,
            },
            entries: vec![
                Entry::new(&Target::Session(SessionId::from_bytes([3; 16])), at(2_000)),
                Entry::new(
                    &Target::Issuer {
                        not_before: at(1_000),
                    },
                    at(5_000),
                ),
                Entry::new(
                    &Target::ProviderSession {
                        name: [9; 16],
                        not_before: at(1_000),
                    },
                    at(2_000),
                ),
            ],
        }
    }

    #[test]
    fn delta_format_unchanged() {
        let hex = hex(&delta().to_bytes());
        assert_eq!(
            hex,
            "01\
             07070707070707070707070707070707\
             0000000000000102\
             01\
             03030303030303030303030303030303\
             ffffffff\
             000007d0\
             04\
             04040404040404040404040404040404\
             000003e8\
             00001388\
             05\
             09090909090909090909090909090909\
             000003e8\
             000007d0"
        );
        assert_eq!(Delta::from_bytes(&delta().to_bytes()), Some(delta()));
    }

    #[test]
    fn a_cut_delta_is_none() {
        let bytes = delta().to_bytes();
        for length in 0..bytes.len() {
            let whole = length >= 25 && (length - 25) % ENTRY == 0;
            assert_eq!(
                Delta::from_bytes(&bytes[..length]).is_some(),
                whole,
                "{length}"
            );
        }
        let mut other = bytes.clone();
        other[0] = 2;
        assert_eq!(Delta::from_bytes(&other), None);
        let mut unknown_kind = bytes;
        unknown_kind[25] = 6;
        assert_eq!(Delta::from_bytes(&unknown_kind), None);
    }

    proptest! {
        #[test]
        fn parsing_never_panics(bytes: Vec<u8>) {
            if let Some(delta) = Delta::from_bytes(&bytes) {
                prop_assert_eq!(delta.to_bytes(), bytes.clone());
            }
            let _ = Position::from_bytes(&bytes);
        }
    }
}
