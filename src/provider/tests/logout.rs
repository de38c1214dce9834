//! Logging out of the provider, and because the provider says so.

use super::*;
use crate::fakes::Fault;
use crate::jose::JwtRefusal;
use crate::provider::{LogoutOf, LogoutRefusal};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

impl World {
    /// Reads a logout token whose claims are good except for `change`.
    fn logged_out(
        &self,
        change: impl FnOnce(&mut Value),
    ) -> Result<LogoutOf, Failure<LogoutRefusal>> {
        let now = crate::ports::Clock::now(&self.fakes).seconds();
        let mut claims = json!({
            "iss": "https://id.example.com",
            "aud": "1234@acme",
            "iat": now,
            "exp": now + 120,
            "jti": "j-1",
            "sub": "7",
            "sid": "s-1",
            "events": { EVENT: {} },
        });
        change(&mut claims);
        self.read(&self.sign(&claims))
    }

    fn read(&self, token: &str) -> Result<LogoutOf, Failure<LogoutRefusal>> {
        let read = self
            .providers
            .logout_token(&self.provider, token, &self.fakes);
        block_on(read)
    }

    fn logout_url(&self, hint: Option<&str>, state: Option<&str>) -> Option<String> {
        let hint = hint.map(|hint| Secret::new(hint.to_owned()));
        let (issuer, provider, providers) = (issuer(), &self.provider, &self.providers);
        let url = providers.logout_url(provider, &issuer, hint.as_ref(), state, &self.fakes);
        block_on(url).unwrap()
    }
}

#[track_caller]
fn refused_with(world: &World, name: &str, value: Value, expected: LogoutRefusal) {
    let result = world.logged_out(|claims| set(claims, name, value));
    refused(result, expected);
}

#[test]
fn a_logout_token_names_what_a_login_was_recorded_with() {
    let world = World::new();
    let person = world.with("sid", json!("s-1")).unwrap();
    let logout = world.logged_out(|_| ()).unwrap();
    assert_eq!(logout.subject, Some(person.subject));
    assert_eq!(logout.provider_session, person.provider_session);
    assert_eq!(logout.expires.seconds(), now() + 120);
    let other = world.logged_out(|claims| claims["sid"] = json!("s-2"));
    assert_ne!(other.unwrap().provider_session, logout.provider_session);
    let by_subject = world.logged_out(|claims| set(claims, "sid", json!(null)));
    assert_eq!(by_subject.unwrap().provider_session, None);
    let by_session = world.logged_out(|claims| set(claims, "sub", json!(null)));
    assert_eq!(by_session.unwrap().subject, None);
}

#[test]
fn types_of_logout_tokens() {
    let mut world = World::new();
    for typ in ["logout+jwt", "application/logout+jwt", "Logout+JWT", "JWT"] {
        world.header["typ"] = json!(typ);
        assert!(world.logged_out(|_| ()).is_ok(), "{typ}");
    }
    world.header["typ"] = json!("at+jwt");
    let expected = LogoutRefusal::Jwt(JwtRefusal::Type);
    refused(world.logged_out(|_| ()), expected);
}

#[test]
fn a_token_that_is_not_a_logout_token() {
    let world = World::new();
    for events in [
        json!(null),
        json!({}),
        json!([EVENT]),
        json!(EVENT),
        json!({ EVENT: true }),
        json!({ EVENT: null }),
        json!({ "http://schemas.openid.net/event/other": {} }),
    ] {
        refused_with(&world, "events", events, LogoutRefusal::Events);
    }
    // An ID token has a nonce (section 2.6, step 6).
    refused_with(&world, "nonce", json!("n"), LogoutRefusal::Nonce);
    refused_with(&world, "nonce", json!(7), LogoutRefusal::Nonce);
    let login = world.begin();
    let id_token = world.sign(&world.claims(&login));
    refused(world.read(&id_token), LogoutRefusal::Events);
}

#[test]
fn a_logout_token_is_not_an_id_token() {
    let world = World::new();
    let result = world.log_in(|claims| {
        set(claims, "nonce", json!(null));
        claims["events"] = json!({ EVENT: {} });
    });
    let expected = crate::provider::IdTokenRefusal::Nonce;
    refused(result, LoginRefusal::IdToken(expected));
}

#[test]
fn what_every_token_must_say() {
    let world = World::new();
    for (name, value, expected) in [
        ("iss", json!("https://evil.example"), JwtRefusal::Issuer),
        ("aud", json!("other"), JwtRefusal::Audience),
        ("exp", json!(now()), JwtRefusal::Expired),
        ("iat", json!(now() + 61), JwtRefusal::NotYetValid("iat")),
        ("iat", json!(now() - 601), JwtRefusal::TooOld),
        ("iat", json!(null), JwtRefusal::Missing("iat")),
        ("sid", json!(7), JwtRefusal::Unfit("sid")),
        ("sub", json!(7), JwtRefusal::Unfit("sub")),
        ("jti", json!(null), JwtRefusal::Missing("jti")),
        ("jti", json!(""), JwtRefusal::Missing("jti")),
        ("jti", json!(7), JwtRefusal::Unfit("jti")),
        ("jti", json!("a".repeat(256)), JwtRefusal::Unfit("jti")),
    ] {
        refused_with(&world, name, value, LogoutRefusal::Jwt(expected));
    }
    // What is empty is not there.
    let by_session = world.logged_out(|claims| claims["sub"] = json!(""));
    assert_eq!(by_session.unwrap().subject, None);
    let by_subject = world.logged_out(|claims| claims["sid"] = json!(""));
    assert_eq!(by_subject.unwrap().provider_session, None);
    let odd = world.logged_out(|claims| {
        claims["nonce"] = json!(null);
        claims["iat"] = serde_json::from_str(&format!("{}.75", now())).unwrap();
        claims["exp"] = serde_json::from_str(&format!("{}.5", now() + 1)).unwrap();
    });
    assert_eq!(odd.unwrap().expires.millis(), (now() + 1) * 1_000 + 500);
    let nobody = world.logged_out(|claims| {
        set(claims, "sub", json!(null));
        set(claims, "sid", json!(null));
    });
    refused(nobody, LogoutRefusal::Nobody);
    let token = "x".repeat(40_000);
    let expected = LogoutRefusal::Jwt(JwtRefusal::TooLarge);
    refused(world.read(&token), expected);
}

#[test]
fn a_forged_logout_token() {
    let mut world = World::new();
    assert!(world.logged_out(|_| ()).is_ok());
    world.keys[0] = key("RS256", "evil");
    let expected = LogoutRefusal::Jwt(JwtRefusal::Signature);
    refused(world.logged_out(|_| ()), expected);
    world.header["alg"] = json!("none");
    let expected = LogoutRefusal::Jwt(JwtRefusal::Algorithm);
    refused(world.logged_out(|_| ()), expected);
}

#[test]
fn without_exp_it_counts_for_ten_minutes() {
    let world = World::new();
    let logout = world.logged_out(|claims| set(claims, "exp", json!(null)));
    assert_eq!(logout.unwrap().expires.seconds(), now() + 600);
    let logout = world.logged_out(|claims| claims["exp"] = json!(now() + 9_999));
    assert_eq!(logout.unwrap().expires.seconds(), now() + 600);
}

#[test]
fn a_logout_that_is_heard_again_has_the_same_name() {
    let world = World::new();
    let name = |jti: &str| {
        let logout = world.logged_out(|claims| claims["jti"] = json!(jti));
        logout.unwrap().id
    };
    assert_eq!(name("one"), name("one"));
    assert_ne!(name("one"), name("two"));
}

#[test]
fn subjects_from_another_claim() {
    let mut world = World::new();
    world.provider.subject = "oid".to_owned();
    let logout = world.logged_out(|_| ()).unwrap();
    assert_eq!(logout.subject, None);
    assert!(logout.provider_session.is_some());
    refused_with(&world, "sid", json!(null), LogoutRefusal::Subject);
}

#[test]
fn a_provider_that_is_down_is_not_a_refusal() {
    let world = World::new();
    world.fakes.calls.http.set_fault(Fault::Before);
    is_unavailable(world.logged_out(|_| ()));
    world.fakes.calls.http.set_fault(Fault::None);
    assert!(world.logged_out(|_| ()).is_ok());
    world.fakes.calls.verify.set_fault(Fault::Before);
    is_unavailable(world.logged_out(|_| ()));
}

#[test]
fn a_long_hint_is_left_out() {
    // Providers refuse a URL of 16 KB, and then their session would go on.
    let world = World::new();
    let hint = |length: usize| world.logout_url(Some(&"a".repeat(length)), None).unwrap();
    assert!(hint(2_048).contains("&id_token_hint=aaaa"));
    let url = hint(2_049);
    assert!(!url.contains("id_token_hint"), "{url}");
    assert!(url.contains("client_id=1234%40acme&post_logout_redirect_uri="));
}

#[test]
fn the_url_of_the_providers_logout() {
    let mut world = World::new();
    let back = "client_id=1234%40acme&post_logout_redirect_uri=https%3A%2F%2Fdocs.example.com%2F";
    let plain = format!("https://id.example.com/logout?{back}");
    assert_eq!(world.logout_url(None, None), Some(plain.clone()));
    let full = format!("{plain}&id_token_hint=a.b.c&state=s%26t");
    assert_eq!(world.logout_url(Some("a.b.c"), Some("s&t")), Some(full));
    world.provider.logout = false;
    assert_eq!(world.logout_url(None, None), None);
    let world = World::new();
    let mut document = document();
    set(&mut document, "end_session_endpoint", json!(null));
    world.publish(&document);
    assert_eq!(world.logout_url(None, None), None);
}
