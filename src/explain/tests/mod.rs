//! What is said of configurations and requests.

mod explain;
mod issuers;
mod plan;
mod rules;
mod shadows;
mod table;
mod token;

use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::explain::Who;
use crate::fixtures::config::Unseen;

const API: &str = "https://api.example.com";

/// A configuration with these routes, and a client that may have every scope.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "tests write it in place")]
fn with_routes(routes: Value) -> Config {
    with(json!({ "routes": routes }))
}

/// A configuration with these keys in place of the usual ones.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "tests write it in place")]
fn with(keys: Value) -> Config {
    let mut table = json!({
        "issuer": "https://docs.example.com",
        "clients": [client("app")],
        "providers": [{
            "id": "acme", "issuer": "https://id.example.com", "client_id": "postern",
            "allow": [{ "claim": "groups", "has": "staff" }],
        }],
        "routes": [{ "match": "/*", "access": "public", "origin": "assets" }],
    });
    let all = table.as_object_mut().unwrap();
    for (key, value) in keys.as_object().unwrap() {
        all.insert(key.clone(), value.clone());
    }
    Config::read(&table.to_string(), &Unseen).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn client(id: &str) -> Value {
    json!({
        "id": id,
        "secret_sha256": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "scopes": ["read", "write"],
        "audiences": [API, "https://other.example.com"],
    })
}

fn public(pattern: &str) -> Value {
    json!({ "match": pattern, "access": "public", "origin": "assets" })
}

fn session(pattern: &str) -> Value {
    json!({ "match": pattern, "access": "session", "origin": "assets" })
}

fn token(pattern: &str, scopes: &[&str]) -> Value {
    json!({ "match": pattern, "access": "token", "scopes": scopes, "origin": "service:API" })
}

fn deny(pattern: &str) -> Value {
    json!({ "match": pattern, "access": "deny" })
}

fn ann() -> Who {
    Who::Person {
        subject: "acme:ann".to_owned(),
        claims: Map::new(),
    }
}

fn program(scopes: &str) -> Who {
    Who::Token {
        person: None,
        client: "app".parse().unwrap(),
        scope: scopes.parse().unwrap_or_default(),
        audiences: vec![API.parse().unwrap()],
    }
}
