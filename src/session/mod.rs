//! Sessions: the record that a token points to, and the state machine that coordinates a session.
//!
//! Records are written once and never changed, so no copy of one can be stale; what can change, a
//! revocation, travels on its own ([`crate::revocation`]).

mod bytes;
pub mod coordinator;
mod piece;
pub mod record;
pub mod sealed;
mod stored;
#[cfg(test)]
mod tests;
pub mod wire;

pub use record::SessionRecord;
pub use sealed::{RecordKey, SealedRecord, Unreadable};
