//! The gate: what happens to a request before any origin sees it.
//!
//! Job: find the route of a request, take its credential, say what is refused and how, and say what
//! may be forwarded and what may come back. All of it is pure; the `edge` room does the I/O. Not its
//! job: what a token means; that is [`crate::resolve`]'s.

pub mod admit;
pub mod challenge;
pub mod credential;
pub mod forward;
mod login;
pub mod path;
pub mod policy;
mod preflight;
pub mod refusal;

pub use admit::{Admission, RequestHead};
pub use credential::Credential;
pub use policy::{Decision, Policy, Route};
pub use refusal::Refusal;

#[cfg(test)]
mod admit_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod login_tests;
#[cfg(test)]
mod path_tests;
#[cfg(test)]
mod policy_tests;
#[cfg(test)]
mod testing;
