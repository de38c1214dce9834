//! `identity`, of a route and at the top.

use super::*;
use crate::config::{Config, Fact};

/// What is wrong with a route to another server with this `identity`.
fn identity(value: Value) -> Vec<Problem> {
    set("/routes/0", "identity", value)
}

/// The name and the fact of each header of the routes.
fn headers(change: impl FnOnce(&mut Value)) -> Vec<Vec<(String, Fact)>> {
    let mut table = small();
    change(&mut table);
    let config = Config::read(&table.to_string(), &Worker::complete()).expect("it makes sense");
    let of_route = |route: &crate::config::Route| {
        let headers = route.identity.headers().iter();
        headers.map(|h| (h.name.clone(), h.fact.clone())).collect()
    };
    config.routes.iter().map(of_route).collect()
}

/// A provider whose sessions keep these claims.
fn keeping(claims: &[&str]) -> Value {
    json!([{
        "id": "acme", "issuer": "https://id.example.com", "client_id": "x", "allow": "anyone", "claims": claims,
    }])
}

fn header(name: &str, fact: Fact) -> (String, Fact) {
    (name.to_owned(), fact)
}

#[test]
fn the_default_is_four_headers_and_none_where_nobody_reads_them() {
    let found = headers(|table| {
        table["routes"] = json!([
            { "match": "/api/*", "access": "token", "origin": "https://api.example.com" },
            { "match": "/files/*", "access": "token", "origin": "assets" },
            { "match": "/*", "access": "public", "origin": "https://a.example.com" },
        ]);
    });
    let default = vec![
        header("x-postern-subject", Fact::Subject),
        header("x-postern-client", Fact::Client),
        header("x-postern-scope", Fact::Scope),
        header("x-postern-session", Fact::Session),
    ];
    assert_eq!(found, [default, vec![], vec![]]);
}

#[test]
fn a_route_has_its_own_or_that_of_the_top_or_none() {
    let found = headers(|table| {
        table["identity"] = json!({ "X-User": "username" });
        table["providers"] = keeping(&["https://x.example/mail"]);
        let route = |pattern: &str| json!({ "match": pattern, "access": "token", "origin": "https://a.example.com" });
        table["routes"] = json!([route("/a"), route("/b"), route("/c"), route("/d")]);
        table["routes"][1]["identity"] =
            json!({ "X-Mail": "claims.https://x.example/mail", "X-Since": "auth_time" });
        table["routes"][2]["identity"] = json!({});
    });
    let user = || vec![header("x-user", Fact::Username)];
    let mail = Fact::Claim("https://x.example/mail".to_owned());
    let own = vec![header("x-mail", mail), header("x-since", Fact::AuthTime)];
    assert_eq!(found, [user(), own, vec![], user()]);
}

#[test]
fn what_is_made_of_one_list_serves_all_routes_that_have_the_same() {
    let mut table = small();
    let route = |pattern: &str, name: &str| {
        json!({
            "match": pattern, "access": "token", "origin": "https://a.example.com",
            "identity": { name: "subject" },
        })
    };
    table["routes"] = json!([
        route("/a", "X-User"),
        route("/b", "X-Other"),
        route("/c", "x-user")
    ]);
    let config = Config::read(&table.to_string(), &Worker::complete()).unwrap();
    let list = |at: usize| &config.routes[at].identity;
    assert!(list(0).is(list(2)));
    assert!(!list(0).is(list(1)));
}

#[test]
fn names_that_mean_something_else_are_refused() {
    for bad in [
        "Host",
        "cookie",
        "Authorization",
        "Connection",
        "transfer-encoding",
        "Content-Length",
        "content-type",
        "CF-Connecting-IP",
        "cf_ray",
        "Sec-Fetch-Site",
        "X-Forwarded-For",
        "x_forwarded_host",
        "X-Real-IP",
        "Accept",
        "If-Match",
        "Proxy-Authorization",
        "X-HTTP-Method-Override",
        "X-Original-URL",
        "x.rewrite.url",
    ] {
        let found = identity(json!({ bad: "subject" }));
        let place = format!("routes[0].identity.{bad}");
        assert_problem(&found, &place, &["means something else", "`x-user`"]);
    }
    for bad in ["", "a b", "x-\u{e4}", "x:y", &"x".repeat(65)] {
        let found = identity(json!({ bad: "subject" }));
        let place = format!("routes[0].identity.{bad}");
        assert_problem(&found, &place, &["is not the name of a header"]);
    }
    for good in [
        "Remote-User",
        "X-Forwarded-User",
        "X-WEBAUTH-USER",
        "X_User",
        "X-Postern-Mail",
    ] {
        assert_eq!(identity(json!({ good: "subject" })), [], "{good}");
    }
}

#[test]
fn our_own_names_keep_their_meaning() {
    assert_eq!(identity(json!({ "X-Postern-Subject": "subject" })), []);
    let found = identity(json!({ "X_Postern_Subject": "username" }));
    assert_problem(
        &found,
        "routes[0].identity.X_Postern_Subject",
        &["says something else everywhere"],
    );
    let found = identity(json!({ "X-Postern-Assertion": "subject" }));
    assert_problem(
        &found,
        "routes[0].identity.X-Postern-Assertion",
        &["`assertion = true`"],
    );
}

#[test]
fn a_claim_must_be_one_that_some_session_keeps() {
    let found = identity(json!({ "X-Mail": "claims.email" }));
    let words = ["no session keeps", "`claims` of a provider or an issuer"];
    assert_problem(&found, "routes[0].identity.X-Mail", &words);
    let with = |key: &str, value: Value| {
        problems(|table| {
            table["routes"][0]["identity"] = json!({ "X-Mail": "claims.email" });
            table[key] = value;
        })
    };
    assert_eq!(with("providers", keeping(&["groups", "email"])), []);
    assert_eq!(with("providers", keeping(&["groups"])).len(), 1);
    let issuer = json!([{
        "id": "zitadel", "issuer": "https://id.example.com", "tokens": "jwt", "audiences": ["x"], "claims": ["email"],
    }]);
    assert_eq!(with("issuers", issuer), []);
    // What a provider keeps is not known while that table is wrong.
    let found = with("providers", json!([{ "id": "acme" }]));
    assert!(
        found.iter().all(|p| p.key.starts_with("providers")),
        "{found:?}"
    );
}

#[test]
fn two_spellings_of_one_name_are_refused() {
    let found = identity(json!({ "X-User": "subject", "x_user": "username" }));
    assert_problem(&found, "routes[0].identity.x_user", &["is there twice"]);
}

#[test]
fn what_it_says_must_be_something_that_is_known() {
    for bad in ["email", "claims.", "claims", "sub", ""] {
        let found = identity(json!({ "x-user": bad }));
        let words = ["`subject`", "`claims.`"];
        assert_problem(&found, "routes[0].identity.x-user", &words);
    }
    let found = identity(json!({ "x-user": true }));
    assert_problem(&found, "routes[0].identity.x-user", &["in quotes"]);
    let found = identity(json!(["x-user"]));
    assert_problem(&found, "routes[0].identity", &["a table of headers"]);
    let many: serde_json::Map<String, Value> = (0..17)
        .map(|n| (format!("x-{n}"), json!("subject")))
        .collect();
    let found = identity(json!(many));
    assert_problem(&found, "routes[0].identity", &["more than 16"]);
    let found = set("", "identity", json!({ "host": "subject" }));
    assert_problem(&found, "identity.host", &["means something else"]);
}

#[test]
fn where_it_means_nothing_it_is_refused() {
    for (access, origin, words) in [
        ("public", "https://a.example.com", "no token is asked for"),
        ("token", "assets", "a file reads no header"),
        ("token", "app", "`identity(request)`"),
    ] {
        let found = problems(|table| {
            table["routes"][0]["access"] = json!(access);
            table["routes"][0]["origin"] = json!(origin);
            for key in [
                "scopes",
                "audience",
                "max_staleness",
                "on_outage",
                "cut_streams",
            ] {
                table["routes"][0].as_object_mut().unwrap().remove(key);
            }
            table["routes"][0]["identity"] = json!({ "x-user": "subject" });
        });
        assert!(
            found
                .iter()
                .any(|p| p.key == "routes[0].identity" && p.message.contains(words)),
            "{found:?}"
        );
    }
}
