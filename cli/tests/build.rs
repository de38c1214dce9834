//! `postern build`.

use postern_cli::memory::Memory;

const POSTERN: &str = "issuer = \"https://auth.example.com\"\nname = \"Say \\\"hi\\\"\"\n\n[[routes]]\nmatch = \"/*\"\n\
                       access = \"public\"\norigin = \"assets\"\n";

const WRANGLER: &str = r#"{
  "assets": { "binding": "ASSETS", "run_worker_first": true },
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

fn folder(postern: &str) -> Memory {
    let memory = Memory::with("postern.toml", postern);
    memory.put("wrangler.jsonc", WRANGLER);
    memory
}

fn config(memory: &Memory) -> String {
    memory.text(".postern/config.js").unwrap()
}

#[test]
fn what_a_build_writes_format_unchanged() {
    let memory = folder(POSTERN);
    let ran = memory.run(&["build"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(
        ran.out,
        "postern: .postern/config.js is made of postern.toml (0 clients, 1 route)\n"
    );
    let table = r#"{\"issuer\":\"https://auth.example.com\",\"name\":\"Say \\\"hi\\\"\",\"routes\":[{\"access\":\"public\",\"match\":\"/*\",\"origin\":\"assets\"}]}"#;
    let expected = format!(
        "// Written by `postern build` from postern.toml. Do not edit.\nexport default {{ version: 1, table: \"{table}\" }};\n"
    );
    assert_eq!(config(&memory), expected);
    let worker = memory.text(".postern/worker.js").unwrap();
    assert_eq!(
        worker,
        "// Written by `postern build`. Do not edit.\nimport { worker } from \"postern/worker\";\n\
         import config from \"./config.js\";\n\
         export { Account, Person, RevocationLog, RevocationRelay, SessionCoordinator } from \"postern/worker\";\n\
         export default worker(config);\n"
    );
    assert_eq!(memory.text(".postern/.gitignore").as_deref(), Some("*\n"));
    assert!(
        memory
            .text(".postern/config.d.ts")
            .unwrap()
            .contains("export default config;")
    );
    let types = memory.text(".postern/worker.d.ts").unwrap();
    assert!(types.contains(
        "export { Account, Person, RevocationLog, RevocationRelay, SessionCoordinator } from"
    ));
}

#[test]
fn nothing_is_written_again_where_nothing_has_changed() {
    let memory = folder(POSTERN);
    memory.run(&["build"]);
    let before = memory.written();
    assert_eq!(before, 5);
    memory.run(&["build"]);
    assert_eq!(memory.written(), before);
    memory.put("postern.toml", POSTERN.replace("hi", "ho"));
    memory.run(&["build"]);
    assert_eq!(memory.written(), before + 1);
}

#[test]
fn a_refused_configuration_is_not_built() {
    for memory in [
        folder("issuer = "),
        folder(&POSTERN.replace("public", "pubic")),
        Memory::with("postern.toml", POSTERN),
        Memory::with("wrangler.jsonc", WRANGLER),
    ] {
        let ran = memory.run(&["build"]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        assert!(ran.err.contains(": error: "), "{}", ran.err);
        assert_eq!(memory.written(), 0);
    }
}

#[test]
fn while_somebody_develops_the_worker_says_what_is_wrong() {
    let build = |memory: &Memory| {
        let ran = memory.run(&["build", "--dev"]);
        assert_eq!(ran.code, 0);
        (ran.err, config(memory))
    };
    let (err, module) = build(&folder(POSTERN));
    assert_eq!(err, "");
    assert!(
        module.contains("export default { version: 1, dev: true, table: \"{"),
        "{module}"
    );

    let (err, module) = build(&folder(&POSTERN.replace("public", "pubic")));
    assert!(
        err.starts_with("postern.toml:6:1: error: routes[0].access: must be one of"),
        "{err}"
    );
    assert!(
        module.contains("export default { version: 1, dev: true, refused: [\"postern.toml:6:1: routes[0].access: must be"),
        "{module}"
    );
    let (_, module) = build(&folder("issuer = "));
    assert!(
        module.contains("refused: [\"postern.toml:1:10: is not TOML: "),
        "{module}"
    );
    let memory = folder(POSTERN);
    memory.put(
        "wrangler.jsonc",
        WRANGLER.replace("POSTERN_SESSIONS", "SESSIONS"),
    );
    assert!(
        build(&memory)
            .1
            .contains("refused: [\"wrangler.jsonc: POSTERN_SESSIONS: is not a binding")
    );
}

/// People log in at the address in the browser, whatever the deployment's is.
#[test]
fn while_somebody_develops_the_issuer_is_where_the_worker_is_reached() {
    let memory = folder(POSTERN);
    assert!(!config_of(&memory, &["build", "--dev"]).contains("issuer"));
    assert!(config_of(&memory, &["build"]).contains("issuer"));
    // Unless the values for local runs name one.
    let memory = folder(&POSTERN.replace("\"https://auth.example.com\"", "\"env:SITE\""));
    assert!(!config_of(&memory, &["build", "--dev"]).contains("issuer"));
    memory.put(".dev.vars", "SITE=https://me.dev.example.com\n");
    assert!(config_of(&memory, &["build", "--dev"]).contains("env:SITE"));
}

/// What wrangler tells its build command.
#[test]
fn wrangler_dev_says_that_somebody_develops() {
    for (command, is_dev) in [("dev", true), ("deploy", false), ("versions upload", false)] {
        let mut memory = folder(POSTERN);
        let value = command.to_owned();
        memory
            .variables
            .insert("WRANGLER_COMMAND".to_owned(), value);
        assert_eq!(memory.run(&["build"]).code, 0);
        assert_eq!(config(&memory).contains("dev: true"), is_dev, "{command}");
    }
}

/// One's own machine has its own values, and one that is good is enough: which one runs is not known.
#[test]
fn while_somebody_develops_local_values_count_for_more() {
    let memory = folder(&POSTERN.replace("\"https://auth.example.com\"", "\"env:SITE\""));
    memory.put(
        "wrangler.jsonc",
        WRANGLER.replacen('{', "{ \"vars\": { \"SITE\": \"https://a.example\" },", 1),
    );
    memory.put(".dev.vars", "SITE=nonsense\n");
    assert!(!config_of(&memory, &["build"]).contains("refused"));
    assert!(
        config_of(&memory, &["build", "--dev"]).contains("refused: [\"postern.toml:1:1: issuer: ")
    );
    memory.put(".dev.vars", "SITE=http://localhost:8787\n");
    assert!(!config_of(&memory, &["build", "--dev"]).contains("refused"));
    memory.put(
        "wrangler.jsonc",
        WRANGLER.replacen('{', "{ \"env\": { \"live\": {} },", 1),
    );
    assert!(!config_of(&memory, &["build", "--dev"]).contains("refused"));
    assert_eq!(memory.run(&["build"]).code, 1);
}

fn config_of(memory: &Memory, words: &[&str]) -> String {
    let ran = memory.run(words);
    assert_eq!(ran.code, 0, "{}", ran.err);
    config(memory)
}

#[test]
fn elsewhere_than_in_the_folder() {
    let memory = Memory::with("site/gate.toml", POSTERN);
    memory.put("site/wrangler.jsonc", WRANGLER);
    assert_eq!(memory.run(&["build", "--config", "site/gate.toml"]).code, 0);
    let module = memory.text("site/.postern/config.js").unwrap();
    assert!(module.starts_with("// Written by `postern build` from gate.toml. Do not edit.\n"));
    let words = ["build", "--config", "site/gate.toml", "--out", "src/made"];
    assert_eq!(memory.run(&words).code, 0);
    assert!(memory.text("src/made/worker.js").is_some());
    // What else is in a folder that somebody has named stays visible to git.
    assert!(memory.text("src/made/.gitignore").is_none());
}
