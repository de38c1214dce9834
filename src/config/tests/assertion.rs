//! `assertion` of a route, and the secret with the keys that sign.

use std::time::Duration;

use super::*;
use crate::config::Assertion;

fn signing_keys() -> String {
    KeyRing::write_pair(1, &[7; 32])
}

/// The assertion of the first route once `change` has been made to it, or what is wrong.
fn read(change: impl FnOnce(&mut Value)) -> Result<Option<Assertion>, Vec<Problem>> {
    let mut table = small();
    change(&mut table["routes"][0]);
    let worker = Worker::complete().with("POSTERN_SIGNING_KEYS", &signing_keys());
    let config = Config::read(&table.to_string(), &worker)?;
    assert!(config.signing.is_some());
    Ok(config.routes[0].assertion.clone())
}

fn of_origin(origin: &str, assertion: Value) -> Result<Option<Assertion>, Vec<Problem>> {
    read(|route| {
        route["origin"] = json!(origin);
        route["assertion"] = assertion;
    })
}

#[test]
fn without_a_word_it_is_for_the_origin() {
    let audience = |origin: &str| {
        let read = of_origin(origin, json!(true)).expect("it makes sense");
        read.expect("there is one").audience
    };
    assert_eq!(
        audience("https://api.example.com:8443"),
        "https://api.example.com:8443"
    );
    assert_eq!(audience("service:API"), "service:API");
    let through = read(|route| {
        route["origin_url"] = json!("http://10.0.0.1");
        route["assertion"] = json!(true);
    });
    assert_eq!(through.unwrap().unwrap().audience, "http://10.0.0.1");
    assert_eq!(read(|_| ()), Ok(None));
    assert_eq!(of_origin("zone", json!(false)), Ok(None));
}

#[test]
fn or_for_whom_the_route_says() {
    for (origin, audience) in [
        ("zone", "https://www.example.com"),
        ("service:API", "orders"),
    ] {
        let read = of_origin(origin, json!(audience)).expect("it makes sense");
        assert_eq!(read.expect("there is one").audience, audience);
    }
    let found = of_origin("zone", json!(true)).unwrap_err();
    assert_problem(
        &found,
        "routes[0].assertion",
        &["for whom", "`assertion = \"https://"],
    );
    for bad in [
        json!(""),
        json!("a b"),
        json!("\u{e4}"),
        json!("x".repeat(256)),
        json!(1),
        json!([]),
    ] {
        let found = of_origin("service:API", bad).unwrap_err();
        assert_problem(&found, "routes[0].assertion", &["`true`", "1 to 255"]);
    }
}

#[test]
fn it_lasts_as_long_as_the_gate_believes_what_it_knows_within_bounds() {
    for (max_staleness, life) in [(0, 5), (5, 5), (30, 30), (60, 60), (300, 60)] {
        let read = read(|route| {
            route["max_staleness"] = json!(max_staleness);
            route["assertion"] = json!(true);
        });
        let life = Duration::from_secs(life);
        assert_eq!(read.unwrap().unwrap().life, life, "{max_staleness}");
    }
}

#[test]
fn where_it_means_nothing_it_is_refused() {
    for (access, origin, words) in [
        ("public", "https://a.example.com", "no token is asked for"),
        ("token", "assets", "a file reads no header"),
        ("token", "app", "`identity(request)`"),
    ] {
        let found = read(|route| {
            *route =
                json!({ "match": "/x/*", "access": access, "origin": origin, "assertion": true });
        });
        let found = found.unwrap_err();
        assert!(
            found
                .iter()
                .any(|p| p.key == "routes[0].assertion" && p.message.contains(words)),
            "{found:?}"
        );
    }
}

#[test]
fn it_needs_a_key() {
    let mut table = small();
    table["routes"][0]["assertion"] = json!(true);
    let read = |worker: &dyn Environment| Config::read(&table.to_string(), worker);
    let found = read(&Worker::complete()).unwrap_err();
    let words = [
        "is missing, and routes[0].assertion needs it",
        "`npx postern keys --signing`",
    ];
    assert_problem(&found, "POSTERN_SIGNING_KEYS", &words);
    // What cannot be seen from here may be there.
    assert!(read(&Unseen).unwrap().signing.is_none());
    assert!(
        Config::read(&small().to_string(), &Worker::complete())
            .unwrap()
            .signing
            .is_none(),
        "nobody needs it"
    );
}

#[test]
fn a_key_that_is_none_is_named_and_not_shown() {
    for (text, words) in [
        ("", "has no key"),
        ("1", "pair 1 is not `id:key`"),
        ("1:short", "the key of pair 1 is not 32 bytes"),
        (
            &KeyRing::write_pair(1, &[0; 32]),
            "pair 1 is not one of P-256",
        ),
        (
            &KeyRing::write_pair(1, &[255; 32]),
            "pair 1 is not one of P-256",
        ),
    ] {
        let worker = Worker::complete().with("POSTERN_SIGNING_KEYS", text);
        let found = Config::read(&small().to_string(), &worker).unwrap_err();
        assert_problem(&found, "POSTERN_SIGNING_KEYS", &[words]);
        assert!(
            text.len() < 5 || !found[0].message.contains(text),
            "{found:?}"
        );
    }
}
