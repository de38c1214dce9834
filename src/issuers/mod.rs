//! Tokens of other issuers: what they mean.
//!
//! Job: from a token that somebody else has issued to the session record that says who it stands for and what it may do
//! (RFC 7519, RFC 9068, RFC 8725; RFC 7662), or to the reason why it counts for nothing. Not its job: whether it was ended
//! here, and for how long an answer is believed; that is [`crate::resolve`]'s.
//!
//! An issuer that does not answer, or answers with anything else than it should, is unavailable. That is never a "no".

mod access_token;
mod answer;
mod asked;
mod circuit;
mod client_auth;
mod flights;
mod flood;
mod introspection;
mod known;
mod logout;
mod metadata;
mod offer;
mod record;
mod signed_answer;
mod words;

pub use asked::Asked;
pub use known::{KnownIssuers, Whose};
pub use logout::Logout;
pub use record::Foreign;

#[cfg(test)]
mod tests;
