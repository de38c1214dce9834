//! An attempt to log in, and what is made of it: as data, and as they travel to the object and back.
//!
//! ```text
//! attempt = 1 name-mark(16) sender length(2) name(length) password
//! sender  = ( 0 / 1 ) mark(8)                   ; a source, a known browser
//! reply   = 1 ( 0 / 1 / 2 seconds(4) / 3 )      ; right, wrong, too many, busy
//! ```
//! The marks are keyed hashes, so neither the object's storage nor its name shows who it is about. Numbers
//! are big-endian, name and password are UTF-8. Anything else reads as `None`.

use std::fmt;
use std::time::Duration;

use super::bytes::Reader;
use crate::secret::Secret;

const FORMAT: u8 = 1;

/// A keyed hash of a name, in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameMark(pub [u8; 16]);

/// Who is trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A source from which nobody is known to have logged in under this name: a keyed hash of both.
    Source([u8; 8]),
    /// A browser that has logged in under this name before: a random number of its own.
    Browser([u8; 8]),
}

impl Sender {
    /// Whether it is a browser that has logged in under this name before.
    #[must_use]
    pub const fn is_known(self) -> bool {
        matches!(self, Self::Browser(_))
    }

    pub(super) fn write(self, out: &mut Vec<u8>) {
        let (kind, mark) = match self {
            Self::Source(mark) => (0, mark),
            Self::Browser(mark) => (1, mark),
        };
        out.push(kind);
        out.extend_from_slice(&mark);
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let [kind] = from.array()?;
        let mark = from.array()?;
        match kind {
            0 => Some(Self::Source(mark)),
            1 => Some(Self::Browser(mark)),
            _ => None,
        }
    }
}

/// An attempt to log in.
pub struct Attempt {
    /// What stands for the name where it is counted.
    pub mark: NameMark,
    /// Who is trying.
    pub sender: Sender,
    /// The name as it was typed. Some people type their password here, so it is a secret as well.
    pub name: Secret<String>,
    /// The password.
    pub password: Secret<String>,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt(..)")
    }
}

/// What is made of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The password is the one of the account with this name.
    Right,
    /// There is no such account, or it has another password.
    Wrong,
    /// It was not looked at: there were too many attempts. The next one may be made after this time.
    TooMany(Duration),
    /// It was not looked at and not counted: too many others are waiting.
    Busy,
}

impl Attempt {
    /// The wire form. `None` where the name is longer than a form may be.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Secret<Vec<u8>>> {
        // Exposed to the object that checks them; what they are copied into is wiped as well.
        let (name, password) = (self.name.expose(), self.password.expose());
        let length = u16::try_from(name.len()).ok()?;
        // No part of it may be left behind by a buffer that had to grow.
        let mut out = Vec::with_capacity(28 + name.len() + password.len());
        out.push(FORMAT);
        out.extend_from_slice(&self.mark.0);
        self.sender.write(&mut out);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(password.as_bytes());
        Some(Secret::new(out))
    }

    /// Reads [`Self::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: &Secret<Vec<u8>>) -> Option<Self> {
        // Exposed to be taken apart; each part is wiped as well.
        let mut from = Reader::new(bytes.expose(), FORMAT)?;
        let mark = NameMark(from.array()?);
        let sender = Sender::read(&mut from)?;
        let length = u16::from_be_bytes(from.array()?);
        let text = |bytes: &[u8]| Some(Secret::new(std::str::from_utf8(bytes).ok()?.to_owned()));
        Some(Self {
            mark,
            sender,
            name: text(from.take(length.into())?)?,
            password: text(from.rest())?,
        })
    }
}

impl Reply {
    /// The wire form.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Right => vec![FORMAT, 0],
            Self::Wrong => vec![FORMAT, 1],
            Self::TooMany(wait) => {
                // Rounded up: whoever comes then may try.
                let seconds = u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX);
                [&[FORMAT, 2], &seconds.to_be_bytes()[..]].concat()
            }
            Self::Busy => vec![FORMAT, 3],
        }
    }

    /// Reads [`Self::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes, FORMAT)?;
        let [kind] = from.array()?;
        let reply = match kind {
            0 => Self::Right,
            1 => Self::Wrong,
            2 => Self::TooMany(Duration::from_secs(
                u32::from_be_bytes(from.array()?).into(),
            )),
            3 => Self::Busy,
            _ => return None,
        };
        from.rest().is_empty().then_some(reply)
    }
}
