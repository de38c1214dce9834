//! Says what to write into a wrangler file in the form that this file has.
//!
//! Job: messages are written for TOML and for the top level, and here become JSON, or speak of an environment. A table and the
//! keys that it is to have (`[[services]]` with `binding = "API"`) become one piece of JSON.

use toml::{Table, Value};

use crate::project::WranglerFile;

/// What messages call the file.
const FILE: &str = "the wrangler file";

/// The tables that an environment does not take from the top level.
const OWN_TABLES: [&str; 8] = [
    "vars",
    "kv_namespaces",
    "services",
    "durable_objects",
    "ratelimits",
    "mtls_certificates",
    "vpc_services",
    "vpc_networks",
];

/// `message`, for `file`. Unless `is_about_it`, what is in it is about the file only if it names it.
pub fn for_file(
    message: &str,
    is_about_it: bool,
    file: &WranglerFile,
    environment: Option<&str>,
) -> String {
    let mut said = message.to_owned();
    if let Some(environment) = environment {
        let put = format!("wrangler secret put --env {environment} ");
        said = said.replace("wrangler secret put ", &put);
    }
    if !is_about_it && !message.contains(FILE) {
        return said;
    }
    let name = file.name();
    match (file.is_json, environment) {
        (true, None) => as_json(&said).replace(FILE, name),
        (true, Some(environment)) => {
            let place = format!("`env.{environment}` in {name}");
            as_json(&said).replace(FILE, &place)
        }
        (false, None) => said.replace(FILE, name),
        (false, Some(environment)) => in_environment(&said, environment).replace(FILE, name),
    }
}

/// The tables of an environment instead of those at the top level.
fn in_environment(message: &str, environment: &str) -> String {
    let mut message = message.to_owned();
    for table in OWN_TABLES {
        for end in [']', '.'] {
            message = message.replace(
                &format!("[{table}{end}"),
                &format!("[env.{environment}.{table}{end}"),
            );
        }
    }
    message
}

/// What stands between two back quotes.
enum Code<'t> {
    /// `[assets]` or `[[services]]`.
    Header { name: &'t str, is_list: bool },
    /// `binding = "API"`, as `"binding": "API"`.
    Keys(String),
    /// `{ name = "A" }`, as JSON.
    Inline(String),
    /// Anything else.
    Other(&'t str),
}

impl<'t> Code<'t> {
    fn read(code: &'t str) -> Self {
        if let Some(name) = code.strip_prefix("[[").and_then(|c| c.strip_suffix("]]")) {
            return Self::Header {
                name,
                is_list: true,
            };
        }
        let name = code.strip_prefix('[').and_then(|c| c.strip_suffix(']'));
        if let Some(name) = name.filter(|name| name.bytes().all(is_of_word)) {
            return Self::Header {
                name,
                is_list: false,
            };
        }
        if code.starts_with('{')
            && let Ok(table) = format!("x = {code}").parse::<Table>()
            && let Some(value) = table.get("x")
        {
            return Self::Inline(written(value));
        }
        match code.parse::<Table>() {
            Ok(table) if !table.is_empty() => Self::Keys(keys(&table)),
            _ => Self::Other(code),
        }
    }
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')
}

/// TOML in back quotes as JSON.
fn as_json(message: &str) -> String {
    let parts: Vec<&str> = message.split('`').collect();
    let mut said = String::new();
    let mut at = 0;
    while at < parts.len() {
        if at % 2 == 0 {
            said.push_str(parts[at]);
            at += 1;
            continue;
        }
        let code = match Code::read(parts[at]) {
            Code::Header { name, is_list } => {
                let (keys, asides, next) = following_keys(&parts, at);
                at = next;
                let json = match (keys.is_empty(), is_list) {
                    (true, _) => format!("\"{name}\""),
                    (false, true) => format!("\"{name}\": [{{ {} }}]", keys.join(", ")),
                    (false, false) => format!("\"{name}\": {{ {} }}", keys.join(", ")),
                };
                said.extend(["`", &json, "`", &asides]);
                continue;
            }
            Code::Keys(json) | Code::Inline(json) => json,
            Code::Other(code) => code.to_owned(),
        };
        said.extend(["`", &code, "`"]);
        at += 1;
    }
    said
}

/// The keys that stand behind the header at `at`, what was said beside them in brackets, and where they end.
fn following_keys(parts: &[&str], at: usize) -> (Vec<String>, String, usize) {
    let (mut keys, mut asides, mut next) = (Vec::new(), String::new(), at + 1);
    while let (Some(between), Some(code)) = (parts.get(next), parts.get(next + 1)) {
        let (aside, joint) = match between.split_once(')') {
            Some((aside, joint)) if aside.starts_with(" (") => (format!("{aside})"), joint),
            _ => (String::new(), *between),
        };
        let is_joint = match joint {
            " with " => keys.is_empty(),
            ", " | " and " => !keys.is_empty(),
            _ => false,
        };
        let key = match Code::read(code) {
            Code::Keys(json) => json,
            Code::Other(word) if word.bytes().all(is_of_word) => format!("\"{word}\": \"...\""),
            _ => break,
        };
        if !is_joint {
            break;
        }
        keys.push(key);
        asides.push_str(&aside);
        next += 2;
    }
    (keys, asides, next)
}

/// The entries of a table, in JSON, without the brackets around it.
fn keys(table: &Table) -> String {
    let entry = |(key, value): (&String, &Value)| format!("{}: {}", quoted(key), written(value));
    let entries: Vec<String> = table.iter().map(entry).collect();
    entries.join(", ")
}

/// JSON in one line, with spaces where people write them.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(written).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(table) if !table.is_empty() => format!("{{ {} }}", keys(table)),
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_becomes_json() {
        for (toml, expected) in [
            (
                "add `[[kv_namespaces]]` with `binding = \"POSTERN_SESSIONS\"` to X",
                "add `\"kv_namespaces\": [{ \"binding\": \"POSTERN_SESSIONS\" }]` to X",
            ),
            (
                "add `[[ratelimits]]` with `name = \"L\"`, `namespace_id = \"1001\"` (a number of your own) and \
                 `simple = { limit = 10, period = 60 }` to X",
                "add `\"ratelimits\": [{ \"name\": \"L\", \"namespace_id\": \"1001\", \"simple\": { \"limit\": 10, \
                 \"period\": 60 } }]` (a number of your own) to X",
            ),
            (
                "add `[assets]` with `directory`, `binding = \"ASSETS\"` and `run_worker_first = true` to X",
                "add `\"assets\": { \"directory\": \"...\", \"binding\": \"ASSETS\", \"run_worker_first\": true }` to X",
            ),
            (
                "add `{ name = \"A\", class_name = \"B\" }` to the `bindings` of `[durable_objects]` in X",
                "add `{ \"name\": \"A\", \"class_name\": \"B\" }` to the `bindings` of `\"durable_objects\"` in X",
            ),
            (
                "add `[[mtls_certificates]]` or `[[services]]` with `binding = \"B\"` and the name as `service` to X",
                "add `\"mtls_certificates\"` or `\"services\": [{ \"binding\": \"B\" }]` and the name as `service` to X",
            ),
            (
                "`RevocationLog` is in `new_classes`: write `new_sqlite_classes = [\"RevocationLog\"]`",
                "`RevocationLog` is in `new_classes`: write `\"new_sqlite_classes\": [\"RevocationLog\"]`",
            ),
            ("nothing to `/a.html` see", "nothing to `/a.html` see"),
        ] {
            assert_eq!(as_json(toml), expected);
        }
    }
}
