//! What Postern signs: who is there, for origins, and what introspection answers.
//!
//! Job: the claims of an assertion, its signature (RFC 7515, ES256), the keys that are published (RFC 7517), and how long an
//! assertion that was made serves further requests. Not its job: tokens of others ([`crate::jose`]), and tokens of Postern's own,
//! which are opaque and never signed.

mod claims;
mod jws;
mod made;
mod published;
#[cfg(test)]
mod tests;

pub use claims::{Claims, claims};
pub use jws::sign;
pub use made::{Look, Made, room};
pub use published::published;

/// The type of an assertion (`typ`, RFC 8725 section 3.11).
pub const TYPE: &str = "postern-assertion+jwt";
/// The header in which an origin gets it.
pub const HEADER: &str = "x-postern-assertion";
