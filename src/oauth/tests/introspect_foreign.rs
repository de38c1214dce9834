//! RFC 7662 for tokens of other issuers.

use base64ct::Base64UrlUnpadded;
use serde_json::json as value;

use super::*;
use crate::fakes::{Fault, START};
use crate::fixtures::config::Unseen;
use crate::ports::{HttpRequest, HttpResponse, RevocationLog};
use crate::protocol::json;
use crate::revocation::{Entry, Target};
use crate::secret::Secret;

const IDP: &str = "https://id.example";

/// A world in which the gateway may ask about tokens of another issuer, and the client `orders` about those for its audience.
fn world() -> World {
    let table = value!({
        "issuer": ISSUER,
        "issuers": [{
            "id": "idp", "issuer": IDP, "tokens": "jwt", "audiences": ["my-api"], "claims": ["groups"],
            "jwks_uri": format!("{IDP}/jwks"),
        }],
        "routes": [{ "match": "/*", "access": "public", "origin": "https://origin.example.com" }],
    });
    let config = Config::read(&table.to_string(), &Unseen).unwrap();
    let mut world = super::world();
    world.resolver = isolate().with_issuers(&config.issuers);
    world.config.issuers = config.issuers;
    for client in &mut world.config.clients[3..] {
        client.introspect_accept = Accept::OWN.and(0);
    }
    let keys = value!({ "keys": [key()] }).to_string();
    world.fakes.set_provider(move |request: &HttpRequest| {
        assert_eq!(request.url, format!("{IDP}/jwks"));
        HttpResponse {
            status: 200,
            max_age: None,
            body: Secret::new(keys.clone().into_bytes()),
        }
    });
    world
}

fn key() -> Value {
    value!({ "crv": "P-256", "kty": "EC", "x": "x", "y": "y" })
}

fn token(change: impl FnOnce(&mut Value)) -> String {
    let mut claims = value!({
        "iss": IDP, "aud": ["my-api"], "sub": "7", "client_id": "app@idp", "scope": "orders:read", "jti": "j",
        "iat": START.seconds(), "exp": START.seconds() + 600, "groups": ["staff"], "preferred_username": "ann",
    });
    change(&mut claims);
    let encode = |value: &Value| Base64UrlUnpadded::encode_string(json::write(value).as_bytes());
    let header = value!({ "alg": "ES256", "typ": "at+jwt" });
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let signature = Fakes::sign(&json::write(&key()), signed.as_bytes());
    format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature))
}

#[test]
fn whoever_may_know_is_told_what_it_means_here() {
    let world = world();
    let mut answer = super::json(&world.introspect("gateway", &token(|_| ())));
    assert!(answer["jti"].as_str().is_some_and(|name| name != "j"));
    answer.as_object_mut().unwrap().remove("jti");
    assert_eq!(
        answer,
        value!({
            "active": true, "iss": IDP, "sub": "idp:7", "client_id": "idp:app@idp", "username": "ann",
            "token_type": "Bearer", "scope": "orders:read", "groups": ["staff"],
            "iat": START.seconds(), "nbf": START.seconds(), "exp": START.seconds() + 600,
        })
    );
}

#[test]
fn nobody_else_is_told_that_there_is_such_a_token() {
    let mut world = world();
    // A list of audiences says nothing of a token whose audiences are no resources of this site.
    let inactive = value!({ "active": false });
    let asked = |world: &World, who: &str, token: &str| super::json(&world.introspect(who, token));
    assert_eq!(asked(&world, "orders", &token(|_| ())), inactive);
    let for_orders = token(|claims| claims["aud"] = value!(["my-api", ORDERS]));
    assert_eq!(asked(&world, "orders", &for_orders)["aud"], ORDERS);
    let for_another = token(|claims| claims["aud"] = value!("another"));
    assert_eq!(asked(&world, "gateway", &for_another), inactive);
    world.config.clients[3].introspect_accept = Accept::OWN;
    assert_eq!(asked(&world, "gateway", &token(|_| ())), inactive);
}

#[test]
fn what_was_ended_here_is_inactive_and_an_outage_is_no_no() {
    let world = world();
    let subject = Target::Subject {
        subject: "idp:7".to_owned(),
        not_before: START.plus(Duration::from_secs(1)),
    };
    let until = START.plus(Duration::from_hours(1));
    assert_eq!(
        super::json(&world.introspect("gateway", &token(|_| ())))["active"],
        true
    );
    block_on(world.fakes.append(&Entry::new(&subject, until))).unwrap();
    assert_eq!(
        super::json(&world.introspect("gateway", &token(|_| ())))["active"],
        false
    );
    world.fakes.calls.since.set_fault(Fault::Before);
    let other = token(|claims| claims["sub"] = value!("8"));
    assert_eq!(world.introspect("gateway", &other), Answer::unavailable());
}
