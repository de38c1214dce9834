//! What a refused request gets: a status, a challenge, and a body that tells a developer what to do (RFC
//! 9457), or a page that tells a person.
//!
//! Job: one place for every refusal of the gate. The bodies are constants. They say what the route needs,
//! never what was found out about a token.

mod barred;
mod login;
mod path;
mod problem;
mod route;
mod rules;
mod shown;
mod token;
pub(in crate::gate) mod told;

pub use problem::Refusal;
pub use shown::Reference;
