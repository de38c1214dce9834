//! The command as people call it, on a machine in memory.

use super::machine::{desk, holds_together, init, is_settled};

#[test]
fn an_empty_folder_becomes_a_site() {
    let memory = desk(&[]);
    let ran = init(&memory, &["my-site", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let expected = [
        "my-site/.dev.vars",
        "my-site/.gitignore",
        "my-site/package.json",
        "my-site/postern.test.toml",
        "my-site/postern.toml",
        "my-site/public/index.html",
        "my-site/wrangler.jsonc",
    ];
    assert_eq!(memory.paths(), expected);
    assert_eq!(memory.mode("my-site/.dev.vars"), Some(0o600));
    assert!(
        ran.err.contains("cd my-site && npm install\n  npm run dev"),
        "{}",
        ran.err
    );
    is_settled(&memory, "my-site");
}

#[test]
fn the_other_commands_take_what_it_writes() {
    for arguments in [
        &["--yes"][..],
        &["--yes", "--gate", "https://origin.example.com"],
        &["--yes", "--gate", "worker"],
        &[
            "--yes",
            "--login",
            "https://accounts.example.com",
            "--client-id",
            "abc",
            "--allow",
            "@example.com",
        ],
    ] {
        let memory = desk(&[]);
        assert_eq!(init(&memory, arguments).code, 0);
        holds_together(&memory);
    }
}

#[test]
fn the_password_that_is_shown_is_the_one_that_lets_in() {
    use postern::accounts::Accounts;
    use postern::secret::Secret;

    let memory = desk(&[]);
    let ran = init(&memory, &["--yes", "--login", "account:ann"]);
    let (_, rest) = ran
        .err
        .split_once("Log in as ann with the password ")
        .unwrap();
    let password = rest.split(' ').next().unwrap();
    assert_eq!(password.len(), 19);
    let secrets = memory.text(".dev.vars").unwrap();
    assert!(!secrets.contains(password), "the file has only its hash");
    let (_, line) = secrets.split_once("POSTERN_USERS='").unwrap();
    let accounts = Accounts::parse(line.split('\'').next().unwrap()).unwrap();
    let found = accounts.check("ann", &Secret::new(password.to_owned()));
    assert!(found.is_some(), "{line}");
}

#[test]
fn each_question_has_a_default_and_bad_answers_are_asked_again() {
    let memory = desk(&[]);
    let ran = memory.run_with(
        &["init"],
        &["9", "x", "", "a\"b", "docs", "1", "not a name", "ann"],
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    let page = memory.text("docs/index.html").unwrap();
    assert!(page.contains("You are in"));
    assert!(
        ran.err.contains("a number from 1 to 3, please"),
        "{}",
        ran.err
    );
    assert!(
        memory
            .text(".dev.vars")
            .unwrap()
            .contains("POSTERN_USERS='ann:$argon2id$")
    );
}

#[test]
fn a_server_behind_a_provider() {
    let memory = desk(&[]);
    let lines = [
        "3",
        "ftp://x",
        "https://origin.example.com",
        "2",
        "https://accounts.example.com",
        "abc",
        "s3cr3t",
        "?",
        "@example.com",
    ];
    let ran = memory.run_with(&["init", "api"], &lines);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let configuration = memory.text("api/postern.toml").unwrap();
    for part in [
        "origin = \"https://origin.example.com\"",
        "issuer = \"https://accounts.example.com\"",
        "client_secret = \"env:PROVIDER_CLIENT_SECRET\"",
        "allow = [{ claim = \"email\", domain = \"example.com\" }]",
    ] {
        assert!(configuration.contains(part), "{part}\n{configuration}");
    }
    assert!(!configuration.contains("s3cr3t"));
    assert!(
        ran.err
            .contains("https://accounts.example.com has to know the redirect URI"),
        "{}",
        ran.err
    );
    assert!(
        ran.err
            .contains("https://origin.example.com by another way"),
        "{}",
        ran.err
    );
    let secrets = memory.text("api/.dev.vars").unwrap();
    assert!(
        secrets.contains("PROVIDER_CLIENT_SECRET='s3cr3t'"),
        "{secrets}"
    );
    assert!(!secrets.contains("POSTERN_USERS"), "{secrets}");
    assert!(
        !memory
            .text("api/wrangler.jsonc")
            .unwrap()
            .contains("\"assets\"")
    );
    is_settled(&memory, "api");
}

#[test]
fn the_same_without_questions() {
    let mut memory = desk(&[]);
    memory.terminal = false;
    memory
        .variables
        .insert("SECRET".to_owned(), "s3cr3t".to_owned());
    let ran = init(
        &memory,
        &[
            "--gate",
            "https://origin.example.com",
            "--login",
            "https://accounts.example.com",
            "--client-id",
            "abc",
            "--client-secret",
            "env:SECRET",
            "--allow",
            "groups=staff",
            "--allow",
            "ann@example.com",
        ],
    );
    assert_eq!((ran.code, ran.asked.len()), (0, 0), "{}", ran.err);
    let configuration = memory.text("postern.toml").unwrap();
    let rules =
        r#"[{ claim = "groups", has = "staff" }, { claim = "email", is = "ann@example.com" }]"#;
    assert!(configuration.contains(rules), "{configuration}");
}

#[test]
fn without_a_terminal_what_is_missing_is_named() {
    let mut memory = desk(&[]);
    memory.terminal = false;
    for (arguments, flag) in [
        (&[][..], "--gate static:FOLDER"),
        (&["--gate", "static:"], "`static:public`"),
        (&["--gate", "https://h/path"], "nothing after the host"),
        (&["--yes", "--login", "me"], "write `account`"),
        (&["--yes", "--login", "https://a.example"], "--client-id"),
        (
            &["--yes", "--login", "https://a.example", "--client-id", "a"],
            "--allow",
        ),
        (
            &[
                "--yes",
                "--login",
                "https://a.example",
                "--client-id",
                "a",
                "--client-secret",
                "s3cr3t",
            ],
            "env:NAME",
        ),
    ] {
        let ran = init(&memory, arguments);
        assert_eq!((ran.code, ran.asked.len()), (1, 0), "{arguments:?}");
        assert!(ran.err.contains(flag), "{flag}: {}", ran.err);
        assert!(!ran.err.contains("s3cr3t"), "{}", ran.err);
        assert!(memory.paths().is_empty(), "{arguments:?}");
    }
}

#[test]
fn which_files_pass_without_the_worker_is_left_to_the_build() {
    let memory = desk(&[]);
    init(&memory, &["--yes"]);
    let wrangler = memory.text("wrangler.jsonc").unwrap();
    let first = "\"run_worker_first\": true";
    assert!(wrangler.contains(first), "{wrangler}");
    memory.put(
        "wrangler.jsonc",
        wrangler.replace(first, "\"run_worker_first\": [\"/*\", \"!/about\"]"),
    );
    is_settled(&memory, ".");
}

#[test]
fn what_is_there_is_changed_only_if_it_may_be() {
    let package = "{\n\t\"name\": \"mine\",\n\t\"scripts\": { \"test\": \"vitest\" }\n}\n";
    let memory = desk(&[("package.json", package), ("public/index.html", "mine")]);
    let ran = memory.run_with(
        &["init", "--gate", "static:public", "--login", "account"],
        &["n"],
    );
    assert_eq!(ran.code, 1);
    assert_eq!(memory.paths(), ["package.json", "public/index.html"]);
    assert!(ran.asked[0].starts_with("Go on?"), "{:?}", ran.asked);
    assert!(
        ran.err.contains("To be changed: package.json."),
        "{}",
        ran.err
    );

    let mut memory = memory;
    memory.terminal = false;
    let ran = init(&memory, &["--gate", "static:public"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("say `--yes`"), "{}", ran.err);

    let ran = init(&memory, &["--gate", "static:public", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(memory.text("public/index.html").unwrap(), "mine");
    let package = memory.text("package.json").unwrap();
    assert!(package.contains("\"test\": \"vitest\""), "{package}");
    assert!(
        package.contains("\t\t\"postern:test\": \"postern test postern.test.toml\""),
        "{package}"
    );
    is_settled(&memory, ".");
}

#[test]
fn secrets_that_are_there_stay() {
    let mine = "POSTERN_KEYS=1:mine\nPOSTERN_USERS=\n# mine\n";
    let memory = desk(&[(".dev.vars", mine), (".gitignore", "/node_modules\n")]);
    let ran = init(&memory, &["--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let secrets = memory.text(".dev.vars").unwrap();
    assert!(
        secrets.starts_with("POSTERN_KEYS=1:mine\nPOSTERN_USERS='me:$argon2id$"),
        "{secrets}"
    );
    let ignored = memory.text(".gitignore").unwrap();
    assert!(ignored.starts_with("/node_modules\n\n"), "{ignored}");
    assert_eq!(ignored.matches("node_modules").count(), 1, "{ignored}");
}

#[test]
fn a_clone_on_another_machine_gets_secrets_of_its_own() {
    let memory = desk(&[]);
    init(&memory, &["--yes"]);
    let clone = desk(&[]);
    for path in memory.paths() {
        if path != ".dev.vars" {
            clone.put(&path, memory.text(&path).unwrap());
        }
    }
    let ran = init(&clone, &[]);
    assert_eq!((ran.code, ran.asked.len()), (0, 0), "{}", ran.err);
    assert!(
        ran.err.starts_with("postern: wrote .dev.vars\n"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("Log in as me with the password"),
        "{}",
        ran.err
    );
}

#[test]
fn a_file_that_cannot_be_read_as_what_it_is_stops_it() {
    for (name, text) in [
        ("package.json", "{"),
        ("wrangler.jsonc", "{ \"a\": }"),
        ("wrangler.toml", "a ="),
    ] {
        let memory = desk(&[(name, text)]);
        let ran = init(&memory, &["--yes"]);
        assert_eq!(ran.code, 1, "{name}");
        assert!(
            ran.err.starts_with(&format!("postern: {name}: ")),
            "{}",
            ran.err
        );
        assert_eq!(memory.paths(), [name]);
    }
}

#[test]
fn a_worker_is_not_taken_away_by_a_folder() {
    let wrangler = include_str!("files/hello.jsonc");
    let memory = desk(&[("wrangler.jsonc", wrangler)]);
    let ran = init(&memory, &["--yes", "--gate", "static:public"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("--gate worker:src/index.ts"),
        "{}",
        ran.err
    );
    assert_eq!(memory.text("wrangler.jsonc").unwrap(), wrangler);
}
