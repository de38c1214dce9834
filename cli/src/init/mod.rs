//! `postern init`: puts Postern into a folder.
//!
//! Job: look at what is there ([`found`]), ask what is wanted ([`command`]), and plan from both which files to write
//! ([`plan`]). What is there stays: files that belong to somebody are edited ([`crate::edit`]), never replaced, and a
//! second run changes nothing.

mod answers;
mod command;
mod found;
mod plan;
mod project;
mod questions;
mod recognised;
mod svelte;
mod texts;
mod wrangler;

pub use command::{Arguments, run};

#[cfg(test)]
mod tests {
    mod command;
    mod machine;
    mod recognised;
    mod wrangler;
}
