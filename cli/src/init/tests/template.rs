//! `template/`, which "Deploy to Cloudflare" takes: what `init` writes into an empty folder, and a few files more.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::machine::{desk, init};
use crate::edit::jsonc;

fn path_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../template")
        .join(name)
}

fn template(name: &str) -> String {
    let path = path_of(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// With `WRITE_TEMPLATE=1` it is made so.
#[test]
fn it_is_what_init_writes() {
    let writes = std::env::var_os("WRITE_TEMPLATE").is_some();
    let memory = desk(&[]);
    assert_eq!(init(&memory, &["postern-site", "--yes"]).code, 0);
    for path in memory.paths() {
        let name = path.strip_prefix("postern-site/").unwrap();
        match name {
            // Secrets are made by whoever has it.
            ".dev.vars" => {}
            "package.json" => {
                let (ours, theirs) = (memory.text(&path).unwrap(), template(name));
                let (ours, theirs) = (jsonc::read(&ours).unwrap(), jsonc::read(&theirs).unwrap());
                for (key, value) in ours.as_object().unwrap() {
                    assert_eq!(theirs.get(key), Some(value), "{name}: {key}");
                }
            }
            _ if writes => std::fs::write(path_of(name), memory.text(&path).unwrap()).unwrap(),
            _ => assert_eq!(template(name), memory.text(&path).unwrap(), "{name}"),
        }
    }
}

#[test]
fn init_finds_nothing_missing_in_it_but_secrets() {
    let memory = desk(&[]);
    for name in [
        "package.json",
        "wrangler.jsonc",
        "postern.toml",
        ".gitignore",
    ] {
        memory.put(name, template(name));
    }
    let ran = init(&memory, &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.err.starts_with("postern: wrote .dev.vars\n"),
        "{}",
        ran.err
    );
}

#[test]
fn no_line_of_its_example_has_a_secret() {
    let example = template(".dev.vars.example");
    let lines = example
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let names: Vec<&str> = lines
        .map(|line| line.strip_suffix('=').expect(line))
        .collect();
    assert_eq!(names, ["POSTERN_KEYS", "POSTERN_USERS"]);
    let package = jsonc::read(&template("package.json")).unwrap();
    let described = package["cloudflare"]["bindings"].as_object().unwrap();
    let wrangler = jsonc::read(&template("wrangler.jsonc")).unwrap();
    let variables = wrangler["vars"].as_object().unwrap();
    let needed = names
        .iter()
        .copied()
        .chain(variables.keys().map(String::as_str));
    for name in needed {
        let text = described
            .get(name)
            .and_then(|binding| binding["description"].as_str());
        assert!(text.is_some_and(|text| !text.is_empty()), "{name}");
    }
    assert_eq!(wrangler["vars"]["POSTERN_ISSUER"], Json::from(""));
}
