//! `env:NAME`: values that differ from one environment to another.
//!
//! Job: put the text of a variable in the place of `env:NAME`, before anything is read. Only what names an address, a
//! client at a provider, or what people are shown may come from there: what a rule says is in the file that was checked. What
//! holds a secret (`client_secret`, `secret_sha256`) is read where it stands.

use serde_json::{Map, Value};

use super::environment::{Environment, Setting};
use super::secret_digest::is_setting;
use super::table::Problems;

/// What stands in for a value that can't be seen from here.
#[derive(Clone, Copy)]
enum Kind {
    /// A web origin.
    Origin,
    /// A URL with a path.
    Url,
    /// Any text.
    Text,
    /// A key that may as well be left out.
    Optional,
}

type Keys = &'static [(&'static str, Kind)];

const TOP: Keys = &[
    ("issuer", Kind::Origin),
    ("audience", Kind::Origin),
    ("name", Kind::Text),
    ("logo", Kind::Optional),
    ("jurisdiction", Kind::Optional),
    ("log_location_hint", Kind::Optional),
];

/// Those of each table in a list.
const TABLES: &[(&str, Keys)] = &[
    (
        "clients",
        &[
            ("name", Kind::Text),
            ("logo", Kind::Optional),
            ("redirect_uris", Kind::Url),
            ("audiences", Kind::Origin),
            ("introspect", Kind::Origin),
        ],
    ),
    (
        "routes",
        &[
            ("audience", Kind::Origin),
            ("origin", Kind::Origin),
            ("origin_url", Kind::Origin),
            ("assertion", Kind::Origin),
            ("cors_origins", Kind::Origin),
        ],
    ),
    (
        "providers",
        &[
            ("name", Kind::Text),
            ("issuer", Kind::Origin),
            ("client_id", Kind::Text),
        ],
    ),
    (
        "issuers",
        &[
            ("issuer", Kind::Origin),
            ("audiences", Kind::Origin),
            ("jwks_uri", Kind::Url),
            ("client_id", Kind::Text),
            ("introspection_endpoint", Kind::Url),
        ],
    ),
    (
        "transmitters",
        &[
            ("issuer", Kind::Origin),
            ("audience", Kind::Text),
            ("jwks_uri", Kind::Url),
        ],
    ),
];

/// Puts the texts of variables in their places. What is wrong with one is reported, and something that fits takes its
/// place, so that nothing else is reported of it.
pub(super) fn resolve(table: &mut Value, environment: &dyn Environment, problems: &mut Problems) {
    let Some(entries) = table.as_object_mut() else {
        return;
    };
    // An issuer that is nowhere named yet is one that was left out.
    if variable(entries.get("issuer")).is_some_and(|name| is_unset(environment, name)) {
        entries.remove("issuer");
    }
    resolve_keys(entries, TOP, "", environment, problems);
    for (list, keys) in TABLES {
        let tables = entries.get_mut(*list).and_then(Value::as_array_mut);
        for (at, table) in tables.into_iter().flatten().enumerate() {
            if let Some(entries) = table.as_object_mut() {
                let place = format!("{list}[{at}].");
                resolve_keys(entries, keys, &place, environment, problems);
            }
        }
    }
}

/// The name behind `env:`.
fn variable(value: Option<&Value>) -> Option<&str> {
    value?.as_str()?.strip_prefix("env:")
}

fn is_unset(environment: &dyn Environment, name: &str) -> bool {
    match environment.setting(name) {
        // Exposed to see whether there is any; it is no secret.
        Setting::Value(text) => text.expose().trim().is_empty(),
        Setting::Missing => is_setting(name),
        Setting::Hidden => false,
    }
}

fn resolve_keys(
    entries: &mut Map<String, Value>,
    keys: Keys,
    place: &str,
    environment: &dyn Environment,
    problems: &mut Problems,
) {
    for (key, kind) in keys {
        let Some(value) = entries.get_mut(*key) else {
            continue;
        };
        let mut is_left_out = false;
        match value {
            Value::Array(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    let place = || format!("{place}{key}[{at}]");
                    resolve_one(item, *kind, &place, environment, problems);
                }
            }
            one => {
                let place = || format!("{place}{key}");
                is_left_out = !resolve_one(one, *kind, &place, environment, problems);
            }
        }
        if is_left_out {
            entries.remove(*key);
        }
    }
}

/// Whether there is anything to read.
fn resolve_one(
    value: &mut Value,
    kind: Kind,
    place: &dyn Fn() -> String,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> bool {
    let Some(name) = variable(Some(value)) else {
        return true;
    };
    let wrong = if is_setting(name) {
        match environment.setting(name) {
            Setting::Value(text) if !text.expose().trim().is_empty() => {
                // It goes where text of the file would stand, and is no secret.
                *value = Value::from(text.expose().trim());
                return true;
            }
            Setting::Hidden => None,
            Setting::Value(_) => Some(format!(
                "the variable `{name}` is empty: {}",
                how_to_set(name)
            )),
            Setting::Missing => Some(format!(
                "there is no variable `{name}`: {}",
                how_to_set(name)
            )),
        }
    } else {
        let message = "does not name a variable after `env:`: write `env:` and its name, such as \
                       `env:POSTERN_ISSUER`";
        Some(message.to_owned())
    };
    if let Some(wrong) = wrong {
        problems.add(place(), wrong);
    }
    match stand_in(name, kind) {
        Some(text) => {
            *value = Value::from(text);
            true
        }
        None => false,
    }
}

fn how_to_set(name: &str) -> String {
    format!(
        "add it to `vars` in the wrangler file, or run `wrangler secret put {name}` (on your own machine, write it \
             into .dev.vars)"
    )
}

fn stand_in(name: &str, kind: Kind) -> Option<String> {
    let letters = name.bytes().filter(u8::is_ascii_alphanumeric).take(60);
    let label: String = letters
        .map(|b| char::from(b.to_ascii_lowercase()))
        .collect();
    match kind {
        Kind::Origin => Some(format!("https://x{label}.invalid")),
        Kind::Url => Some(format!("https://x{label}.invalid/")),
        Kind::Text => Some(format!("x{label}")),
        Kind::Optional => None,
    }
}
