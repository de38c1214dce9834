//! Which metadata can be used.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{document, provider};
use crate::ports::SignatureAlgorithm;
use crate::provider::discovery::metadata_url;
use crate::provider::metadata::{ClientAuth, Metadata};

fn reading(key: &str, value: Value) -> Result<Metadata, Cow<'static, str>> {
    let mut document = document();
    document[key] = value;
    Metadata::read(&provider(), &document)
}

#[test]
fn reads_what_is_used() {
    let metadata = Metadata::read(&provider(), &document()).unwrap();
    assert_eq!(
        metadata.token_endpoint.as_str(),
        "https://id.example.com/token"
    );
    assert_eq!(metadata.client_auth, ClientAuth::Basic);
    assert_eq!(metadata.algorithms, None);
    assert!(!metadata.sends_iss);
}

#[test]
fn the_url_of_the_metadata() {
    for (issuer, url) in [
        (
            "https://a.example",
            "https://a.example/.well-known/openid-configuration",
        ),
        (
            "https://a.example/",
            "https://a.example/.well-known/openid-configuration",
        ),
        (
            "https://a.example/realms/x",
            "https://a.example/realms/x/.well-known/openid-configuration",
        ),
    ] {
        assert_eq!(metadata_url(&issuer.parse().unwrap()), url);
    }
}

#[test]
fn the_issuer_is_compared_to_the_letter() {
    for other in [
        json!("https://id.example.com/"),
        json!("https://ID.example.com"),
        json!("https://id.example.com.evil.example"),
        json!(null),
    ] {
        assert!(reading("issuer", other.clone()).is_err(), "{other}");
    }
}

#[test]
fn endpoints_are_https() {
    for key in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        for bad in [
            json!(null),
            json!(7),
            json!("/token"),
            json!("http://id.example.com/x"),
            json!("http://localhost/x"),
            json!("javascript:alert(1)"),
        ] {
            assert!(reading(key, bad.clone()).is_err(), "{key} {bad}");
        }
    }
    // It is not needed, so a bad one counts as missing.
    let metadata = reading("end_session_endpoint", json!("http://localhost/x")).unwrap();
    assert_eq!(metadata.end_session_endpoint, None);
    // On the loopback interface, http is fine for a provider that is there itself.
    let mut local = provider();
    local.issuer = "http://localhost:3000".parse().unwrap();
    let mut document = document();
    document["issuer"] = json!("http://localhost:3000");
    document["jwks_uri"] = json!("http://localhost:3000/jwks");
    assert!(Metadata::read(&local, &document).is_ok());
}

#[test]
fn the_host_of_an_endpoint_may_have_capitals() {
    let metadata = reading(
        "token_endpoint",
        json!("HTTPS://ID.Example.com:8443/Token?A=B"),
    );
    let endpoint = metadata.unwrap().token_endpoint;
    assert_eq!(endpoint.as_str(), "https://id.example.com:8443/Token?A=B");
}

#[test]
fn how_a_client_shows_itself() {
    let methods = "token_endpoint_auth_methods_supported";
    let auth = |value: Value| reading(methods, value).map(|metadata| metadata.client_auth);
    let both = json!(["client_secret_post", "client_secret_basic"]);
    assert_eq!(auth(both), Ok(ClientAuth::Basic));
    assert_eq!(auth(json!(["client_secret_post"])), Ok(ClientAuth::Post));
    assert!(auth(json!(["private_key_jwt"])).is_err());
    let mut public = provider();
    public.client_secret = None;
    let mut document = document();
    document[methods] = json!(["none"]);
    assert!(Metadata::read(&public, &document).is_ok());
    document["code_challenge_methods_supported"] = json!(["plain"]);
    assert!(Metadata::read(&public, &document).is_err());
    assert!(
        Metadata::read(&provider(), &document).is_err(),
        "none takes no secret"
    );
}

#[test]
fn algorithms_are_those_that_can_be_checked() {
    let key = "id_token_signing_alg_values_supported";
    let metadata = reading(key, json!(["none", "HS256", "ES256", 7])).unwrap();
    assert_eq!(metadata.algorithms, Some(vec![SignatureAlgorithm::Es256]));
    assert!(reading(key, json!(["none", "HS256"])).is_err());
}
