//! Tokens of other issuers, in words.

use serde_json::{Value, json};

use super::{API, program, public, token, with};
use crate::config::Config;
use crate::explain::{Change, Effect, Question, Site, plan, table};

fn issuer(id: &str) -> Value {
    json!({ "id": id, "issuer": format!("https://{id}.example.com"), "tokens": "jwt", "audiences": [API] })
}

/// With one route that takes the tokens of these.
fn taking(accept: &[&str], issuers: &[Value]) -> Config {
    let mut api = token("/api/*", &[]);
    api["accept"] = json!(accept);
    with(json!({ "issuers": issuers, "routes": [api, public("/*")] }))
}

fn lines(old: &Config, new: &Config) -> Vec<(Effect, String)> {
    let line = |change: &Change| {
        let Change {
            about,
            before,
            after,
            ..
        } = change;
        (change.effect, format!("{about}: {before} -> {after}"))
    };
    plan(old, new).iter().map(line).collect()
}

#[test]
fn the_table_says_whose_tokens_a_route_takes_and_where_they_may_be() {
    let mut api = token("/api/*", &[]);
    api["accept"] = json!(["okta", "postern"]);
    api["token_from"] = json!({ "header": "x-api-token" });
    let config = with(json!({ "issuers": [issuer("auth0"), issuer("okta")], "routes": [api] }));
    let row = table(&config).rows.remove(0);
    assert_eq!(
        row.notes,
        [
            "takes tokens of postern and okta",
            "a token may be also in the header x-api-token"
        ]
    );
}

#[test]
fn whose_tokens_are_taken_is_said_by_name_and_not_by_place() {
    let (auth0, okta) = (issuer("auth0"), issuer("okta"));
    let one = taking(&["postern", "okta"], &[auth0.clone(), okta.clone()]);
    let same = taking(&["okta", "postern"], &[okta.clone(), auth0.clone()]);
    assert_eq!(lines(&one, &same), []);
    let more = taking(
        &["postern", "okta", "auth0"],
        &[okta.clone(), auth0.clone()],
    );
    let line = "/api/*: accept: postern and okta -> postern, okta and auth0".to_owned();
    assert_eq!(lines(&one, &more), [(Effect::Opens, line)]);
    let line = "/api/*: accept: postern, okta and auth0 -> okta".to_owned();
    let fewer = taking(&["okta"], &[okta.clone(), auth0]);
    assert_eq!(lines(&more, &fewer), [(Effect::Closes, line)]);
    let mut wider = okta.clone();
    wider["audiences"] = json!([API, "x"]);
    wider["max_lifetime"] = json!(60);
    let found = lines(&taking(&["okta"], &[okta]), &taking(&["okta"], &[wider]));
    let expected = [
        (
            Effect::Opens,
            format!("issuer `okta`: audiences: {API} -> {API} and x"),
        ),
        (
            Effect::Closes,
            "issuer `okta`: max_lifetime: 1 day -> 1 minute".to_owned(),
        ),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_token_of_postern_is_none_where_only_others_are_taken() {
    let config = taking(&["okta"], &[issuer("okta")]);
    let site = Site::new(&config);
    let question = Question::new("GET", &site.url("/api/x"), program(""));
    let answer = site.explain(&question);
    assert_eq!(answer.status, Some(401));
    assert!(answer.why.contains("other issuers alone"), "{}", answer.why);
}
