//! Claims that only the `UserInfo` endpoint has.

use super::*;
use crate::config::{Rule, Test};
use crate::fakes::Fault;

/// A provider that is asked for more, and answers like this.
fn world(status: u16, body: &str) -> World {
    let mut world = World::new();
    world.provider.userinfo = true;
    world.provider.claims = vec!["groups".to_owned(), "email".to_owned()];
    let mut metadata = document();
    metadata["userinfo_endpoint"] = json!("https://id.example.com/me");
    world.publish(&metadata);
    world.answer("/me", status, body);
    world
}

#[track_caller]
fn refused_for(result: Result<Person, Failure<LoginRefusal>>, words: &str) {
    let Failure::Refused(refusal @ LoginRefusal::UserInfo(_)) = result.unwrap_err() else {
        panic!("it is not the UserInfo");
    };
    assert!(refusal.reason().contains(words), "{}", refusal.reason());
    assert!(!refusal.reason().contains("evil"));
}

#[test]
fn it_is_asked_once_with_the_access_token() {
    let world = world(
        200,
        r#"{"sub":"7","groups":["staff"],"preferred_username":"ann","email":"a@b.c","email_verified":true,
            "auth_time":1,"sid":"evil","acr":"evil","iss":"evil"}"#,
    );
    let person = world.log_in(|_| ()).unwrap();
    let claims = json!({ "groups": ["staff"], "email": "a@b.c" });
    assert_eq!(Value::Object(person.claims), claims);
    assert_eq!(person.username.as_deref(), Some("ann"));
    let only_token = (person.auth_time, person.acr, person.provider_session);
    assert_eq!(only_token, (None, None, None));
    assert_eq!(world.asked("/me"), 1);
    let sent = world.fakes.sent();
    let request = sent.last().unwrap();
    assert_eq!(request.form, None);
    let authorization = request.authorization.as_ref().unwrap();
    assert_eq!(authorization.expose(), "Bearer x");
    // It is not asked where the configuration does not say so.
    let mut quiet = World::new();
    quiet.provider.userinfo = false;
    assert!(quiet.log_in(|_| ()).is_ok());
}

#[test]
fn rules_may_look_at_it() {
    let mut world = world(200, r#"{"sub":"7","groups":["staff"]}"#);
    world.provider.allow = Allow::AnyOf(vec![Rule {
        claim: "groups".to_owned(),
        test: Test::Has("staff".to_owned()),
        tenant: None,
    }]);
    assert!(world.log_in(|_| ()).is_ok());
    // What the ID token says stands.
    let result = world.with("groups", json!(["guests"]));
    not_allowed(result);
}

#[test]
fn it_must_be_about_the_same_person() {
    // OpenID Connect Core section 5.3.2.
    for body in [
        r#"{"sub":"8","groups":["staff"]}"#,
        r#"{"groups":["staff"]}"#,
        r#"{"sub":7}"#,
        r#"{"sub":null}"#,
        "{}",
    ] {
        let result = world(200, body).log_in(|_| ());
        refused_for(result, "sub is not the one of the ID token");
    }
}

#[test]
fn what_is_no_answer() {
    refused_for(
        world(200, "eyJhbGciOiJSUzI1NiJ9.e30.c2ln").log_in(|_| ()),
        "signed or encrypted",
    );
    for body in ["", "<html>evil", "[]", "null"] {
        refused_for(world(200, body).log_in(|_| ()), "not a JSON object");
    }
    for status in [400, 401, 403, 404] {
        let result = world(status, r#"{"error":"evil"}"#).log_in(|_| ());
        refused_for(result, &format!("status {status}"));
    }
    for status in [204, 302, 408, 425, 429, 500, 503] {
        is_unavailable(world(status, "{}").log_in(|_| ()));
    }
    let world = world(200, r#"{"sub":"7"}"#);
    let login = world.begin();
    let token = world.sign(&world.claims(&login));
    for answer in [
        json!({ "id_token": token, "token_type": "Bearer" }),
        json!({ "id_token": token, "token_type": "Bearer", "access_token": "" }),
        json!({ "id_token": token, "token_type": "Bearer", "access_token": "a b" }),
        json!({ "id_token": token, "token_type": "Bearer", "access_token": 7 }),
        json!({ "id_token": token, "token_type": "DPoP", "access_token": "x" }),
        json!({ "id_token": token, "access_token": "x" }),
    ] {
        world.answer("/token", 200, answer.to_string());
        refused_for(world.come_back(&login, "code=c0de"), "no access_token");
    }
    assert_eq!(world.asked("/me"), 0);
    assert!(world.finish(&login, &token).is_ok());
    for fault in Fault::FAILING {
        // The third request of a login, once metadata and keys are known.
        world.fakes.calls.http.set_fault(fault);
        is_unavailable(world.finish(&login, &token));
    }
}

#[test]
fn it_must_have_the_endpoint_and_https() {
    for endpoint in [json!(null), json!("http://id.example.com/me"), json!("/me")] {
        let world = world(200, "{}");
        let mut metadata = document();
        metadata["userinfo_endpoint"] = endpoint;
        world.publish(&metadata);
        let Err(Failure::Unavailable(cause)) = world.try_to_begin(&Ask::default()) else {
            panic!("it begins");
        };
        assert!(cause.cause.contains("userinfo_endpoint"), "{cause:?}");
    }
}

#[test]
fn nobody_is_looked_up_before_the_id_token_holds() {
    let world = world(200, r#"{"sub":"7"}"#);
    assert!(world.with("nonce", json!("other")).is_err());
    assert!(world.with("aud", json!("other")).is_err());
    assert_eq!(world.asked("/me"), 0);
}
