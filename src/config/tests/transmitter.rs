//! `[[transmitters]]`.

use super::*;
use crate::config::{Naming, PushAuthorization, Transmitter};

const IDP: &str = "https://id.example.com/realms/acme";

/// A table with a provider, an issuer and one transmitter, of which only what must be there is.
fn table() -> Value {
    let mut table = small();
    table["providers"] = json!([
        { "id": "idp", "issuer": IDP, "client_id": "1", "subject": "email", "allow": "anyone" },
        { "id": "entra", "issuer": "https://login.microsoftonline.com/common/v2.0",
          "client_id": "1", "allow": [{ "claim": "tid", "is": "8eaef023-2b34-4da1-9baa-8bc8c9d6a490" }] },
    ]);
    table["issuers"] = json!([
        { "id": "tokens", "issuer": IDP, "tokens": "jwt", "subject": "sub", "subject_prefix": "t:",
          "audiences": ["https://api.example.com"] },
        { "id": "other", "issuer": "https://other.example", "tokens": "jwt",
          "audiences": ["https://api.example.com"] },
    ]);
    table["transmitters"] = json!([{ "id": "kc", "issuer": IDP, "authorization": "env:PUSH" }]);
    table
}

fn read(change: impl FnOnce(&mut Value)) -> Result<Vec<Transmitter>, Vec<Problem>> {
    let mut table = table();
    change(&mut table);
    let worker = Worker::complete().with("PUSH", " Bearer s3cret\n");
    Config::read(&table.to_string(), &worker).map(|config| config.transmitters)
}

fn one(key: &str, value: Value) -> Result<Transmitter, Vec<Problem>> {
    read(|table| table["transmitters"][0][key] = value).map(|mut all| all.remove(0))
}

fn naming(claim: &str, prefix: &str) -> Naming {
    Naming {
        claim: claim.to_owned(),
        prefix: prefix.to_owned(),
    }
}

#[track_caller]
fn problem(key: &str, value: Value, at: &str, words: &[&str]) {
    let found = one(key, value).expect_err("it is a bad one");
    assert_problem(&found, &format!("transmitters[0].{at}"), words);
}

#[test]
fn the_defaults() {
    let one = read(|_| ()).unwrap().remove(0);
    assert_eq!(one.issuer.as_str(), IDP);
    assert!(
        one.audience.ends_with("/_postern/events/kc"),
        "{}",
        one.audience
    );
    assert!(one.audience.starts_with("https://"));
    assert!(one.jwks_uri.is_none());
    let PushAuthorization::Secret(Some(secret)) = &one.authorization else {
        panic!("{one:?}");
    };
    assert_eq!(secret.expose(), "Bearer s3cret");
    assert!(!format!("{one:?}").contains("s3cret"));
    // Everybody whom its issuer knows, as they log in and as tokens name them.
    assert_eq!(one.names.issuer, IDP);
    assert_eq!(
        one.names.people,
        [naming("email", "idp:"), naming("sub", "t:")]
    );
}

#[test]
fn whom_it_speaks_about() {
    let by_issuer = one("of", json!("other")).unwrap();
    assert_eq!(by_issuer.names.issuer, "https://other.example");
    assert_eq!(by_issuer.names.people, [naming("sub", "other:")]);
    let by_provider = one("of", json!("idp")).unwrap();
    assert_eq!(by_provider.names.people.len(), 2);
    let by_prefix = one("subject_prefix", json!("hr:")).unwrap();
    assert_eq!(by_prefix.names.issuer, IDP);
    assert_eq!(by_prefix.names.people, [naming("sub", "hr:")]);
    assert_eq!(
        one("subject_prefix", json!("")).unwrap().names.people,
        [naming("sub", "")]
    );
    problem("of", json!("nobody"), "of", &["not the id"]);
    problem("of", json!("entra"), "of", &["several tenants"]);
    let nobody = json!("https://nobody.example");
    problem("issuer", nobody, "of", &["is missing", "subject_prefix"]);
    let found = read(|table| {
        table["transmitters"][0]["of"] = json!("idp");
        table["transmitters"][0]["subject_prefix"] = json!("hr:");
    });
    let found = found.expect_err("both");
    assert_problem(&found, "transmitters[0].subject_prefix", &["beside `of`"]);
}

#[test]
fn what_a_push_must_bring_is_said_or_said_to_be_nothing() {
    let none = one("authorization", json!("none")).unwrap();
    assert!(matches!(none.authorization, PushAuthorization::None));
    problem(
        "authorization",
        json!("Bearer x"),
        "authorization",
        &["env:"],
    );
    problem("authorization", json!("env:"), "authorization", &["env:"]);
    problem(
        "authorization",
        json!("env:GONE"),
        "authorization",
        &["no secret `GONE`"],
    );
    let found = read(|table| {
        let transmitter = table["transmitters"][0].as_object_mut().unwrap();
        transmitter.remove("authorization");
    });
    let found = found.expect_err("it is missing");
    assert_problem(
        &found,
        "transmitters[0].authorization",
        &["is missing", "`none`"],
    );
    // Where nothing can be seen, it still is not none.
    let hidden = Config::read(&table().to_string(), &Unseen).unwrap();
    let authorization = &hidden.transmitters[0].authorization;
    assert!(matches!(authorization, PushAuthorization::Secret(None)));
}

#[test]
fn the_other_keys() {
    let one_with = |key, text: &str| one(key, json!(text)).unwrap();
    assert_eq!(one_with("audience", "postern").audience, "postern");
    let keys = "https://id.example.com/keys";
    assert_eq!(one_with("jwks_uri", keys).jwks_uri.unwrap().as_str(), keys);
    problem("audience", json!(""), "audience", &["1 to 512"]);
    problem("jwks_uri", json!("keys"), "jwks_uri", &["https://"]);
    problem(
        "issuer",
        json!("https://id.example.com?x"),
        "issuer",
        &["no query"],
    );
    problem("id", json!("a b"), "id", &[]);
    problem("secret", json!("x"), "secret", &["not a key"]);
    let found = read(|table| {
        let first = table["transmitters"][0].clone();
        table["transmitters"].as_array_mut().unwrap().push(first);
    });
    assert_problem(
        &found.expect_err("twice"),
        "transmitters[1].id",
        &["another"],
    );
    let found = read(|table| {
        let first = table["transmitters"][0].clone();
        table["transmitters"] = (0..65).map(|_| first.clone()).collect();
    });
    assert_problem(&found.expect_err("too many"), "transmitters", &["64"]);
}
