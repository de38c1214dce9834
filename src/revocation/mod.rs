//! Revocation: one strongly consistent, append-only log, and the copy of it that each isolate
//! follows.
//!
//! Job: what an entry is, how it travels ([`wire`], [`snapshot`]), what the log holds and for how long ([`log`]),
//! who is cut off by a copy of it ([`follower`]), and what the tokens of other issuers are called in it ([`foreign`]). Not
//! its job: storing the log's rows (a Durable Object does), or deciding how old a copy may be (the caller's
//! `max_staleness` does).

mod ended;
pub mod entry;
pub mod follower;
pub mod foreign;
pub mod log;
pub mod snapshot;
mod tail;
pub mod window;
pub mod wire;

pub use entry::{Entry, Target, TargetIds};
pub use follower::{Follower, Learned, StaleAnswer};
pub use log::Log;
pub use snapshot::Snapshot;
pub use wire::{Change, Delta, LogId, News, Position, Question};

use std::time::Duration;

/// How long a token's or session's entry is kept once the record store has confirmed the deletes:
/// sixty times the convergence that Workers KV documents. After that the missing record says it.
pub const KEPT_AFTER_DELETE: Duration = Duration::from_hours(1);

#[cfg(test)]
mod tests;
