//! What one person has: their sessions, what they agreed to, and the newest cutoff of all of it.
//!
//! Job: decide, as `apply(state, command, now) -> (state, reply)`, for one index. An index is a person's, or
//! it is about one session at an identity provider ([`Index`]).
//! - It knows each session before anyone has a ticket or a code of it. So a cutoff reaches all of them.
//! - A cutoff is turned into ended sessions, one after another ([`Chore`]). Once all are ended, the
//!   revocation log need not keep the cutoff.
//! - It remembers the newest cutoff for a while. A session of a login that began before it is refused.
//! - It is consistent: what a person agreed to, or took back, holds at once.
//!
//! Not its job: storage, alarms and carrying out chores. A thin adapter does what [`State::due`] and
//! [`State::wake_at`] say. What is shown of a session or a consent is sealed: an index cannot read it.

mod chores;
mod command;
mod consents;
mod sessions;
mod state;
mod stored;
mod wire;

pub use chores::{AT_ONCE, Chore};
pub use command::{
    ClientKey, Command, Index, ListedRow, Mark, NewSession, NoteOfConsent, Page, Place, Reply,
};
pub use consents::{CONSENTS, LOGOUT_TOKENS};
pub use sessions::{ENDED_BY_CALLER, PAGE, SESSIONS};
pub use state::State;
pub use stored::Rows;

#[cfg(test)]
mod tests;
