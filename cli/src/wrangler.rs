//! The parts of a wrangler.toml that concern Postern.

use std::collections::HashMap;

use postern::config::{BindingKind, Environment, Setting};
use postern::secret::Secret;
use serde_json::{Map, Value as Json};
use toml::{Table, Value};

use crate::context::Context;
use crate::host;

/// The bindings that requests to a URL can be sent through.
const FETCHERS: [&str; 4] = [
    "services",
    "mtls_certificates",
    "vpc_services",
    "vpc_networks",
];

/// One environment of the file: the top level, or `[env.NAME]` with what it inherits.
pub struct Section<'a> {
    own: &'a Table,
    top: &'a Table,
    secrets: HashMap<String, String>,
}

impl<'a> Section<'a> {
    /// The top level of the file.
    pub fn top(file: &'a Table, folder: &str, context: &Context<'_>) -> Self {
        Self {
            own: file,
            top: file,
            secrets: local_secrets(context, folder, None),
        }
    }

    /// `[env.NAME]` of the file.
    pub fn named(
        name: &str,
        own: &'a Table,
        top: &'a Table,
        folder: &str,
        context: &Context<'_>,
    ) -> Self {
        Self {
            own,
            top,
            secrets: local_secrets(context, folder, Some(name)),
        }
    }

    /// A key that an environment must repeat (`vars` and most bindings).
    pub fn own(&self, key: &str) -> Option<&'a Value> {
        self.own.get(key)
    }

    /// A key that an environment takes from the top level where it has none of its own.
    pub fn inherited(&self, key: &str) -> Option<&'a Value> {
        self.own.get(key).or_else(|| self.top.get(key))
    }

    /// The table `[vars.POSTERN]` as `JSON.stringify(env.POSTERN)` writes it; `null` for none.
    pub fn postern(&self) -> String {
        self.variable("POSTERN")
            .map_or(Json::Null, json)
            .to_string()
    }

    /// The variable `name` of `[vars]`.
    pub fn variable(&self, name: &str) -> Option<&'a Value> {
        self.own("vars")?.get(name)
    }

    /// The Durable Object bindings: name and class.
    pub fn durable_objects(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let bindings = self.own("durable_objects").and_then(|t| t.get("bindings"));
        tables(bindings)
            .filter_map(|binding| Some((text(binding, "name")?, text(binding, "class_name")?)))
    }

    fn bindings_of(&self, key: &str) -> impl Iterator<Item = &'a str> {
        tables(self.own(key)).filter_map(|binding| text(binding, "binding"))
    }
}

impl Environment for Section<'_> {
    fn setting(&self, name: &str) -> Setting {
        let written = self.secrets.get(name).map(String::as_str);
        match written.or_else(|| self.variable(name).and_then(Value::as_str)) {
            Some(text) => Setting::Value(Secret::new(text.to_owned())),
            // What was given to `wrangler secret put` can't be read back.
            None => Setting::Hidden,
        }
    }

    fn has_binding(&self, name: &str, kind: BindingKind) -> Option<bool> {
        Some(match kind {
            BindingKind::Kv => self.bindings_of("kv_namespaces").any(|b| b == name),
            BindingKind::Service => self.bindings_of("services").any(|b| b == name),
            BindingKind::Fetcher => FETCHERS
                .iter()
                .any(|key| self.bindings_of(key).any(|b| b == name)),
            BindingKind::RateLimiter => {
                tables(self.own("ratelimits")).any(|limiter| text(limiter, "name") == Some(name))
            }
            BindingKind::DurableObject => self.durable_objects().any(|(b, _)| b == name),
            BindingKind::Assets => {
                let assets = self.inherited("assets");
                assets
                    .and_then(|a| a.get("binding"))
                    .and_then(Value::as_str)
                    == Some(name)
            }
        })
    }
}

/// The tables of a list of tables.
pub fn tables(list: Option<&Value>) -> impl Iterator<Item = &Table> {
    let items = list.and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_table)
}

fn text<'a>(table: &'a Table, key: &str) -> Option<&'a str> {
    table.get(key).and_then(Value::as_str)
}

/// The secrets for local runs: `.dev.vars.NAME` or, where there is none, `.dev.vars`.
fn local_secrets(
    context: &Context<'_>,
    folder: &str,
    environment: Option<&str>,
) -> HashMap<String, String> {
    let read = |name: &str| context.read_text(&host::join(folder, name)).ok().flatten();
    environment
        .and_then(|name| read(&format!(".dev.vars.{name}")))
        .or_else(|| read(".dev.vars"))
        .map(|text| read_secrets(&text))
        .unwrap_or_default()
}

/// Lines of `KEY=VALUE`, `KEY="VALUE"` or `KEY='VALUE'`, with or without `export ` before them and
/// comments. A value in quotes may have several lines, and in double quotes `\n` begins a new one, as
/// wrangler reads them.
fn read_secrets(text: &str) -> HashMap<String, String> {
    let mut pairs = HashMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let (line, mut after) = rest.split_at(end);
        if let Some((name, plain)) = line.split_once('=') {
            let name = name.trim();
            let name = name.strip_prefix("export ").unwrap_or(name).trim_start();
            if !name.is_empty() && !name.starts_with('#') {
                let value = rest[line.len() - plain.len()..].trim_start_matches([' ', '\t']);
                let value = if let Some((quote, inner, behind)) = quoted(value) {
                    after = behind;
                    match quote {
                        '"' => inner.replace("\\n", "\n").replace("\\r", "\r"),
                        _ => inner.to_owned(),
                    }
                } else {
                    let value = plain.trim().split(" #").next().unwrap_or_default();
                    value.trim_end().to_owned()
                };
                pairs.insert(name.to_owned(), value);
            }
        }
        rest = after;
    }
    pairs
}

/// The quote that `value` begins with, what is in it, and the lines behind it.
fn quoted(value: &str) -> Option<(char, &str, &str)> {
    let quote = value.chars().next().filter(|c| ['"', '\''].contains(c))?;
    let (inner, behind) = value[1..].split_once(quote)?;
    let lines = behind.split_once('\n').map_or("", |(_, lines)| lines);
    Some((quote, inner, lines))
}

/// What the Worker gets of a TOML value.
fn json(value: &Value) -> Json {
    match value {
        Value::String(text) => Json::from(text.as_str()),
        Value::Integer(number) => Json::from(*number),
        // `JSON.stringify` writes 5.0 as 5, which `Json` does for no float: go through the text.
        Value::Float(number) => serde_json::from_str(&number.to_string()).unwrap_or(Json::Null),
        Value::Boolean(value) => Json::from(*value),
        Value::Datetime(moment) => Json::from(moment.to_string()),
        Value::Array(items) => items.iter().map(json).collect(),
        Value::Table(table) => {
            let entries: Map<String, Json> = table
                .iter()
                .map(|(key, value)| (key.clone(), json(value)))
                .collect();
            Json::Object(entries)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_local_secrets() {
        let secrets = read_secrets(
            "# comment\nA=1\nB = \"2 = 3\"\nexport C='4' # four\n\nD=5 # five\n#E=6\nF=\nnothing\n",
        );
        let mut pairs: Vec<(&str, &str)> = secrets
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        pairs.sort_unstable();
        let expected = [
            ("A", "1"),
            ("B", "2 = 3"),
            ("C", "4"),
            ("D", "5"),
            ("F", ""),
        ];
        assert_eq!(pairs, expected);
    }

    #[test]
    fn reads_local_secrets_of_more_than_one_line() {
        let secrets =
            read_secrets("A='a:$x\nb:$y' # two\nB=\"a:$x\\nb:$y\nc\"\nC='a\\nb'\nD='open\nE=5\r\n");
        let mut pairs: Vec<(&str, &str)> = secrets
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        pairs.sort_unstable();
        let expected = [
            ("A", "a:$x\nb:$y"),
            ("B", "a:$x\nb:$y\nc"),
            ("C", "a\\nb"),
            ("D", "'open"),
            ("E", "5"),
        ];
        assert_eq!(pairs, expected);
    }

    #[test]
    fn writes_what_json_stringify_writes() {
        let table: Table = "a = 5.0\nb = 1.5\nc = nan\nd = [1, true]\ne = { f = \"\\\"\" }"
            .parse()
            .unwrap();
        assert_eq!(
            json(&Value::Table(table)).to_string(),
            r#"{"a":5,"b":1.5,"c":null,"d":[1,true],"e":{"f":"\""}}"#
        );
    }
}
