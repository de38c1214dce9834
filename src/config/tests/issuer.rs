//! `[[issuers]]`, and `accept` of a route.

use std::time::Duration;

use super::*;
use crate::config::{Issuer, TokenFrom, Tokens};
use crate::protocol::SignatureAlgorithm;

/// A table with one issuer, of which only what must be there is.
fn with_issuer(change: impl FnOnce(&mut Value)) -> Value {
    let mut table = small();
    table["issuers"] = json!([issuer("auth0", "https://acme.eu.auth0.com/")]);
    change(&mut table);
    table
}

fn issuer(id: &str, issuer: &str) -> Value {
    json!({ "id": id, "issuer": issuer, "tokens": "jwt", "audiences": ["https://api.example.com"] })
}

fn provider(issuer: &str) -> Value {
    json!({ "id": "acme", "issuer": issuer, "client_id": "1", "subject": "oid", "allow": "anyone" })
}

fn read(change: impl FnOnce(&mut Value)) -> Result<Config, Vec<Problem>> {
    Config::read(&with_issuer(change).to_string(), &Worker::complete())
}

fn one(key: &str, value: Value) -> Result<Issuer, Vec<Problem>> {
    read(|table| table["issuers"][0][key] = value).map(|mut config| config.issuers.remove(0))
}

#[track_caller]
fn problem(key: &str, value: Value, at: &str, words: &[&str]) {
    let found = one(key, value).expect_err("it is a bad one");
    assert_problem(&found, &format!("issuers[0].{at}"), words);
}

#[test]
fn the_defaults() {
    let issuer = read(|_| ()).unwrap().issuers.remove(0);
    assert_eq!(issuer.issuer.as_str(), "https://acme.eu.auth0.com/");
    assert_eq!(issuer.subject_prefix, "auth0:");
    assert_eq!(issuer.client_prefix(), "auth0:");
    assert_eq!(issuer.subject, "sub");
    assert_eq!(issuer.scope_claims, ["scope"]);
    assert_eq!(issuer.max_lifetime, Duration::from_hours(24));
    assert_eq!(
        issuer.algorithms,
        [
            SignatureAlgorithm::Rs256,
            SignatureAlgorithm::Ps256,
            SignatureAlgorithm::Es256,
            SignatureAlgorithm::EdDsa
        ]
    );
    let Tokens::Jwt(jwt) = &issuer.tokens else {
        panic!("{issuer:?}");
    };
    assert_eq!(jwt.types, ["at+jwt", "jwt"]);
    assert_eq!(jwt.leeway, Duration::from_mins(1));
}

#[test]
fn what_must_be_there() {
    for (key, words) in [
        ("id", ["is missing", "`accept`"]),
        ("issuer", ["is missing", "`iss`"]),
        ("tokens", ["is missing", "`jwt`"]),
        ("audiences", ["is missing", "any other service"]),
    ] {
        let found = read(|table| {
            table["issuers"][0].as_object_mut().unwrap().remove(key);
        });
        assert_problem(&found.unwrap_err(), &format!("issuers[0].{key}"), &words);
    }
    problem("audiences", json!([]), "audiences", &["any other service"]);
    problem("algorithms", json!([]), "algorithms", &["is empty"]);
    problem("types", json!([]), "types", &["is empty"]);
}

#[test]
fn algorithms_without_a_public_key_are_refused() {
    for bad in ["none", "HS256", "HS512", "rs256", "ECDH-ES"] {
        problem(
            "algorithms",
            json!([bad]),
            "algorithms[0]",
            &["`ES256`", "public key"],
        );
    }
    let issuer = one("algorithms", json!(["ES512", "Ed25519"])).unwrap();
    let expected = [SignatureAlgorithm::Es512, SignatureAlgorithm::EdDsa];
    assert_eq!(issuer.algorithms, expected);
}

#[test]
fn the_types_of_other_tokens_are_refused() {
    for bad in [
        "logout+jwt",
        "Application/SecEvent+JWT",
        "postern-assertion+jwt",
        "dpop+jwt",
    ] {
        problem(
            "types",
            json!([bad]),
            "types[0]",
            &["another kind of token"],
        );
    }
    let issuer = one("types", json!(["application/AT+jwt", "vnd.acme+jwt"])).unwrap();
    let Tokens::Jwt(jwt) = issuer.tokens else {
        panic!("it has JWTs");
    };
    assert_eq!(jwt.types, ["at+jwt", "vnd.acme+jwt"]);
}

#[test]
fn an_issuer_is_somebody_else_and_one_tenant() {
    for own in ["https://auth.example.com", "https://auth.example.com/"] {
        problem("issuer", json!(own), "issuer", &["this site itself"]);
    }
    let everyone = "https://login.microsoftonline.com/common/v2.0";
    problem(
        "issuer",
        json!(everyone),
        "issuer",
        &["every tenant", "sts.windows.net"],
    );
    problem(
        "issuer",
        json!("http://a.example"),
        "issuer",
        &["`https://host`"],
    );
    problem("id", json!("postern"), "id", &["Postern itself"]);
}

#[test]
fn no_two_of_them_name_the_same_person() {
    let two = |second: Value| read(|table| table["issuers"].as_array_mut().unwrap().push(second));
    let mut second = issuer("auth0", "https://other.example");
    let found = two(second.clone()).unwrap_err();
    assert_problem(&found, "issuers[1].id", &["issuers[0]"]);
    second = issuer("other", "https://acme.eu.auth0.com/");
    let found = two(second.clone()).unwrap_err();
    assert_problem(&found, "issuers[1].issuer", &["issuers[0]"]);
    second = issuer("other", "https://other.example");
    assert!(two(second.clone()).is_ok());
    second["subject_prefix"] = json!("auth0:x:");
    let found = two(second.clone()).unwrap_err();
    assert_problem(
        &found,
        "issuers[1].subject_prefix",
        &["issuers[0]", "same person"],
    );
    second["subject_prefix"] = json!("other");
    let found = two(second).unwrap_err();
    assert_problem(&found, "issuers[1].subject_prefix", &["must have a `:`"]);
}

#[test]
fn a_person_with_a_login_and_a_token_of_one_issuer_is_one_person() {
    let with = |url: &str, prefix: Option<&str>| {
        read(|table| {
            table["providers"] = json!([provider(url)]);
            if let Some(prefix) = prefix {
                table["issuers"][0]["subject_prefix"] = json!(prefix);
            }
        })
    };
    let mut config = with("https://acme.eu.auth0.com/", None).unwrap();
    let issuer = config.issuers.remove(0);
    assert_eq!(
        (issuer.subject_prefix.as_str(), issuer.subject.as_str()),
        ("acme:", "oid")
    );
    let found = with("https://other.example", Some("acme:")).unwrap_err();
    assert_problem(&found, "issuers[0].subject_prefix", &["providers[0]"]);
    let found = with("https://acme.eu.auth0.com/", Some("acme:x:")).unwrap_err();
    assert_problem(&found, "issuers[0].subject_prefix", &["providers[0]"]);
    assert!(with("https://acme.eu.auth0.com/", Some("own:")).is_ok());
}

#[test]
fn an_id_is_that_of_a_provider_only_if_both_are_one() {
    let with = |url: &str| {
        read(|table| {
            table["providers"] = json!([provider(url)]);
            table["issuers"][0]["id"] = json!("acme");
        })
    };
    assert!(with("https://acme.eu.auth0.com/").is_ok());
    let found = with("https://id.example.com").expect_err("two of one id");
    assert_problem(&found, "issuers[0].id", &["logout tokens"]);
}

#[test]
fn what_its_words_mean_here() {
    let scopes = json!({ "Orders.Read": "orders:read", "Admin": "orders:read orders:write" });
    let issuer = one("scopes", scopes).unwrap();
    let read: Vec<(&str, String)> = issuer
        .scopes
        .iter()
        .map(|(word, scope)| (word.as_str(), scope.to_string()))
        .collect();
    assert_eq!(
        read,
        [
            ("Admin", "orders:read orders:write".to_owned()),
            ("Orders.Read", "orders:read".to_owned())
        ]
    );
    problem(
        "scopes",
        json!({ "a": "postern:admin" }),
        "scopes.a",
        &["no other issuer gives"],
    );
    problem(
        "scopes",
        json!({ "a": "" }),
        "scopes.a",
        &["must be a scope"],
    );
    problem(
        "scopes",
        json!({ "a": 1 }),
        "scopes.a",
        &["must be a scope"],
    );
    problem("scopes", json!(["a"]), "scopes", &["must be a table"]);
    assert_eq!(
        one("scope_claim", json!("scp")).unwrap().scope_claims,
        ["scp"]
    );
    let several = one("scope_claim", json!(["scp", "roles"])).unwrap();
    assert_eq!(several.scope_claims, ["scp", "roles"]);
}

#[test]
fn a_token_lives_for_as_long_as_the_log_remembers() {
    assert_eq!(
        read(|_| ()).unwrap().longest_life(),
        Duration::from_hours(7 * 24)
    );
    let config = read(|table| table["issuers"][0]["max_lifetime"] = json!(7_776_000)).unwrap();
    assert_eq!(config.longest_life(), Duration::from_hours(90 * 24));
}

#[test]
fn whose_tokens_a_route_takes() {
    let accept = |value: Value| {
        read(|table| {
            let second = issuer("other", "https://other.example");
            table["issuers"].as_array_mut().unwrap().push(second);
            table["routes"][0]["accept"] = value;
        })
    };
    let of = |value: Value| accept(value).unwrap().routes[0].accept;
    let own = read(|_| ()).unwrap().routes[0].accept;
    assert!(own.takes_own() && !own.takes_foreign());
    assert_eq!(of(json!(["postern"])), own);
    let both = of(json!(["postern", "other"]));
    assert!(both.takes_own() && both.takes(1) && !both.takes(0));
    let other = of(json!(["auth0"]));
    assert!(!other.takes_own() && other.takes(0));
    let found = accept(json!([])).unwrap_err();
    assert_problem(&found, "routes[0].accept", &["is empty"]);
    let found = accept(json!(["auth1"])).unwrap_err();
    assert_problem(
        &found,
        "routes[0].accept[0]",
        &["`postern`, `auth0`, `other`", "[[issuers]]"],
    );
    for access in ["public", "session", "deny"] {
        let found = read(|table| {
            table["routes"][0]["accept"] = json!(["auth0"]);
            table["routes"][0]["access"] = json!(access);
        });
        let found = found.unwrap_err();
        assert!(
            found.iter().any(|p| p.key == "routes[0].accept"),
            "{found:?}"
        );
    }
}

#[test]
fn what_another_issuers_tokens_may_do_need_be_nothing_that_a_client_may() {
    let with = |accept: Value| {
        problems(|table| {
            table["issuers"] = json!([issuer("auth0", "https://acme.eu.auth0.com/")]);
            table["routes"][0]["scopes"] = json!(["orders:read"]);
            table["routes"][0]["accept"] = accept;
        })
    };
    assert_eq!(with(json!(["postern", "auth0"])), []);
    assert_problem(
        &with(json!(["postern"])),
        "routes[0].scopes[0]",
        &["unknown scope"],
    );
}

#[test]
fn where_else_a_token_may_be() {
    let from = |value: Value| set("/routes/0", "token_from", value);
    let read = |value: Value| {
        let mut table = small();
        table["routes"][0]["token_from"] = value;
        let config = Config::read(&table.to_string(), &Worker::complete()).unwrap();
        config.routes[0].token_from.clone()
    };
    let header = TokenFrom::Header("x-api-token".to_owned());
    assert_eq!(read(json!({ "header": "X-API-Token" })), Some(header));
    let cookie = TokenFrom::Cookie("Session".to_owned());
    assert_eq!(read(json!({ "cookie": "Session" })), Some(cookie));
    let at = "routes[0].token_from";
    for (value, words) in [
        (json!({}), "`{ header ="),
        (json!({ "header": "a", "cookie": "b" }), "one of the two"),
    ] {
        assert_problem(&from(value), at, &[words]);
    }
    for name in [
        "Authorization",
        "cookie",
        "x-postern-subject",
        "cf-ray",
        "upgrade",
    ] {
        let found = from(json!({ "header": name }));
        assert_problem(&found, &format!("{at}.header"), &["says something else"]);
    }
    for name in ["", "a b", "x*y:"] {
        let found = from(json!({ "header": name }));
        assert_problem(
            &found,
            &format!("{at}.header"),
            &["not the name of a header"],
        );
    }
    let found = from(json!({ "cookie": "__host-Postern-session" }));
    assert_problem(&found, &format!("{at}.cookie"), &["Postern's own"]);
    let found = problems(|table| {
        table["providers"] = json!([provider("https://id.example.com")]);
        table["routes"][0]["access"] = json!("any");
        table["routes"][0]["token_from"] = json!({ "cookie": "session" });
    });
    assert_problem(&found, &format!("{at}.cookie"), &["`access = \"token\"`"]);
    let found = problems(|table| {
        table["routes"][1]["token_from"] = json!({ "cookie": "session" });
    });
    assert_problem(&found, "routes[1].token_from", &["means nothing"]);
}
