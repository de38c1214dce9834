//! Having the keys of an issuer: once for all, in time, and through an outage.

use futures_util::future::join_all;

use super::*;
use crate::fakes::Fault;
use crate::ports::Clock;

#[test]
fn a_burst_of_requests_asks_for_the_keys_once() {
    let world = World::new();
    world.fakes.calls.http.set_delay(5);
    let tokens: Vec<String> = (0..50)
        .map(|n| world.token(|claims| set(claims, "jti", json!(n.to_string()))))
        .collect();
    let read = tokens.iter().map(|token| world.read_async(token));
    let read = block_on(join_all(read));
    assert!(read.iter().all(Result::is_ok));
    assert_eq!(world.asked("/keys"), 1);
    assert_eq!(world.asked("/.well-known/openid-configuration"), 1);
}

#[test]
fn an_unknown_key_is_asked_for_once_a_minute_and_not_by_each_request() {
    let mut world = World::new();
    let good = world.token(|_| ());
    assert!(world.read(&good).is_ok());
    world.fakes.advance(Duration::from_mins(2));
    world.header["kid"] = json!("k2");
    world.fakes.calls.http.set_delay(5);
    let now = world.fakes.now().seconds();
    let new = key("RS256", "k2");
    let mut claims = world.claims();
    set(&mut claims, "exp", json!(now + 300));
    let token = world.sign(&claims, &new);
    let read = block_on(join_all((0..20).map(|_| world.read_async(&token))));
    for found in read {
        refused(found, JwtRefusal::UnknownKey);
    }
    assert_eq!(world.asked("/keys"), 2);
    // It is there a moment later, and is found when the minute is over.
    world.publish(&[key("RS256", "k1"), new]);
    world.fakes.advance(Duration::from_secs(59));
    refused(world.read(&token), JwtRefusal::UnknownKey);
    world.fakes.advance(Duration::from_secs(2));
    assert!(world.read(&token).is_ok());
    assert_eq!(world.asked("/keys"), 3);
}

#[test]
fn keys_are_renewed_beside_a_request_before_they_are_too_old() {
    let world = World::new();
    let now = || world.fakes.now();
    assert!(!world.known.begin_refresh(0, now()), "there are none yet");
    assert!(world.read(&world.token(|_| ())).is_ok());
    world.fakes.advance(Duration::from_mins(29));
    assert!(!world.known.begin_refresh(0, now()));
    world.fakes.advance(Duration::from_mins(1));
    assert!(world.known.begin_refresh(0, now()));
    assert!(!world.known.begin_refresh(0, now()), "one request does it");
    block_on(world.known.refresh(0, &world.fakes)).unwrap();
    assert_eq!(world.asked("/keys"), 2);
    assert!(!world.known.begin_refresh(0, now()));
    // While the issuer is down, one request tries it now and then.
    world.fakes.advance(Duration::from_mins(30));
    world.fakes.calls.http.set_fault(Fault::Before);
    assert!(world.known.begin_refresh(0, now()));
    assert!(block_on(world.known.refresh(0, &world.fakes)).is_err());
    assert!(!world.known.begin_refresh(0, now()));
    world.fakes.advance(Duration::from_secs(10));
    assert!(world.known.begin_refresh(0, now()));
    assert!(
        !world.known.begin_refresh(7, now()),
        "there is no such issuer"
    );
}

#[test]
fn keys_last_for_a_day_while_the_issuer_is_down() {
    let world = World::with(|issuer| issuer.max_lifetime = Duration::from_hours(100));
    let token = world.token(|claims| set(claims, "exp", json!(START.seconds() + 1_000_000)));
    assert!(world.read(&token).is_ok());
    world.fakes.calls.http.set_fault(Fault::Before);
    for hours in [1, 12, 23] {
        world.fakes.set_now(START.plus(Duration::from_hours(hours)));
        assert!(world.read(&token).is_ok(), "{hours}");
    }
    world.fakes.set_now(START.plus(Duration::from_hours(24)));
    is_unavailable(world.read(&token));
    world.fakes.calls.http.set_fault(Fault::None);
    world.fakes.advance(Duration::from_secs(2));
    assert!(world.read(&token).is_ok());
}

#[test]
fn an_issuer_that_cannot_be_understood_is_unavailable() {
    let world = World::new();
    let token = world.token(|_| ());
    let metadata = "/.well-known/openid-configuration";
    for document in [
        json!({ "issuer": "https://other.example.com", "jwks_uri": "https://id.example.com/keys" }),
        json!({ "issuer": "https://id.example.com" }),
        json!({ "issuer": "https://id.example.com", "jwks_uri": "http://id.example.com/keys" }),
        json!([]),
    ] {
        world.answer(metadata, 200, &document);
        is_unavailable(world.read(&token));
        world.fakes.advance(Duration::from_hours(2));
    }
    let world = World::new();
    for status in [302, 401, 404, 500] {
        world.answer("/keys", status, &json!({ "keys": [] }));
        is_unavailable(world.read(&token));
        world.fakes.advance(Duration::from_secs(2));
    }
    world.answer("/keys", 200, &json!({ "keys": 7 }));
    is_unavailable(world.read(&token));
    world.fakes.advance(Duration::from_secs(2));
    world.publish(&[key("RS256", "k1")]);
    world.fakes.calls.verify.set_fault(Fault::Before);
    is_unavailable(world.read(&token));
}

#[test]
fn metadata_may_be_where_oauth_has_it_and_keys_where_the_configuration_says() {
    let world = World::new();
    world.answer("/.well-known/openid-configuration", 404, &json!({}));
    let document = json!({ "issuer": world.url(), "jwks_uri": "https://id.example.com/keys" });
    world.answer("/.well-known/oauth-authorization-server", 200, &document);
    assert!(world.read(&world.token(|_| ())).is_ok());
    let world = World::with(|issuer| {
        issuer.jwks_uri = "https://id.example.com/keys".parse().ok();
    });
    assert!(world.read(&world.token(|_| ())).is_ok());
    assert_eq!(world.fakes.sent().len(), 1);
}
