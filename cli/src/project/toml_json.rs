//! TOML as JSON, which is what the Worker reads.

use serde_json::{Map, Value as Json};
use toml::{Table, Value};

use super::{Place, Unreadable};

/// Reads a TOML file.
pub fn read(path: &str, text: &str) -> Result<Map<String, Json>, Unreadable> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| Unreadable {
        path: path.to_owned(),
        place: error.span().map(|span| Place::of(text, span.start)),
        message: format!("is not TOML: {}", error.message().replace('\n', "; ")),
    })?;
    Ok(entries(&table))
}

fn entries(table: &Table) -> Map<String, Json> {
    let entries = table.iter();
    entries
        .map(|(key, value)| (key.clone(), json(value)))
        .collect()
}

/// What `JSON.stringify` would write of a value that wrangler read.
fn json(value: &Value) -> Json {
    match value {
        Value::String(text) => Json::from(text.as_str()),
        Value::Integer(number) => Json::from(*number),
        // `JSON.stringify` writes 5.0 as 5, which `Json` does for no float: go through the text.
        Value::Float(number) => serde_json::from_str(&number.to_string()).unwrap_or(Json::Null),
        Value::Boolean(value) => Json::from(*value),
        Value::Datetime(moment) => Json::from(moment.to_string()),
        Value::Array(items) => items.iter().map(json).collect(),
        Value::Table(table) => Json::Object(entries(table)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_json_stringify_writes() {
        let text = "a = 5.0\nb = 1.5\nc = nan\nd = [1, true]\ne = { f = \"\\\"\" }";
        let table = read("postern.toml", text).unwrap();
        assert_eq!(
            Json::Object(table).to_string(),
            r#"{"a":5,"b":1.5,"c":null,"d":[1,true],"e":{"f":"\""}}"#
        );
    }
}
