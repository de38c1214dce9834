//! `[implies]`: scopes that are more than others.
//!
//! ```toml
//! [implies]
//! "orders:write" = ["orders:read"]
//! ```

use serde_json::Value;

use super::scopes::ADMIN_SCOPE;
use super::table::{Problems, Read, Table};
use crate::protocol::Scope;
use crate::protocol::scope::is_scope_token;

/// Which scopes do for which others. What is implied may imply further scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Implies(Vec<(String, Vec<String>)>);

impl Implies {
    /// These.
    #[must_use]
    pub const fn new(all: Vec<(String, Vec<String>)>) -> Self {
        Self(all)
    }

    /// Each scope, and those that it implies as it is written.
    #[must_use]
    pub fn all(&self) -> &[(String, Vec<String>)] {
        &self.0
    }

    /// The scopes that do for `token`, without itself, by however many steps.
    #[must_use]
    pub fn for_token(&self, token: &str) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        let mut next = Some(token);
        let mut seen = 0;
        while let Some(wanted) = next {
            for (more, less) in &self.0 {
                let implies = less.iter().any(|one| one == wanted);
                if implies && more != token && !found.contains(&more.as_str()) {
                    found.push(more);
                }
            }
            next = found.get(seen).copied();
            seen += 1;
        }
        found
    }

    /// For each token of `scope`, the scopes that do for it; nothing where none does for any.
    #[must_use]
    pub fn for_scope(&self, scope: &Scope) -> Vec<Vec<String>> {
        let owned = |token| self.for_token(token).into_iter().map(str::to_owned);
        let all: Vec<Vec<String>> = scope.tokens().map(|one| owned(one).collect()).collect();
        if all.iter().all(Vec::is_empty) {
            Vec::new()
        } else {
            all
        }
    }

    /// Whether `scope` is all of `needed`, with what it implies.
    #[must_use]
    pub fn covers(&self, scope: &Scope, needed: &Scope) -> bool {
        needed.tokens().all(|token| {
            scope.contains(token)
                || self
                    .for_token(token)
                    .iter()
                    .any(|more| scope.contains(more))
        })
    }
}

/// Reads `[implies]`.
pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Read<Implies> {
    let key = "implies";
    let entries = match table.value(key) {
        None => return Ok(Implies::default()),
        Some(value @ Value::Object(entries)) => {
            let keys: Vec<&str> = entries.keys().map(String::as_str).collect();
            (
                entries,
                Table::open(table.key(key), value, &keys, problems)?,
            )
        }
        Some(_) => {
            let message = "must be a table: write `[implies]`, and in it a line for each scope, such as \
                           `\"orders:write\" = [\"orders:read\"]`";
            return Err(problems.add(table.key(key), message));
        }
    };
    let (entries, list) = entries;
    let mut all = Vec::with_capacity(entries.len());
    let mut fits = Ok(());
    for scope in entries.keys() {
        if !is_scope_token(scope) {
            let message = "is not a scope: write printable ASCII without spaces, `\"` and `\\`";
            fits = Err(problems.add(list.key(scope), message));
            continue;
        }
        let one = |text: &str| match text {
            ADMIN_SCOPE => Err("is never implied: give it to a client by its name"),
            text if text == scope => Err("implies itself: leave it out"),
            text if is_scope_token(text) => Ok(text.to_owned()),
            _ => Err("is not a scope: write printable ASCII without spaces, `\"` and `\\`"),
        };
        match list.list(scope, "orders:read", one, problems) {
            Ok(less) => all.push((scope.clone(), less.unwrap_or_default())),
            Err(reported) => fits = Err(reported),
        }
    }
    fits.map(|()| Implies(all))
}
