//! Every port, in memory, with faults.
//!
//! Job: stand in for Workers in native tests. The coordinators really run the state machine and its
//! alarms, the log really is the log; each kind of call can fail before or after it took effect, or be
//! overtaken by others; the record store can answer stale; and what expires is gone when it is later.
//! Not its job: never answering; a store that is too slow is
//! [`Unavailable`](crate::ports::Unavailable), which the adapters see to.

mod accounts;
mod all;
mod browser;
mod call;
mod clock;
mod coordinators;
mod held;
mod http;
mod kv;
mod limiter;
pub(crate) mod log;
mod people;
mod ports;
mod race;
mod requests;
mod tests;
pub(crate) mod world;

pub(crate) use all::Fakes;
pub(crate) use call::{Fault, PickCall};
pub(crate) use clock::START;
pub(crate) use kv::Staleness;
pub(crate) use limiter::ATTEMPTS;
