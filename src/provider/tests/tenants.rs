//! Microsoft Entra ID, where one issuer speaks for every tenant: its metadata has a template, and each token the issuer of
//! its own tenant.

use super::*;
use crate::config::{Rule, Test};
use crate::jose::JwtRefusal;
use crate::provider::IdTokenRefusal;

const ORIGIN: &str = "https://login.example.com";
const TENANT: &str = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
const OTHER: &str = "82229342-1101-4ab6-817b-70c0747630f3";

fn at(path: &str) -> String {
    format!("{ORIGIN}/{path}/v2.0")
}

fn metadata(issuer: &str) -> Value {
    let mut metadata = document();
    metadata["issuer"] = json!(issuer);
    metadata["token_endpoint"] = json!(format!("{}/token", at("organizations")));
    metadata["jwks_uri"] = json!(format!("{}/jwks", at("organizations")));
    metadata
}

fn world() -> World {
    let mut world = World::new();
    world.provider.issuer = at("organizations").parse().unwrap();
    world.publish(&metadata(&at("{tenantid}")));
    world.publish_keys();
    world
}

/// A login of somebody whose token has these two claims.
fn enter(world: &World, iss: &str, tid: Value) -> Result<Person, Failure<LoginRefusal>> {
    world.log_in(|claims| {
        claims["iss"] = json!(iss);
        set(claims, "tid", tid);
    })
}

#[track_caller]
fn refused_token(result: Result<Person, Failure<LoginRefusal>>, expected: JwtRefusal) {
    refused(result, LoginRefusal::IdToken(IdTokenRefusal::Jwt(expected)));
}

#[test]
fn the_issuer_of_a_token_is_that_of_its_tenant() {
    let world = world();
    let person = enter(&world, &at(TENANT), json!(TENANT)).unwrap();
    // What it calls people is unique within a tenant only.
    assert_eq!(person.subject, format!("acme:{TENANT}:7"));
    let other = enter(&world, &at(OTHER), json!(OTHER)).unwrap();
    assert_ne!(other.subject, person.subject);
    refused_token(
        enter(&world, &at(TENANT), json!(null)),
        JwtRefusal::Missing("tid"),
    );
    for (iss, tid) in [
        (at(TENANT), OTHER),
        (at("organizations"), TENANT),
        (at("{tenantid}"), TENANT),
        (format!("https://evil.example/{TENANT}/v2.0"), TENANT),
        (format!("{ORIGIN}/{TENANT}"), TENANT),
        (at("organizations"), "organizations"),
        (at("{tenantid}"), "{tenantid}"),
        (at(""), ""),
        (
            format!("{ORIGIN}/x/../{TENANT}/v2.0"),
            "x/../8eaef023-2b34-4da1-9baa-8bc8c9d6a490",
        ),
    ] {
        refused_token(enter(&world, &iss, json!(tid)), JwtRefusal::Tenant);
    }
}

#[test]
fn an_answer_that_names_its_issuer_names_one_of_the_same_place() {
    // RFC 9207 section 2.4: the defence against mix-up.
    let world = world();
    let login = world.begin();
    let mut claims = world.claims(&login);
    claims["iss"] = json!(at(TENANT));
    claims["tid"] = json!(TENANT);
    assert!(world.finish(&login, &world.sign(&claims)).is_ok());
    for iss in [at(TENANT), at("organizations"), at("{tenantid}")] {
        let query = crate::protocol::web_url::encode(&[("code", "c0de"), ("iss", &iss)]);
        assert!(world.come_back(&login, &query).is_ok(), "{iss}");
    }
    for iss in [
        format!("https://evil.example/{TENANT}/v2.0"),
        format!("{ORIGIN}.evil.example/{TENANT}/v2.0"),
        format!("{ORIGIN}/x/{TENANT}/v2.0"),
        format!("{ORIGIN}/{TENANT}"),
        format!("{ORIGIN}/v2.0"),
        ORIGIN.to_owned(),
    ] {
        let query = crate::protocol::web_url::encode(&[("code", "c0de"), ("iss", &iss)]);
        let expected = LoginRefusal::Issuer("names another provider");
        refused(world.come_back(&login, &query), expected);
    }
}

#[test]
fn the_metadata_must_have_the_template() {
    for issuer in [
        at("organizations"),
        at(TENANT),
        at("{tenant}"),
        format!("{ORIGIN}/{{tenantid}}"),
        "https://evil.example/{tenantid}/v2.0".to_owned(),
    ] {
        let world = world();
        world.publish(&metadata(&issuer));
        is_unavailable(world.try_to_begin(&Ask::default()));
    }
    // And only where the configuration names all tenants.
    for configured in [
        at(TENANT),
        format!("{ORIGIN}/x/organizations/v2.0"),
        at("consumers"),
        ORIGIN.to_owned(),
    ] {
        let mut world = world();
        world.provider.issuer = configured.parse().unwrap();
        world.publish(&metadata(&at("{tenantid}")));
        is_unavailable(world.try_to_begin(&Ask::default()));
    }
}

#[test]
fn a_key_may_be_for_one_tenant_only() {
    let mut world = world();
    let login = |world: &World, issuer: Value| {
        let mut key = world.keys[0].clone();
        key["issuer"] = issuer;
        let path = "/jwks";
        world.answer(path, 200, json!({ "keys": [key] }).to_string());
        enter(world, &at(TENANT), json!(TENANT))
    };
    for issuer in [json!(at("{tenantid}")), json!(at(TENANT)), json!(null)] {
        world.providers = KnownProviders::new();
        assert!(login(&world, issuer).is_ok());
    }
    for issuer in [at(OTHER), "https://evil.example/{tenantid}/v2.0".to_owned()] {
        world.providers = KnownProviders::new();
        refused_token(login(&world, json!(issuer)), JwtRefusal::KeyIssuer);
    }
}

#[test]
fn a_rule_is_for_the_people_of_a_tenant() {
    let mut world = world();
    world.provider.allow = Allow::AnyOf(vec![Rule {
        claim: "roles".to_owned(),
        test: Test::Has("reader".to_owned()),
        tenant: Some(TENANT.to_owned()),
    }]);
    let enter = |tenant: &str, role: &str| {
        world.log_in(|claims| {
            claims["iss"] = json!(at(tenant));
            claims["tid"] = json!(tenant);
            claims["roles"] = json!([role]);
        })
    };
    assert!(enter(TENANT, "reader").is_ok());
    for (tenant, role) in [(OTHER, "reader"), (TENANT, "writer")] {
        not_allowed(enter(tenant, role));
    }
}

#[test]
fn whoever_has_too_many_groups_has_none_in_the_token() {
    let mut world = world();
    world.provider.claims = vec!["groups".to_owned()];
    let elsewhere = |world: &World, name: &str| {
        world.log_in(|claims| {
            claims["iss"] = json!(at(TENANT));
            claims["tid"] = json!(TENANT);
            claims["_claim_names"] = json!({ name: "src1" });
        })
    };
    // It is told, where it does not matter.
    let person = elsewhere(&world, "groups").unwrap();
    assert_eq!(person.left_out.len(), 1);
    assert_eq!(person.left_out[0].of, None);
    assert!(elsewhere(&world, "other").unwrap().left_out.is_empty());
    world.provider.allow = Allow::AnyOf(vec![Rule {
        claim: "groups".to_owned(),
        test: Test::Has("staff".to_owned()),
        tenant: Some(TENANT.to_owned()),
    }]);
    let refusal = elsewhere(&world, "groups").unwrap_err();
    let Failure::Refused(LoginRefusal::IdToken(IdTokenRefusal::LeftOut(claim))) = refusal else {
        panic!("{refusal:?}");
    };
    assert_eq!(claim, "groups");
    let refusal = elsewhere(&world, "other");
    not_allowed(refusal);
}
