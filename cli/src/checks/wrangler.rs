//! What else is in a wrangler file: secrets that should not be, storage that must be, and other ways in.

use std::collections::BTreeSet;

use postern::config::{Route, names};
use serde_json::{Map, Value};

use crate::findings::Findings;
use crate::project::{Section, WranglerFile, tables};

/// The classes that must have their storage, with their bindings.
const CLASSES: [(&str, &str); 5] = [
    (names::COORDINATORS, "SessionCoordinator"),
    (names::PEOPLE, "Person"),
    (names::LOG, "RevocationLog"),
    (names::RELAYS, "RevocationRelay"),
    (names::ACCOUNTS, "Account"),
];

/// Checks what needs no configuration.
pub fn check(file: &WranglerFile, section: &Section<'_>, findings: &mut Findings) {
    for ignored in &file.ignored {
        let message = format!("wrangler reads this file, and not {ignored}: remove one of the two");
        findings.wrangler_warning("", message);
    }
    check_secrets(section, findings);
    check_build(section, findings);
    check_storage(section, findings);
    check_addresses(section, findings);
}

/// Secrets do not belong into a file that is kept with the program.
fn check_secrets(section: &Section<'_>, findings: &mut Findings) {
    if section.variable("POSTERN").is_some() {
        findings.wrangler_error(
            "vars.POSTERN",
            "the configuration is in postern.toml now: move the table there, where its keys stand without \
             `vars.POSTERN` before them (`[vars.POSTERN]` is no table any more, `[[vars.POSTERN.routes]]` is \
             `[[routes]]`)",
        );
    }
    if section.variable(names::KEYS).is_some() {
        findings.wrangler_error(
            "vars.POSTERN_KEYS",
            "the sealing keys are secret and must not be in this file: take them out, make new ones with `npx postern \
             keys`, and store those with `wrangler secret put POSTERN_KEYS`",
        );
    }
    if section.variable(names::SIGNING_KEYS).is_some() {
        findings.wrangler_error(
            "vars.POSTERN_SIGNING_KEYS",
            "with the keys in this file anyone could say to your origins who is there: take them out, make new ones with \
             `npx postern keys --signing`, and store those with `wrangler secret put POSTERN_SIGNING_KEYS`",
        );
    }
    if section.variable(names::USERS).is_some() {
        findings.wrangler_error(
            "vars.POSTERN_USERS",
            "anyone with this file could try passwords on the hashes in it: take them out, make new ones with `npx \
             postern user` and other passwords, and store those with `wrangler secret put POSTERN_USERS`",
        );
    }
}

/// What the configuration takes from variables.
pub fn check_variables(
    section: &Section<'_>,
    config: &Map<String, Value>,
    findings: &mut Findings,
) {
    let mut names = BTreeSet::new();
    config
        .values()
        .for_each(|value| note_names(value, &mut names));
    for name in names
        .into_iter()
        .filter(|name| section.misses_variable(name))
    {
        findings.wrangler_warning(
            format!("vars.{name}"),
            format!(
                "an environment does not take `vars` from the top level, so it has no `{name}`: add `[vars]` with \
                 `{name} = \"...\"` to the wrangler file, unless it is a secret here"
            ),
        );
    }
    let secrets = [
        (
            "providers",
            "client_secret",
            "that Postern has from a provider",
        ),
        (
            "issuers",
            "client_secret",
            "that Postern has from an issuer",
        ),
        (
            "issuers",
            "client_key",
            "with which Postern shows an issuer who it is",
        ),
        (
            "transmitters",
            "authorization",
            "that a transmitter pushes with",
        ),
    ];
    for (list, key, whose) in secrets {
        for table in tables(config.get(list)) {
            let secret = table.get(key).and_then(Value::as_str);
            let name = secret.and_then(|text| text.strip_prefix("env:"));
            if let Some(name) = name.filter(|name| section.variable(name).is_some()) {
                findings.wrangler_error(
                    format!("vars.{name}"),
                    format!(
                        "it is the secret {whose}, and must not be in this file: take it out, make a new one there, \
                         and store that with `wrangler secret put {name}`"
                    ),
                );
            }
        }
    }
}

/// What a route tells of its rate limit is what the binding does.
pub fn check_limits(section: &Section<'_>, routes: &[Route], findings: &mut Findings) {
    for route in routes {
        let Some(limit) = &route.rate_limit else {
            continue;
        };
        let is_it = |one: &&Map<String, Value>| {
            one.get("name").and_then(Value::as_str) == Some(&limit.binding)
        };
        let Some(simple) = tables(section.own("ratelimits"))
            .find(is_it)
            .and_then(|one| one.get("simple"))
        else {
            continue;
        };
        for (key, said) in [("limit", limit.limit), ("period", limit.period)] {
            let real = simple.get(key).and_then(Value::as_u64);
            if let Some(real) = real.filter(|real| *real != u64::from(said)) {
                findings.config_warning(
                    format!("routes[{}].rate_limit.{key}", route.place),
                    format!(
                        "it tells clients {said}, and `{}` in the wrangler file has {real}: write the same in both",
                        limit.binding
                    ),
                );
            }
        }
    }
}

/// What `postern build` wrote last may be of another configuration.
fn check_build(section: &Section<'_>, findings: &mut Findings) {
    let main = section.inherited("main").and_then(Value::as_str);
    let is_built = main.is_some_and(|main| main.ends_with(".postern/worker.js"));
    let command = section
        .inherited("build")
        .and_then(|build| build.get("command"));
    if is_built && command.is_none() {
        findings.wrangler_warning(
            "build.command",
            "wrangler deploys what `postern build` wrote last, also if postern.toml has changed since: add `[build]` with \
             `command = \"npx postern build\"` and `watch_dir = \"postern.toml\"`",
        );
    }
}

/// The names behind `env:` in a value.
fn note_names<'c>(value: &'c Value, names: &mut BTreeSet<&'c str>) {
    match value {
        Value::String(text) => names.extend(text.strip_prefix("env:")),
        Value::Array(items) => items.iter().for_each(|item| note_names(item, names)),
        Value::Object(table) => table.values().for_each(|value| note_names(value, names)),
        _ => {}
    }
}

/// Each class that is bound needs `SQLite` storage, made by a migration. A binding that is missing and needed was
/// reported already.
fn check_storage(section: &Section<'_>, findings: &mut Findings) {
    for (name, class) in CLASSES {
        if !section.durable_objects().any(|(bound, _)| bound == name) {
            continue;
        }
        for (_, bound) in section
            .durable_objects()
            .filter(|(n, c)| *n == name && *c != class)
        {
            findings.wrangler_error(
                "durable_objects.bindings",
                format!("{name} is bound to the class `{bound}`: write `class_name = \"{class}\"`"),
            );
        }
        let migrated = |key: &str| {
            tables(section.inherited("migrations")).any(|migration| {
                let classes = migration.get(key).and_then(Value::as_array);
                classes.is_some_and(|all| all.iter().any(|c| c.as_str() == Some(class)))
            })
        };
        if migrated("new_classes") {
            findings.wrangler_error(
                "migrations",
                format!(
                    "`{class}` is in `new_classes`, and needs the storage of `new_sqlite_classes`: move it there"
                ),
            );
        } else if !migrated("new_sqlite_classes") {
            let tag = new_tag(section);
            findings.wrangler_error(
                "migrations",
                format!(
                    "`{class}` is missing: add `[[migrations]]` with `tag = \"{tag}\"` and `new_sqlite_classes = \
                     [\"{class}\"]`"
                ),
            );
        }
    }
}

/// A tag that no migration has.
fn new_tag(section: &Section<'_>) -> String {
    let tags: Vec<&str> = tables(section.inherited("migrations"))
        .filter_map(|migration| migration.get("tag")?.as_str())
        .collect();
    // Of so many tags, one is new.
    let numbers = tags.len() + 1..=2 * tags.len() + 1;
    let mut new = numbers.map(|number| format!("v{number}"));
    new.find(|tag| !tags.contains(&tag.as_str()))
        .unwrap_or_default()
}

/// Where the Worker has its own domain, the addresses that Cloudflare adds are another way in.
fn check_addresses(section: &Section<'_>, findings: &mut Findings) {
    if section
        .inherited("routes")
        .or_else(|| section.inherited("route"))
        .is_none()
    {
        return;
    }
    for (key, address) in [
        ("workers_dev", "its address on workers.dev"),
        ("preview_urls", "a preview address for each version"),
    ] {
        if section.inherited(key).and_then(Value::as_bool) != Some(false) {
            findings.wrangler_warning(
                key,
                format!(
                    "the Worker may be reached at {address} too, around what protects your domain: write `{key} = \
                     false`"
                ),
            );
        }
    }
}
