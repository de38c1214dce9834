//! What issuers say, and what becomes of it.

mod introspection;
mod jwt;
mod offer;
mod signed_answer;
mod world;
