//! The people in the secret `POSTERN_USERS`, with their hashes.
//!
//! Job: read the secret, and find the account that a name and a password belong to. Not its job:
//! counting attempts; `desk.rs` does that, around each check.
//! ```text
//! POSTERN_USERS = *( [ account / comment ] LF )
//! account       = name ":" hash
//! comment       = "#" anything
//! ```
//! White space at both ends of a line is ignored, so CR before LF is. The grammar of `name` is in
//! `name.rs`, that of `hash` in `hash.rs`.
//!
//! **A password** is the bytes of its UTF-8, as typed. They are not normalised: browsers and terminals
//! all give composed characters (NFC), and the tables of Unicode would be a good part of the Worker. If
//! two devices differ all the same, one of them is refused. It never gets another account.
//!
//! **The time of a check does not tell which names have an account.** An unknown name is checked against
//! another account's hash, with the same salt length, memory, passes and lanes, and the outcome is
//! dropped. The name and the secret decide which account that is, so it is the same one every time, and
//! nobody can work it out. If the hashes differ in their parameters, the time tells the parameters of a
//! name, but unknown names have them as well as known ones. If all lines come from `npx postern user`, all
//! names take the same time.

use std::fmt;

use sha2::{Digest, Sha256};

use super::hash::{Hash, HashError};
use super::name::{self, Name};
use crate::protocol::identifier::IdentifierError;
use crate::secret::Secret;

/// The greatest number of bytes in a password.
pub const LONGEST_PASSWORD: usize = 1024;

/// Everyone who may log in by name and password.
#[derive(Clone, Debug)]
pub struct Accounts {
    pub(super) accounts: Vec<Account>,
    /// Decides which account stands in for an unknown name.
    seed: Secret<[u8; 32]>,
}

/// Someone who may log in.
#[derive(Clone, Debug)]
pub struct Account {
    name: Name,
    pub(super) hash: Hash,
}

/// A line that is neither an account nor a comment nor blank. The message never repeats the line.
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
    /// The name is not one.
    Name(IdentifierError),
    /// The hash is not one, or must not be used.
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

    pub(super) const fn name_typed(&self) -> &Name {
        &self.name
    }

    fn parse(line: &str) -> Result<Self, LineError> {
        let (name, hash) = line.split_once(':').ok_or(LineError::NoColon)?;
        let name = name.parse().map_err(LineError::Name)?;
        let hash = Hash::parse(hash).map_err(LineError::Hash)?;
        Ok(Self { name, hash })
    }

    /// The line of a new account; `None` where the password is empty or longer than
    /// [`LONGEST_PASSWORD`]. `salt` must be new and random.
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
    /// Reads the text of the secret. It may have no accounts.
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

    /// Whether there are no accounts.
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

    /// The account of this name, if this is its password. It takes tens of milliseconds, for an unknown
    /// name too, so only [`super::desk`] asks it.
    #[must_use]
    pub fn check(&self, name: &str, password: &Secret<String>) -> Option<&Account> {
        self.check_by(name, password, Hash::derive)
    }

    /// The same, by another way to derive a hash: tests count.
    pub(super) fn check_by(
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
        // Worked out for known names too, so that they take as long.
        let stand_in = self.stand_in(name)?;
        let hash = &account.unwrap_or(stand_in).hash;
        let fits = hash.is(&derive(hash, password));
        account.filter(|_| fits)
    }

    /// The account whose hash an unknown name is checked against; `None` where there are no accounts.
    fn stand_in(&self, name: &str) -> Option<&Account> {
        let digest = Sha256::new()
            // Exposed to a digest that chooses between accounts and stays here.
            .chain_update(self.seed.expose())
            .chain_update(name.to_ascii_lowercase())
            .finalize();
        let [a, b, c, d, ..] = <[u8; 32]>::from(digest);
        // There are at most 5 KB of accounts, so the remainder's preference for some of them is too small
        // to show.
        let number = u32::from_be_bytes([a, b, c, d]) as usize;
        let at = number.checked_rem(self.accounts.len())?;
        self.accounts.get(at)
    }
}

/// The bytes of a password, if it has a length that passwords may have.
fn typed(password: &Secret<String>) -> Option<&[u8]> {
    // Exposed to the hash.
    let bytes = password.expose().as_bytes();
    (1..=LONGEST_PASSWORD)
        .contains(&bytes.len())
        .then_some(bytes)
}
