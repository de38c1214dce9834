//! `[[issuers]]` of which the tokens are opaque.

use std::time::Duration;

use super::*;
use crate::config::{IssuerAuth, Opaque, SecretMethod, Tokens};

/// P-256, made for this test.
const PEM: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglL76mcGZ3XFvieg8HZ6VPQGPe5up35tV/tfJvuBMYvShRANCAAQAtOiS1UcgYn1d9yYw16ho2le4pnoMucZYpeiDGsngvK71UszdOu4uilGAip5w+SbozmXWHd7G/2rTSZpDkh5N
-----END PRIVATE KEY-----";

fn worker() -> Worker {
    let file = |more: &str| {
        let pem = PEM.replace('\n', "\\n");
        format!(r#"{{"type":"application","keyId":"81","key":"{pem}"{more}}}"#)
    };
    Worker::complete()
        .with("ISSUER_SECRET", " hunter2\n")
        .with("PEM", PEM)
        .with("KEY_FILE", &file(r#","clientId":"1@acme""#))
        .with("ODD_FILE", &file(r#","clientId":"é""#))
        .with("NO_KEY", "hunter2")
}

fn table(change: impl FnOnce(&mut Value)) -> String {
    let mut table = small();
    let mut issuer = json!({
        "id": "zitadel", "issuer": "https://acme.zitadel.cloud", "tokens": "opaque", "audiences": ["1"],
        "client_id": "1@acme", "client_secret": "env:ISSUER_SECRET",
    });
    change(&mut issuer);
    table["issuers"] = json!([issuer]);
    table.to_string()
}

fn read(change: impl FnOnce(&mut Value)) -> Result<Opaque, Vec<Problem>> {
    Config::read(&table(change), &worker()).map(|mut config| {
        match config.issuers.remove(0).tokens {
            Tokens::Opaque(opaque) => opaque,
            Tokens::Jwt(_) => panic!("it is opaque"),
        }
    })
}

/// The same with these keys; `null` takes one out.
fn with(keys: &[(&str, Value)]) -> Result<Opaque, Vec<Problem>> {
    read(|issuer| {
        let issuer = issuer.as_object_mut().unwrap();
        for (key, value) in keys {
            issuer.remove(*key);
            if !value.is_null() {
                issuer.insert((*key).to_owned(), value.clone());
            }
        }
    })
}

#[track_caller]
fn problem(keys: &[(&str, Value)], at: &str, words: &[&str]) {
    let found = with(keys).expect_err("it is a bad one");
    assert_problem(&found, &format!("issuers[0].{at}"), words);
    assert!(!format!("{found:?}").contains("hunter"), "{found:?}");
}

#[test]
fn the_defaults_and_each_key() {
    let opaque = with(&[]).unwrap();
    assert_eq!(opaque.endpoint, None);
    assert_eq!(opaque.client_id, "1@acme");
    assert_eq!(opaque.signed, None);
    assert_eq!(opaque.max_age, Duration::from_mins(1));
    let Some(IssuerAuth::Secret {
        secret,
        method: None,
    }) = &opaque.authentication
    else {
        panic!("{opaque:?}");
    };
    assert_eq!(secret.expose(), "hunter2");
    let opaque = with(&[
        ("client_auth", json!("post")),
        (
            "introspection_endpoint",
            json!("https://acme.example/introspect?x=1"),
        ),
        ("signed_introspection", json!(false)),
        ("max_age", json!(0)),
    ]);
    let opaque = opaque.unwrap();
    let method = match opaque.authentication.unwrap() {
        IssuerAuth::Secret { method, .. } => method,
        IssuerAuth::Key(_) => None,
    };
    assert_eq!(method, Some(SecretMethod::Post));
    assert_eq!(
        opaque.endpoint.unwrap().as_str(),
        "https://acme.example/introspect?x=1"
    );
    assert_eq!(opaque.signed, Some(false));
    assert_eq!(opaque.max_age, Duration::ZERO);
}

#[test]
fn a_key_file_says_whose_it_is() {
    let key = |name: &str| ("client_key", json!(format!("env:{name}")));
    let no_secret = ("client_secret", Value::Null);
    let no_id = ("client_id", Value::Null);
    let opaque = with(&[no_secret.clone(), no_id.clone(), key("KEY_FILE")]).unwrap();
    assert_eq!(opaque.client_id, "1@acme");
    let Some(IssuerAuth::Key(file)) = &opaque.authentication else {
        panic!("{opaque:?}");
    };
    assert_eq!(file.key_id.as_deref(), Some("81"));
    assert!(with(&[no_secret.clone(), key("KEY_FILE")]).is_ok());
    assert!(with(&[no_secret.clone(), key("PEM")]).is_ok());
    let other = ("client_id", json!("2@acme"));
    let words = ["another application", "left out"];
    problem(
        &[no_secret.clone(), other, key("KEY_FILE")],
        "client_id",
        &words,
    );
    problem(
        &[no_secret.clone(), no_id.clone(), key("PEM")],
        "client_id",
        &["is missing"],
    );
    let words = ["of the key file", "printable ASCII"];
    problem(
        &[no_secret.clone(), no_id.clone(), key("ODD_FILE")],
        "client_key",
        &words,
    );
    let words = ["`client_key`", "leave it out"];
    let post = ("client_auth", json!("post"));
    problem(
        &[no_secret.clone(), post, key("PEM")],
        "client_auth",
        &words,
    );
    let words = ["the secret that it names", "BEGIN PRIVATE KEY"];
    problem(&[no_secret.clone(), key("NO_KEY")], "client_key", &words);
    let words = ["`GONE`", "wrangler secret put GONE", "key file"];
    problem(&[no_secret, key("GONE")], "client_key", &words);
    // Where it is built, no secret can be seen, so the id may be in the file.
    let unseen = table(|issuer| {
        let issuer = issuer.as_object_mut().unwrap();
        issuer.remove("client_id");
        issuer.remove("client_secret");
        issuer.insert("client_key".to_owned(), json!("env:KEY_FILE"));
    });
    assert!(Config::read(&unseen, &Unseen).is_ok());
}

#[test]
fn what_must_be_there_and_what_must_not() {
    problem(
        &[("client_id", Value::Null)],
        "client_id",
        &["is missing", "introspect"],
    );
    problem(
        &[("client_id", json!("é"))],
        "client_id",
        &["printable ASCII"],
    );
    let words = ["is missing", "`client_key = \"env:NAME\"`"];
    problem(&[("client_secret", Value::Null)], "client_secret", &words);
    let words = ["beside `client_secret`"];
    problem(&[("client_key", json!("env:PEM"))], "client_key", &words);
    problem(
        &[("client_secret", json!("hunter2"))],
        "client_secret",
        &["`env:ISSUER_SECRET`"],
    );
    problem(
        &[("client_auth", json!("digest"))],
        "client_auth",
        &["`basic`", "`post`"],
    );
    problem(&[("max_age", json!(301))], "max_age", &["0 to 300"]);
    let plain = json!("http://acme.example/introspect");
    problem(
        &[("introspection_endpoint", plain)],
        "introspection_endpoint",
        &["https"],
    );
    problem(&[("types", json!(["JWT"]))], "types", &["is about JWTs"]);
    problem(&[("leeway", json!(5))], "leeway", &["is about JWTs"]);
    for key in ["client_id", "client_secret"] {
        let other = if key == "client_id" {
            "client_secret"
        } else {
            "client_id"
        };
        let jwt = [("tokens", json!("jwt")), (other, Value::Null)];
        problem(&jwt, key, &["is about opaque tokens"]);
    }
}
