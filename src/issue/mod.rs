//! Tokens made, recorded and taken back.
//!
//! Job: what every endpoint that gives or ends something does in the same way: seal a token and its
//! record and put the record where it will be read ([`Minted`]), end a session ([`ending`]) or whatever
//! was issued before now ([`cutoff`]), open a person's session and keep it going ([`ticket`],
//! [`renewal`]), and what a session coordinator does with a command ([`state_store`]) and
//! when its alarm rings ([`chores`]). Not its job: who may have a
//! token, and what for.

pub mod chores;
pub mod cutoff;
pub mod ending;
pub mod index_chores;
mod minted;
pub mod renewal;
pub mod state_store;
pub mod ticket;

pub use minted::{Minted, new_session, times, unexpected_reply};

#[cfg(test)]
mod tests;
