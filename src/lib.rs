//! Postern: opaque OAuth tokens, checked at the edge.
//!
//! One Cloudflare Worker that issues opaque tokens, introspects them (RFC 7662), revokes them (RFC
//! 7009), and stands as a gate in front of a site or an API. ARCHITECTURE.md tells how the rooms of
//! this crate belong together; a test holds it to that.

pub mod accounts;
pub mod assertion;
pub mod browser;
pub mod config;
pub mod events;
pub mod explain;
pub mod gate;
pub mod issue;
pub mod issuers;
pub mod jose;
pub mod listing;
pub mod oauth;
pub mod pages;
pub mod people;
pub mod person;
pub mod ports;
pub mod protocol;
pub mod provider;
pub mod resolve;
pub mod revocation;
pub mod secret;
pub mod session;
pub mod single_flight;
pub mod telemetry;
pub mod time;
pub mod token;
pub mod visitor;

#[cfg(all(target_arch = "wasm32", feature = "edge"))]
pub mod edge;

#[cfg(test)]
pub(crate) mod fakes;
#[cfg(test)]
pub(crate) mod fixtures;
