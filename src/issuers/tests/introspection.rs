//! Questions to an issuer that answers, fails, lies and changes its mind.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use futures_executor::block_on;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::world::{AUDIENCE, ENDPOINT, ISSUER, PROJECT, World, active, response};
use crate::accounts::Source;
use crate::config::{IssuerAuth, SecretMethod};
use crate::fakes::{Fault, START};
use crate::jose::JwtRefusal;
use crate::ports::{Dependency, HttpRequest, Unavailable};
use crate::protocol::PrivateKey;
use crate::protocol::form::Form;
use crate::protocol::private_key::KeyKind;
use crate::secret::Secret;
use crate::single_flight::Needed;

#[test]
fn an_active_token_for_this_site_is_one_and_an_inactive_one_is_not() {
    let world = World::that_says(200, &active(|_| {}));
    let Ok(Ok(claims)) = world.meaning() else {
        panic!("it is active");
    };
    assert_eq!(claims.claim("sub"), Some(&json!("77")));
    let world = World::that_says(200, r#"{"active":false}"#);
    assert!(matches!(world.meaning(), Ok(Err(JwtRefusal::Inactive))));
    // Nothing else of such an answer is looked at.
    let world = World::that_says(200, r#"{"active":false,"exp":"x","aud":7}"#);
    assert!(matches!(world.meaning(), Ok(Err(JwtRefusal::Inactive))));
}

#[test]
fn active_about_another_audience_issuer_time_or_kind_of_token_is_a_no() {
    let now = START.seconds();
    let set = |name: &'static str, value: Value| {
        let world = World::that_says(200, &active(|answer| answer[name] = value));
        match world.meaning() {
            Ok(Err(reason)) => Some(reason),
            Ok(Ok(_)) => None,
            Err(error) => panic!("{name} {error}"),
        }
    };
    for (name, value, expected) in [
        (
            "aud",
            json!(["1@acme", "another"]),
            Some(JwtRefusal::Audience),
        ),
        ("aud", json!("another"), Some(JwtRefusal::Audience)),
        ("aud", json!([[PROJECT]]), Some(JwtRefusal::Audience)),
        ("aud", json!([]), Some(JwtRefusal::Audience)),
        ("aud", json!({ PROJECT: 1 }), Some(JwtRefusal::Audience)),
        ("aud", json!(null), Some(JwtRefusal::Missing("aud"))),
        ("aud", json!(""), Some(JwtRefusal::Missing("aud"))),
        ("aud", json!(PROJECT), None),
        ("aud", json!(["x", AUDIENCE]), None),
        (
            "iss",
            json!("https://acme.zitadel.cloud/"),
            Some(JwtRefusal::Issuer),
        ),
        ("iss", json!(7), Some(JwtRefusal::Issuer)),
        ("iss", json!(null), None),
        ("exp", json!(now), Some(JwtRefusal::Expired)),
        ("exp", json!(now + 1), None),
        ("exp", json!(0), Some(JwtRefusal::Expired)),
        ("exp", json!(-1), Some(JwtRefusal::Expired)),
        ("exp", json!(1.0e300), None),
        ("exp", json!(null), None),
        ("nbf", json!(now + 60), None),
        ("nbf", json!(now + 61), Some(JwtRefusal::NotYetValid("nbf"))),
        ("iat", json!(now + 61), Some(JwtRefusal::NotYetValid("iat"))),
        ("token_type", json!("refresh_token"), Some(JwtRefusal::Type)),
        ("token_type", json!("Refresh"), Some(JwtRefusal::Type)),
        ("token_type", json!(["Bearer"]), Some(JwtRefusal::Type)),
        // It is bound to a key, and the answer does not say to which.
        ("token_type", json!("DPoP"), Some(JwtRefusal::Type)),
        ("token_type", json!("bearer"), None),
        ("token_type", json!(null), None),
        ("token_use", json!("refresh_token"), Some(JwtRefusal::Type)),
        ("token_use", json!("id"), Some(JwtRefusal::Type)),
        ("token_use", json!("access_token"), None),
        ("typ", json!("Refresh"), Some(JwtRefusal::Type)),
        ("typ", json!("Offline"), Some(JwtRefusal::Type)),
        ("typ", json!("ID"), Some(JwtRefusal::Type)),
        ("typ", json!("Bearer"), None),
    ] {
        assert_eq!(set(name, value.clone()), expected, "{name} {value}");
    }
    // Without `iat`, the token must end within `max_lifetime`, or nobody knows when it does.
    let day = 86_400;
    for (exp, is_taken) in [
        (json!(now + day), true),
        (json!(now + day + 1), false),
        (json!(null), false),
    ] {
        let answer = active(|answer| {
            answer["iat"] = json!(null);
            answer["exp"] = exp.clone();
        });
        match World::that_says(200, &answer).meaning() {
            Ok(Ok(_)) => assert!(is_taken, "{exp}"),
            Ok(Err(reason)) => {
                assert_eq!(
                    (reason, is_taken),
                    (JwtRefusal::Missing("iat"), false),
                    "{exp}"
                );
            }
            Err(error) => panic!("{exp} {error}"),
        }
    }
    let bound = active(|answer| {
        answer["token_type"] = json!("DPoP");
        answer["cnf"] = json!({ "jkt": "x" });
    });
    let world = World::that_says(200, &bound);
    assert!(matches!(world.meaning(), Ok(Ok(_))));
}

#[test]
fn an_answer_that_is_none_is_never_a_no() {
    let twice = active(|_| {}).replacen('{', r#"{"active":false,"#, 1);
    let nested = active(|_| {}).replacen('{', r#"{"x":{"a":1,"a":2},"#, 1);
    for (status, body, expected) in [
        (200, String::new(), "not a JSON object"),
        (200, "<html>".to_owned(), "not a JSON object"),
        (200, "[]".to_owned(), "not a JSON object"),
        (200, twice, "each member is there once"),
        (200, nested, "each member is there once"),
        (200, "{}".to_owned(), "active is not true or false"),
        (
            200,
            r#"{"active":"true"}"#.to_owned(),
            "active is not true or false",
        ),
        (
            200,
            r#"{"active":1}"#.to_owned(),
            "active is not true or false",
        ),
        (
            200,
            r#"{"active":null}"#.to_owned(),
            "active is not true or false",
        ),
        (
            200,
            active(|a| a["exp"] = json!("1900000000")),
            "exp, iat or nbf",
        ),
        (200, active(|a| a["iat"] = json!(true)), "exp, iat or nbf"),
        (200, active(|a| a["nbf"] = json!([1])), "exp, iat or nbf"),
        (204, String::new(), "status 204"),
        (302, String::new(), "a redirect"),
        (
            400,
            r#"{"error":"invalid_request"}"#.to_owned(),
            "status 400 (invalid_request)",
        ),
        (
            401,
            r#"{"error":"invalid_client"}"#.to_owned(),
            "does not take client_id",
        ),
        // What the specification does not name is not repeated.
        (
            401,
            r#"{"error":"your secret is hunter2"}"#.to_owned(),
            "status 401: it does",
        ),
        (403, r#"{"active":false}"#.to_owned(), "may not introspect"),
        (
            404,
            r#"{"active":false}"#.to_owned(),
            "status 404: an error",
        ),
        (429, String::new(), "status 429"),
        (
            500,
            r#"{"active":false}"#.to_owned(),
            "status 500: an error",
        ),
        (503, String::new(), "status 503"),
    ] {
        let cause = World::that_says(status, &body).cause();
        assert!(cause.contains(expected), "{status} {body}: {cause}");
        assert!(cause.starts_with("zitadel: "), "{cause}");
        assert!(!cause.contains("hunter2"), "{cause}");
    }
    let large = active(|answer| answer["x"] = json!("x".repeat(300_000)));
    assert!(World::that_says(200, &large).cause().contains("not a JSON"));
    for fault in Fault::FAILING {
        let world = World::that_says(200, &active(|_| {}));
        world.fakes.calls.http.set_fault(fault);
        assert!(world.cause().contains("introspection: fault"));
    }
}

#[test]
fn a_secret_is_shown_as_the_issuer_takes_it() {
    let mut world = World::that_says(200, &active(|_| {}));
    world.opaque.client_id = "a b:c".to_owned();
    let secret = |method| IssuerAuth::Secret {
        secret: Secret::new("s&c+r%t:".to_owned()),
        method,
    };
    world.opaque.authentication = Some(secret(None));
    let sent = |world: &World| {
        assert!(world.meaning().is_ok());
        world.fakes.sent().pop().unwrap()
    };
    let request = sent(&world);
    assert_eq!(request.url, ENDPOINT);
    assert_eq!(request.accept, "application/json");
    let basic = request.authorization.as_ref().unwrap().expose().clone();
    let pair = base64ct::Base64::decode_vec(basic.strip_prefix("Basic ").unwrap()).unwrap();
    assert_eq!(pair, b"a%20b%3Ac:s%26c%2Br%25t%3A");
    let read = |request: &HttpRequest| {
        Form::parse(request.form.as_ref().unwrap().expose().as_bytes()).unwrap()
    };
    let form = read(&request);
    assert_eq!(form.get("token"), Some("token"));
    assert_eq!(form.get("token_type_hint"), Some("access_token"));
    assert_eq!(
        (form.get("client_id"), form.get("client_secret")),
        (None, None)
    );
    let shown = |request: HttpRequest| {
        assert_eq!(request.authorization, None);
        let form = read(&request);
        assert_eq!(form.get("client_id"), Some("a b:c"));
        assert_eq!(form.get("client_secret"), Some("s&c+r%t:"));
    };
    // The metadata says so, or the configuration does.
    world.offer.method = SecretMethod::Post;
    shown(sent(&world));
    world.offer.method = SecretMethod::Basic;
    world.opaque.authentication = Some(secret(Some(SecretMethod::Post)));
    shown(sent(&world));
}

#[test]
fn a_key_signs_an_assertion_for_the_issuer_alone_and_another_one_each_time() {
    let mut world = World::that_says(200, &active(|_| {}));
    world.opaque.authentication = Some(IssuerAuth::Key(PrivateKey {
        kind: KeyKind::Rsa,
        pkcs8: Secret::new(vec![1, 2, 3]),
        key_id: Some("81".to_owned()),
        client_id: None,
    }));
    world.opaque.client_id = "1@acme".to_owned();
    let assertion = |world: &World| {
        assert!(world.meaning().is_ok());
        let request = world.fakes.sent().pop().unwrap();
        assert_eq!(request.authorization, None);
        let form = Form::parse(request.form.as_ref().unwrap().expose().as_bytes()).unwrap();
        assert_eq!(
            form.get("client_assertion_type"),
            Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        );
        assert_eq!(form.get("client_secret"), None);
        form.get("client_assertion").unwrap().to_owned()
    };
    let one = assertion(&world);
    let parts: Vec<Value> = one
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&Base64UrlUnpadded::decode_vec(part).unwrap()).unwrap())
        .collect();
    assert_eq!(
        parts[0],
        json!({ "alg": "RS256", "typ": "JWT", "kid": "81" })
    );
    let (now, jti) = (START.seconds(), &parts[1]["jti"]);
    assert_eq!(
        parts[1],
        json!({ "iss": "1@acme", "sub": "1@acme", "aud": ISSUER, "jti": jti, "iat": now - 10, "exp": now + 60 })
    );
    assert_eq!(jti.as_str().unwrap().len(), 22);
    assert_eq!(world.fakes.calls.sign.count(), 1);
    assert_ne!(assertion(&world), one);
    world.fakes.calls.sign.set_fault(Fault::Before);
    let Err(unavailable) = world.meaning() else {
        panic!("it cannot ask");
    };
    assert_eq!(unavailable.dependency, Dependency::Cryptography);
}

#[test]
fn requests_with_the_same_token_share_a_question() {
    let world = World::that_says(200, &active(|_| {}));
    world.fakes.calls.http.set_delay(3);
    let answers = block_on(join_all((0..40).map(|_| world.ask("token"))));
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(world.asked(), 1, "and none was one too many");
}

#[test]
fn an_issuer_that_changes_its_mind_is_heard_by_who_asks_again() {
    let is_active = Rc::new(Cell::new(true));
    let says = Rc::clone(&is_active);
    let world = World::new(move |_| {
        if says.get() {
            response(200, &active(|_| {}))
        } else {
            response(200, r#"{"active":false}"#)
        }
    });
    assert!(matches!(world.meaning(), Ok(Ok(_))));
    is_active.set(false);
    assert!(matches!(world.meaning(), Ok(Err(JwtRefusal::Inactive))));
    is_active.set(true);
    let strong = block_on(world.ask_about("token", true, Needed::Next)).unwrap();
    assert!(strong.meaning.is_ok());
    assert_eq!(world.asked(), 3);
}

#[test]
fn a_flood_of_made_up_tokens_is_no_flood_at_the_issuer() {
    let world = World::new(|request| {
        let form = request.form.as_ref().unwrap().expose();
        let is_good = form.contains("token=good");
        response(
            200,
            &if is_good {
                active(|_| {})
            } else {
                r#"{"active":false}"#.to_owned()
            },
        )
    });
    let from = |n: u8| world.fakes.set_source(Some(Source::V4([192, 0, 2, n])));
    let ask = |token: &str| block_on(world.ask(token)).map(|told| told.meaning);
    from(1);
    // An office full of people with good tokens.
    for n in 0..500 {
        assert!(matches!(ask(&format!("good{n}")), Ok(Ok(_))));
    }
    let before = world.asked();
    let mut refused = 0;
    for n in 0..1_000 {
        match ask(&format!("made-up-{n}")) {
            Ok(Err(JwtRefusal::Inactive)) => {}
            Err(Unavailable {
                wait: Some(wait), ..
            }) => {
                assert!(wait <= std::time::Duration::from_secs(1));
                refused += 1;
            }
            _ => panic!("{n}"),
        }
    }
    assert_eq!((world.asked() - before, refused), (30, 970));
    // A token that this isolate knows is asked about all the same.
    let known = block_on(world.ask_about("good1", true, Needed::Next));
    assert!(known.unwrap().meaning.is_ok());
    // Others are not touched, until there are too many of them.
    from(2);
    assert!(matches!(ask("good"), Ok(Ok(_))));
    let before = world.asked();
    let mut full = None;
    for n in 0..1_000_u32 {
        from(u8::try_from(3 + n % 200).unwrap());
        if let Err(error) = ask(&format!("distributed-{n}")) {
            full = Some(error);
        }
    }
    assert_eq!(world.asked() - before, 170);
    let Some(unavailable) = full else {
        panic!("it is the isolate's limit");
    };
    assert_eq!(unavailable.dependency, Dependency::Isolate);
    let known = block_on(world.ask_about("good1", true, Needed::Next));
    assert!(known.is_ok());
}

#[test]
fn an_issuer_that_is_down_is_left_alone_for_a_moment_and_comes_back() {
    let is_down = Rc::new(Cell::new(true));
    let says = Rc::clone(&is_down);
    let world = World::new(move |_| {
        if says.get() {
            response(502, "")
        } else {
            response(200, &active(|_| {}))
        }
    });
    world.fakes.set_source(Some(Source::Unknown));
    let mut causes = RefCell::new(Vec::new());
    for n in 0..500 {
        match block_on(world.ask(&format!("token{n}"))) {
            Err(Unavailable {
                cause, wait: None, ..
            }) => {
                causes.borrow_mut().push(cause);
            }
            _ => panic!("nobody knows, and nobody is blamed: {n}"),
        }
    }
    assert!(causes.get_mut().iter().all(|cause| cause.contains("502")));
    assert_eq!(world.asked(), 3);
    is_down.set(false);
    world.fakes.advance(std::time::Duration::from_secs(1));
    assert!(world.meaning().is_ok());
    assert!(world.meaning().is_ok());
}

#[test]
fn what_it_cannot_say_of_one_token_closes_it_for_no_other() {
    for (status, strange) in [
        // oidc-provider, about every JWT.
        (400, r#"{"error":"unsupported_token_type"}"#),
        (200, r#"{"active":true,"exp":"tomorrow"}"#),
        (200, "<html>"),
    ] {
        let world = World::new(move |request| {
            let form = request.form.as_ref().expect("it has one").expose();
            if form.contains("token=strange") {
                response(status, strange)
            } else {
                response(200, &active(|_| {}))
            }
        });
        for n in 0..9 {
            assert!(block_on(world.ask(&format!("strange{n}"))).is_err());
        }
        let told = block_on(world.ask("token"));
        assert!(told.is_ok_and(|told| told.meaning.is_ok()), "{strange}");
    }
    // What it says about us holds for all.
    let world = World::that_says(400, r#"{"error":"invalid_client"}"#);
    for n in 0..9 {
        assert!(block_on(world.ask(&format!("token{n}"))).is_err());
    }
    assert_eq!(world.asked(), 1);
}

#[test]
fn an_issuer_that_is_slow_has_so_many_questions_in_front_of_it_and_no_more() {
    let world = World::that_says(200, &active(|_| {}));
    world.fakes.calls.http.set_delay(20);
    let tokens: Vec<String> = (0..500).map(|n| format!("token{n}")).collect();
    world.fakes.set_source(None);
    let answers = block_on(join_all(tokens.iter().map(|token| world.ask(token))));
    let answered = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!((answered, world.asked()), (64, 64));
}
