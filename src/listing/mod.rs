//! What is remembered of people: their sessions, and what they agreed to.
//!
//! ```text
//! shown   = a JSON object, sealed, bound to "se:" owner ":" session
//! consent = a JSON object, sealed, bound to "co:" owner ":" client
//! ```
//! Job: from records to what an index keeps, and from there to what people are shown. Everything that tells a
//! name is sealed on the way. Not its job: what an index decides; that is [`crate::person`].

mod consents;
mod sessions;
mod store;

pub use consents::{ListedConsent, Withdrawn};
pub use sessions::{Begun, Device, ListedPage, ListedSession, Taken, index_of};
pub use store::Listing;

#[cfg(test)]
mod tests;
