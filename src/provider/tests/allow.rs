//! Who may enter, and what is taken from their claims.

use super::*;
use crate::config::{Rule, Test};
use crate::provider::IdTokenRefusal;

fn rules(rules: &[(&str, Test)]) -> Allow {
    let rule = |(claim, test): &(&str, Test)| Rule {
        claim: (*claim).to_owned(),
        test: test.clone(),
        tenant: None,
    };
    Allow::AnyOf(rules.iter().map(rule).collect())
}

fn is(text: &str) -> Test {
    Test::Is(text.to_owned())
}

fn has(text: &str) -> Test {
    Test::Has(text.to_owned())
}

fn domain() -> Test {
    Test::Domain("example.com".to_owned())
}

/// Whether someone with these claims gets in.
fn enters(world: &World, claims: &Value) -> bool {
    let result = world.log_in(|token| {
        for (name, value) in claims.as_object().unwrap() {
            token[name] = value.clone();
        }
    });
    if result.is_err() {
        not_allowed(result);
        return false;
    }
    true
}

#[test]
fn a_claim_that_is_a_text() {
    let mut world = World::new();
    world.provider.allow = rules(&[("hd", is("example.com"))]);
    assert!(enters(&world, &json!({ "hd": "example.com" })));
    for other in [
        json!("example.org"),
        json!("Example.com"),
        json!(["example.com"]),
        json!(true),
        json!(null),
    ] {
        assert!(!enters(&world, &json!({ "hd": other })));
    }
    assert!(!enters(&world, &json!({})));
}

#[test]
fn a_list_that_has_a_text() {
    let mut world = World::new();
    world.provider.allow = rules(&[("groups", has("staff"))]);
    assert!(enters(&world, &json!({ "groups": ["a", "staff"] })));
    for other in [
        json!([]),
        json!(["staffer", "a staff"]),
        json!([["staff"]]),
        json!("staff"),
        json!("a staff b"),
        json!({ "a": "staff" }),
    ] {
        assert!(!enters(&world, &json!({ "groups": other })), "{other}");
    }
}

#[test]
fn roles_as_zitadel_writes_them() {
    let mut world = World::new();
    let claim = "urn:zitadel:iam:org:project:roles";
    world.provider.allow = rules(&[(claim, has("reader"))]);
    let roles = |roles: Value| enters(&world, &json!({ claim: roles }));
    assert!(roles(
        json!({ "reader": { "178204173316174381": "acme.zitadel.cloud" } })
    ));
    assert!(roles(json!({ "writer": {}, "reader": {} })));
    assert!(!roles(
        json!({ "writer": { "178204173316174381": "reader" } })
    ));
    assert!(!roles(json!({ "reader": null })));
    assert!(!roles(json!({ "reader": false })));
    assert!(!roles(json!({})));
}

#[test]
fn an_address_at_a_domain() {
    let mut world = World::new();
    world.provider.allow = rules(&[("email", domain())]);
    let email = |email: &str| {
        let claims = json!({ "email": email, "email_verified": true });
        enters(&world, &claims)
    };
    assert!(email("ann@example.com"));
    assert!(email("ann@EXAMPLE.com"));
    for other in [
        "ann@evil.example",
        "ann@notexample.com",
        "ann@sub.example.com",
        "ann@example.com.evil.example",
        "ann@example.com@evil.example",
        "ann@example.com ",
        "@example.com",
        "example.com",
        "",
    ] {
        assert!(!email(other), "{other}");
    }
}

#[test]
fn an_address_that_nobody_verified_is_none() {
    let mut world = World::new();
    for test in [domain(), is("ann@example.com")] {
        world.provider.allow = rules(&[("email", test)]);
        for (verified, fits) in [
            (json!(true), true),
            (json!("true"), true),
            (json!(false), false),
            (json!("false"), false),
            (json!(1), false),
            (json!(null), false),
        ] {
            let claims = json!({ "email": "ann@example.com", "email_verified": verified });
            assert_eq!(enters(&world, &claims), fits, "{verified}");
        }
        assert!(!enters(&world, &json!({ "email": "ann@example.com" })));
    }
}

#[test]
fn a_domain_of_google_has_the_account() {
    let mut world = World::new();
    world.provider.issuer = "https://accounts.google.com".parse().unwrap();
    let google = |path: &str| json!(format!("https://accounts.google.com{path}"));
    let mut document = document();
    document["issuer"] = google("");
    document["token_endpoint"] = google("/token");
    document["jwks_uri"] = google("/jwks");
    world.publish(&document);
    world.publish_keys();
    let ann = |hd: Value| json!({ "email": "ann@example.com", "email_verified": true, "hd": hd });
    world.provider.allow = rules(&[("email", domain())]);
    assert!(enters(&world, &ann(json!("example.com"))));
    assert!(!enters(&world, &ann(json!(null))));
    assert!(!enters(&world, &ann(json!("other.example"))));
    world.provider.allow = rules(&[("hd", domain())]);
    assert!(enters(&world, &ann(json!("example.com"))));
    assert!(!enters(&world, &ann(json!("other.example"))));
}

#[test]
fn one_rule_is_enough() {
    let mut world = World::new();
    world.provider.allow = rules(&[("sub", is("7")), ("groups", has("staff"))]);
    assert!(enters(&world, &json!({})));
    assert!(enters(&world, &json!({ "sub": "8", "groups": ["staff"] })));
    assert!(!enters(
        &world,
        &json!({ "sub": "8", "groups": ["guests"] })
    ));
}

#[test]
fn the_username() {
    let mut world = World::new();
    let username = |world: &World, claims: Value| {
        let person = world.log_in(|token| {
            for (name, value) in claims.as_object().unwrap() {
                token[name] = value.clone();
            }
        });
        person.unwrap().username
    };
    let both = json!({ "preferred_username": "ann", "email": "a@b.c", "email_verified": true });
    assert_eq!(username(&world, both.clone()).as_deref(), Some("ann"));
    let email = json!({ "email": "a@b.c", "email_verified": true });
    assert_eq!(username(&world, email).as_deref(), Some("a@b.c"));
    assert_eq!(username(&world, json!({ "email": "a@b.c" })), None);
    assert_eq!(
        username(&world, json!({ "preferred_username": "a\nb" })),
        None
    );
    world.provider.username = Some("email".to_owned());
    assert_eq!(username(&world, both).as_deref(), Some("a@b.c"));
}

#[test]
fn further_claims_are_those_that_are_asked_for() {
    let mut world = World::new();
    world.provider.claims = vec!["email".to_owned(), "groups".to_owned()];
    let person = world.log_in(|claims| {
        claims["email"] = json!("someone@else.example");
        claims["groups"] = json!(["a"]);
        claims["address"] = json!("private");
    });
    let claims = Value::Object(person.unwrap().claims);
    assert_eq!(claims, json!({ "groups": ["a"] }));
    let large = world.with("groups", json!("a".repeat(4_096)));
    let expected = IdTokenRefusal::TooLarge("groups".to_owned());
    refused(large, LoginRefusal::IdToken(expected));
}

#[test]
fn how_they_proved_who_they_are() {
    let world = World::new();
    let person = world.log_in(|claims| {
        claims["amr"] = json!(["pwd", 7, "", "a b", "otp", "x".repeat(65)]);
        claims["acr"] = json!("urn:2");
    });
    let person = person.unwrap();
    assert_eq!(person.amr, ["pwd", "otp"]);
    assert_eq!(person.acr.as_deref(), Some("urn:2"));
    let person = world.with("amr", json!("pwd")).unwrap();
    assert!(person.amr.is_empty());
}
