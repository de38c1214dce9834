//! The only room that knows Cloudflare Workers: the entry, the adapters of the ports, and the
//! Durable Objects.
//!
//! Job: conversion. Whatever is a decision belongs in the rooms that this one uses.

mod account;
pub mod answer;
mod asserted;
pub mod callbacks;
pub mod environment;
pub mod fetch;
pub mod head;
pub mod host;
mod introduced;
pub mod isolate;
mod noted;
pub mod outside;
mod own;
mod passing;
mod person;
pub mod platform;
mod refusal;
pub mod revocation_log;
pub mod revocation_relay;
mod session_coordinator;
mod slab;
pub mod start;
mod streams;
pub mod task;
mod watch;
