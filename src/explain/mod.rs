//! What a configuration does with requests, said in words: the engine behind `postern explain`, `test`, `routes` and `plan`.
//!
//! Job: [`Site::explain`] sends a request that somebody has made up through the gate's own code and says what became of it
//! and why; [`test`] compares that with what was expected; [`table`] lists the policy; [`plan`] says what another
//! configuration would open, close or end. Not its job: reading files and printing. The Worker has none of this in it.

mod answer;
mod change;
mod clients;
mod difference;
mod entry;
mod issuers;
mod needs;
mod plan;
mod question;
mod readings;
mod shadows;
mod site;
mod steps;
mod table;
mod test;
mod token;
mod why;
mod witness;
mod words;
mod words_of_rules;

pub use crate::resolve::Inactive;
pub use answer::{Explanation, Outcome, Place, Site};
pub use change::{Change, Effect};
pub use plan::plan;
pub use question::{Question, Standing, Who};
pub use shadows::{Shadow, shadows};
pub use table::{Row, Table, table};
pub use test::{Case, Expect, Expected, Report, Verdict, test};
pub use token::{Opened, open};
pub use witness::intersections;

#[cfg(test)]
mod tests;
