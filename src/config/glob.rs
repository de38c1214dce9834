//! The globs of `run_worker_first`: `*` matches any characters, `/` included; nothing else is
//! special.

/// A pattern that a whole path must match, case-sensitively.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    text: String,
}

impl Glob {
    /// The pattern of this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
        }
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
