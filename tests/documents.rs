//! Holds the documents to the code: their examples to the files that they are taken from, the configuration reference to
//! what `config` reads, the list of events to `telemetry`, and commands and links to what is there.

use std::fs;
use std::path::{Path, PathBuf};

use postern::config::{BindingKind, Config, Environment, Setting};

/// The folders with documents; those inside them count as well.
const FOLDERS: [&str; 4] = ["docs", "examples", "bench", "demo"];

/// The reference of the configuration.
const REFERENCE: &str = "docs/configuration.md";

/// Where each table of the configuration is read, and its heading in the reference.
const TABLES: [(&str, &str); 6] = [
    ("src/config/mod.rs", "### The top of the file"),
    ("src/config/client.rs", "### `[[clients]]`"),
    ("src/config/route.rs", "### `[[routes]]`"),
    ("src/config/provider.rs", "### `[[providers]]`"),
    ("src/config/issuer.rs", "### `[[issuers]]`"),
    ("src/config/transmitter.rs", "### `[[transmitters]]`"),
];

/// The keys whose values are tables of their own.
const OF_TABLES: [&str; 8] = [
    "clients",
    "providers",
    "issuers",
    "transmitters",
    "routes",
    "scopes",
    "implies",
    "scopes_for",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every document: its path from the root.
fn documents() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(PathBuf::from).collect();
    collect("".as_ref(), &mut found, &mut Vec::new());
    while let Some(folder) = folders.pop() {
        collect(&folder, &mut found, &mut folders);
    }
    found.sort();
    found
}

/// Adds the documents of one folder, and the folders in it.
fn collect(folder: &Path, documents: &mut Vec<String>, folders: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(root().join(folder)).expect("the folder is there") {
        let entry = entry.expect("it can be read");
        let path = folder.join(entry.file_name());
        let is_folder = entry.file_type().expect("it has a type").is_dir();
        if is_folder && entry.file_name() != "node_modules" {
            folders.push(path);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            documents.push(path.to_str().expect("names are plain").to_owned());
        }
    }
}

/// The blocks of a document: what stands behind the three signs, and the text.
fn blocks(document: &str) -> Vec<(&str, &str)> {
    let mut parts = document.split("\n```");
    let mut found = Vec::new();
    while let (Some(_), Some(block)) = (parts.next(), parts.next()) {
        found.push(block.split_once('\n').unwrap_or((block, "")));
    }
    found
}

/// The texts in double quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

/// The part of a document under a heading, up to the next one of any level.
fn section<'a>(document: &'a str, heading: &str) -> &'a str {
    let (_, rest) = document
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("no heading {heading:?}"));
    rest.find("\n##").map_or(rest, |end| &rest[..end])
}

/// The cells of the row of a table whose first cell is `name` in backticks.
fn row<'a>(section: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let start = format!("| `{name}` |");
    let line = section.lines().find(|line| line.starts_with(&start))?;
    Some(line.trim_matches('|').split('|').map(str::trim).collect())
}

/// The keys of `const KEYS` in a source file.
fn keys(source: &str) -> Vec<&str> {
    let (_, list) = source
        .split_once("const KEYS: &[&str] = &[")
        .expect("the keys are listed so");
    quoted(list.split_once(']').expect("the list ends").0)
}

#[test]
fn examples_are_in_the_files_that_they_are_taken_from() {
    let mut looked_at = 0;
    for document in documents() {
        let text = read(&document);
        for (head, example) in blocks(&text) {
            let Some((_, file)) = head.split_once(" file=") else {
                continue;
            };
            looked_at += 1;
            assert!(
                read(file).contains(&format!("{example}\n")),
                "this is not in {file} as it is in {document}:\n{example}"
            );
        }
    }
    assert!(looked_at >= 20, "the test finds the examples: {looked_at}");
}

#[test]
fn examples_of_the_readme_the_reference_and_the_recipes_name_their_files() {
    for document in documents() {
        let is_shown = document == "README.md" || document == REFERENCE;
        if !is_shown && !document.starts_with("docs/recipes/") {
            continue;
        }
        for (head, example) in blocks(&read(&document)) {
            let language = head.split(' ').next().unwrap_or_default();
            assert!(
                matches!(language, "sh" | "text" | "http") || head.contains(" file="),
                "{document}: write ```{language} file=...\n{example}"
            );
        }
    }
}

#[test]
fn each_key_of_the_configuration_is_in_the_reference_and_no_other() {
    let reference = read(REFERENCE);
    for (file, heading) in TABLES {
        let source = read(file);
        let keys = keys(&source);
        let section = section(&reference, heading);
        let examples = blocks(section);
        for key in &keys {
            let cells = row(section, key);
            assert!(
                cells.is_some(),
                "{REFERENCE} has no row for {key} of {file}"
            );
            assert_eq!(cells.unwrap().len(), 5, "the cells of {key}");
            let line = format!("\n{key} = ");
            assert!(
                OF_TABLES.contains(key) || examples.iter().any(|(_, text)| text.contains(&line)),
                "no example under {heading} has {key}: add it to examples/every-key too"
            );
        }
        let mut parts = section.split("\n\n").map(str::trim);
        let table = parts.find(|part| part.starts_with("| key |"));
        let rows = table.expect("there is a table").lines().skip(2);
        assert_eq!(rows.count(), keys.len(), "rows under {heading}");
    }
}

/// Every binding and secret is there, or can't be seen.
struct Unseen;

impl Environment for Unseen {
    fn setting(&self, _name: &str) -> Setting {
        Setting::Hidden
    }

    fn has_binding(&self, _name: &str, _kind: BindingKind) -> Option<bool> {
        None
    }
}

/// A configuration in which each table has `(key, value)` once, if it is that table's.
fn configuration(extra: [&str; 3]) -> String {
    let [top, client, route] = extra;
    format!(
        r#"{{ "issuer": "https://a.example" {top},
             "clients": [{{ "id": "a", "secret_sha256": "env:A", "introspect": true {client} }}],
             "routes": [{{ "match": "/*", "access": "token", "origin": "zone" {route} }}] }}"#
    )
}

#[test]
fn units_ranges_and_defaults_are_those_of_the_code() {
    let reference = read(REFERENCE);
    let config = Config::read(&configuration([""; 3]), &Unseen).expect("it is a good one");
    let (client, route) = (&config.clients[0], &config.routes[0]);
    let cache_bytes = u64::try_from(config.cache_bytes).expect("it is a number of bytes");
    let numbers = [
        (0, "outage_grace", config.outage_grace.as_secs()),
        (0, "cache_bytes", cache_bytes),
        (
            0,
            "store_timeout_ms",
            u64::try_from(config.store_timeout.as_millis()).expect("it is short"),
        ),
        (0, "session_idle", config.session_idle.as_secs()),
        (0, "session_lifetime", config.session_lifetime.as_secs()),
        (1, "token_lifetime", client.token_lifetime.as_secs()),
        (1, "refresh_idle", client.refresh_idle.as_secs()),
        (1, "refresh_lifetime", client.refresh_lifetime.as_secs()),
        (
            1,
            "introspect_max_staleness",
            client.introspect_max_staleness.as_secs(),
        ),
        (2, "max_staleness", route.max_staleness.as_secs()),
    ];
    for (table, key, default) in numbers {
        let wrong = format!(r#", "{key}": -1"#);
        let mut extra = [""; 3];
        extra[table] = &wrong;
        let problems = Config::read(&configuration(extra), &Unseen).expect_err("-1 fits nowhere");
        let message = &problems[0].message;
        let (unit, range) = message
            .strip_prefix("must be a whole number of ")
            .and_then(|rest| rest.split_once(" from "))
            .unwrap_or_else(|| panic!("{key}: {message}"));
        let cells = row(section(&reference, TABLES[table].1), key).expect("it has a row");
        assert_eq!(cells[2], unit, "the unit of {key}");
        let stated = cells[3].split(':').next().unwrap_or_default();
        assert_eq!(stated, default.to_string(), "the default of {key}");
        let stated = cells[4].split(" (").next().unwrap_or_default();
        let stated = stated.to_owned() + cells[4].split(')').nth(1).unwrap_or_default();
        assert_eq!(stated, range, "the range of {key}");
    }
}

/// The fields of a struct, and their types.
fn fields_of(source: &str) -> impl Iterator<Item = (&str, &str)> {
    source
        .lines()
        .map(|line| line.trim().trim_start_matches("pub "))
        .filter(|line| !line.starts_with("//"))
        .filter_map(|line| line.split_once(": "))
}

#[test]
fn every_event_of_the_log_is_told_of() {
    let deploy = read("docs/deploy.md");
    let section = section(&deploy, "## Logs");
    let source = read("src/telemetry.rs");
    let (_, events) = source
        .split_once("pub enum Event<'a> {\n")
        .expect("there is an enum of events");
    let (events, _) = events.split_once("\n}").expect("the enum ends");
    let body = |name: &str| {
        let (_, rest) = source
            .split_once(&format!("pub struct {name}<'a> {{\n"))
            .expect("there is such a struct");
        rest.split_once("\n}").expect("the struct ends").0
    };
    let (asked, became) = (body("Asked"), body("Became"));
    let mut told = 0;
    for variant in events.split("\n    },").filter(|v| v.contains(" {\n")) {
        let (head, fields) = variant.split_once(" {\n").expect("it has fields");
        let name = head.lines().last().unwrap_or_default().trim();
        let mut event = String::new();
        for c in name.chars() {
            if c.is_ascii_uppercase() && !event.is_empty() {
                event.push('_');
            }
            event.push(c.to_ascii_lowercase());
        }
        let fields: Vec<String> = fields_of(fields)
            .flat_map(|(field, kind)| match kind {
                // Its fields stand beside the others.
                "Asked<'a>," => fields_of(asked).collect(),
                "Became<'a>," => fields_of(became).collect(),
                _ => vec![(field, kind)],
            })
            .map(|(field, _)| format!("`{field}`"))
            .collect();
        let cells = row(section, &event).unwrap_or_else(|| panic!("no row for {event}"));
        assert_eq!(cells[1], fields.join(", "), "the fields of {event}");
        told += 1;
    }
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    assert_eq!(rows.count(), told);
}

#[test]
fn commands_and_links_lead_somewhere() {
    let makefile = read("Makefile");
    let targets: Vec<&str> = makefile
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(target, _)| target)
        .collect();
    for document in documents() {
        let text = read(&document);
        let in_text = text.split("`make ").skip(1);
        for command in in_text.chain(text.split("\nmake ").skip(1)) {
            let end = command.find(|c: char| !c.is_ascii_lowercase() && c != '-');
            let target = &command[..end.unwrap_or(command.len())];
            assert!(targets.contains(&target), "{document}: make {target:?}");
        }
        let folder = Path::new(&document).parent().expect("it is a file");
        for link in text.split("](").skip(1) {
            let (link, _) = link.split_once(')').expect("a link ends");
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let path = root().join(folder).join(file);
            assert!(file.is_empty() || path.exists(), "{document}: {link}");
            if !anchor.is_empty() {
                let target = match file {
                    "" => text.clone(),
                    _ => fs::read_to_string(&path).expect("anchors are in documents"),
                };
                assert!(
                    target
                        .lines()
                        .filter(|line| line.starts_with('#'))
                        .any(|line| anchor == slug(line)),
                    "{document}: no heading for {link}"
                );
            }
        }
    }
}

#[test]
fn each_endpoint_is_in_the_list() {
    let document = read("docs/endpoints.md");
    let mut listed = 0;
    for file in ["src/oauth/endpoint.rs", "src/people/endpoint.rs"] {
        let source = read(file);
        let (_, paths) = source
            .split_once("fn path(self)")
            .expect("an endpoint has a path");
        let (paths, _) = paths.split_once("\n    }\n").expect("the function ends");
        for path in quoted(paths) {
            assert!(
                document.contains(&format!("| `{path}")),
                "no row for {path} of {file}"
            );
            listed += 1;
        }
    }
    assert!(listed >= 12, "the test finds the endpoints: {listed}");
}

#[test]
fn each_command_of_the_coordinator_is_in_the_table() {
    let architecture = read("ARCHITECTURE.md");
    let section = section(&architecture, "## The session coordinator");
    let source = read("src/session/coordinator/command.rs");
    let (_, commands) = source
        .split_once("pub enum Command {\n")
        .expect("there is an enum of commands");
    let (commands, _) = commands.split_once("\n}").expect("the enum ends");
    let names = commands
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(|line| line.split(|c: char| !c.is_ascii_alphabetic()).next());
    let mut told = 0;
    for name in names.flatten() {
        let row = format!("\n| {} |", name.to_lowercase());
        assert!(section.contains(&row), "no row for {name}");
        told += 1;
    }
    let rows = section.lines().filter(|line| line.starts_with("| "));
    assert_eq!(rows.count(), told + 1, "a row for each command");
}

#[test]
fn files_that_are_named_are_there() {
    let folders = ["src", "tests", "tools", "bench", "docs", "examples", "demo"];
    for document in documents() {
        for part in read(&document).split('`').skip(1).step_by(2) {
            let folder = part.split('/').next().unwrap_or_default();
            let is_path = folders.contains(&folder) && !part.contains([' ', '*', '\n']);
            assert!(
                !is_path || root().join(part).exists(),
                "{document}: {part} is not there"
            );
        }
    }
}

/// The anchor that GitHub gives to a heading.
fn slug(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
    let text: String = heading
        .trim_start_matches('#')
        .trim()
        .chars()
        .filter(kept)
        .collect();
    text.to_lowercase().replace(' ', "-")
}
