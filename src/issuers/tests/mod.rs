//! What issuers of opaque tokens say.

mod introspection;
mod offer;
mod signed_answer;
mod world;
