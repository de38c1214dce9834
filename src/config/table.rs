//! Reads a table key by key, and reports what is wrong with each.
//!
//! Job: the shapes of values (text, whole number, list, table), and the messages about those that have
//! another shape. Not its job: what the keys mean. No message repeats a value: it might be a secret in
//! the wrong place.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::problem::Problem;
use crate::protocol::join::join;
use crate::protocol::json;

/// The greatest number of routes, of clients and of providers.
pub(super) const MOST: usize = 5_000;

/// There is an error, and it is on the list of problems already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reported;

/// A value, unless a problem was reported instead.
pub(super) type Read<T> = Result<T, Reported>;

/// Every problem, in the order in which it was found.
#[derive(Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn add(&mut self, key: impl Into<String>, message: impl Into<String>) -> Reported {
        self.push(key.into(), message.into())
    }

    /// Apart from [`Self::add`], so that the compiler makes one of it and not one for each pair of types.
    #[inline(never)]
    fn push(&mut self, key: String, message: String) -> Reported {
        let problem = Problem { key, message };
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
        Reported
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_list(self) -> Vec<Problem> {
        self.0
    }
}

/// The whole configuration, given as JSON.
pub(super) fn parse(json: &str, problems: &mut Problems) -> Read<Value> {
    match json::read(json.as_bytes()) {
        None | Some(Value::Null) => Err(problems.add(
            "postern.toml",
            "is missing: write `issuer`, `clients` and `routes` into it (docs/configuration.md has every key)",
        )),
        Some(value @ Value::Object(_)) => Ok(value),
        Some(_) => Err(problems.add(
            "postern.toml",
            "must be a table",
        )),
    }
}

/// A table of the configuration, and where it is.
pub(super) struct Table<'a> {
    path: String,
    entries: &'a Map<String, Value>,
}

impl<'a> Table<'a> {
    /// The table at `path` (empty for the outermost one), which may have `keys` and no others.
    pub(super) fn open(
        path: String,
        value: &'a Value,
        keys: &[&str],
        problems: &mut Problems,
    ) -> Read<Self> {
        let Value::Object(entries) = value else {
            return Err(problems.add(path, "must be a table"));
        };
        let table = Self { path, entries };
        for unknown in entries.keys().filter(|key| !keys.contains(&key.as_str())) {
            let message = nearest(unknown, keys).map_or_else(
                || format!("is not a key of this table: its keys are {}", listed(keys)),
                |near| format!("is not a key of this table: did you mean `{near}`?"),
            );
            problems.add(table.key(unknown), message);
        }
        Ok(table)
    }

    /// Where `key` of this table is.
    pub(super) fn key(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Where this table is.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.entries.get(key)
    }

    pub(super) fn text(&self, key: &str, problems: &mut Problems) -> Read<Option<&'a str>> {
        match self.entries.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(problems.add(self.key(key), "must be text, in quotes")),
        }
    }

    /// What `key` says, parsed.
    pub(super) fn parsed<T, E: Display>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
        problems: &mut Problems,
    ) -> Read<Option<T>> {
        let Some(text) = self.text(key, problems)? else {
            return Ok(None);
        };
        match parse(text) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(problems.add(self.key(key), error.to_string())),
        }
    }

    /// The same for a key that must be there; `advice` says what to write.
    pub(super) fn needed<T, E: Display>(
        &self,
        key: &str,
        advice: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
        problems: &mut Problems,
    ) -> Read<T> {
        self.parsed(key, parse, problems)?
            .ok_or_else(|| problems.add(self.key(key), format!("is missing: {advice}")))
    }

    pub(super) fn boolean(&self, key: &str, default: bool, problems: &mut Problems) -> Read<bool> {
        match self.entries.get(key) {
            None => Ok(default),
            Some(Value::Bool(value)) => Ok(*value),
            Some(_) => {
                Err(problems.add(self.key(key), "must be `true` or `false`, without quotes"))
            }
        }
    }

    /// A whole number of `unit` in `range`.
    pub(super) fn number(
        &self,
        key: &str,
        unit: &str,
        range: RangeInclusive<u64>,
        default: u64,
        problems: &mut Problems,
    ) -> Read<u64> {
        let Some(value) = self.entries.get(key) else {
            return Ok(default);
        };
        value
            .as_u64()
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let (least, most) = (range.start(), range.end());
                problems.add(
                    self.key(key),
                    format!("must be a whole number of {unit} from {least} to {most}"),
                )
            })
    }

    /// The words of `key`, each with where it is. `example` shows how to write a list.
    pub(super) fn list<T, E: Display>(
        &self,
        key: &str,
        example: &str,
        parse: impl Fn(&str) -> Result<T, E>,
        problems: &mut Problems,
    ) -> Read<Option<Vec<T>>> {
        let mut values = Vec::new();
        let mut take = |text: &str| match parse(text) {
            Ok(value) => {
                values.push(value);
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        };
        let is_there = self.each(key, example, &mut take, problems)?;
        Ok(is_there.then_some(values))
    }

    /// Hands each word of `key` to `take`, and says whether the key is there at all. It is apart from
    /// [`Self::list`] so that the compiler makes one of it and not one for each type.
    fn each(
        &self,
        key: &str,
        example: &str,
        take: &mut dyn FnMut(&str) -> Result<(), String>,
        problems: &mut Problems,
    ) -> Read<bool> {
        let items = match self.entries.get(key) {
            None => return Ok(false),
            Some(Value::Array(items)) => items,
            Some(_) => {
                let message = format!("must be a list, such as `[\"{example}\"]`");
                return Err(problems.add(self.key(key), message));
            }
        };
        let mut fits = Ok(true);
        for (at, item) in items.iter().enumerate() {
            let taken = match item.as_str() {
                None => Err("must be text, in quotes".to_owned()),
                Some(text) if is_text_of(&items[..at], text) => Err("is there twice".to_owned()),
                Some(text) => take(text),
            };
            if let Err(wrong) = taken {
                fits = Err(problems.add(format!("{}[{at}]", self.key(key)), wrong));
            }
        }
        fits
    }

    /// The tables of `[[key]]`, each with where it is.
    pub(super) fn tables(
        &self,
        key: &str,
        problems: &mut Problems,
    ) -> Read<Vec<(String, &'a Value)>> {
        match self.entries.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) if items.len() > MOST => {
                let message = format!(
                    "has {} tables, and {MOST} are the most: each isolate reads all of them before its first \
                     answer",
                    items.len()
                );
                Err(problems.add(self.key(key), message))
            }
            Some(Value::Array(items)) => Ok(items
                .iter()
                .enumerate()
                .map(|(at, item)| (format!("{}[{at}]", self.key(key)), item))
                .collect()),
            Some(_) => {
                let message = format!("must be a list of tables: write `[[{key}]]`");
                Err(problems.add(self.key(key), message))
            }
        }
    }
}

/// The choice with this name.
pub(super) fn choose<T: Copy>(choices: &[(&str, T)], text: &str) -> Result<T, String> {
    if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == text) {
        return Ok(*choice);
    }
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    Err(match names.as_slice() {
        [only] => format!("must be {}", listed(&[only])),
        names => format!("must be one of {}", listed(names)),
    })
}

fn is_text_of(items: &[Value], text: &str) -> bool {
    items.iter().any(|item| item.as_str() == Some(text))
}

/// `a`, `b`, `c`
pub(super) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{}`", n.as_ref())).collect();
    join(&quoted, ", ")
}

/// The key that was probably meant: at most a third of its characters differ.
fn nearest<'k>(written: &str, keys: &[&'k str]) -> Option<&'k str> {
    let written = written.to_ascii_lowercase().replace('-', "_");
    keys.iter()
        .map(|key| (distance(&written, key), *key))
        .filter(|(distance, key)| *distance <= key.len().div_ceil(3))
        .min()
        .map(|(_, key)| key)
}

/// How many bytes must be put in, taken out or changed to get from one to the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.bytes().enumerate() {
            let change = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("scope", "scopes"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn the_nearest_key() {
        let keys = ["match", "methods", "access", "max_staleness"];
        assert_eq!(nearest("matches", &keys), Some("match"));
        assert_eq!(nearest("method", &keys), Some("methods"));
        assert_eq!(nearest("Max-Staleness", &keys), Some("max_staleness"));
        assert_eq!(nearest("colour", &keys), None);
    }
}
