//! What is wrong with a configuration.

use std::fmt;

/// One thing to change: the key that it is about, and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, as a path from `POSTERN` on: `routes[2].access`.
    pub key: String,
    /// What is wrong with it and what to write instead.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

/// What is wrong where the configuration names no issuer, and the Worker is not reached on one's own machine.
pub const NO_ISSUER: &str = "is missing: write the URL at which clients reach Postern, such as \
                             `https://auth.example.com`. Without it, nothing is served but on localhost";
