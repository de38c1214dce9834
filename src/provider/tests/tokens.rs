//! ID tokens, good and bad (OpenID Connect Core section 3.1.3.7), and the keys that sign them.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::jose::JwtRefusal;
use crate::provider::IdTokenRefusal;

#[track_caller]
fn refused_token(result: Result<Person, Failure<LoginRefusal>>, expected: JwtRefusal) {
    let expected = LoginRefusal::IdToken(IdTokenRefusal::Jwt(expected));
    refused(result, expected);
}

#[track_caller]
fn refused_person(result: Result<Person, Failure<LoginRefusal>>, expected: IdTokenRefusal) {
    refused(result, LoginRefusal::IdToken(expected));
}

#[test]
fn a_login_with_every_algorithm() {
    for algorithm in [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    ] {
        let world = World::signing(algorithm);
        let person = world.with("sid", json!("s-1")).expect(algorithm);
        assert_eq!(person.provider.as_str(), "acme");
        assert_eq!(person.subject, "acme:7");
        assert_eq!(person.username, None);
        assert!(person.provider_session.is_some());
        assert_eq!(person.auth_time, None);
    }
}

#[test]
fn what_is_not_signed_by_a_public_key_is_refused() {
    for algorithm in ["none", "HS256", "HS512", "ES256K"] {
        let mut world = World::new();
        world.header = json!({ "alg": algorithm, "kid": "k1" });
        refused_token(world.log_in(|_| ()), JwtRefusal::Algorithm);
    }
    let world = World::new();
    let login = world.begin();
    let token = world.sign(&world.claims(&login));
    let (signed, _) = token.rsplit_once('.').unwrap();
    refused_token(
        world.finish(&login, &format!("{signed}.")),
        JwtRefusal::Signature,
    );
}

#[test]
fn an_algorithm_that_the_provider_does_not_list() {
    let mut world = World::new();
    let mut document = document();
    document["id_token_signing_alg_values_supported"] = json!(["RS256"]);
    world.publish(&document);
    assert!(world.log_in(|_| ()).is_ok());
    world.header = json!({ "alg": "PS256", "kid": "k1" });
    refused_token(world.log_in(|_| ()), JwtRefusal::Unlisted);
}

#[test]
fn a_tampered_token() {
    let world = World::new();
    let login = world.begin();
    let mut claims = world.claims(&login);
    let token = world.sign(&claims);
    claims["sub"] = json!("8");
    let other = world.sign(&claims);
    let parts: Vec<&str> = token.split('.').collect();
    let others: Vec<&str> = other.split('.').collect();
    let mixed = format!("{}.{}.{}", parts[0], others[1], parts[2]);
    refused_token(world.finish(&login, &mixed), JwtRefusal::Signature);
    assert!(world.finish(&login, &token).is_ok());
}

#[test]
fn the_issuer_and_the_audience() {
    let world = World::new();
    refused_token(world.with("iss", json!(null)), JwtRefusal::Missing("iss"));
    refused_token(world.with("aud", json!(null)), JwtRefusal::Missing("aud"));
    for iss in [
        json!("https://id.example.com/"),
        json!("https://other.example"),
        json!(["https://id.example.com"]),
    ] {
        refused_token(world.with("iss", iss), JwtRefusal::Issuer);
    }
    for aud in [
        json!("other"),
        json!([]),
        json!(["other"]),
        json!({ "1234@acme": true }),
    ] {
        refused_token(world.with("aud", aud), JwtRefusal::Audience);
    }
    assert!(world.with("aud", json!(["1234@acme"])).is_ok());
}

#[test]
fn times_stand_on_the_very_second() {
    let world = World::new();
    assert!(world.with("exp", json!(now() + 1)).is_ok());
    for exp in [json!(now()), json!(now() - 1), json!(0), json!(-1)] {
        refused_token(world.with("exp", exp), JwtRefusal::Expired);
    }
    refused_token(world.with("exp", json!(null)), JwtRefusal::Missing("exp"));
    for (iat, expected) in [
        (now() + 60, None),
        (now() + 61, Some(JwtRefusal::NotYetValid("iat"))),
        (now() - 600, None),
        (now() - 601, Some(JwtRefusal::TooOld)),
    ] {
        let result = world.with("iat", json!(iat));
        match expected {
            None => assert!(result.is_ok(), "{iat}"),
            Some(expected) => refused_token(result, expected),
        }
    }
    refused_token(world.with("iat", json!(null)), JwtRefusal::Missing("iat"));
    refused_token(
        world.with("nbf", json!(now() + 61)),
        JwtRefusal::NotYetValid("nbf"),
    );
    for name in ["exp", "iat", "nbf", "auth_time"] {
        for value in [json!("1"), json!(true), json!([1])] {
            refused_token(world.with(name, value), JwtRefusal::Unfit(name));
        }
    }
}

#[test]
fn the_nonce_is_the_one_of_this_login() {
    let world = World::new();
    let other = world.begin();
    for nonce in [json!(null), json!(""), json!(7), json!(other.nonce())] {
        refused_person(world.with("nonce", nonce), IdTokenRefusal::Nonce);
    }
}

#[test]
fn the_subject() {
    let mut world = World::new();
    assert!(world.with("sub", json!("a".repeat(255))).is_ok());
    for sub in [
        json!(null),
        json!(""),
        json!(7),
        json!("a\nb"),
        json!("a".repeat(256)),
    ] {
        let expected = IdTokenRefusal::Subject("sub".to_owned());
        refused_person(world.with("sub", sub), expected);
    }
    world.provider.subject = "oid".to_owned();
    let expected = IdTokenRefusal::Subject("oid".to_owned());
    refused_person(world.log_in(|_| ()), expected);
    let person = world.with("oid", json!("o-1")).unwrap();
    assert_eq!(person.subject, "acme:o-1");
}

#[test]
fn how_long_ago_they_proved_who_they_are() {
    let world = World::new();
    let ask = Ask {
        max_age: Some(100),
        ..Ask::default()
    };
    let with = |auth_time: Value| {
        let (_, login) = world.try_to_begin(&ask).unwrap();
        let mut claims = world.claims(&login);
        set(&mut claims, "auth_time", auth_time);
        world.finish(&login, &world.sign(&claims))
    };
    assert!(with(json!(now() - 100)).is_ok());
    for (auth_time, what) in [
        (json!(now() - 101), "is longer ago than max_age"),
        (json!(now() + 61), "is more than a minute in the future"),
        (json!(null), "is missing, and max_age was asked for"),
    ] {
        refused_person(with(auth_time), IdTokenRefusal::AuthTime(what));
    }
    // The provider is asked for less, so that its clock may be a minute behind.
    let (url, _) = world.try_to_begin(&ask).unwrap();
    assert!(url.contains("&max_age=40"), "{url}");
    // Where nobody asked, it may be long ago or missing.
    let person = world.with("auth_time", json!(now() - 9_999)).unwrap();
    assert_eq!(person.auth_time.unwrap().seconds(), now() - 9_999);
}

#[test]
fn another_kind_of_token_is_not_an_id_token() {
    let mut world = World::new();
    for (typ, fits) in [
        ("JWT", true),
        ("jwt", true),
        ("logout+jwt", false),
        ("at+jwt", false),
    ] {
        world.header["typ"] = json!(typ);
        let result = world.log_in(|_| ());
        if fits {
            assert!(result.is_ok());
        } else {
            refused_token(result, JwtRefusal::Type);
        }
    }
}

#[test]
fn a_new_key_is_fetched_once() {
    let mut world = World::new();
    assert!(world.log_in(|_| ()).is_ok());
    assert_eq!(world.asked("/jwks"), 1);
    // The provider rotates.
    world.fakes.advance(Duration::from_mins(2));
    world.keys.insert(0, key("RS256", "k2"));
    world.header["kid"] = json!("k2");
    world.publish_keys();
    assert!(world.log_in(|_| ()).is_ok());
    assert!(world.log_in(|_| ()).is_ok());
    assert_eq!(world.asked("/jwks"), 2);
    assert_eq!(world.asked("/.well-known/openid-configuration"), 1);
}

#[test]
fn keys_are_not_fetched_more_often_than_once_a_minute() {
    let mut world = World::new();
    assert!(world.log_in(|_| ()).is_ok());
    world.header["kid"] = json!("k9");
    for _ in 0..3 {
        refused_token(world.log_in(|_| ()), JwtRefusal::UnknownKey);
    }
    assert_eq!(world.asked("/jwks"), 1);
    for (seconds, asked) in [(59, 1), (1, 2), (59, 2), (1, 3)] {
        world.fakes.advance(Duration::from_secs(seconds));
        refused_token(world.log_in(|_| ()), JwtRefusal::UnknownKey);
        refused_token(world.log_in(|_| ()), JwtRefusal::UnknownKey);
        assert_eq!(world.asked("/jwks"), asked);
    }
    // One that is known needs none of this.
    world.header["kid"] = json!("k1");
    assert!(world.log_in(|_| ()).is_ok());
    assert_eq!(world.asked("/jwks"), 3);
}

#[test]
fn a_bad_signature_under_a_known_key_fetches_nothing() {
    let mut world = World::new();
    assert!(world.log_in(|_| ()).is_ok());
    world.fakes.advance(Duration::from_mins(5));
    world.keys[0] = key("RS256", "other");
    refused_token(world.log_in(|_| ()), JwtRefusal::Signature);
    assert_eq!(world.asked("/jwks"), 1);
}

#[test]
fn without_a_kid_every_key_is_tried() {
    let mut world = World::new();
    world.header = json!({ "alg": "RS256" });
    world
        .keys
        .extend((0..6).map(|n| key("RS256", &format!("o{n}"))));
    world.keys.push(key("ES256", "e"));
    let mut published = world.keys.clone();
    published.rotate_left(1);
    world.answer("/jwks", 200, json!({ "keys": published }).to_string());
    assert!(world.log_in(|_| ()).is_ok());
    assert_eq!(world.fakes.calls.verify.count(), 7);
    // The only sign of a new one is that no other fits.
    world.fakes.advance(Duration::from_mins(2));
    world.keys.insert(0, key("RS256", "new"));
    world.publish_keys();
    assert!(world.log_in(|_| ()).is_ok());
    assert_eq!(world.asked("/jwks"), 2);
}

/// Any JSON, not very deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-z_]{1,8}", inner), 0..4).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_a_provider_says_nothing_panics(
        claim in "iss|aud|azp|exp|iat|nbf|nonce|sub|sid|amr|acr|auth_time|email|email_verified",
        value in any_json(),
        member in "issuer|jwks_uri|token_endpoint|id_token_signing_alg_values_supported",
        keys in any_json(),
    ) {
        let world = World::new();
        let _ = world.with(&claim, value.clone());
        for document in [json!({ "keys": keys }), keys.clone(), json!({ "keys": [keys] })] {
            let world = World::new();
            world.answer("/jwks", 200, document.to_string());
            prop_assert!(world.log_in(|_| ()).is_err());
            world.answer("/token", 200, document.to_string());
            prop_assert!(world.come_back(&world.begin(), "code=c0de").is_err());
        }
        let mut document = document();
        document[member.as_str()] = value;
        let world = World::new();
        world.publish(&document);
        let _ = world.try_to_begin(&Ask::default());
    }
}

/// RFC 9470 section 5, OpenID Connect Core section 3.1.2.1.
#[test]
fn the_class_that_was_asked_for() {
    let world = World::new();
    let classes = "phr mfa".parse().unwrap();
    let ask = Ask {
        acr_values: Some(&classes),
        ..Ask::default()
    };
    let with = |acr: Value| {
        let (_, login) = world.try_to_begin(&ask).unwrap();
        let mut claims = world.claims(&login);
        set(&mut claims, "acr", acr);
        world.finish(&login, &world.sign(&claims))
    };
    for good in ["phr", "mfa"] {
        assert_eq!(with(json!(good)).unwrap().acr.as_deref(), Some(good));
    }
    for bad in [
        json!(null),
        json!("pwd"),
        json!("phr mfa"),
        json!(["mfa"]),
        json!(""),
    ] {
        refused_person(with(bad), IdTokenRefusal::Acr);
    }
    // Where nobody asked, it may be any.
    let person = world.with("acr", json!("pwd")).unwrap();
    assert_eq!(person.acr.as_deref(), Some("pwd"));
}
