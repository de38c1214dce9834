//! `postern.toml`: the configuration, and where each key of it stands.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};

use super::{Place, Section, Unreadable, toml_json};
use crate::context::Context;

/// A configuration that is TOML.
#[derive(Debug)]
pub struct PosternFile {
    /// Its path, as it was named.
    pub path: String,
    /// What is in it.
    pub table: Map<String, Value>,
    /// Where its keys are: `routes[2].access`.
    places: BTreeMap<String, Place>,
}

impl PosternFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// It is not there, or is not TOML.
    pub fn read(context: &Context<'_>, path: &str) -> Result<Self, Unreadable> {
        let text = super::read(context, path).map_err(|mut error| {
            if error.message.starts_with("there is no") {
                "there is no such file: `npx postern init` writes one, and `--config FILE` names another"
                    .clone_into(&mut error.message);
            }
            error
        })?;
        let table = toml_json::read(path, &text)?;
        let mut places = BTreeMap::new();
        if let Ok(parsed) = DeTable::parse(&text) {
            note_table(&Lines::of(&text), "", parsed.get_ref(), &mut places);
        }
        Ok(Self {
            path: path.to_owned(),
            table,
            places,
        })
    }

    /// The configuration as the Worker gets it.
    #[must_use]
    pub fn json(&self) -> String {
        Value::Object(self.table.clone()).to_string()
    }

    /// The same for one's own machine: people log in at the address in the browser, so an issuer that is named for a
    /// deployment is left out. One that the values for local runs name is kept.
    #[must_use]
    pub fn json_for_development(&self, section: Option<&Section<'_>>) -> String {
        let issuer = self.table.get("issuer").and_then(Value::as_str);
        let variable = issuer.and_then(|issuer| issuer.strip_prefix("env:"));
        let is_local = variable.is_some_and(|name| {
            section.is_some_and(|section| section.local_file_of(name).is_some())
        });
        let mut table = self.table.clone();
        if !is_local {
            table.remove("issuer");
        }
        Value::Object(table).to_string()
    }

    /// Where `key` stands, or else the table that it should be in.
    #[must_use]
    pub fn place(&self, key: &str) -> Option<Place> {
        let mut key = key;
        loop {
            if let Some(place) = self.places.get(key) {
                return Some(*place);
            }
            key = &key[..key.rfind(['.', '['])?];
        }
    }
}

/// Where the lines of a text begin. It has thousands of keys, and each is looked up.
struct Lines<'t> {
    text: &'t str,
    begin: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let begin = std::iter::once(0).chain(ends).collect();
        Self { text, begin }
    }

    fn place(&self, at: usize) -> Place {
        let line = self.begin.partition_point(|begin| *begin <= at);
        let before = self.text.get(self.begin[line - 1]..at);
        Place {
            line,
            column: before.map_or(0, |before| before.chars().count()) + 1,
        }
    }
}

fn note_table(
    lines: &Lines<'_>,
    path: &str,
    table: &DeTable<'_>,
    places: &mut BTreeMap<String, Place>,
) {
    for (key, value) in table {
        let own = match path {
            "" => key.get_ref().to_string(),
            _ => format!("{path}.{}", key.get_ref()),
        };
        places.insert(own.clone(), lines.place(key.span().start));
        note(lines, &own, value.get_ref(), places);
    }
}

fn note(lines: &Lines<'_>, path: &str, value: &DeValue<'_>, places: &mut BTreeMap<String, Place>) {
    match value {
        DeValue::Table(table) => note_table(lines, path, table, places),
        DeValue::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let own = format!("{path}[{at}]");
                places.insert(own.clone(), lines.place(item.span().start));
                note(lines, &own, item.get_ref(), places);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_keys_are() {
        let text = "issuer = \"x\"\n\n[scopes]\n\"a:b\" = \"y\"\n\n[[routes]]\nmatch = \"/*\"\n\n\
                    [[routes]]\nmatch = \"/ä\"\nscopes = [\"a\", \"ä\", \"c\"]\nallow = [{ claim = \"d\", is = \"e\" }]\n";
        let mut places = BTreeMap::new();
        note_table(
            &Lines::of(text),
            "",
            DeTable::parse(text).unwrap().get_ref(),
            &mut places,
        );
        let file = PosternFile {
            path: "postern.toml".to_owned(),
            table: Map::new(),
            places,
        };
        for (key, expected) in [
            ("issuer", Some((1, 1))),
            ("scopes.a:b", Some((4, 1))),
            ("routes[0].match", Some((7, 1))),
            ("routes[1]", Some((9, 1))),
            ("routes[1].access", Some((9, 1))),
            ("routes[1].scopes[2]", Some((11, 21))),
            ("routes[1].allow[0].is", Some((12, 25))),
            ("routes[1].allow[0].has", Some((12, 10))),
            ("clients[0].id", None),
            ("POSTERN_KEYS", None),
        ] {
            let found = file.place(key).map(|place| (place.line, place.column));
            assert_eq!(found, expected, "{key}");
        }
    }
}
