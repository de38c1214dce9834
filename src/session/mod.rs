//! Sessions: the record that a token points to, and the state machine that coordinates a session.
//!
//! A record is written once and never changed, so no copy of it can be stale. Only whether it still counts can
//! change, and that travels on its own ([`crate::revocation`]).

pub(crate) mod bytes;
pub mod claim;
pub mod coordinator;
mod piece;
pub mod record;
pub mod sealed;
mod stored;
#[cfg(test)]
mod tests;
pub mod wire;

pub use claim::Claim;
pub use record::SessionRecord;
pub use sealed::{RecordKey, SealedRecord, Unreadable};
