//! What the reader says to good and bad tables.

mod accounts;
mod assertion;
mod client;
mod from_environment;
mod glob;
mod identity;
mod issuer;
mod many;
mod opaque;
mod provider;
mod rate_limit;
mod report;
mod route;
mod rules;
mod table;
mod transmitter;

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{BindingKind, Config, Environment, Problem, Setting};
use crate::secret::Secret;
use crate::token::KeyRing;

const DIGEST: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

/// A Worker with these settings and bindings.
struct Worker {
    settings: HashMap<String, String>,
    bindings: Vec<(String, BindingKind)>,
}

impl Worker {
    fn complete() -> Self {
        let keys = KeyRing::write_pair(1, &[7; 32]);
        Self {
            settings: HashMap::from([
                ("POSTERN_KEYS".to_owned(), keys),
                ("APP_DIGEST".to_owned(), format!("{DIGEST}\n")),
            ]),
            bindings: [
                ("POSTERN_SESSIONS", BindingKind::Kv),
                ("POSTERN_COORDINATORS", BindingKind::DurableObject),
                ("POSTERN_PEOPLE", BindingKind::DurableObject),
                ("POSTERN_REVOCATION_LOG", BindingKind::DurableObject),
                ("ASSETS", BindingKind::Assets),
                ("API", BindingKind::Service),
                ("API", BindingKind::Fetcher),
            ]
            .map(|(name, kind)| (name.to_owned(), kind))
            .to_vec(),
        }
    }

    fn with(mut self, name: &str, text: &str) -> Self {
        self.settings.insert(name.to_owned(), text.to_owned());
        self
    }
}

impl Environment for Worker {
    fn setting(&self, name: &str) -> Setting {
        match self.settings.get(name) {
            Some(text) => Setting::Value(Secret::new(text.clone())),
            None => Setting::Missing,
        }
    }

    fn has_binding(&self, name: &str, kind: BindingKind) -> Option<bool> {
        Some(self.bindings.iter().any(|(n, k)| n == name && *k == kind))
    }
}

/// A Worker of which nothing can be seen.
struct Unseen;

impl Environment for Unseen {
    fn setting(&self, _name: &str) -> Setting {
        Setting::Hidden
    }

    fn has_binding(&self, _name: &str, _kind: BindingKind) -> Option<bool> {
        None
    }
}

/// A small table with nothing wrong.
fn small() -> Value {
    json!({
        "issuer": "https://auth.example.com",
        "clients": [{
            "id": "app",
            "secret_sha256": DIGEST,
            "scopes": ["a", "b"],
            "audiences": ["https://api.example.com"],
        }],
        "routes": [
            { "match": "/api/*", "access": "token", "origin": "service:API" },
            { "match": "/*", "access": "public", "origin": "assets" },
        ],
    })
}

/// What is wrong once `change` has been made.
fn problems(change: impl FnOnce(&mut Value)) -> Vec<Problem> {
    let mut table = small();
    change(&mut table);
    Config::read(&table.to_string(), &Worker::complete())
        .err()
        .unwrap_or_default()
}

/// Asserts that the only problem is at `key` and that its message has each of `words`.
#[track_caller]
fn assert_problem(found: &[Problem], key: &str, words: &[&str]) {
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].key, key, "{found:#?}");
    for word in words {
        assert!(found[0].message.contains(word), "{word:?}: {found:#?}");
    }
}

/// Sets `key` of the route or client at `pointer`.
#[track_caller]
fn set(pointer: &str, key: &str, value: Value) -> Vec<Problem> {
    problems(|table| {
        let place = table.pointer_mut(pointer).expect("the pointer is good");
        place[key] = value;
    })
}

fn remove(pointer: &str, key: &str) -> Vec<Problem> {
    problems(|table| {
        let place = table.pointer_mut(pointer).and_then(Value::as_object_mut);
        place.expect("the pointer is good").remove(key);
    })
}
