//! The gate: what happens to a request before any origin sees it.
//!
//! Job: the route of a request, its credential, refusals, what is forwarded, and what may come back. All of
//! it is pure; the `edge` room does the I/O. Not its job: what a token means; that is [`crate::resolve`]'s.

pub mod admission;
pub mod admit;
mod audience;
pub mod challenge;
pub mod credential;
mod elsewhere;
pub mod forward;
pub mod path;
pub mod policy;
mod preflight;
mod rate_limit;
pub mod readings;
pub mod refusal;
pub mod request_head;
mod route_rules;
mod rules;
mod search;
pub mod trial;

pub use admission::Admission;
pub use credential::Credential;
pub use policy::{Decision, Policy, Route};
pub use refusal::{Reference, Refusal};
pub use request_head::RequestHead;
pub use trial::{Found, InForce, Trial, Tried};

#[cfg(test)]
mod tests;
