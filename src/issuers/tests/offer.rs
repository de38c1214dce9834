//! What metadata says of introspection.

use serde_json::{Value, json};

use super::world::{ENDPOINT, issuer, opaque};
use crate::config::SecretMethod;
use crate::issuers::offer::Offer;

fn document() -> Value {
    json!({
        "issuer": "https://acme.zitadel.cloud",
        "introspection_endpoint": ENDPOINT,
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
        "jwks_uri": "https://acme.zitadel.cloud/oauth/v2/keys",
    })
}

fn read(change: impl FnOnce(&mut Value)) -> Result<Offer, &'static str> {
    let mut document = document();
    change(&mut document);
    Offer::read(&issuer(), &opaque(), &document)
}

#[test]
fn the_endpoint_is_an_https_url_or_there_is_none() {
    assert_eq!(read(|_| {}).unwrap().endpoint, ENDPOINT);
    for bad in [
        json!(null),
        json!(""),
        json!("http://acme.zitadel.cloud/introspect"),
        json!("http://localhost/introspect"),
        json!(["https://a.example"]),
    ] {
        let read = read(|document| document["introspection_endpoint"] = bad.clone());
        assert!(
            read.unwrap_err().contains("introspection_endpoint"),
            "{bad}"
        );
    }
}

#[test]
fn a_secret_is_posted_only_where_basic_is_not_taken() {
    let method = |name: &'static str, methods: Value| {
        let offer = read(|document| {
            document["introspection_endpoint_auth_methods_supported"] = json!(null);
            document[name] = methods;
        });
        offer.unwrap().method
    };
    let own = "introspection_endpoint_auth_methods_supported";
    let token = "token_endpoint_auth_methods_supported";
    for (name, methods, expected) in [
        (own, json!(null), SecretMethod::Basic),
        (own, json!([]), SecretMethod::Basic),
        (own, json!(["private_key_jwt"]), SecretMethod::Basic),
        (
            own,
            json!(["client_secret_post", "client_secret_basic"]),
            SecretMethod::Basic,
        ),
        (own, json!(["client_secret_post"]), SecretMethod::Post),
        (token, json!(["client_secret_post"]), SecretMethod::Post),
    ] {
        assert_eq!(method(name, methods.clone()), expected, "{methods}");
    }
}

#[test]
fn a_signed_answer_is_asked_for_where_it_is_offered_by_an_algorithm_that_is_taken() {
    let name = "introspection_signing_alg_values_supported";
    let is_signed = |algorithms: Value| read(|d| d[name] = algorithms).unwrap().is_signed;
    assert!(!is_signed(json!(null)));
    assert!(!is_signed(json!(["HS256", "RS256", "none"])));
    assert!(is_signed(json!(["HS256", "ES256"])));
    let signed = |signed: bool, document: &Value| {
        let mut opaque = opaque();
        opaque.signed = Some(signed);
        Offer::read(&issuer(), &opaque, document).unwrap().is_signed
    };
    assert!(signed(true, &document()));
    let mut offering = document();
    offering[name] = json!(["ES256"]);
    assert!(!signed(false, &offering));
}

#[test]
fn what_the_configuration_says_needs_no_metadata() {
    let (mut issuer, mut opaque) = (issuer(), opaque());
    assert_eq!(Offer::configured(&issuer, &opaque), None);
    opaque.endpoint = Some("https://other.example/introspect".parse().unwrap());
    let offer = Offer::configured(&issuer, &opaque).unwrap();
    assert_eq!(offer.endpoint, "https://other.example/introspect");
    assert!(!offer.is_signed);
    let read = Offer::read(&issuer, &opaque, &document()).unwrap();
    assert_eq!(read.endpoint, offer.endpoint);
    // Its keys are somewhere.
    opaque.signed = Some(true);
    assert_eq!(Offer::configured(&issuer, &opaque), None);
    issuer.jwks_uri = Some("https://other.example/keys".parse().unwrap());
    let offer = Offer::configured(&issuer, &opaque).unwrap();
    assert_eq!(
        offer.jwks_uri.as_deref(),
        Some("https://other.example/keys")
    );
}
