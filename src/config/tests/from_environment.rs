//! `env:NAME`, and an issuer that is left out.

use serde_json::{Value, json};

use super::{Unseen, Worker, assert_problem, small};
use crate::config::{BindingKind, Config, Environment, NO_ISSUER, Origin, Problem, Setting};

/// A configuration in which everything that may come from variables does.
fn all() -> Value {
    json!({
        "issuer": "env:ISSUER",
        "audience": "env:API",
        "name": "env:NAME",
        "jurisdiction": "env:PLACE",
        "clients": [{
            "id": "app",
            "secret_sha256": "env:APP_DIGEST",
            "grants": ["client_credentials", "authorization_code"],
            "name": "env:NAME",
            "redirect_uris": ["env:BACK", "https://app.example.com/other"],
            "audiences": ["env:API"],
            "introspect": ["env:API"],
        }],
        "providers": [{
            "id": "acme",
            "issuer": "env:ACME",
            "client_id": "env:ACME_CLIENT",
            "allow": [{ "claim": "groups", "has": "staff" }],
        }],
        "routes": [{
            "match": "/api/*",
            "access": "any",
            "origin": "env:ORIGIN",
            "preflight": "answer",
            "cors_origins": ["env:APP"],
        }],
    })
}

fn set() -> Worker {
    Worker::complete()
        .with("ISSUER", "https://staging.example.com\n")
        .with("API", "https://api.staging.example.com")
        .with("NAME", "Staging")
        .with("PLACE", "eu")
        .with("BACK", "https://app.staging.example.com/callback")
        .with("ACME", "https://login.example.com")
        .with("ACME_CLIENT", "postern-staging")
        .with("ORIGIN", "https://origin.staging.example.com")
        .with("APP", "https://app.staging.example.com")
}

#[test]
fn what_differs_between_environments_may_come_from_variables() {
    let config = Config::read(&all().to_string(), &set()).unwrap();
    assert_eq!(config.issuer.as_str(), "https://staging.example.com");
    assert_eq!(config.brand.name, "Staging");
    assert_eq!(config.place.jurisdiction, Some("eu"));
    let client = &config.clients[0];
    assert_eq!(client.shown_name(), "Staging");
    assert_eq!(
        client.redirect_uris[0].as_str(),
        "https://app.staging.example.com/callback"
    );
    assert_eq!(
        client.audiences[0].as_str(),
        "https://api.staging.example.com"
    );
    assert_eq!(config.providers[0].client_id, "postern-staging");
    assert_eq!(
        config.providers[0].issuer.as_str(),
        "https://login.example.com"
    );
    let route = &config.routes[0];
    assert_eq!(
        route.origin,
        Some(Origin::Url("https://origin.staging.example.com".to_owned()))
    );
    assert_eq!(route.cors_origins, ["https://app.staging.example.com"]);
}

#[test]
fn one_that_is_missing_or_empty_is_named_once_and_nothing_else_is_reported_of_it() {
    let found = Config::read(&all().to_string(), &set().with("API", " ")).unwrap_err();
    let keys: Vec<&str> = found.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "audience",
            "clients[0].audiences[0]",
            "clients[0].introspect[0]"
        ]
    );
    assert_problem(
        &found[..1],
        "audience",
        &["`API` is empty", "vars", ".dev.vars"],
    );
    let mut table = all();
    table["providers"][0]["client_id"] = json!("env:NOWHERE");
    let found = Config::read(&table.to_string(), &set()).unwrap_err();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_problem(&found, "providers[0].client_id", &["no variable `NOWHERE`"]);
    table["providers"][0]["client_id"] = json!("env:");
    let found = Config::read(&table.to_string(), &set()).unwrap_err();
    assert_problem(&found, "providers[0].client_id", &["does not name"]);
}

#[test]
fn what_cannot_be_seen_from_here_is_taken_for_good() {
    Config::read(&all().to_string(), &Unseen).unwrap();
}

#[test]
fn what_a_variable_says_is_checked_like_what_the_file_says() {
    let found = Config::read(&all().to_string(), &set().with("ACME", "nowhere")).unwrap_err();
    assert_eq!(found[0].key, "providers[0].issuer");
}

#[test]
fn rules_never_come_from_variables() {
    for (key, value) in [("match", "/*"), ("access", "public")] {
        let mut table = small();
        table["routes"][1][key] = json!("env:RULE");
        let worker = Worker::complete().with("RULE", value);
        let found = Config::read(&table.to_string(), &worker).unwrap_err();
        assert_eq!(found[0].key, format!("routes[1].{key}"));
    }
}

/// A Worker that is reached on one's own machine.
struct Local(Worker);

impl Environment for Local {
    fn setting(&self, name: &str) -> Setting {
        self.0.setting(name)
    }

    fn has_binding(&self, name: &str, kind: BindingKind) -> Option<bool> {
        self.0.has_binding(name, kind)
    }

    fn own_origin(&self) -> Option<String> {
        Some("http://localhost:8787".to_owned())
    }
}

fn with_issuer(
    issuer: Option<&str>,
    environment: &dyn Environment,
) -> Result<Config, Vec<Problem>> {
    let mut table = small();
    match issuer {
        Some(issuer) => table["issuer"] = json!(issuer),
        None => drop(table.as_object_mut().map(|table| table.remove("issuer"))),
    }
    Config::read(&table.to_string(), environment)
}

#[test]
fn an_issuer_that_is_left_out_is_ones_own_machine_and_nothing_else() {
    for (issuer, value) in [
        (None, "unused"),
        (Some("env:ISSUER"), ""),
        (Some("env:NOWHERE"), "unused"),
    ] {
        let worker = || Worker::complete().with("ISSUER", value);
        let config = with_issuer(issuer, &Local(worker())).unwrap();
        assert_eq!(config.issuer.as_str(), "http://localhost:8787");
        assert!(config.is_on_own_machine_only);
        let found = with_issuer(issuer, &worker()).unwrap_err();
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].message, NO_ISSUER);
    }
    let config = with_issuer(Some("https://auth.example.com"), &Local(Worker::complete())).unwrap();
    assert_eq!(config.issuer.as_str(), "https://auth.example.com");
    assert!(!config.is_on_own_machine_only);
}
