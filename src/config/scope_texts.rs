//! `[scopes]`: what scopes mean, for people.

use serde_json::Value;

use super::client::Client;
use super::table::{Problems, Read, Table};
use crate::protocol::Sorted;

/// The greatest number of characters that say what a scope means.
const LONGEST_TEXT: usize = 120;

/// What scopes mean, in words for the people who are asked for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeTexts(Vec<(String, String)>);

impl ScopeTexts {
    /// These, each with its scope.
    #[must_use]
    pub const fn new(texts: Vec<(String, String)>) -> Self {
        Self(texts)
    }

    /// What this scope means, if that is said.
    #[must_use]
    pub fn of(&self, token: &str) -> Option<&str> {
        let found = self.0.iter().find(|(scope, _)| scope == token);
        found.map(|(_, text)| text.as_str())
    }
}

/// Reads `[scopes]`. What means a scope that no client may have is a misunderstanding.
pub(super) fn read(
    table: &Table<'_>,
    clients: Option<&[Client]>,
    problems: &mut Problems,
) -> Read<ScopeTexts> {
    let key = table.key("scopes");
    let entries = match table.value("scopes") {
        None => return Ok(ScopeTexts::default()),
        Some(Value::Object(entries)) => entries,
        Some(_) => {
            let message = "must be a table: write `[scopes]`, and in it a line for each \
                           scope, such as `\"orders:read\" = \"Read your orders\"`";
            return Err(problems.add(key, message));
        }
    };
    let scopes = clients.map(|all| {
        let mut scopes = Vec::new();
        for client in all {
            for scope in client.scope.tokens() {
                scopes.push((scope, 0));
            }
        }
        Sorted::new(scopes)
    });
    let mut texts = Vec::with_capacity(entries.len());
    let mut fits = Ok(());
    for (scope, text) in entries {
        let is_plain = |text: &&str| !text.chars().any(char::is_control) && !text.trim().is_empty();
        let is_short = |text: &&str| text.chars().count() <= LONGEST_TEXT;
        match text.as_str().filter(is_plain).filter(is_short) {
            _ if scopes.as_ref().is_some_and(|all| all.of(scope).is_empty()) => {
                let message = "is a scope that no client may have: add it to the `scopes` of a client, or \
                               leave it out";
                fits = Err(problems.add(format!("{key}.{scope}"), message));
            }
            Some(text) => texts.push((scope.clone(), text.to_owned())),
            None => {
                let message = format!(
                    "must be one line of 1 to {LONGEST_TEXT} characters, such as `\"Read your orders\"`"
                );
                fits = Err(problems.add(format!("{key}.{scope}"), message));
            }
        }
    }
    fits.map(|()| ScopeTexts(texts))
}
