//! `assets.run_worker_first`: what `postern build` writes, and what `postern check` proves.

use postern_cli::memory::Memory;

const POSTERN: &str = "issuer = \"https://auth.example.com\"\n\n\
                       [[routes]]\nmatch = \"/public/*\"\naccess = \"public\"\norigin = \"assets\"\n\n\
                       [[routes]]\nmatch = \"/docs/**\"\naccess = \"public\"\norigin = \"assets\"\n\n\
                       [[routes]]\nmatch = \"/*\"\naccess = \"deny\"\n";

const WRANGLER: &str = r#"{
  // The files.
  "assets": {
    "directory": "site", "binding": "ASSETS",
    "run_worker_first": true // all of them
  },
  "kv_namespaces": [{ "binding": "POSTERN_SESSIONS" }],
  "durable_objects": {
    "bindings": [
      { "name": "POSTERN_COORDINATORS", "class_name": "SessionCoordinator" },
      { "name": "POSTERN_PEOPLE", "class_name": "Person" },
      { "name": "POSTERN_REVOCATION_LOG", "class_name": "RevocationLog" }
    ]
  },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["SessionCoordinator", "Person", "RevocationLog"] }]
}"#;

const TOML: &str = r#"[assets] # The files.
directory = "site"
binding = "ASSETS"
run_worker_first = ["/*", "!/private/*"] # what comes to the Worker

[[kv_namespaces]]
binding = "POSTERN_SESSIONS"

[durable_objects]
bindings = [
  { name = "POSTERN_COORDINATORS", class_name = "SessionCoordinator" },
  { name = "POSTERN_PEOPLE", class_name = "Person" },
  { name = "POSTERN_REVOCATION_LOG", class_name = "RevocationLog" },
]

[[migrations]]
tag = "v1"
new_sqlite_classes = ["SessionCoordinator", "Person", "RevocationLog"]
"#;

const LIST: &str = "[\"/*\", \"!/public/*\", \"!/docs\", \"!/docs/*\"]";

fn folder(wrangler: &str) -> Memory {
    let memory = Memory::with("postern.toml", POSTERN);
    memory.put("wrangler.jsonc", wrangler);
    memory
}

/// What the file says, each list on one line.
fn list(text: &str) -> String {
    let (_, after) = text.split_once("run_worker_first").unwrap();
    let value = &after[after.find([':', '=']).unwrap() + 1..];
    let end = value.find(']').map_or(value.len(), |at| at + 1);
    let words: Vec<&str> = value[..end].split_whitespace().collect();
    words.join(" ").replace("[ ", "[").replace(" ]", "]")
}

#[test]
fn a_build_writes_what_is_served_without_the_worker_and_keeps_the_rest() {
    let memory = folder(WRANGLER);
    let ran = memory.run(&["build"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(
        ran.out.starts_with("postern: wrangler.jsonc says anew"),
        "{}",
        ran.out
    );
    let text = memory.text("wrangler.jsonc").unwrap();
    assert_eq!(list(&text), LIST);
    assert!(
        text.contains("// The files.") && text.contains("// all of them"),
        "{text}"
    );
    assert!(memory.text(".postern/config.js").is_some());

    // It is right now, so nothing is written, and nothing is found.
    let before = memory.written();
    let ran = memory.run(&["build"]);
    assert_eq!((ran.code, memory.written()), (0, before));
    assert_eq!(memory.run(&["check"]).err, "");

    memory.put(
        "postern.toml",
        format!("run_worker_first = true\n{POSTERN}"),
    );
    assert!(
        memory
            .run(&["check"])
            .err
            .contains("`!/public/*` lets files past the gate")
    );
    memory.run(&["build"]);
    assert_eq!(memory.text("wrangler.jsonc").unwrap(), WRANGLER);
}

#[test]
fn a_list_that_lets_files_past_the_gate_is_written_anew() {
    let memory = Memory::with("postern.toml", POSTERN);
    memory.put("wrangler.toml", TOML);
    let ran = memory.run(&["check"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("`!/private/*` lets files past the gate"),
        "{}",
        ran.err
    );
    assert_eq!(memory.run(&["build"]).code, 0);
    let text = memory.text("wrangler.toml").unwrap();
    assert_eq!(list(&text), LIST);
    assert!(text.contains("[assets] # The files.") && text.contains("# what comes to the Worker"));
    assert_eq!(memory.run(&["check"]).code, 0);
}

/// wrangler has read its file before it runs the build: what is written then comes too late.
#[test]
fn a_build_that_wrangler_runs_leaves_its_file_alone() {
    for arguments in [&["build"][..], &["build", "--no-edit"]] {
        let mut memory = Memory::with("postern.toml", POSTERN);
        memory.put("wrangler.toml", TOML);
        if arguments.len() == 1 {
            let value = "deploy".to_owned();
            memory
                .variables
                .insert("WRANGLER_COMMAND".to_owned(), value);
        }
        let ran = memory.run(arguments);
        assert_eq!((ran.code, memory.written()), (1, 0), "{}", ran.err);
        assert!(
            ran.err.contains("as `npx postern build` does"),
            "{}",
            ran.err
        );
        // What is only slower is no reason to stop.
        memory.put(
            "wrangler.toml",
            TOML.replace("[\"/*\", \"!/private/*\"]", "true"),
        );
        assert_eq!(memory.run(arguments).code, 0);
        assert!(
            memory
                .text("wrangler.toml")
                .unwrap()
                .contains("run_worker_first = true")
        );
    }
}

#[test]
fn fewer_rules_are_as_good() {
    for (said, problem) in [
        ("[\"/*\"]", None),
        ("[\"/*\", \"!/docs/*\"]", None),
        ("[\"/*\", \"!/public/img/*.png\", \"!/docs\"]", None),
        (
            "[\"/*\", \"!/docs*\"]",
            Some("`!/docs*` lets files past the gate"),
        ),
        ("[\"/*\", \"!/*\"]", Some("`!/*` lets files past the gate")),
        ("[\"/private/*\"]", Some("has no `/*`")),
        ("false", Some("before the gate is asked")),
        ("\"/*\"", Some("before the gate is asked")),
    ] {
        let memory = folder(&WRANGLER.replace("true //", &format!("{said} //")));
        let ran = memory.run(&["check"]);
        match problem {
            None => assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{said}"),
            Some(words) => {
                assert_eq!(ran.code, 1, "{said}");
                assert!(ran.err.contains(words), "{said}: {}", ran.err);
                assert!(ran.err.contains(LIST), "{said}: {}", ran.err);
            }
        }
    }
}

/// A file may then be served under a path of which nobody has thought.
#[test]
fn with_rewrites_everything_comes_to_the_worker() {
    let memory = folder(WRANGLER);
    memory.put("site/_redirects", "# none\n/a /b 301\n/c /d # 200\n");
    memory.run(&["build"]);
    assert_eq!(list(&memory.text("wrangler.jsonc").unwrap()), LIST);
    memory.put("site/_redirects", "/a /b 301\n/public/x /private/x 200\n");
    assert_eq!(memory.run(&["check"]).code, 1);
    memory.run(&["build"]);
    assert_eq!(memory.text("wrangler.jsonc").unwrap(), WRANGLER);
}

#[test]
fn each_environment_that_has_files_of_its_own_says_it() {
    let (_, bindings) = WRANGLER.split_once("  \"kv_namespaces\"").unwrap();
    let bindings = format!("\"kv_namespaces\"{bindings}");
    let env = |assets: &str| format!("{{ {assets}{bindings}");
    let own = env(
        "\"assets\": { \"directory\": \"other\", \"binding\": \"ASSETS\", \"run_worker_first\": true },\n",
    );
    let envs = format!("\"env\": {{ \"a\": {own}, \"b\": {} }},\n  \"kv", env(""));
    let memory = folder(&WRANGLER.replacen("\"kv", &envs, 1));
    memory.put("other/_redirects", "/* /x 200");
    memory.put("site/_redirects", "/a /b");
    let rules = |memory: &Memory| {
        let text = memory.text("wrangler.jsonc").unwrap();
        let lists = text.split("run_worker_first").skip(1);
        let lists: Vec<String> = lists
            .map(|rest| list(&format!("run_worker_first{rest}")))
            .collect();
        lists
    };
    let ran = memory.run(&["build"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let found = rules(&memory);
    assert_eq!(found[0], LIST);
    assert!(found[1].starts_with("true"), "{found:?}");
    memory.put("other/_redirects", "");
    memory.run(&["build"]);
    assert_eq!(rules(&memory), [LIST, LIST]);
}
