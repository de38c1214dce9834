//! What is asked about a token of another issuer.

use crate::single_flight::Needed;
use crate::token::{PlainToken, TokenDigest};

/// What is asked about a token.
pub struct Asked<'a> {
    /// The token.
    pub token: &'a PlainToken,
    /// What [`crate::revocation::foreign::digest`] makes of it.
    pub digest: TokenDigest,
    /// Whether it counted a short while ago.
    pub is_known: bool,
    /// How new an answer of its issuer must be. What a JWT says of itself is always new.
    pub needed: Needed,
}
