//! A change that another configuration would make.

use serde::Serialize;

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Somebody gets in, or gets something, who did not.
    Opens,
    /// Somebody does not get in any more, or gets less.
    Closes,
    /// What was issued ends, or does not fit any more.
    Ends,
    /// Something else changes.
    Changes,
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it does.
    pub effect: Effect,
    /// What it is about: paths, a client, a provider, a key.
    pub about: String,
    /// How it was.
    pub before: String,
    /// How it will be.
    pub after: String,
    /// The patterns of all paths that it is about, where it is about paths.
    pub paths: Vec<String>,
}

impl Change {
    pub(super) fn new(
        effect: Effect,
        about: impl Into<String>,
        before: impl Into<String>,
        after: impl Into<String>,
    ) -> Self {
        Self {
            effect,
            about: about.into(),
            before: before.into(),
            after: after.into(),
            paths: Vec::new(),
        }
    }
}
