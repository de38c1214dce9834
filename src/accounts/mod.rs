//! Local accounts: the people in the secret `POSTERN_USERS`, and attempts to log in as one of them.
//!
//! Job: read the secret, count attempts, and find out whether a password fits. Not its job: sessions, and
//! what a browser is shown.
//!
//! The gate's isolates have a [`Roster`], which holds names and no hash: they could not check a password if
//! they tried. [`Desk`] checks, and it runs in a Durable Object of its own.

mod attempt;
mod bytes;
mod counts;
mod desk;
mod hash;
mod name;
mod queue;
mod roster;
mod source;
mod users;

#[cfg(test)]
mod tests;

pub use attempt::{Attempt, NameMark, Reply, Sender};
pub use counts::{Counts, EACH, MOST_BROWSERS, MOST_FROM_ALL, MOST_FROM_ONE};
pub use desk::{DESKS, Desk, DeskObject, desk_of};
pub use hash::{Cost, Hash, HashError};
pub use name::{Name, NameGrammar};
pub use queue::{LONGEST_WAIT, PLACES, RESERVED};
pub use roster::Roster;
pub use source::Source;
pub use users::{Account, Accounts, BadLine, LONGEST_PASSWORD, LineError};
