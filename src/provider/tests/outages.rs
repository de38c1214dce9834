//! A provider that does not answer, or with something else than it should: never a "no".

use std::time::Duration;

use super::*;
use crate::fakes::Fault;
use crate::ports::{Dependency, HTTP_BODY_LIMIT};

const METADATA: &str = "/.well-known/openid-configuration";

fn bad_answers() -> Vec<(u16, Vec<u8>)> {
    let mut huge = br#"{"issuer":"https://id.example.com","keys":[],"id_token":""#.to_vec();
    huge.resize(HTTP_BODY_LIMIT, b'a');
    huge.extend(br#""}"#);
    vec![
        (500, Vec::new()),
        (502, b"<html>evil".to_vec()),
        (503, b"{}".to_vec()),
        (302, Vec::new()),
        (204, Vec::new()),
        (200, Vec::new()),
        (200, b"<html>evil".to_vec()),
        (200, b"{}".to_vec()),
        (200, b"[]".to_vec()),
        (200, b"null".to_vec()),
        (200, b"\xff".to_vec()),
        (200, huge),
    ]
}

#[test]
fn metadata_that_is_none() {
    let world = World::new();
    for (status, body) in bad_answers() {
        world.answer(METADATA, status, body);
        is_unavailable(world.try_to_begin(&Ask::default()));
    }
    world.answer(METADATA, 404, "");
    is_unavailable(world.try_to_begin(&Ask::default()));
    let mut other = document();
    other["issuer"] = json!("https://evil.example");
    world.publish(&other);
    is_unavailable(world.try_to_begin(&Ask::default()));
    world.publish(&document());
    assert!(world.log_in(|_| ()).is_ok());
}

#[test]
fn tokens_that_are_none() {
    let world = World::new();
    let login = world.begin();
    for (status, body) in bad_answers() {
        world.answer("/token", status, body);
        is_unavailable(world.come_back(&login, "code=c0de"));
    }
    for status in [408, 425, 429] {
        world.answer("/token", status, r#"{"error":"invalid_grant"}"#);
        is_unavailable(world.come_back(&login, "code=c0de"));
    }
}

#[test]
fn keys_that_are_none() {
    let world = World::new();
    for (status, body) in bad_answers() {
        // An empty list of keys is an answer: there is no key then.
        if body.starts_with(br#"{"issuer""#) || status != 200 || !body.starts_with(b"{") {
            world.answer("/jwks", status, body);
            is_unavailable(world.log_in(|_| ()));
        }
    }
    world.answer("/jwks", 404, "");
    is_unavailable(world.log_in(|_| ()));
    world.answer("/jwks", 200, "{}");
    is_unavailable(world.log_in(|_| ()));
}

#[test]
fn a_provider_that_is_down() {
    let world = World::new();
    let login = world.begin();
    let token = world.sign(&world.claims(&login));
    for fault in Fault::FAILING {
        world.fakes.calls.http.set_fault(fault);
        is_unavailable(world.finish(&login, &token));
        let fresh = World::new();
        fresh.fakes.calls.http.set_fault(fault);
        is_unavailable(fresh.try_to_begin(&Ask::default()));
    }
    world.fakes.calls.http.set_fault(Fault::None);
    for fault in Fault::FAILING {
        world.fakes.calls.verify.set_fault(fault);
        let result = world.finish(&login, &token);
        let Err(Failure::Unavailable(unavailable)) = result else {
            panic!("{result:?}");
        };
        assert_eq!(unavailable.dependency, Dependency::Cryptography);
    }
}

#[test]
fn what_was_known_is_used_for_a_day() {
    let world = World::new();
    assert!(world.log_in(|_| ()).is_ok());
    for path in [METADATA, "/jwks"] {
        world.answer(path, 503, "");
    }
    world.fakes.advance(Duration::from_hours(2));
    assert!(world.log_in(|_| ()).is_ok());
    assert_eq!((world.asked(METADATA), world.asked("/jwks")), (2, 2));
    // It is not asked again with every login.
    assert!(world.log_in(|_| ()).is_ok());
    assert_eq!((world.asked(METADATA), world.asked("/jwks")), (2, 2));
    world.fakes.advance(Duration::from_mins(1));
    assert!(world.log_in(|_| ()).is_ok());
    assert_eq!((world.asked(METADATA), world.asked("/jwks")), (3, 3));
    world.fakes.advance(Duration::from_hours(22));
    is_unavailable(world.try_to_begin(&Ask::default()));
}

#[test]
fn a_new_key_that_cannot_be_fetched_is_not_unknown() {
    let mut world = World::new();
    assert!(world.log_in(|_| ()).is_ok());
    world.fakes.advance(Duration::from_mins(2));
    world.keys.insert(0, key("RS256", "k2"));
    world.header["kid"] = json!("k2");
    world.answer("/jwks", 500, "");
    is_unavailable(world.log_in(|_| ()));
    is_unavailable(world.log_in(|_| ()));
    assert_eq!(world.asked("/jwks"), 2, "not more often than once a minute");
    world.fakes.advance(Duration::from_mins(1));
    world.publish_keys();
    assert!(world.log_in(|_| ()).is_ok());
}

#[test]
fn answers_are_kept_for_an_hour() {
    let world = World::new();
    assert!(world.log_in(|_| ()).is_ok());
    world.fakes.advance(Duration::from_secs(3_599));
    assert!(world.log_in(|_| ()).is_ok());
    assert_eq!((world.asked(METADATA), world.asked("/jwks")), (1, 1));
    world.fakes.advance(Duration::from_secs(1));
    assert!(world.log_in(|_| ()).is_ok());
    assert_eq!((world.asked(METADATA), world.asked("/jwks")), (2, 2));
}

#[test]
fn two_providers_are_kept_apart() {
    let mut world = World::new();
    assert!(world.log_in(|_| ()).is_ok());
    world.provider.id = "other".parse().unwrap();
    assert!(world.log_in(|_| ()).is_ok());
    assert_eq!((world.asked(METADATA), world.asked("/jwks")), (2, 2));
}
