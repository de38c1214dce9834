//! What Postern needs of a wrangler file: as edits of one that is there, or as a new one.

use serde_json::Value as Json;

use super::project::ISSUER;
use crate::edit::{Edit, Item};

/// The binding of the static files.
pub const ASSETS: &str = "ASSETS";

/// The objects that are bound, each with its class.
const OBJECTS: [(&str, &str); 4] = [
    ("POSTERN_COORDINATORS", "SessionCoordinator"),
    ("POSTERN_PEOPLE", "Person"),
    ("POSTERN_REVOCATION_LOG", "RevocationLog"),
    ("POSTERN_ACCOUNTS", "Account"),
];

/// What wrangler runs before it bundles the Worker.
const BUILD: &str = "npx postern build";

/// What has it run again while `wrangler dev` runs.
const WATCHED: &str = "postern.toml";

/// What the file has to say, beside the bindings.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The entry of the Worker, where it has to be another one than the file names.
    pub main: Option<String>,
    /// The folder of the static files, if the file names none.
    pub assets: Option<String>,
    /// Whether there is a postern.toml already, of which something may have been made.
    pub is_settled: bool,
    /// Whether the issuer is in a variable.
    pub has_issuer_variable: bool,
    /// How a path without a file is answered, if the file does not say.
    pub not_found: Option<&'static str>,
    /// Which paths lead to a page, if the file does not say.
    pub html: Option<&'static str>,
}

/// The edits that `file` needs. What it has already needs none.
pub fn edits(file: &Json, wanted: &Wanted) -> Vec<Edit> {
    let mut edits = Vec::new();
    if let Some(main) = &wanted.main {
        edits.push(Edit::set(["main"], Item::text(main)));
    }
    edits.extend(build(file));
    if wanted.assets.is_some() || file.get("assets").is_some_and(Json::is_object) {
        if let Some(folder) = &wanted.assets {
            edits.push(Edit::default(["assets", "directory"], Item::text(folder)));
        }
        edits.push(Edit::default(["assets", "binding"], Item::text(ASSETS)));
        // Later, `postern build` writes which files everyone may have, and `postern check` proves it.
        let first = file.pointer("/assets/run_worker_first");
        if !(wanted.is_settled && first.is_some_and(Json::is_array)) {
            edits.push(Edit::set(["assets", "run_worker_first"], Item::Flag(true)));
        }
        for (key, how) in [
            ("not_found_handling", wanted.not_found),
            ("html_handling", wanted.html),
        ] {
            edits.extend(how.map(|how| Edit::default(["assets", key], Item::text(how))));
        }
    }
    if wanted.has_issuer_variable {
        edits.push(Edit::default(["vars", ISSUER], Item::text("")));
        let names = environments(file);
        edits
            .extend(names.map(|name| Edit::default(["env", name, "vars", ISSUER], Item::text(""))));
    }
    let mut numbers = FreeNumbers::of(file);
    edits.extend(bindings(&[], numbers.next()));
    for name in environments(file) {
        edits.extend(bindings(&["env", name], numbers.next()));
    }
    edits.extend(migration(file));
    edits
}

/// The command before the bundle, together with one that is there.
fn build(file: &Json) -> Vec<Edit> {
    let there = file.pointer("/build/command").and_then(Json::as_str);
    let command = match there {
        Some(there) if there.contains("postern build") => return Vec::new(),
        Some(there) => format!("{there} && {BUILD}"),
        None => BUILD.to_owned(),
    };
    vec![
        Edit::set(["build", "command"], Item::text(command)),
        Edit::default(["build", "watch_dir"], Item::text(WATCHED)),
    ]
}

/// What the tables of bindings need, which no environment takes from the top level. `under` leads to the environment.
fn bindings(under: &[&str], number: i64) -> Vec<Edit> {
    let row = |rest: &[&str], key, table| Edit::row(under.iter().chain(rest).copied(), key, table);
    let sessions = vec![("binding", Item::text("POSTERN_SESSIONS"))];
    let mut edits = vec![row(&["kv_namespaces"], "binding", sessions)];
    edits.extend(OBJECTS.iter().map(|(name, class)| {
        let object = vec![
            ("name", Item::text(*name)),
            ("class_name", Item::text(*class)),
        ];
        row(&["durable_objects", "bindings"], "name", object)
    }));
    let simple = vec![("limit", Item::Number(10)), ("period", Item::Number(60))];
    let limit = vec![
        ("name", Item::text("POSTERN_LOGIN_LIMIT")),
        ("namespace_id", Item::text(number.to_string())),
        ("simple", Item::Table(simple)),
    ];
    edits.push(row(&["ratelimits"], "name", limit));
    edits
}

/// The names of the environments of `file`.
fn environments(file: &Json) -> impl Iterator<Item = &str> {
    let environments = file.get("env").and_then(Json::as_object);
    environments
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
}

/// Numbers for rate limits that none in the file has.
struct FreeNumbers {
    taken: Vec<String>,
    last: i64,
}

impl FreeNumbers {
    fn of(file: &Json) -> Self {
        let environments = file.get("env").and_then(Json::as_object);
        let scopes = environments.into_iter().flatten().map(|(_, env)| env);
        let limits = scopes
            .chain([file])
            .filter_map(|scope| scope.get("ratelimits")?.as_array());
        let numbers = limits
            .flatten()
            .filter_map(|limit| limit.get("namespace_id")?.as_str());
        Self {
            taken: numbers.map(str::to_owned).collect(),
            last: 1000,
        }
    }

    fn next(&mut self) -> i64 {
        loop {
            self.last += 1;
            if !self.taken.contains(&self.last.to_string()) {
                return self.last;
            }
        }
    }
}

/// The storage of the classes that no migration has made yet.
fn migration(file: &Json) -> Option<Edit> {
    let migrations = file.get("migrations").and_then(Json::as_array);
    let migrations: Vec<&Json> = migrations.into_iter().flatten().collect();
    let has = |class: &str| {
        migrations.iter().any(|migration| {
            let classes = migration.get("new_sqlite_classes").and_then(Json::as_array);
            classes.is_some_and(|all| all.iter().any(|there| there.as_str() == Some(class)))
        })
    };
    let missing: Vec<&str> = OBJECTS
        .iter()
        .map(|(_, class)| *class)
        .filter(|class| !has(class))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let taken = |tag: &str| {
        migrations
            .iter()
            .any(|m| m.get("tag").and_then(Json::as_str) == Some(tag))
    };
    // Tags are in order of the list, not of their names: any that is free will do.
    let mut tags = (1..).map(|number| match (migrations.len(), number) {
        (0, 1) => "v1".to_owned(),
        (_, 1) => "postern".to_owned(),
        (_, number) => format!("postern-{number}"),
    });
    let tag = tags.find(|tag| !taken(tag))?;
    Some(Edit::row(
        ["migrations"],
        "tag",
        vec![
            ("tag", Item::text(tag)),
            ("new_sqlite_classes", Item::texts(missing)),
        ],
    ))
}
