//! What a check has found.

use std::fmt::Display;

/// Errors and warnings, in the order in which they were found.
#[derive(Debug, Default)]
pub struct Findings {
    /// What must change before a deployment.
    pub errors: Vec<String>,
    /// What is worth a second look.
    pub warnings: Vec<String>,
}

impl Findings {
    /// Adds what must change.
    pub fn error(&mut self, error: impl Display) {
        self.errors.push(error.to_string());
    }

    /// Adds what is worth a second look.
    pub fn warning(&mut self, warning: impl Display) {
        self.warnings.push(warning.to_string());
    }
}
