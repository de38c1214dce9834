//! What holds for whatever anyone sends to Postern.
//!
//! Job: one target for each parser of outside input. A target gets any bytes, gives them to the parser, and panics
//! if a property does not hold. `make fuzz` runs the targets under libFuzzer, which looks for bytes that reach new code.
//! `make unit` replays what it found ([`corpus`]).
//!
//! Not its job: examples. The unit tests of the crate have those.

pub mod corpus;
mod input;
mod provider_world;
mod reference;
mod targets;

pub use targets::ALL;

/// What a parser made of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It took them.
    Accepted,
    /// It refused them.
    Refused,
}

impl Outcome {
    /// `Accepted` where `accepted` is true.
    const fn of(accepted: bool) -> Self {
        if accepted {
            Self::Accepted
        } else {
            Self::Refused
        }
    }
}

/// A parser and what holds for it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name for `make fuzz TARGET=name`.
    pub name: &'static str,
    /// Checks every property on these bytes. It panics where one does not hold.
    pub check: fn(&[u8]) -> Outcome,
    /// Bytes to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    ALL.iter().find(|target| target.name == name)
}
