//! `postern dev`: a project served on one's own machine.
//!
//! Job: what is started and with which secrets, and how the Worker's log reads ([`readable`]). Not its job: to run and to stop
//! it, which Node does (`npm/postern/serve.js`).

mod command;
pub mod readable;

pub use command::{Arguments, run};
