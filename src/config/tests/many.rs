//! Many routes and clients: what is found is what a look at each of them finds.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Worker, problems, small};
use crate::config::globs::Globs;
use crate::config::{Config, Glob};

fn route(pattern: &str, access: &str) -> Value {
    if access == "deny" {
        json!({ "match": pattern, "access": access })
    } else {
        json!({ "match": pattern, "access": access, "origin": "zone" })
    }
}

/// Of each place, the first place before it that covers it with another pattern.
fn covered(patterns: &[String]) -> Vec<(usize, usize)> {
    let globs: Vec<Glob> = patterns.iter().map(|p| Glob::new(p)).collect();
    let first = |at: usize| (0..at).find(|&o| globs[o] != globs[at] && globs[o].covers(&globs[at]));
    let all = 0..globs.len();
    all.filter_map(|at| first(at).map(|first| (at, first)))
        .collect()
}

fn pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        "/[ab]{1,2}(/[ab]){0,2}",
        "/[ab]{1,2}(/[ab]){0,2}/\\*",
        "/[ab]{1,2}(/[ab]){0,2}/\\*\\*",
        "/t/\\*/[ab]{1,2}(/\\*)?",
        "/t/\\*[ab]\\*[ab]",
    ]
}

proptest! {
    #[test]
    fn each_route_that_is_never_reached_is_found(patterns in prop::collection::vec(pattern(), 1..60)) {
        let routes = patterns.iter().map(|pattern| route(pattern, "deny")).collect();
        let found = problems(|table| table["routes"] = Value::Array(routes));
        let expected = covered(&patterns);
        for (at, first) in &expected {
            let key = format!("routes[{at}].match");
            let words = format!("of routes[{first}] takes all");
            prop_assert!(found.iter().any(|p| p.key == key && p.message.contains(&words)), "{found:?}");
        }
        let hidden = found.iter().filter(|p| p.message.contains("takes all these paths"));
        prop_assert_eq!(hidden.count(), expected.len());
    }

    /// What the index leaves out does not match.
    #[test]
    fn an_index_finds_what_a_look_at_each_finds(
        patterns in prop::collection::vec(pattern(), 1..60),
        path in "(/t)?(/[ab]{1,2}){1,4}/?",
    ) {
        let globs: Vec<Glob> = patterns.iter().map(|p| Glob::new(p)).collect();
        let index = Globs::new(&globs.iter().collect::<Vec<_>>());
        let first = index.first(&path, |at| globs[at].matches(&path));
        prop_assert_eq!(first, globs.iter().position(|glob| glob.matches(&path)));
        let second = index.first(&path, |at| Some(at) != first && globs[at].matches(&path));
        let others = globs.iter().enumerate().filter(|(at, _)| Some(*at) != first);
        let expected = others.filter(|(_, glob)| glob.matches(&path)).map(|(at, _)| at).next();
        prop_assert_eq!(second, expected);
    }
}

/// A thousand of both, each route with a scope that one client has.
#[test]
fn a_thousand_routes_and_a_thousand_clients_are_read() {
    let mut table = small();
    let client = table["clients"][0].clone();
    let numbered = |make: &dyn Fn(usize) -> Value| (0..1_000).map(make).collect();
    table["clients"] = Value::Array(numbered(&|at| {
        let mut client = client.clone();
        client["id"] = format!("client-{at}").into();
        client["scopes"] = json!([format!("read:{at}"), "all"]);
        client
    }));
    let audience = client["audiences"][0].clone();
    table["routes"] = Value::Array(numbered(&|at| {
        json!({ "match": format!("/api/v1/thing-{at}/**"), "access": "token", "origin": "zone",
                "audience": audience, "scopes": [format!("read:{at}"), "all"] })
    }));
    let config = Config::read(&table.to_string(), &Worker::complete()).unwrap();
    for at in [0, 7, 999] {
        let id = format!("client-{at}");
        assert_eq!(config.client(&id).unwrap().id.as_str(), id);
    }
    assert!(config.client("client-1000").is_none());
    assert!(config.client("").is_none());

    // Each has a client of its own, and no client has two of them.
    table["routes"][999]["scopes"] = json!(["all", "read:998", "read:999"]);
    let found = Config::read(&table.to_string(), &Worker::complete()).unwrap_err();
    super::assert_problem(&found, "routes[999]", &["no client may have all"]);
    table["routes"][999]["scopes"] = json!(["all", "read:1000"]);
    let found = Config::read(&table.to_string(), &Worker::complete()).unwrap_err();
    let words = [
        "no client may have `read:1000`",
        "`all`, `read:0`, `read:1`, `read:10`",
    ];
    super::assert_problem(&found, "routes[999].scopes[1]", &words);
    table["routes"][999]["scopes"] = json!(["all"]);
    table["clients"][999]["id"] = "client-7".into();
    let found = Config::read(&table.to_string(), &Worker::complete()).unwrap_err();
    super::assert_problem(&found, "clients[999].id", &["is the id of clients[7] too"]);
}
