//! What is signed, with which key, and how long it serves.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use futures_executor::block_on;
use serde_json::{Value, json};

use super::{Look, Made, TYPE, claims, published, sign};
use crate::config::Assertion;
use crate::fakes::{Fakes, Fault};
use crate::fixtures::record;
use crate::ports::{SignatureAlgorithm, Signatures};
use crate::session::SessionRecord;
use crate::time::Time;
use crate::token::{KeyRing, SigningRing};

const ISSUER: &str = "https://auth.example.com";

fn ring(keys: &[(u8, u8)]) -> SigningRing {
    let pairs = keys
        .iter()
        .map(|(id, byte)| KeyRing::write_pair(*id, &[*byte; 32]));
    SigningRing::parse(&pairs.collect::<Vec<_>>().join(",")).unwrap()
}

fn wanted(life: u64) -> Assertion {
    Assertion {
        audience: "https://api.example.com".to_owned(),
        life: Duration::from_secs(life),
    }
}

fn at(millis: u64) -> Time {
    Time::from_millis(millis)
}

fn read(part: &str) -> Value {
    serde_json::from_slice(&Base64UrlUnpadded::decode_vec(part).unwrap()).unwrap()
}

#[test]
fn a_token_of_a_client_says_what_is_known_of_it() {
    let claims = claims(&wanted(5), &record(), ISSUER, None, at(1_500_900));
    assert_eq!(claims.expires_at, at(1_505_000));
    assert_eq!(
        claims.json,
        r#"{"iss":"https://auth.example.com","aud":"https://api.example.com","sub":"reports","client_id":"reports","sid":"AwMDAwMDAwMDAwMDAwMDAw","scope":"orders:read orders:list","iat":1500,"exp":1505}"#
    );
}

#[test]
fn a_person_of_another_issuer_says_all_of_it() {
    let whole = SessionRecord {
        scope: "".parse().unwrap_or_default(),
        username: Some("Zoë".to_owned()),
        auth_time: Some(Time::from_seconds(900)),
        amr: vec!["pwd".to_owned()],
        acr: Some("mfa".to_owned()),
        claims: serde_json::from_value(json!({ "groups": ["staff"] })).unwrap(),
        ..record()
    };
    let claims = claims(
        &wanted(60),
        &whole,
        ISSUER,
        Some("https://id.example.com"),
        at(1_500_000),
    );
    assert_eq!(
        serde_json::from_str::<Value>(&claims.json).unwrap(),
        json!({
            "iss": ISSUER,
            "aud": "https://api.example.com",
            "sub": "reports",
            "client_id": "reports",
            "sid": "AwMDAwMDAwMDAwMDAwMDAw",
            "iat": 1500,
            "exp": 1560,
            "username": "Zoë",
            "auth_time": 900,
            "acr": "mfa",
            "amr": ["pwd"],
            "token_iss": "https://id.example.com",
            "claims": { "groups": ["staff"] },
        })
    );
}

#[test]
fn it_never_counts_for_longer_than_the_token() {
    let claims = claims(&wanted(60), &record(), ISSUER, None, at(1_970_000));
    assert_eq!(claims.expires_at, record().expires_at);
    assert!(claims.json.contains("\"exp\":2000"), "{}", claims.json);
}

#[test]
fn the_first_key_signs_and_every_key_is_published() {
    let (fakes, ring) = (Fakes::default(), ring(&[(7, 1), (3, 2)]));
    let jws = block_on(sign(&ring, TYPE, "{\"a\":1}", &fakes)).unwrap();
    let parts: Vec<&str> = jws.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        panic!("three parts: {jws}");
    };
    let expected = json!({ "alg": "ES256", "kid": "7", "typ": "postern-assertion+jwt" });
    assert_eq!(read(header), expected);
    assert_eq!(read(payload), json!({ "a": 1 }));
    let set: Value = serde_json::from_str(block_on(published(&ring, &fakes)).unwrap()).unwrap();
    let keys = set["keys"].as_array().unwrap();
    assert_eq!(
        keys.iter().map(|key| &key["kid"]).collect::<Vec<_>>(),
        ["7", "3"]
    );
    for key in keys {
        assert_eq!((&key["use"], &key["alg"]), (&json!("sig"), &json!("ES256")));
        let signed_by = |key: &Value| {
            // As the platform gave it.
            let jwk = format!(r#"{{"kty":"fake","x":{}}}"#, key["x"]);
            let message = format!("{header}.{payload}");
            let signature = Base64UrlUnpadded::decode_vec(signature).unwrap();
            let verified = fakes.verify(
                SignatureAlgorithm::Es256,
                &jwk,
                message.as_bytes(),
                &signature,
            );
            block_on(verified).unwrap()
        };
        assert_eq!(signed_by(key), key["kid"] == "7");
    }
}

#[test]
fn the_public_keys_are_got_once_and_again_only_after_a_failure() {
    let (fakes, ring) = (Fakes::default(), ring(&[(7, 1), (3, 2)]));
    fakes.calls.public_jwk.set_fault(Fault::Before);
    assert!(block_on(published(&ring, &fakes)).is_err());
    fakes.calls.public_jwk.set_fault(Fault::None);
    for _ in 0..3 {
        assert!(block_on(published(&ring, &fakes)).is_ok());
    }
    assert_eq!(fakes.calls.public_jwk.count(), 1 + 2);
}

#[test]
fn what_cannot_be_signed_is_unavailable() {
    let (fakes, ring) = (Fakes::default(), ring(&[(7, 1)]));
    for fault in Fault::FAILING {
        fakes.calls.sign.set_fault(fault);
        assert!(block_on(sign(&ring, TYPE, "{}", &fakes)).is_err());
    }
}

#[test]
fn one_serves_for_three_quarters_of_its_life_and_is_renewed_once_from_the_half_on() {
    let (made, what) = (Made::default(), wanted(8));
    assert_eq!(made.look(&what, at(0)), Look::Missing);
    made.keep(&what, "first", at(1_000), at(9_000));
    for (now, expected) in [
        (1_000, Look::Ready("first")),
        (4_999, Look::Ready("first")),
        (5_000, Look::Renew("first")),
        (5_000, Look::Ready("first")),
        (6_999, Look::Ready("first")),
        (7_000, Look::Missing),
        (9_000, Look::Missing),
    ] {
        assert_eq!(made.look(&what, at(now)), expected, "{now}");
    }
    made.keep(&what, "second", at(7_000), at(15_000));
    assert_eq!(made.look(&what, at(10_999)), Look::Ready("second"));
    assert_eq!(made.look(&what, at(11_000)), Look::Renew("second"));
}

#[test]
fn each_origin_has_its_own_and_there_are_never_many() {
    let made = Made::default();
    let of = |n: u64| Assertion {
        audience: format!("https://{n}.example.com"),
        ..wanted(60)
    };
    for n in 0..1_000 {
        made.keep(&of(n), n, at(0), at(60_000));
        assert_eq!(made.look(&of(n), at(0)), Look::Ready(n));
    }
    let kept = (0..1_000).filter(|n| made.look(&of(*n), at(0)) != Look::Missing);
    assert_eq!(kept.collect::<Vec<_>>(), [996, 997, 998, 999]);
    // The same audience for another while is another one.
    let longer = Assertion {
        life: Duration::from_secs(30),
        ..of(999)
    };
    assert_eq!(made.look(&longer, at(0)), Look::Missing);
}
