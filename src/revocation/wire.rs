//! How the log travels, between its keeper and whoever follows it.
//!
//! ```text
//! position = log_id(16) sequence(8)
//! ask      = 2 position max_age(4) longest_life(4) flags(1)     flags: 1 without a snapshot
//! entry    = target(17) not_before(4) keep_until(4)
//! delta    = 2 position age(4) flags(1) *entry                  flags: 1 more
//!          | 2 position age(4) flags(1) digest(32)              flags: 1 more, 2 snapshot
//! change   = verb(1) entry                                      verb: 1 append, 2 shorten
//! changes  = 2 *change
//! exchange = ask changes
//! ```
//! Numbers are big-endian. Instants and `longest_life` are in seconds, `age` and `max_age` in milliseconds.
//! A delta holds what came after the position that was asked with, up to its own position. Where it says
//! `more`, its reader has to ask again from there. With a snapshot, everything up to its own position is
//! in the snapshot of that digest.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};

use super::entry::{Entry, TargetId};

const FORMAT: u8 = 2;
/// Bytes of an entry.
pub const ENTRY: usize = 25;
/// Bytes of a position.
pub const POSITION: usize = 24;
/// Bytes of a question.
const QUESTION: usize = 1 + POSITION + 4 + 4 + 1;
/// How many entries a delta has at most: a quarter of a megabyte.
pub const PAGE: usize = 10_000;
/// How many changes travel together at most.
pub const MOST_CHANGES: usize = 1_000;

const WITHOUT_SNAPSHOT: u8 = 1;
const MORE: u8 = 1;
const SNAPSHOT: u8 = 2;
const APPEND: u8 = 1;
const SHORTEN: u8 = 2;

/// The name of one log, random: a log that was started anew has another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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

/// What someone who follows the log asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// What is new since this place?
    pub position: Position,
    /// How old the answer may be when it is given. With zero, it must have been found out after the question
    /// came.
    pub max_age: Duration,
    /// The longest life, in whole seconds, of anything that the asker may issue: the log keeps cutoffs for
    /// as long.
    pub longest_life: Duration,
    /// The asker could not get the snapshot, and wants entries.
    pub without_snapshot: bool,
}

/// What is new in a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delta {
    /// Up to where this tells: the newest place in the log, unless there is more.
    pub head: Position,
    /// How old this is: all that was in the log so long ago is known with this delta and those before it.
    pub age: Duration,
    /// Whether more has come after `head`. Then the copy is not complete yet, so its age says nothing.
    pub more: bool,
    /// What came after the place that was asked with.
    pub news: News,
}

/// What a delta brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The entries, oldest first, at most [`PAGE`].
    Entries(Vec<Entry>),
    /// They are in the snapshot that was made at the delta's `head`, and this is its SHA-256.
    Snapshot([u8; 32]),
}

/// A change to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Append this entry.
    Append(Entry),
    /// Keep the entry of this target no longer than this one says.
    Shorten(Entry),
}

impl Default for News {
    fn default() -> Self {
        Self::Entries(Vec::new())
    }
}

impl LogId {
    /// As text.
    #[must_use]
    pub fn to_base64url(self) -> String {
        Base64UrlUnpadded::encode_string(&self.0)
    }
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

impl Question {
    /// The wire form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(QUESTION);
        bytes.push(FORMAT);
        bytes.extend_from_slice(&self.position.to_bytes());
        bytes.extend_from_slice(&millis(self.max_age).to_be_bytes());
        let life = u32::try_from(self.longest_life.as_secs()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&life.to_be_bytes());
        bytes.push(if self.without_snapshot {
            WITHOUT_SNAPSHOT
        } else {
            0
        });
        bytes
    }

    /// The reverse; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&[FORMAT])?;
        let (position, rest) = rest.split_at_checked(POSITION)?;
        let (max_age, rest) = rest.split_first_chunk::<4>()?;
        let (life, flags) = rest.split_first_chunk::<4>()?;
        let without_snapshot = match flags {
            [0] => false,
            [WITHOUT_SNAPSHOT] => true,
            _ => return None,
        };
        Some(Self {
            position: Position::from_bytes(position)?,
            max_age: Duration::from_millis(u32::from_be_bytes(*max_age).into()),
            longest_life: Duration::from_secs(u32::from_be_bytes(*life).into()),
            without_snapshot,
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
    /// The entries that it brings; none where it names a snapshot.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.news {
            News::Entries(entries) => entries,
            News::Snapshot(_) => &[],
        }
    }

    /// The wire form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1 + POSITION + 5 + self.entries().len() * ENTRY);
        bytes.push(FORMAT);
        bytes.extend_from_slice(&self.head.to_bytes());
        bytes.extend_from_slice(&millis(self.age).to_be_bytes());
        let more = if self.more { MORE } else { 0 };
        match &self.news {
            News::Entries(entries) => {
                bytes.push(more);
                for entry in entries {
                    bytes.extend_from_slice(&entry.to_bytes());
                }
            }
            News::Snapshot(digest) => {
                bytes.push(more | SNAPSHOT);
                bytes.extend_from_slice(digest);
            }
        }
        bytes
    }

    /// The reverse; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&[FORMAT])?;
        let (head, rest) = rest.split_at_checked(POSITION)?;
        let (age, rest) = rest.split_first_chunk::<4>()?;
        let (flags, news) = rest.split_first()?;
        let news = match flags & !MORE {
            0 => News::Entries(each(news, ENTRY, Entry::from_bytes)?),
            SNAPSHOT => News::Snapshot(news.try_into().ok()?),
            _ => return None,
        };
        Some(Self {
            head: Position::from_bytes(head)?,
            age: Duration::from_millis(u32::from_be_bytes(*age).into()),
            more: flags & MORE != 0,
            news,
        })
    }
}

impl Change {
    /// The wire form of several.
    #[must_use]
    pub fn to_bytes(changes: &[Self]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1 + changes.len() * (1 + ENTRY));
        bytes.push(FORMAT);
        for change in changes {
            let (verb, entry) = match change {
                Self::Append(entry) => (APPEND, entry),
                Self::Shorten(entry) => (SHORTEN, entry),
            };
            bytes.push(verb);
            bytes.extend_from_slice(&entry.to_bytes());
        }
        bytes
    }

    /// The reverse; `None` for anything else, and for more than [`MOST_CHANGES`].
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Vec<Self>> {
        let changes = each(bytes.strip_prefix(&[FORMAT])?, 1 + ENTRY, |change| {
            let (verb, entry) = change.split_first()?;
            let entry = Entry::from_bytes(entry)?;
            match *verb {
                APPEND => Some(Self::Append(entry)),
                SHORTEN => Some(Self::Shorten(entry)),
                _ => None,
            }
        })?;
        (changes.len() <= MOST_CHANGES).then_some(changes)
    }

    /// The wire form of several, with the question what is new after them.
    #[must_use]
    pub fn exchange_to_bytes(changes: &[Self], question: &Question) -> Vec<u8> {
        let mut bytes = question.to_bytes();
        bytes.extend_from_slice(&Self::to_bytes(changes));
        bytes
    }

    /// The reverse; `None` for anything else.
    #[must_use]
    pub fn exchange_from_bytes(bytes: &[u8]) -> Option<(Vec<Self>, Question)> {
        let (question, changes) = bytes.split_at_checked(QUESTION)?;
        let question = Question::from_bytes(question)?;
        Some((Self::from_bytes(changes)?, question))
    }
}

/// What each `size` bytes are; `None` where one of them is nothing, or too short.
fn each<T>(bytes: &[u8], size: usize, read: impl Fn(&[u8]) -> Option<T>) -> Option<Vec<T>> {
    bytes.chunks(size).map(read).collect()
}

/// Rounded up, so that nothing seems younger than it is.
fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX)
}
