//! The JSON schema of `postern.toml`, which editors read, is what the Worker reads: the Worker itself is asked which keys it
//! knows, and what it takes for each of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use postern::config::{BindingKind, Config, Environment, Setting};
use serde_json::{Value, json};

/// A word that no key takes.
const NONSENSE: &str = "zz-nonsense";

/// The tables: where each is in a configuration, where in the schema, and under which heading in the reference.
const TABLES: [(&str, &str, &str); 6] = [
    ("", "", "The top of the file"),
    ("/clients/0", "/definitions/client", "`[[clients]]`"),
    ("/providers/0", "/definitions/provider", "`[[providers]]`"),
    ("/issuers/0", "/definitions/issuer", "`[[issuers]]`"),
    (
        "/transmitters/0",
        "/definitions/transmitter",
        "`[[transmitters]]`",
    ),
    ("/routes/0", "/definitions/route", "`[[routes]]`"),
];

/// The keys of an issuer that are read only where its tokens are opaque.
const OF_OPAQUE: [&str; 7] = [
    "client_id",
    "client_secret",
    "client_auth",
    "client_key",
    "introspection_endpoint",
    "signed_introspection",
    "max_age",
];

/// A Worker that has every binding, and no variable.
struct Bare;

impl Environment for Bare {
    fn setting(&self, name: &str) -> Setting {
        if name.starts_with("POSTERN_") {
            Setting::Hidden
        } else {
            Setting::Missing
        }
    }

    fn has_binding(&self, _name: &str, _kind: BindingKind) -> Option<bool> {
        None
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn schema() -> Value {
    let path = root().join("npm/postern/postern.schema.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn small() -> Value {
    json!({
        "issuer": "https://auth.example.com",
        "clients": [{ "id": "app", "secret_sha256": "5a".repeat(32), "scopes": ["a"] }],
        "providers": [{
            "id": "acme",
            "issuer": "https://id.example.com",
            "client_id": "x",
            "allow": [{ "claim": "email", "domain": "example.com" }],
        }],
        "issuers": [{
            "id": "auth",
            "issuer": "https://login.example.com",
            "tokens": "jwt",
            "audiences": ["https://api.example.com"],
        }],
        "transmitters": [{
            "id": "events",
            "issuer": "https://login.example.com",
            "authorization": "none",
        }],
        "routes": [{ "match": "/*", "access": "public", "origin": "https://origin.example.com" }],
    })
}

/// What the Worker says of the key at `table`, if its value is `value`.
fn said(table: &str, key: &str, value: &Value) -> Vec<String> {
    let mut config = small();
    if table == "/issuers/0" && OF_OPAQUE.contains(&key) {
        config["issuers"][0]["tokens"] = json!("opaque");
    }
    config.pointer_mut(table).unwrap()[key] = value.clone();
    let path = match table {
        "" => key.to_owned(),
        _ => format!(
            "{}.{key}",
            table[1..].replacen('/', "[", 1).replace('/', ".") + "]"
        ),
    };
    let problems = Config::read(&config.to_string(), &Bare).err();
    let problems = problems.into_iter().flatten();
    problems
        .filter(|p| p.key == path || p.key == format!("{path}[0]"))
        .map(|p| p.message)
        .collect()
}

/// The words between back quotes.
fn words(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The words that a key of the schema lists, itself or as one of several forms or as items.
fn listed(property: &Value) -> Vec<&str> {
    let own = property["enum"].as_array().into_iter().flatten();
    let forms = property["anyOf"].as_array().into_iter().flatten();
    let mut found: Vec<&str> = own.filter_map(Value::as_str).collect();
    found.extend(forms.chain(property.get("items")).flat_map(listed));
    found
}

/// Each key of each table, with its table.
fn properties(schema: &Value) -> Vec<(&'static str, String, Value)> {
    let each = TABLES.into_iter().flat_map(|(table, place, _)| {
        let own = schema.pointer(place).unwrap()["properties"].as_object();
        let own = own.unwrap().iter();
        own.map(move |(key, property)| (table, key.clone(), property.clone()))
    });
    each.collect()
}

#[test]
fn its_keys_are_those_that_are_read() {
    let schema = schema();
    let rule = [("/providers/0/allow/0", "/definitions/rule", "")];
    for (table, place, _) in TABLES.into_iter().chain(rule) {
        let mut config = small();
        config.pointer_mut(table).unwrap()[NONSENSE] = json!(1);
        let problems = Config::read(&config.to_string(), &Bare).unwrap_err();
        let (_, keys) = problems[0].message.split_once("its keys are ").unwrap();
        let read: BTreeSet<&str> = words(keys).into_iter().collect();
        let own = schema.pointer(place).unwrap();
        let known = own["properties"].as_object().unwrap().keys();
        assert_eq!(
            known.map(String::as_str).collect::<BTreeSet<_>>(),
            read,
            "{table}"
        );
        assert_eq!(own["additionalProperties"], json!(false), "{table}");
    }
}

#[test]
fn its_words_are_those_that_are_taken() {
    let mut checked = 0;
    for (table, key, property) in properties(&schema()) {
        let alone = said(table, &key, &json!(NONSENSE));
        let in_list = said(table, &key, &json!([NONSENSE]));
        let mut messages = alone.iter().chain(&in_list);
        let list = messages.find_map(|message| message.strip_prefix("must be one of "));
        let known = listed(&property);
        if key == "allow" {
            // Its one word stands beside a list of rules.
            assert_eq!(known, ["anyone"]);
            continue;
        }
        assert_eq!(known, list.map(words).unwrap_or_default(), "{table} {key}");
        checked += known.len();
    }
    assert!(checked > 25, "{checked}");
}

#[test]
fn its_numbers_and_switches_are_those_that_are_taken() {
    for (table, key, property) in properties(&schema()) {
        let numbers = said(table, &key, &json!(-1));
        let mut numbers = numbers.iter();
        let bounds = numbers.find_map(|message| message.strip_prefix("must be a whole number of "));
        let bounds = bounds.map(|text| text.split_once(" from ").unwrap().1.to_owned());
        let known = (property["type"] == "integer")
            .then(|| format!("{} to {}", property["minimum"], property["maximum"]));
        assert_eq!(known, bounds, "{table} {key}");
        let is_switch = said(table, &key, &json!("x"))
            .iter()
            .any(|message| message.starts_with("must be `true` or `false`"));
        assert_eq!(property["type"] == "boolean", is_switch, "{table} {key}");
    }
}

#[test]
fn what_it_requires_is_required() {
    let schema = schema();
    for (table, place, sometimes) in [
        ("", "", vec![]),
        // A public client has none.
        ("/clients/0", "/definitions/client", vec!["secret_sha256"]),
        ("/providers/0", "/definitions/provider", vec![]),
        ("/issuers/0", "/definitions/issuer", vec![]),
        ("/transmitters/0", "/definitions/transmitter", vec![]),
        ("/routes/0", "/definitions/route", vec![]),
        ("/providers/0/allow/0", "/definitions/rule", vec![]),
    ] {
        let mut config = small();
        *config.pointer_mut(table).unwrap() = json!({});
        let problems = Config::read(&config.to_string(), &Bare).unwrap_err();
        let missing = problems.iter().filter(|p| {
            p.message.starts_with("is missing") || p.message.starts_with("is empty, so")
        });
        let missing: BTreeSet<&str> = missing
            .map(|p| p.key.rsplit('.').next().unwrap())
            // On one's own machine it is not needed.
            .filter(|key| *key != "issuer" || !table.is_empty())
            .collect();
        let required = schema.pointer(place).unwrap()["required"].as_array();
        let required = required.unwrap().iter().filter_map(Value::as_str);
        let required: BTreeSet<&str> = required.chain(sometimes).collect();
        assert_eq!(required, missing, "{table}");
    }
}

#[test]
fn a_variable_may_stand_where_the_worker_looks_for_one() {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut checked = 0;
    for (table, key, _) in properties(&schema) {
        for value in [json!("env:SOME_NAME"), json!(["env:SOME_NAME"])] {
            let is_looked_for = said(table, &key, &value)
                .iter()
                .any(|message| message.starts_with("there is no variable"));
            // Of text and a list, a key takes one.
            let is_own_form = !said(table, &key, &value).iter().any(|message| {
                message.contains("must be a list") || message.contains("must be text")
            });
            if is_looked_for && is_own_form {
                let mut config = small();
                config.pointer_mut(table).unwrap()[&key] = value;
                let of_key = |error: &jsonschema::ValidationError<'_>| {
                    error
                        .instance_path()
                        .to_string()
                        .starts_with(&format!("{table}/{key}"))
                };
                let wrong = validator.iter_errors(&config).find(of_key);
                checked += 1;
                let is_list = config.pointer(table).unwrap()[&key].is_array();
                let takes_lists = |property: &Value| property.to_string().contains("\"array\"");
                let own = TABLES.iter().find(|(own, ..)| *own == table).unwrap().1;
                let property = &schema.pointer(own).unwrap()["properties"][&key];
                assert!(
                    wrong.is_none() || is_list != takes_lists(property),
                    "{table} {key}"
                );
            }
        }
    }
    assert!(checked > 15, "{checked}");
}

/// The message about an origin names every form of it.
#[test]
fn every_form_of_an_origin_is_known() {
    let message = said("/routes/0", "origin", &json!(NONSENSE)).concat();
    let (_, forms) = message.split_once("write ").unwrap();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let forms = words(forms);
    assert!(forms.len() >= 4, "{message}");
    for form in forms {
        let mut config = small();
        config["routes"][0]["origin"] = json!(form);
        assert!(validator.is_valid(&config), "{form}");
    }
}

/// The rows of a table of the reference: key, meaning, form, default, range.
fn rows(reference: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, section) = reference.split_once(&format!("\n### {heading}\n")).unwrap();
    let rows = section.lines().skip_while(|line| !line.starts_with("| `"));
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells = line.trim_matches('|').split(" | ");
            cells
                .map(|cell| cell.trim().trim_end_matches(" |").to_owned())
                .collect()
        })
        .collect()
}

#[test]
fn what_it_says_of_a_key_is_what_the_reference_says() {
    let reference = fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let schema = schema();
    let mut defaults = 0;
    for (_, place, heading) in TABLES {
        for row in rows(&reference, heading) {
            let key = row[0].trim_matches('`');
            let property = &schema.pointer(place).unwrap()["properties"][key];
            let meaning = row[1].split(": see [").next().unwrap();
            let description = property["description"].as_str().unwrap_or_default();
            let is_meant = description
                .to_lowercase()
                .starts_with(&format!("{}.", meaning.to_lowercase()));
            assert!(is_meant, "{heading} {key}: {description}");
            let default = row[3].split(':').next().unwrap().trim_matches('`');
            if let Some(known) = property.get("default") {
                let known = known
                    .as_str()
                    .map_or_else(|| known.to_string(), str::to_owned);
                let written = default.trim_matches('"').replace(", ", ",");
                assert_eq!(known, written, "{heading} {key}");
                defaults += 1;
            }
        }
    }
    assert!(defaults > 20, "{defaults}");
}

fn example(validator: &Validator, path: &Path) -> Vec<String> {
    let table: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
    let json = serde_json::to_value(table).unwrap();
    let errors = validator.iter_errors(&json);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn every_example_is_valid() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut files = vec![root().join("postern.toml")];
    for folder in fs::read_dir(root().join("examples")).unwrap() {
        files.push(folder.unwrap().path().join("postern.toml"));
    }
    files.retain(|file| file.exists());
    assert!(files.len() >= 7, "{files:?}");
    for file in files {
        let none: [&str; 0] = [];
        assert_eq!(example(&validator, &file), none, "{}", file.display());
        let first = fs::read_to_string(&file).unwrap();
        let first = first.lines().next().unwrap_or_default();
        assert!(
            first.starts_with("#:schema ./") && first.ends_with("/postern.schema.json"),
            "{first}"
        );
    }
}

#[test]
fn what_is_wrong_is_found() {
    assert!(jsonschema::draft7::meta::is_valid(&schema()));
    let validator = jsonschema::validator_for(&schema()).unwrap();
    assert!(validator.is_valid(&small()));
    for (table, key, value) in [
        ("", "isuer", json!("https://auth.example.com")),
        ("", "issuer", json!("auth.example.com")),
        ("", "session_idle", json!(1)),
        ("", "routes", json!([])),
        ("/routes/0", "access", json!("pubic")),
        ("/routes/0", "match", json!("a")),
        ("/routes/0", "methods", json!(["get"])),
        ("/clients/0", "grants", json!(["password"])),
        ("/clients/0", "secret_sha256", json!("hunter2")),
        ("/providers/0", "allow", json!("everyone")),
        ("/providers/0", "client_secret", json!("hunter2")),
        ("/providers/0/allow/0", "has", json!("x")),
    ] {
        let mut config = small();
        config.pointer_mut(table).unwrap()[key] = value;
        assert!(!validator.is_valid(&config), "{table} {key}");
    }
}
