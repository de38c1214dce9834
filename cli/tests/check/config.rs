//! What is wrong in postern.toml.

use postern_cli::memory::Memory;

use crate::{Folder, GOOD, GOOD_LINE, assert_error};

#[test]
fn every_problem_is_printed_with_its_place() {
    let files = GOOD
        .replace("access = \"token\"", "access = \"tokn\"")
        .replace("issuer =", "isuer =");
    let output = Folder::with(&files).check();
    assert_eq!(output.code, 1);
    for line in [
        "postern.toml:1:1: error: isuer: is not a key of this table: did you mean `issuer`?",
        "postern.toml:10:1: error: routes[0].access: must be one of `public`, `token`, `session`, `any`, `deny`",
    ] {
        let is_said = output.err.lines().any(|l| l.starts_with(line));
        assert!(is_said, "{line}: {}", output.err);
    }
}

#[test]
fn a_file_that_is_not_toml() {
    let words = ["postern.toml:2:5: error: is not TOML: "];
    assert_error(&format!("{}# postern.toml\na = 1\nb = x", before()), &words);
    let words = ["postern.toml:3:1: error: is not TOML: duplicate key"];
    assert_error(
        &format!("{}# postern.toml\na = 1\nä = 2\na = 3", before()).replace('ä', "b"),
        &words,
    );
}

/// The wrangler.toml.
fn before() -> &'static str {
    GOOD.split_once("# postern.toml").unwrap().0
}

#[test]
fn files_that_are_not_there() {
    let none = Memory::default().run(&["check", "--config", "/nonexistent/postern.toml"]);
    assert_eq!(none.code, 1);
    for line in [
        "/nonexistent/postern.toml: error: there is no such file",
        "/nonexistent/wrangler.jsonc: error: there is no such file, and no wrangler.json or wrangler.toml",
    ] {
        assert!(none.err.contains(line), "{line}: {}", none.err);
    }
    assert!(none.err.contains("npx postern init"), "{}", none.err);
}

#[test]
fn other_files_than_those_of_the_folder() {
    let folder = Folder::with(GOOD);
    let text = |name| folder.0.text(name).unwrap();
    folder.write("a/b.toml", &text("postern.toml"));
    folder.write("a/wrangler.toml", &text("wrangler.toml"));
    folder.write(
        "a/w.toml",
        &text("wrangler.toml").replace("POSTERN_SESSIONS", "X"),
    );
    let ran = folder.0.run(&["check", "--config", "a/b.toml"]);
    assert_eq!(
        ran.out,
        GOOD_LINE
            .replace("postern.toml", "a/b.toml")
            .replace("wrangler", "a/wrangler")
    );
    let ran = folder
        .0
        .run(&["check", "--config", "a/b.toml", "--wrangler", "a/w.toml"]);
    assert!(
        ran.err.starts_with("a/w.toml: error: POSTERN_SESSIONS: "),
        "{}",
        ran.err
    );
}

#[test]
fn an_issuer_may_be_unknown_before_the_first_deployment() {
    let output = Folder::with(&GOOD.replace("issuer = \"https://auth.example.com\"\n", "")).check();
    assert_eq!(output.code, 0, "{}", output.err);
    assert!(
        output
            .err
            .starts_with("postern.toml: warning: issuer: is missing"),
        "{}",
        output.err
    );
    // The same where it is left to a variable that nobody has set yet.
    let variable = "[vars]\nSITE = \"\"\n\n# postern.toml";
    let files = GOOD
        .replace("\"https://auth.example.com\"", "\"env:SITE\"")
        .replace("# postern.toml", variable);
    let output = Folder::with(&files).check();
    let line = "postern.toml:1:1: warning: issuer: the variable `SITE` is empty: write the URL";
    assert!(output.err.starts_with(line), "{}", output.err);
    assert_eq!(output.code, 0);
}

#[test]
fn local_secrets_are_checked() {
    let folder = Folder::with(GOOD);
    folder.write(
        ".dev.vars",
        "APP_SHA256=hunter2\nPOSTERN_KEYS=\"hunter2\"\n",
    );
    let output = folder.check();
    let text = output.err;
    assert_eq!(output.code, 1);
    assert!(
        text.contains("clients[0].secret_sha256: the secret `APP_SHA256` is not"),
        "{text}"
    );
    assert!(text.contains("POSTERN_KEYS: pair 1"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    let keys = folder.0.run(&["keys"]);
    let good = format!("APP_SHA256={}\nPOSTERN_KEYS={}", "5a".repeat(32), keys.out);
    folder.write(".dev.vars", &good);
    assert_eq!(folder.check().err, "");
}

#[test]
fn a_jurisdiction_is_named_because_it_must_not_change() {
    let output = Folder::with(&GOOD.replace(
        "# postern.toml\n",
        "# postern.toml\njurisdiction = \"eu\"\n",
    ))
    .check();
    assert_eq!(output.err, "");
    let text = output.out;
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    assert_eq!(first, GOOD_LINE.trim());
    let said = lines.next().unwrap();
    assert!(
        said.contains("`eu`") && said.contains("must not change"),
        "{said}"
    );
}

#[test]
fn a_header_that_never_reaches_an_origin_is_not_worth_listing() {
    let with = |headers: &str| {
        GOOD.replace(
            "access = \"token\"\n",
            &format!("access = \"token\"\nheaders = {headers}\n"),
        )
    };
    for stopped in [
        "X-Forwarded-Host",
        "authorization",
        "x-forwarded-*",
        "Cf-Access-*",
    ] {
        let words = ["routes[0].headers[1]", "stops on every route"];
        assert_error(&with(&format!("[\"x-app\", \"{stopped}\"]")), &words);
    }
    let output = Folder::with(&with("[\"x-app\", \"x-forwarded-for\", \"x-*\"]")).check();
    assert_eq!(output.err, "");
}

/// What `vars` says is deployed. What `.dev.vars` says is not, and stands in for what cannot be seen.
#[test]
fn the_values_of_variables() {
    let files = GOOD.replace("\"https://auth.example.com\"", "\"env:ISSUER\"");
    assert_eq!(Folder::with(&files).check().err, "");
    let named = |issuer: &str| {
        let vars = format!("[vars]\nISSUER = \"{issuer}\"\n\n# postern.toml");
        Folder::with(&files.replace("# postern.toml", &vars))
    };
    let folder = named("https://auth.example.com");
    folder.write(".dev.vars", "ISSUER=nonsense\n");
    assert_eq!(folder.check().err, "");
    let err = named("nonsense").check().err;
    assert!(
        err.starts_with("postern.toml:1:1: error: issuer: "),
        "{err}"
    );
    let folder = Folder::with(&files);
    folder.write(".dev.vars", "ISSUER=nonsense\n");
    assert_eq!(folder.check().code, 1);
}
