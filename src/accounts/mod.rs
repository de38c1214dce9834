//! Local accounts: the people in the secret `POSTERN_USERS`.
//!
//! Job: read the secret, and say whose name and password fit. Not its job: counting attempts (that
//! is `ports::Limiter`, before each check), and sessions.
//! ```text
//! POSTERN_USERS = *( [ account / comment ] LF )
//! account       = name ":" hash
//! comment       = "#" anything
//! ```
//! White space at both ends of a line is ignored, so CR before LF is. The grammar of `name` is in
//! `name.rs`, that of `hash` in `hash.rs`.
//!
//! **A password** is the bytes of its UTF-8, as typed. There is no Unicode normalisation: browsers
//! and terminals give composed characters (NFC) alike, and the tables for it would be a good part
//! of the Worker. Someone whose two devices differ gets a refusal, never a wrong account.
//!
//! **What a check takes does not tell who has an account.** An unknown name is checked against
//! another account's hash, and the outcome dropped: same salt length, memory, passes, lanes. Which
//! account is settled by the name and by the secret, so it is always the same one, and nobody can
//! work it out. So if the hashes differ in their parameters, the time tells which parameters a name
//! gets, and unknown names get them as known ones do. With lines of `make user` alone, all names
//! take the same.

mod hash;
mod name;

#[cfg(test)]
mod tests;

use std::fmt;

use sha2::{Digest, Sha256};

pub use hash::{Cost, Hash, HashError};
pub use name::{Name, NameGrammar};

use crate::protocol::identifier::IdentifierError;
use crate::secret::Secret;

/// How many bytes a password has at most.
pub const LONGEST_PASSWORD: usize = 1024;

/// Everyone who may log in by name and password.
#[derive(Clone, Debug)]
pub struct Accounts {
    accounts: Vec<Account>,
    /// Settles which account stands in for an unknown name.
    seed: Secret<[u8; 32]>,
}

/// Someone who may log in.
#[derive(Clone, Debug)]
pub struct Account {
    name: Name,
    hash: Hash,
}

/// A line that is neither an account nor a comment nor blank. It never repeats the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Which line it is, from 1.
    pub number: usize,
    /// What is wrong with it.
    pub error: LineError,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineError {
    /// It has no `:`.
    NoColon,
    /// The name is none.
    Name(IdentifierError),
    /// The hash is none, or none that may be used.
    Hash(HashError),
    /// The line with this number has the same name.
    Repeated(usize),
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.number)?;
        match self.error {
            LineError::NoColon => {
                f.write_str("must be `name:hash`, a comment that begins with `#`, or blank")
            }
            LineError::Name(error) => write!(f, "the name {error}"),
            LineError::Hash(error) => error.fmt(f),
            LineError::Repeated(number) => {
                write!(f, "has the name of line {number} (in whatever letter case)")
            }
        }
    }
}

impl Account {
    /// The name as it was written: a session's `sub` and `username`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    fn parse(line: &str) -> Result<Self, LineError> {
        let (name, hash) = line.split_once(':').ok_or(LineError::NoColon)?;
        let name = name.parse().map_err(LineError::Name)?;
        let hash = Hash::parse(hash).map_err(LineError::Hash)?;
        Ok(Self { name, hash })
    }

    /// The line of a new account; `None` where no login takes a password as long as this one, or an
    /// empty one. `salt` must be new and random.
    #[must_use]
    pub fn write_line(name: &Name, password: &Secret<String>, salt: &[u8; 16]) -> Option<String> {
        let hash = Hash::write_new(typed(password)?, salt);
        Some(format!("{name}:{hash}"))
    }
}

impl Default for Accounts {
    /// Nobody.
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

impl Accounts {
    /// Reads the text of the secret. None at all are fine.
    ///
    /// # Errors
    /// Every [`BadLine`].
    pub fn parse(text: &str) -> Result<Self, Vec<BadLine>> {
        // With the numbers of their lines.
        let mut found: Vec<(usize, Account)> = Vec::new();
        let mut bad = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let (number, line) = (at + 1, line.trim());
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let account = Account::parse(line).and_then(|account| {
                let same = found
                    .iter()
                    .find(|(_, other)| name::means(account.name(), &other.name));
                match same {
                    Some((first, _)) => Err(LineError::Repeated(*first)),
                    None => Ok(account),
                }
            });
            match account {
                Ok(account) => found.push((number, account)),
                Err(error) => bad.push(BadLine { number, error }),
            }
        }
        if bad.is_empty() {
            Ok(Self::of(
                found.into_iter().map(|(_, account)| account).collect(),
            ))
        } else {
            Err(bad)
        }
    }

    fn of(accounts: Vec<Account>) -> Self {
        let seed = accounts.iter().fold(
            Sha256::new_with_prefix("postern accounts v1"),
            |all, account| all.chain_update(account.hash.output()),
        );
        Self {
            accounts,
            seed: Secret::new(seed.finalize().into()),
        }
    }

    /// Whether there is no account.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// How many accounts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// All of them, in the order in which they were written.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter()
    }

    /// How many bytes the costliest check takes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        let each = self
            .accounts
            .iter()
            .map(|account| account.hash.cost().memory);
        each.max().map_or(0, |kibibytes| u64::from(kibibytes) << 10)
    }

    /// The account of this name, if this is its password. It takes tens of milliseconds, and the
    /// same for a name that there is not. Count the attempt first.
    #[must_use]
    pub fn check(&self, name: &str, password: &Secret<String>) -> Option<&Account> {
        self.check_by(name, password, Hash::derive)
    }

    /// The same, by another way to derive a hash: tests count.
    fn check_by(
        &self,
        name: &str,
        password: &Secret<String>,
        mut derive: impl FnMut(&Hash, &[u8]) -> Secret<Vec<u8>>,
    ) -> Option<&Account> {
        let password = typed(password)?;
        let account = self
            .accounts
            .iter()
            .find(|account| name::means(name, &account.name));
        // Worked out in any case.
        let stand_in = self.stand_in(name)?;
        let hash = &account.unwrap_or(stand_in).hash;
        let fits = hash.is(&derive(hash, password));
        account.filter(|_| fits)
    }

    /// Against whose hash a name is checked that there is not; `None` where there is no account.
    fn stand_in(&self, name: &str) -> Option<&Account> {
        let digest = Sha256::new()
            // Into a digest that decides between accounts and goes nowhere.
            .chain_update(self.seed.expose())
            .chain_update(name.to_ascii_lowercase())
            .finalize();
        let [a, b, c, d, ..] = <[u8; 32]>::from(digest);
        // At most 5 KB of accounts: which ones the remainder prefers, and by how little, shows nowhere.
        let number = u32::from_be_bytes([a, b, c, d]) as usize;
        let at = number.checked_rem(self.accounts.len())?;
        self.accounts.get(at)
    }
}

/// The bytes of a password, unless no account has one of that length.
fn typed(password: &Secret<String>) -> Option<&[u8]> {
    // They go into the hash and nowhere else.
    let bytes = password.expose().as_bytes();
    (1..=LONGEST_PASSWORD)
        .contains(&bytes.len())
        .then_some(bytes)
}
