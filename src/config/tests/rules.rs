//! `require`, `max_auth_age`, `acr`, `networks`, `countries`, `implies` and `scopes_for`.

use super::*;
use crate::config::{Implies, Route};

/// What is wrong if the first route has these keys beside its own, and a provider keeps `groups`.
fn route(keys: &Value) -> Vec<Problem> {
    problems(|table| with(table, keys))
}

fn with(table: &mut Value, keys: &Value) {
    table["providers"] = json!([{
        "id": "acme",
        "issuer": "https://id.example.com",
        "client_id": "x",
        "allow": "anyone",
        "claims": ["groups"],
    }]);
    for (key, value) in keys.as_object().unwrap() {
        table["routes"][0][key] = value.clone();
    }
}

fn read(keys: &Value) -> Route {
    let mut table = small();
    with(&mut table, keys);
    let config = Config::read(&table.to_string(), &Worker::complete());
    config.unwrap().routes.swap_remove(0)
}

#[test]
fn a_route_without_any_has_none() {
    assert_eq!(read(&json!({})).rules, None);
    let all = read(&json!({
        "require": [
            { "claim": "groups", "has": "staff" },
            { "all": [{ "claim": "sub", "is": "app" }, { "claim": "amr", "has": "mfa" }] },
        ],
        "max_auth_age": 900,
        "acr": ["mfa", "phr"],
        "networks": ["192.0.2.0/24"],
        "countries": ["DE", "T1"],
    }));
    let rules = all.rules.unwrap();
    let lengths: Vec<usize> = rules
        .require
        .as_ref()
        .unwrap()
        .any()
        .iter()
        .map(Vec::len)
        .collect();
    assert_eq!(lengths, [1, 2]);
    assert_eq!(rules.max_auth_age, Some(900));
    assert_eq!(rules.acr, ["mfa", "phr"]);
    assert_eq!(rules.networks[0].text(), "192.0.2.0/24");
    assert_eq!(rules.countries[1].to_string(), "T1");
}

#[test]
fn a_rule_that_makes_no_sense_is_said() {
    for (keys, place, says) in [
        (
            json!({ "require": [] }),
            "require",
            "must be a list of rules",
        ),
        (
            json!({ "require": "staff" }),
            "require",
            "must be a list of rules",
        ),
        (
            json!({ "require": ["staff"] }),
            "require[0]",
            "must be a table",
        ),
        (
            json!({ "require": [{ "claim": "groups" }] }),
            "require[0]",
            "exactly one of",
        ),
        (
            json!({ "require": [{ "all": [] }] }),
            "require[0].all",
            "two rules or more",
        ),
        (
            json!({ "require": [{ "all": [{ "claim": "sub", "is": "x" }] }] }),
            "require[0].all",
            "without `all`",
        ),
        (
            json!({ "require": [{ "claim": "roles", "has": "x" }] }),
            "require[0].claim",
            "add `roles` to `claims` of the `[[providers]]`",
        ),
        (
            json!({ "require": [{ "all": [{ "claim": "sub", "is": "x" }, { "claim": "roles", "has": "x" }] }] }),
            "require[0].all[1].claim",
            "add `roles`",
        ),
        (
            json!({ "require": [{
                "claim": "groups", "has": "x", "tenant": "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"
            }] }),
            "require[0].tenant",
            "add `tid`",
        ),
        (
            json!({ "require": [{ "claim": "exp", "is": "x" }] }),
            "require[0].claim",
            "one of `sub`",
        ),
        (
            json!({ "access": "session", "require": [{ "claim": "scope", "has": "x" }] }),
            "require[0].claim",
            "is not a claim of a login",
        ),
    ] {
        assert_problem(&route(&keys), &format!("routes[0].{place}"), &[says]);
    }
}

#[test]
fn what_makes_no_sense_is_said() {
    for (keys, place, says) in [
        (
            json!({ "max_auth_age": 0 }),
            "max_auth_age",
            "from 120 to 7776000",
        ),
        (
            json!({ "max_auth_age": "900" }),
            "max_auth_age",
            "whole number of seconds",
        ),
        (json!({ "acr": [] }), "acr", "leave it out for all"),
        (json!({ "acr": ["a b"] }), "acr[0]", "without spaces"),
        (
            json!({ "acr": ["a".repeat(128), "b".repeat(128)] }),
            "acr",
            "255 bytes",
        ),
        (json!({ "networks": [] }), "networks", "nobody would get in"),
        (
            json!({ "networks": ["office"] }),
            "networks[0]",
            "192.0.2.0/24",
        ),
        (
            json!({ "countries": [] }),
            "countries",
            "nobody would get in",
        ),
        (
            json!({ "countries": ["uk"] }),
            "countries[0]",
            "two capital letters",
        ),
        (
            json!({ "access": "public", "max_auth_age": 900 }),
            "max_auth_age",
            "where nobody is known",
        ),
        (
            json!({ "access": "public", "acr": ["mfa"] }),
            "acr",
            "where nobody is known",
        ),
        (
            json!({ "access": "public", "require": [{ "claim": "sub", "is": "x" }] }),
            "require",
            "where nobody is known",
        ),
    ] {
        assert_problem(&route(&keys), &format!("routes[0].{place}"), &[says]);
    }
    let closed = problems(|table| {
        table["routes"][1] = json!({ "match": "/x", "access": "deny", "countries": ["DE"] });
    });
    assert_problem(&closed, "routes[1].countries", &["lets nobody in"]);
    let public = json!({ "access": "public", "networks": ["::/0"], "countries": ["DE"] });
    assert_eq!(route(&public), []);
}

#[test]
fn a_class_of_logins_needs_somebody_who_says_it() {
    let found = set("/routes/0", "acr", json!(["mfa"]));
    assert_problem(&found, "routes[0].acr", &["[[providers]]"]);
}

#[test]
fn an_address_at_google_proves_nothing_of_a_domain() {
    let google = |claims: &Value| {
        problems(|table| {
            let rule = json!({ "require": [{ "claim": "email", "domain": "example.com" }] });
            with(table, &rule);
            table["providers"][0]["issuer"] = json!("https://accounts.google.com");
            table["providers"][0]["claims"] = claims.clone();
        })
    };
    let found = google(&json!(["email"]));
    assert_problem(
        &found,
        "routes[0].require[0].claim",
        &["add `hd` to `claims` of providers[0]"],
    );
    assert_eq!(google(&json!(["email", "hd"])), []);
}

#[test]
fn scopes_that_imply_others() {
    for (implies, place, says) in [
        (json!([]), "implies", "must be a table"),
        (json!({ "a": "b" }), "implies.a", "must be a list"),
        (json!({ "a b": ["b"] }), "implies.a b", "is not a scope"),
        (json!({ "a": ["b c"] }), "implies.a[0]", "is not a scope"),
        (json!({ "a": ["a"] }), "implies.a[0]", "implies itself"),
        (
            json!({ "a": ["postern:admin"] }),
            "implies.a[0]",
            "never implied",
        ),
    ] {
        assert_problem(&set("", "implies", implies), place, &[says]);
    }
    // A circle makes its scopes equal.
    assert_eq!(set("", "implies", json!({ "a": ["b"], "b": ["a"] })), []);
}

#[test]
fn what_is_implied_may_imply_more() {
    let all = |more: &str, less: &[&str]| {
        let less = less.iter().map(|one| (*one).to_owned());
        (more.to_owned(), less.collect())
    };
    let implies = Implies::new(vec![
        all("admin", &["write"]),
        all("write", &["read"]),
        all("a", &["b"]),
        all("b", &["a"]),
    ]);
    assert_eq!(implies.for_token("read"), ["write", "admin"]);
    assert_eq!(implies.for_token("admin"), [""; 0]);
    assert_eq!(implies.for_token("a"), ["b"]);
    let covers = |scope: &str, needed: &str| {
        implies.covers(&scope.parse().unwrap(), &needed.parse().unwrap())
    };
    assert!(covers("admin", "read write admin"));
    assert!(covers("write x", "read x"));
    assert!(!covers("read", "write"));
    assert!(!covers("admin", "read x"));
}

#[test]
fn a_route_may_be_opened_by_what_implies_its_scope() {
    let found = |implies: &Value| {
        problems(|table| {
            table["routes"][0]["scopes"] = json!(["read", "b"]);
            table["implies"] = implies.clone();
        })
    };
    assert_problem(
        &found(&json!({})),
        "routes[0].scopes[0]",
        &["unknown scope"],
    );
    assert_problem(
        &found(&json!({ "write": ["read"] })),
        "routes[0].scopes[0]",
        &["unknown scope"],
    );
    assert_eq!(found(&json!({ "a": ["write"], "write": ["read"] })), []);
}

#[test]
fn scopes_that_are_not_for_everyone() {
    let found = |value: Value| {
        problems(|table| {
            with(table, &json!({}));
            table["scopes_for"] = value;
        })
    };
    let staff = json!([{ "claim": "groups", "has": "staff" }]);
    assert_eq!(found(json!([{ "scope": "a", "require": staff }])), []);
    for (value, place, says) in [
        (
            json!([{ "scope": "a" }]),
            "scopes_for[0].require",
            "is missing",
        ),
        (
            json!([{ "require": staff }]),
            "scopes_for[0].scope",
            "is missing",
        ),
        (
            json!([{ "scope": "a b", "require": staff }]),
            "scopes_for[0].scope",
            "one scope",
        ),
        (
            json!([{ "scope": "a", "require": staff }, { "scope": "a", "require": staff }]),
            "scopes_for[1].scope",
            "is there twice",
        ),
        (
            json!([{ "scope": "a", "require": [{ "claim": "client_id", "is": "app" }] }]),
            "scopes_for[0].require[0].claim",
            "is not a claim of a login",
        ),
        (
            json!([{ "scope": "a", "require": [{ "claim": "roles", "has": "x" }] }]),
            "scopes_for[0].require[0].claim",
            "add `roles`",
        ),
    ] {
        assert_problem(&found(value), place, &[says]);
    }
}
