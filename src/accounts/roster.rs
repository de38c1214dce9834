//! Who has an account, without anything that a password could be checked with.
//!
//! Job: what the gate's isolates know of `POSTERN_USERS`.

use super::name::{self, Name};
use super::users::Accounts;

/// The names in `POSTERN_USERS`, and how much memory a check takes.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    names: Vec<Name>,
    memory: u64,
}

impl Roster {
    /// What `accounts` are called.
    #[must_use]
    pub fn of(accounts: &Accounts) -> Self {
        Self {
            names: accounts
                .iter()
                .map(|one| one.name_typed().clone())
                .collect(),
            memory: accounts.memory(),
        }
    }

    /// Whether nobody has an account.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// All names, in the order in which they were written.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(Name::as_str)
    }

    /// The name as it was written that someone means who types `text`.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<&str> {
        let found = self.names.iter().find(|name| name::means(text, name));
        found.map(Name::as_str)
    }

    /// How many bytes the costliest check takes.
    #[must_use]
    pub const fn memory(&self) -> u64 {
        self.memory
    }
}
