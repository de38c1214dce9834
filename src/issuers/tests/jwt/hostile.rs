//! Tokens that are no access tokens of this issuer for this site (RFC 8725, RFC 9068 section 4).

use super::*;

#[test]
fn claims_that_must_be_right() {
    let world = World::new();
    let now = START.seconds();
    for (name, value, expected) in [
        ("iss", json!("https://id.example.com/"), JwtRefusal::Issuer),
        ("iss", json!("https://ID.example.com"), JwtRefusal::Issuer),
        ("iss", json!(["https://id.example.com"]), JwtRefusal::Issuer),
        ("iss", Value::Null, JwtRefusal::Issuer),
        (
            "aud",
            json!("https://api.example.com/"),
            JwtRefusal::Audience,
        ),
        (
            "aud",
            json!("https://other.example.com"),
            JwtRefusal::Audience,
        ),
        ("aud", json!(["a", "b"]), JwtRefusal::Audience),
        ("aud", json!({ API: 1 }), JwtRefusal::Audience),
        ("aud", json!([]), JwtRefusal::Audience),
        ("aud", json!(""), JwtRefusal::Missing("aud")),
        ("aud", Value::Null, JwtRefusal::Missing("aud")),
        ("exp", Value::Null, JwtRefusal::Missing("exp")),
        ("exp", json!(now.to_string()), JwtRefusal::Unfit("exp")),
        ("exp", json!(now), JwtRefusal::Expired),
        ("exp", json!(-1), JwtRefusal::Expired),
        ("iat", Value::Null, JwtRefusal::Missing("iat")),
        ("iat", json!("1"), JwtRefusal::Unfit("iat")),
        ("iat", json!(now + 61), JwtRefusal::NotYetValid("iat")),
        ("iat", json!(0), JwtRefusal::TooOld),
        ("nbf", json!(now + 61), JwtRefusal::NotYetValid("nbf")),
        ("nbf", json!(true), JwtRefusal::Unfit("nbf")),
        ("sub", Value::Null, JwtRefusal::Missing("sub")),
        ("sub", json!(""), JwtRefusal::Unfit("sub")),
        ("sub", json!(7), JwtRefusal::Unfit("sub")),
        ("sub", json!("a\nb"), JwtRefusal::Unfit("sub")),
        ("sub", json!("x".repeat(256)), JwtRefusal::Unfit("sub")),
        (
            "client_id",
            json!("a\u{e9}"),
            JwtRefusal::Unfit("client_id"),
        ),
        ("jti", json!(7), JwtRefusal::Unfit("jti")),
        ("sid", json!({}), JwtRefusal::Unfit("sid")),
        ("cnf", json!("x"), JwtRefusal::Unfit("cnf")),
        ("auth_time", json!("x"), JwtRefusal::Unfit("auth_time")),
    ] {
        let found = world.with_claim(name, value.clone()).unwrap_err();
        assert_eq!(found, Failure::Refused(expected), "{name}: {value}");
    }
    for (name, value) in [
        ("aud", json!(["other", API])),
        ("iat", json!(now + 60)),
        ("nbf", json!(now + 60)),
        ("exp", json!(1e300)),
        ("exp", serde_json::from_str(&format!("{now}.9")).unwrap()),
        ("sub", json!("x".repeat(255))),
    ] {
        // A time with a fraction may be over in the same second.
        let found = world.with_claim(name, value.clone());
        assert!(found.is_ok(), "{name}: {value}");
    }
}

#[test]
fn huge_numbers_are_only_numbers() {
    let world = World::new();
    for number in [
        "1e400",
        "99999999999999999999999999999999",
        "1e-9999999999",
        "-1e400",
    ] {
        for name in ["exp", "iat", "nbf", "auth_time"] {
            let claims = world.claims().to_string();
            let claims = format!("{},\"{name}\":{number}}}", &claims[..claims.len() - 1]);
            let mut claims: Value = serde_json::from_str(&claims).unwrap();
            claims["iss"] = json!(world.url());
            let _ = world.read(&world.sign(&claims, &key("RS256", "k1")));
        }
    }
}

#[test]
fn only_the_algorithms_of_the_issuer() {
    let mut world = World::new();
    // The public key as the secret of an HMAC, and no signature at all.
    for (algorithm, expected) in [
        ("none", JwtRefusal::Algorithm),
        ("HS256", JwtRefusal::Algorithm),
        ("RS512", JwtRefusal::Unlisted),
        ("PS256", JwtRefusal::Unlisted),
        ("EdDSA", JwtRefusal::Unlisted),
        // A key of another kind does not fit.
        ("ES256", JwtRefusal::UnknownKey),
    ] {
        world.header["alg"] = json!(algorithm);
        refused(world.read(&world.token(|_| ())), expected);
    }
    assert_eq!(world.fakes.calls.verify.count(), 0);
}

#[test]
fn nothing_in_the_header_says_where_the_key_is() {
    let mut world = World::new();
    let evil = key("RS256", "evil");
    for (name, value) in [
        ("jku", json!(EVIL)),
        ("x5u", json!(EVIL)),
        ("jwk", evil.clone()),
        ("x5c", json!(["MIIB"])),
    ] {
        world.header = json!({ "alg": "RS256", "kid": "k1", "typ": "at+jwt" });
        world.header[name] = value;
        let token = world.sign(&world.claims(), &evil);
        refused(world.read(&token), JwtRefusal::Signature);
        assert!(
            world.read(&world.token(|_| ())).is_ok(),
            "{name} is not looked at"
        );
    }
    assert!(world.fakes.sent().iter().all(|sent| sent.url != EVIL));
    world.header["crit"] = json!(["exp"]);
    refused(world.read(&world.token(|_| ())), JwtRefusal::Critical);
}

#[test]
fn the_key_of_another_issuer_under_the_same_name_signs_nothing() {
    let world = World::new();
    let mut other = key("RS256", "other");
    other["kid"] = json!("k1");
    refused(
        world.read(&world.sign(&world.claims(), &other)),
        JwtRefusal::Signature,
    );
}

#[test]
fn a_kid_of_any_length_is_only_a_name() {
    let mut world = World::new();
    for kid in [
        "x".repeat(8 * 1024),
        "../../etc/passwd".to_owned(),
        "' OR 1=1 --".to_owned(),
    ] {
        world.header["kid"] = json!(kid);
        refused(world.read(&world.token(|_| ())), JwtRefusal::UnknownKey);
    }
    world.header["kid"] = json!("x".repeat(16 * 1024));
    refused(world.read(&world.token(|_| ())), JwtRefusal::TooLarge);
    world.header["kid"] = json!(7);
    assert!(world.read(&world.token(|_| ())).is_err());
}

#[test]
fn a_member_is_there_once_and_a_token_is_no_token_in_a_token() {
    let world = World::new();
    let k1 = key("RS256", "k1");
    let claims = world.claims().to_string();
    let twice = format!("{},\"aud\":\"{API}\"}}", &claims[..claims.len() - 1]);
    let header = world.header.to_string();
    let inner = world.token(|_| ());
    for (header, claims) in [
        (header.as_str(), twice.as_str()),
        (r#"{"alg":"RS256","alg":"none","kid":"k1"}"#, &claims),
        (r#"{"alg":"RS256","cty":"JWT","kid":"k1"}"#, &inner),
        (&header, "\"text\""),
        (&header, "[]"),
    ] {
        let found = world.read(&sign(header, claims, &k1)).unwrap_err();
        let is_malformed = matches!(found, Failure::Refused(JwtRefusal::Malformed(_)));
        assert!(is_malformed, "{found:?}");
    }
    let encrypted = format!("{inner}.x.y");
    assert!(matches!(
        world.read(&encrypted).unwrap_err(),
        Failure::Refused(JwtRefusal::Malformed(_))
    ));
    assert_eq!(world.fakes.calls.verify.count(), 0);
}

#[test]
fn a_token_of_another_kind_is_no_access_token() {
    let mut world = World::new();
    for kind in [
        "logout+jwt",
        "application/secevent+jwt",
        "dpop+jwt",
        "client-authentication+jwt",
        "postern-assertion+jwt",
        "id_token+jwt",
    ] {
        world.header["typ"] = json!(kind);
        refused(world.read(&world.token(|_| ())), JwtRefusal::Type);
    }
    // An access token by its type may have whatever it likes.
    for kind in ["at+jwt", "application/at+jwt", "AT+JWT"] {
        world.header["typ"] = json!(kind);
        assert!(world.with_claim("nonce", json!("n")).is_ok(), "{kind}");
    }
    for kind in [json!("JWT"), Value::Null] {
        world.header["typ"] = kind;
        for (name, value) in [
            ("nonce", json!("n")),
            ("at_hash", json!("h")),
            ("c_hash", json!("h")),
            ("s_hash", json!("h")),
            (
                "events",
                json!({ "http://schemas.openid.net/event/backchannel-logout": {} }),
            ),
            ("typ", json!("ID")),
            ("typ", json!("Refresh")),
            ("typ", json!(7)),
            ("token_use", json!("id")),
            ("sub", json!("https://id.example.com")),
        ] {
            let found = world.with_claim(name, value.clone()).unwrap_err();
            assert_eq!(found, Failure::Refused(JwtRefusal::Type), "{name}: {value}");
        }
        assert!(world.read(&world.token(|_| ())).is_ok());
        // Only meant for the client itself, with no scope: an ID token.
        let own = world.token(|claims| {
            set(claims, "client_id", json!(API));
            set(claims, "scope", Value::Null);
        });
        refused(world.read(&own), JwtRefusal::Type);
    }
    let strict = World::with(|issuer| {
        issuer.tokens = Tokens::Jwt(Jwt {
            types: vec!["at+jwt".to_owned()],
            leeway: Duration::ZERO,
        });
    });
    let plain = json!({ "alg": "RS256", "kid": "k1" }).to_string();
    let token = sign(&plain, &strict.claims().to_string(), &key("RS256", "k1"));
    refused(strict.read(&token), JwtRefusal::Type);
}

#[test]
fn whose_a_token_is_is_said_without_asking_anyone() {
    let world = World::new();
    let token = world.token(|_| ());
    let whose = |text: &str, accept| world.known.whose(text, accept).map(|whose| whose.issuer);
    assert_eq!(whose(&token, Accept::OWN.and(0)), Ok(0));
    assert_eq!(whose(&token, Accept::OWN), Err(JwtRefusal::Issuer));
    assert_eq!(whose(&token, Accept::OWN.and(1)), Err(JwtRefusal::Issuer));
    for text in ["", "a.b.c", "opaque", &"x".repeat(20_000), "a.b.c.d.e"] {
        assert!(whose(text, Accept::OWN.and(0)).is_err(), "{text}");
    }
    assert_eq!(world.fakes.sent().len(), 0);
}
