//! What is odd and legal: it is taken. What looks like it and is not: it is refused.

use super::*;
use crate::jose::JwtRefusal;
use crate::provider::IdTokenRefusal;

/// These claims as they are written, where `json!` would write them otherwise.
fn with_text(world: &World, name: &str, value: &str) -> Result<Person, Failure<LoginRefusal>> {
    let value: Value = serde_json::from_str(value).unwrap();
    world.with(name, value)
}

#[track_caller]
fn refused_token(result: Result<Person, Failure<LoginRefusal>>, expected: JwtRefusal) {
    refused(result, LoginRefusal::IdToken(IdTokenRefusal::Jwt(expected)));
}

#[test]
fn a_time_may_have_a_fraction() {
    // RFC 7519 section 2: "non-integer values can be represented".
    let world = World::new();
    let now = now();
    for name in ["iat", "nbf", "auth_time"] {
        for value in [
            format!("{now}.25"),
            format!("{now}.0"),
            format!("{now}.123456789012345678901234567890"),
            format!("{now}e0"),
            format!("{}E-3", now * 1_000 + 999),
            format!("0.{now}e{}", now.to_string().len()),
        ] {
            let person = with_text(&world, name, &value);
            let person = person.unwrap_or_else(|error| panic!("{name} {value}: {error:?}"));
            if name == "auth_time" {
                assert_eq!(person.auth_time.unwrap().seconds(), now, "{value}");
            }
        }
    }
    assert!(with_text(&world, "exp", &format!("{now}.001")).is_ok());
    assert!(with_text(&world, "exp", "1e300").is_ok());
    assert!(with_text(&world, "exp", "1e99999999999999999999").is_ok());
    for exp in [
        format!("{now}.0"),
        format!("{now}.0009"),
        format!("{}.999", now - 1),
        "1e-99999999999999999999".to_owned(),
        "0e99999999999999999999".to_owned(),
        "-1".to_owned(),
        "-1e300".to_owned(),
    ] {
        refused_token(with_text(&world, "exp", &exp), JwtRefusal::Expired);
    }
    refused_token(
        with_text(&world, "iat", &format!("{}.001", now + 60)),
        JwtRefusal::NotYetValid("iat"),
    );
    // The earliest time of .NET, where a time was never set.
    assert!(with_text(&world, "nbf", "-62135596800").is_ok());
    refused_token(with_text(&world, "iat", "-62135596800"), JwtRefusal::TooOld);
}

#[test]
fn an_optional_claim_that_is_null_or_empty_is_absent() {
    // OpenID Connect Core section 5.3.2 asks providers to leave them out, and some do not.
    let world = World::new();
    for name in [
        "azp",
        "sid",
        "nbf",
        "auth_time",
        "acr",
        "amr",
        "email",
        "jti",
    ] {
        let login = world.begin();
        let mut claims = world.claims(&login);
        claims[name] = json!(null);
        assert!(world.finish(&login, &world.sign(&claims)).is_ok(), "{name}");
    }
    for (name, empty) in [
        ("azp", json!("")),
        ("sid", json!("")),
        ("acr", json!("")),
        ("amr", json!([])),
        ("email", json!("")),
        ("preferred_username", json!("")),
    ] {
        let person = world.with(name, empty).expect(name);
        assert_eq!(person.provider_session, None);
    }
    // What must be there is not there, however it is missing.
    for (name, expected) in [
        ("iss", JwtRefusal::Missing("iss")),
        ("aud", JwtRefusal::Missing("aud")),
        ("exp", JwtRefusal::Missing("exp")),
        ("iat", JwtRefusal::Missing("iat")),
    ] {
        let login = world.begin();
        let mut claims = world.claims(&login);
        claims[name] = json!(null);
        refused_token(world.finish(&login, &world.sign(&claims)), expected);
    }
}

#[test]
fn a_header_with_null_members() {
    let mut world = World::new();
    world.header = json!({ "alg": "RS256", "kid": null, "typ": null, "cty": null });
    assert!(world.log_in(|_| ()).is_ok());
    world.header = json!({ "alg": "RS256", "kid": "", "typ": "" });
    assert!(world.log_in(|_| ()).is_ok());
    // RFC 7515 section 4.1.9: the same type, written out.
    world.header = json!({ "alg": "RS256", "typ": "application/jwt" });
    assert!(world.log_in(|_| ()).is_ok());
    // `crit` is refused however it is written.
    for crit in [json!(null), json!([]), json!(["exp"])] {
        world.header = json!({ "alg": "RS256", "crit": crit });
        refused_token(world.log_in(|_| ()), JwtRefusal::Critical);
    }
}

#[test]
fn ed25519_has_two_names() {
    // RFC 9864 section 2.2.
    for (key_name, token_name) in [
        ("EdDSA", "Ed25519"),
        ("Ed25519", "EdDSA"),
        ("Ed25519", "Ed25519"),
    ] {
        let mut world = World::signing("EdDSA");
        world.keys[0]["alg"] = json!(key_name);
        world.publish_keys();
        world.header = json!({ "alg": token_name, "kid": "k1" });
        // Fakes sign with the bare key.
        let login = world.begin();
        let mut claims = world.claims(&login);
        claims["sid"] = json!("s");
        world.keys[0].as_object_mut().unwrap().remove("alg");
        assert!(
            world.finish(&login, &world.sign(&claims)).is_ok(),
            "{key_name} {token_name}"
        );
    }
    let mut world = World::signing("EdDSA");
    let mut document = document();
    document["id_token_signing_alg_values_supported"] = json!(["Ed25519"]);
    world.publish(&document);
    assert!(
        world.log_in(|_| ()).is_ok(),
        "EdDSA where Ed25519 is listed"
    );
    // The other one of RFC 9864 is not there.
    world.header = json!({ "alg": "Ed448", "kid": "k1" });
    refused_token(world.log_in(|_| ()), JwtRefusal::Algorithm);
}

#[test]
fn several_audiences_need_no_azp() {
    // OpenID Connect Core section 3.1.3.7, steps 3 to 5, with errata set 2.
    let world = World::new();
    let several = |azp: Value| {
        world.log_in(|claims| {
            claims["aud"] = json!(["project", "1234@acme"]);
            set(claims, "azp", azp);
        })
    };
    assert!(several(json!(null)).is_ok());
    assert!(several(json!("1234@acme")).is_ok());
    for azp in [json!("project"), json!(7), json!(["1234@acme"])] {
        refused_token(several(azp), JwtRefusal::AuthorizedParty);
    }
}

#[test]
fn keys_with_null_or_empty_members() {
    for member in ["use", "key_ops", "alg", "kid", "crv", "x5c", "x5t"] {
        for value in [json!(null), json!("")] {
            if member == "key_ops" && !value.is_null() {
                continue;
            }
            let mut world = World::new();
            world.header = json!({ "alg": "RS256" });
            let mut odd = world.keys[0].clone();
            odd[member] = value.clone();
            world.answer("/jwks", 200, json!({ "keys": [odd] }).to_string());
            assert!(world.log_in(|_| ()).is_ok(), "{member} {value}");
        }
    }
}

#[test]
fn a_key_without_a_name_may_have_signed_a_token_that_names_one() {
    // RFC 7515 section 4.1.4 calls `kid` a hint, and RFC 7517 section 4.5 makes it optional in a key.
    let mut world = World::new();
    let mut nameless = world.keys[0].clone();
    nameless.as_object_mut().unwrap().remove("kid");
    world.answer("/jwks", 200, json!({ "keys": [nameless] }).to_string());
    assert!(world.log_in(|_| ()).is_ok());
    // A new key is looked for all the same.
    world.fakes.advance(std::time::Duration::from_mins(2));
    world.keys.insert(0, key("RS256", "k2"));
    world.header["kid"] = json!("k2");
    world.publish_keys();
    assert!(world.log_in(|_| ()).is_ok());
    assert_eq!(world.asked("/jwks"), 2);
}

#[test]
fn metadata_with_null_members_and_a_byte_order_mark() {
    let world = World::new();
    let mut odd = document();
    for name in [
        "end_session_endpoint",
        "userinfo_endpoint",
        "token_endpoint_auth_methods_supported",
        "code_challenge_methods_supported",
        "id_token_signing_alg_values_supported",
        "authorization_response_iss_parameter_supported",
    ] {
        odd[name] = json!(null);
    }
    odd["id_token_signing_alg_values_supported"] = json!([]);
    odd["token_endpoint_auth_methods_supported"] = json!([]);
    let path = "/.well-known/openid-configuration";
    // RFC 8259 section 8.1: a reader may ignore the mark.
    world.answer(path, 200, format!("\u{feff}{odd}"));
    assert!(world.log_in(|_| ()).is_ok());
}

#[test]
fn a_parameter_of_the_answer_that_is_empty_is_absent() {
    // RFC 6749 section 3.1.
    let world = World::new();
    let login = world.begin();
    let token = world.sign(&world.claims(&login));
    assert!(world.finish(&login, &token).is_ok());
    assert!(world.come_back(&login, "code=c0de&error=&iss=").is_ok());
}
