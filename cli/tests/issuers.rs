//! The pages about other issuers name the configuration with which `tests/issuers` takes the tokens of their shape.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// The pages, and the shapes that they are about.
const PAGES: [(&str, &str); 3] = [
    ("keycloak", "keycloak"),
    ("auth0", "auth0-rfc9068"),
    ("entra", "entra-v2"),
];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_page_names_the_configuration_that_is_tested() {
    for (page, shape) in PAGES {
        let page = format!("docs/issuer-{page}.md");
        let text = read(&page);
        let (_, rest) = text.split_once("```toml\n").expect("there is an example");
        let (example, _) = rest.split_once("```").expect("it ends");
        let table: toml::Table = example
            .parse()
            .unwrap_or_else(|error| panic!("{page}: {error}"));
        let written: Value = serde_json::to_value(&table["issuers"][0]).unwrap();
        let shape: Value =
            serde_json::from_str(&read(&format!("tests/issuers/shapes/{shape}.json"))).unwrap();
        assert_eq!(written, shape["config"], "{page}");
    }
}
