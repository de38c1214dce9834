//! Edits of wrangler files as people have them: from the templates of C3, of `SvelteKit`, Astro and `OpenNext`.

use serde_json::{Value as Json, json};

use super::super::wrangler::{Wanted, edits};
use crate::edit::{jsonc, toml};

const HELLO: &str = include_str!("files/hello.jsonc");
const DOCUSAURUS: &str = include_str!("files/docusaurus.json");
const SVELTE: &str = include_str!("files/svelte.jsonc");
const OPENNEXT: &str = include_str!("files/opennext.jsonc");
const ASTRO: &str = include_str!("files/astro.jsonc");
const WORKER: &str = include_str!("files/worker.toml");

fn gate() -> Wanted {
    Wanted {
        main: Some("gate.js".to_owned()),
        ..Wanted::default()
    }
}

fn read_toml(text: &str) -> Json {
    serde_json::to_value(text.parse::<::toml::Table>().unwrap()).unwrap()
}

/// The file after it was edited, and what it says. A second time changes nothing.
fn edited(text: &str, wanted: &Wanted) -> (String, Json) {
    let once = jsonc::edit(text, &edits(&jsonc::read(text).unwrap(), wanted)).unwrap();
    let said = jsonc::read(&once).unwrap();
    assert_eq!(jsonc::edit(&once, &edits(&said, wanted)).unwrap(), once);
    (once, said)
}

/// The lines of `before` that are not in `after`, in their order, but for commas at their ends.
fn lost<'a>(before: &'a str, after: &str) -> Vec<&'a str> {
    let bare = |line: &str| line.trim().trim_end_matches(',').to_owned();
    let mut there = after.lines().map(bare);
    let mut lost = Vec::new();
    for line in before.lines() {
        let rest = there.clone();
        if !there.any(|other| other == bare(line)) {
            lost.push(line.trim());
            there = rest;
        }
    }
    lost
}

fn names(list: &Json, key: &str) -> Vec<String> {
    let rows = list.as_array().unwrap().iter();
    rows.map(|row| row[key].as_str().unwrap().to_owned())
        .collect()
}

const CLASSES: [&str; 4] = ["SessionCoordinator", "Person", "RevocationLog", "Account"];

/// That the whole of what Postern needs is there.
fn assert_whole(said: &Json) {
    assert!(names(&said["kv_namespaces"], "binding").contains(&"POSTERN_SESSIONS".to_owned()));
    let objects = said["durable_objects"]["bindings"].as_array().unwrap();
    for class in CLASSES {
        assert!(
            objects.iter().any(|object| object["class_name"] == class),
            "{class}"
        );
        let migrations = said["migrations"].as_array().unwrap().iter();
        let made = migrations.filter(|migration| {
            let classes = migration["new_sqlite_classes"].as_array();
            classes.is_some_and(|all| all.contains(&json!(class)))
        });
        assert_eq!(made.count(), 1, "{class}");
    }
    assert!(names(&said["ratelimits"], "name").contains(&"POSTERN_LOGIN_LIMIT".to_owned()));
    assert_eq!(said["build"]["command"], "npx postern build");
}

#[test]
fn a_worker_keeps_its_comments_and_order() {
    let (text, said) = edited(HELLO, &gate());
    assert_eq!(lost(HELLO, &text), [r#""main": "src/index.ts","#]);
    assert_whole(&said);
    assert_eq!(said["main"], "gate.js");
    assert!(
        text.contains("\n\t\"kv_namespaces\": [\n\t\t{\n\t\t\t\"binding\""),
        "indented as the file is"
    );
    assert_eq!(said.get("assets"), None, "none where there was none");
}

#[test]
fn a_folder_of_files_gets_a_worker_before_it() {
    let files = Wanted {
        main: Some(".postern/worker.js".to_owned()),
        not_found: Some("404-page"),
        ..Wanted::default()
    };
    let (text, said) = edited(DOCUSAURUS, &files);
    assert_eq!(lost(DOCUSAURUS, &text), Vec::<&str>::new());
    assert_whole(&said);
    let assets = json!({
        "directory": "./build",
        "binding": "ASSETS",
        "run_worker_first": true,
        "not_found_handling": "404-page",
    });
    assert_eq!(said["assets"], assets);
}

#[test]
fn a_comma_after_the_last_key_stays_in_fashion() {
    let (text, said) = edited(SVELTE, &gate());
    assert_whole(&said);
    assert!(text.ends_with("],\n}\n"), "{text}");
    assert_eq!(said["assets"]["directory"], ".svelte-kit/cloudflare");
}

#[test]
fn comments_within_lists_stay() {
    let (text, said) = edited(OPENNEXT, &gate());
    assert_eq!(
        lost(OPENNEXT, &text),
        [r#""main": ".open-next/worker.js","#]
    );
    assert_whole(&said);
}

#[test]
fn what_is_bound_already_stays_and_numbers_are_free() {
    let (_, said) = edited(ASTRO, &gate());
    assert_whole(&said);
    assert_eq!(
        names(&said["kv_namespaces"], "binding"),
        ["SESSION", "POSTERN_SESSIONS"]
    );
    assert_eq!(names(&said["migrations"], "tag"), ["v1", "postern"]);
    assert_eq!(names(&said["ratelimits"], "namespace_id"), ["1001", "1002"]);
    let staging = &said["env"]["staging"];
    assert_eq!(names(&staging["ratelimits"], "namespace_id"), ["1003"]);
    assert_eq!(
        staging["durable_objects"]["bindings"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
}

#[test]
fn toml_keeps_its_comments_and_order() {
    let once = toml::edit(WORKER, &edits(&read_toml(WORKER), &gate())).unwrap();
    let said = read_toml(&once);
    assert_eq!(lost(WORKER, &once), [r#"main = "src/index.ts""#]);
    assert_whole(&said);
    assert_eq!(said["main"], "gate.js");
    assert!(
        once.contains("  { name = \"POSTERN_PEOPLE\", class_name = \"Person\" },\n"),
        "{once}"
    );
    assert_eq!(toml::edit(&once, &edits(&said, &gate())).unwrap(), once);
}

#[test]
fn lines_of_windows_stay_so() {
    let text = HELLO.replace('\n', "\r\n");
    let (text, _) = edited(&text, &gate());
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    let text = WORKER.replace('\n', "\r\n");
    let once = toml::edit(&text, &edits(&read_toml(&text), &gate())).unwrap();
    assert_eq!(once.matches('\n').count(), once.matches("\r\n").count());
}

#[test]
fn a_build_of_ones_own_runs_first() {
    let text = r#"{ "build": { "command": "npm run compile", "watch_dir": "src" } }"#;
    let (_, said) = edited(text, &Wanted::default());
    assert_eq!(
        said["build"]["command"],
        "npm run compile && npx postern build"
    );
    assert_eq!(said["build"]["watch_dir"], "src");
}

#[test]
fn what_is_in_the_way_is_named_and_nothing_is_written() {
    for (text, says) in [
        (
            r#"{ "durable_objects": [] }"#,
            "`durable_objects` is no object: make it one",
        ),
        (
            r#"{ "kv_namespaces": {} }"#,
            "`kv_namespaces` is no list: make it one",
        ),
        ("[]", "the file holds no object `{ ... }`"),
    ] {
        let said = jsonc::read(text).unwrap();
        let problem = jsonc::edit(text, &edits(&said, &gate())).unwrap_err();
        assert_eq!(problem.to_string(), says);
    }
    for text in ["{ main: 1 }", "{ \"a\": 1 \"b\": 2 }", "{", ""] {
        assert!(jsonc::read(text).is_err(), "{text}");
        assert!(jsonc::edit(text, &[]).is_err(), "{text}");
    }
    let problem = toml::edit("a = 1\nb =", &[]).unwrap_err();
    assert!(problem.to_string().starts_with("line 2: "), "{problem}");
}
