//! Tokens and notes: their format, their seal and their digest.
//!
//! ```text
//! token = kind "_" base64url-nopad(body)
//! body  = key_id(1) nonce(24) XChaCha20-Poly1305(session_id(16) issued_at(4) expires_at(4)) tag(16)
//! aad   = kind, key_id and the issuer
//! ```
//!
//! A note is not a token: it carries a payload, and is sealed with another key.
//!
//! The seal is only the first filter: a token counts because its record exists. Not this room's job: what a
//! token means; [`crate::resolve`] finds that out.

pub mod digest;
pub mod keys;
pub mod kind;
pub mod note;
mod plain;
mod pseudonym;
pub mod seal;
mod signing_key;
mod signing_ring;
#[cfg(test)]
mod tests;

pub use digest::TokenDigest;
pub use keys::{Key, KeyRing, KeyRingError};
pub use kind::TokenKind;
pub use plain::{PlainToken, Pointer, SessionId, Unsealable};
pub use signing_key::SigningKey;
pub use signing_ring::SigningRing;
