//! Edits of files that belong to someone else: what is there stays as it is, comments and order included, and what is
//! missing is added in the file's own manner.
//!
//! An edit is said once, as an [`Edit`], and made in JSON with comments or in TOML. Making it twice changes nothing.

pub mod jsonc;
pub mod lines;
pub mod toml;

use std::fmt;

/// A value to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    Flag(bool),
    /// A list.
    List(Vec<Item>),
    /// Keys with their values, in this order.
    Table(Vec<(&'static str, Item)>),
}

impl Item {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A list of texts.
    pub fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// The text behind `key`, where this is a table that has it.
    fn text_of(&self, key: &str) -> Option<&str> {
        let Self::Table(entries) = self else {
            return None;
        };
        entries.iter().find_map(|(name, value)| match value {
            Self::Text(text) if *name == key => Some(text.as_str()),
            _ => None,
        })
    }
}

/// One thing that a file must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    path: Vec<String>,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// Only if the key is missing.
    Default(Item),
    /// Whatever was there.
    Set(Item),
    /// A table in a list of tables, unless one there has the same text behind the key.
    Row(&'static str, Item),
}

impl Edit {
    fn new<'a>(path: impl IntoIterator<Item = &'a str>, kind: Kind) -> Self {
        let path = path.into_iter().map(str::to_owned).collect();
        Self { path, kind }
    }

    /// `value` at `path`, unless something is there.
    pub fn default<'a>(path: impl IntoIterator<Item = &'a str>, value: Item) -> Self {
        Self::new(path, Kind::Default(value))
    }

    /// `value` at `path`, in place of what is there.
    pub fn set<'a>(path: impl IntoIterator<Item = &'a str>, value: Item) -> Self {
        Self::new(path, Kind::Set(value))
    }

    /// `table` in the list at `path`, unless a table there has the same text behind `key`.
    pub fn row<'a>(
        path: impl IntoIterator<Item = &'a str>,
        key: &'static str,
        table: Vec<(&'static str, Item)>,
    ) -> Self {
        Self::new(path, Kind::Row(key, Item::Table(table)))
    }

    /// The tables that lead to the value, and its key.
    fn split(&self) -> Option<(&[String], &str)> {
        let (key, tables) = self.path.split_last()?;
        Some((tables, key))
    }
}

/// Why a file could not be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is not in the language that its name says.
    Unreadable(String),
    /// Something else stands where a table or a list has to be.
    InTheWay(String),
}

impl Problem {
    fn in_the_way(path: &[String], upto: usize, needed: &str) -> Self {
        let path = path.get(..upto).unwrap_or(path).join(".");
        Self::InTheWay(format!("`{path}` is no {needed}: make it one"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) | Self::InTheWay(why) => f.write_str(why),
        }
    }
}
