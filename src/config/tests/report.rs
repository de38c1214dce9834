//! Routes that are only tried.

use super::*;
use crate::config::Access;

fn public(pattern: &str, is_report: bool) -> Value {
    json!({ "match": pattern, "access": "public", "origin": "assets", "report": is_report })
}

/// What is read of these routes.
fn read(routes: Value) -> Result<Config, Vec<Problem>> {
    let mut table = small();
    table["routes"] = routes;
    Config::read(&table.to_string(), &Worker::complete())
}

#[test]
fn a_route_that_is_only_tried_is_not_among_those_that_decide() {
    let config = read(json!([
        { "match": "/private/*", "access": "deny", "report": true },
        public("/*", false),
    ]))
    .unwrap();
    let places = |routes: &[crate::config::Route]| -> Vec<(usize, String)> {
        let place = |r: &crate::config::Route| (r.place, r.pattern.to_string());
        routes.iter().map(place).collect()
    };
    assert_eq!(places(&config.routes), [(1, "/*".to_owned())]);
    assert_eq!(
        places(&config.tried),
        [(0, "/private/*".to_owned()), (1, "/*".to_owned())]
    );
    assert!(config.tried[0].is_report() && !config.tried[1].is_report());
    assert_eq!(config.access("/private/x"), Some(Access::Public));
    let config = read(json!([public("/*", false)])).unwrap();
    assert!(config.tried.is_empty());
}

#[test]
fn it_takes_nothing_from_the_others() {
    let found = read(json!([public("/*", true), public("/*", false)]));
    assert_eq!(found.unwrap().routes.len(), 1);
    let found = read(json!([
        public("/*", true),
        public("/a", false),
        public("/a", true)
    ]));
    assert_problem(&found.unwrap_err(), "routes[2].match", &["never reached"]);
    let found = read(json!([public("/*", false), public("/a", true)]));
    assert_problem(
        &found.unwrap_err(),
        "routes[1].match",
        &["never reached", "`/*` of routes[0]", "before that one"],
    );
}

#[test]
fn one_route_must_decide() {
    let found = read(json!([public("/a", true), public("/b", true)]));
    assert_problem(
        &found.unwrap_err(),
        "routes",
        &[
            "all with `report = true`",
            "would be refused",
            "take `report` out",
        ],
    );
}

#[test]
fn it_must_make_sense_as_if_it_decided() {
    let found = read(json!([
        { "match": "/api/*", "access": "token", "scopes": ["c"], "origin": "assets", "report": true },
        public("/*", false),
    ]));
    assert_problem(
        &found.unwrap_err(),
        "routes[0].scopes[0]",
        &["unknown scope"],
    );
    let found = read(json!([
        { "match": "/api/*", "access": "session", "origin": "assets", "report": true },
        public("/*", false),
    ]));
    assert_problem(
        &found.unwrap_err(),
        "routes[0].access",
        &["nobody can log in"],
    );
    let found = read(json!([public("/*", false), { "match": "/a", "report": "yes" }]));
    let found = found.unwrap_err();
    assert!(
        found.iter().any(|p| p.key == "routes[1].report"),
        "{found:#?}"
    );
}
