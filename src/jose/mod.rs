//! JSON Web Tokens that others have signed (RFC 7515, RFC 7519, RFC 8725).
//!
//! Job: taking a token apart, having its issuer's keys, and whether one of them signed it; and the documents that are
//! asked for on the way. Not its job: what a token must say. Its claims can be read once the signature was found to
//! hold, and whoever reads them checks them.
//!
//! An issuer that does not answer, or answers with anything else than it should, is unavailable. That is never a "no".

mod cached;
mod claims;
mod fetch;
mod jwks;
mod jwt;
mod kept;
mod keys;
mod numeric_date;
mod refusal;
#[cfg(test)]
mod tests;

pub use cached::Cached;
pub use claims::LEEWAY;
pub use fetch::{ask, get, read_body, unavailable};
pub use jwks::KeySet;
pub use jwt::{LARGEST, UnverifiedJwt, Verified};
pub use kept::Kept;
pub use keys::Keys;
pub use refusal::{Failure, JwtRefusal};
