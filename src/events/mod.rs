//! Security events: what others say has happened to somebody's account or session, and whom that means here.
//!
//! ```text
//! transmitter -- security event token --> verified, read --> what it ends: subjects, sessions, tokens
//! ```
//! - Security event tokens (RFC 8417) as the Shared Signals Framework 1.0 sends them, with events of CAEP 1.0 and RISC 1.0
//!   ([`token`], [`meaning`]).
//! - Requests of draft-parecki-oauth-global-token-revocation ([`request`]).
//! - Subject identifiers (RFC 9493), and who is called so here ([`subject`], [`whom`]).
//!
//! Job: verify and read, and say what is meant. Not its job: ending it; that is the endpoints'.

mod known;
mod meaning;
mod refusal;
mod request;
mod subject;
mod token;
mod whom;

pub use known::KnownTransmitters;
pub use meaning::Meaning;
pub use refusal::SetRefusal;
pub use request::subject_of_request;
pub use subject::{Identifier, Subject};
pub use token::{Happening, SecurityEvents};
pub use whom::{names_of, targets};

#[cfg(test)]
mod tests;
