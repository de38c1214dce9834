//! The way to the provider and back.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::*;
use crate::protocol::Prompt;

/// The parameters of a URL.
fn query(url: &str) -> Form {
    let (_, query) = url.split_once('?').unwrap();
    Form::parse(query.as_bytes()).unwrap()
}

#[test]
fn the_authorization_request() {
    let world = World::new();
    let classes = "phr mfa".parse().unwrap();
    let ask = Ask {
        return_to: Some("/private?a=b"),
        login_hint: Some("ann@example.com"),
        prompt: Some(Prompt::Login),
        max_age: Some(0),
        acr_values: Some(&classes),
        is_again: false,
    };
    let (url, login) = world.try_to_begin(&ask).unwrap();
    assert!(url.starts_with("https://id.example.com/authorize?response_type=code&"));
    let query = query(&url);
    for (name, value) in [
        ("client_id", "1234@acme"),
        ("redirect_uri", "https://docs.example.com/_postern/callback"),
        ("scope", "openid profile email"),
        ("state", &login.state()),
        ("nonce", &login.nonce()),
        ("code_challenge_method", "S256"),
        ("login_hint", "ann@example.com"),
        ("prompt", "login"),
        ("max_age", "0"),
        ("acr_values", "phr mfa"),
    ] {
        assert_eq!(query.get(name), Some(value), "{name}");
    }
    let challenge = Sha256::digest(login.verifier().as_bytes());
    let challenge = Base64UrlUnpadded::encode_string(&challenge);
    assert_eq!(query.get("code_challenge"), Some(challenge.as_str()));
    assert!(!url.contains(login.verifier().as_str()));
    assert_eq!(login.return_to.as_deref(), Some("/private?a=b"));
    assert_eq!((login.state().len(), login.verifier().len()), (22, 43));
    let restored = LoginState::from_bytes(login.to_bytes().expose());
    assert_eq!(restored, Some(login));
}

#[test]
fn nothing_is_the_same_twice() {
    let world = World::new();
    let (one, other) = (world.begin(), world.begin());
    assert_ne!(one.state(), other.state());
    assert_ne!(one.nonce(), other.nonce());
    assert_ne!(*one.verifier(), *other.verifier());
}

#[test]
fn a_hint_that_is_too_long_is_left_out() {
    let hint = "a".repeat(256);
    let ask = Ask {
        login_hint: Some(&hint),
        ..Ask::default()
    };
    let (url, _) = World::new().try_to_begin(&ask).unwrap();
    assert_eq!(query(&url).get("login_hint"), None);
}

/// What was posted to the token endpoint, and the value of `Authorization`.
fn posted(world: &World) -> (Form, Option<String>) {
    let sent = world.fakes.sent();
    let request = sent.iter().rfind(|r| r.url.ends_with("/token")).unwrap();
    let form = request.form.as_ref().unwrap().expose();
    let authorization = request.authorization.as_ref();
    (
        Form::parse(form.as_bytes()).unwrap(),
        authorization.map(|a| a.expose().clone()),
    )
}

#[test]
fn the_code_is_exchanged_with_what_belongs_to_it() {
    let world = World::new();
    let login = world.begin();
    let token = world.sign(&world.claims(&login));
    let person = world.finish(&login, &token).unwrap();
    assert_eq!(*person.id_token.expose(), token);
    let (form, authorization) = posted(&world);
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "c0de"),
        ("redirect_uri", "https://docs.example.com/_postern/callback"),
        ("code_verifier", login.verifier().as_str()),
    ] {
        assert_eq!(form.get(name), Some(value), "{name}");
    }
    assert_eq!(form.get("client_secret"), None);
    // base64("1234%40acme:s3cret%2F%2B"): form-encoded first (RFC 6749 section 2.3.1).
    let expected = "Basic MTIzNCU0MGFjbWU6czNjcmV0JTJGJTJC";
    assert_eq!(authorization.as_deref(), Some(expected));
}

#[test]
fn other_ways_to_authenticate_the_client() {
    let mut world = World::new();
    let mut document = document();
    document["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
    world.publish(&document);
    assert!(world.log_in(|_| ()).is_ok());
    let (form, authorization) = posted(&world);
    assert_eq!(authorization, None);
    assert_eq!(form.get("client_id"), Some("1234@acme"));
    assert_eq!(form.get("client_secret"), Some("s3cret/+"));
    world.provider.client_secret = None;
    assert!(world.log_in(|_| ()).is_ok());
    let (form, authorization) = posted(&world);
    assert_eq!((authorization, form.get("client_secret")), (None, None));
    assert_eq!(form.get("client_id"), Some("1234@acme"));
}

#[test]
fn an_answer_that_belongs_to_another_login() {
    let world = World::new();
    let (login, other) = (world.begin(), world.begin());
    let state = other.state();
    for query in [
        format!("state={state}&code=c0de"),
        format!("state={}&code=c0de", &login.state()[1..]),
        "state=&code=c0de".to_owned(),
        "code=c0de".to_owned(),
        format!("state={state}&error=access_denied"),
    ] {
        let result = world.come_back_with(&login, &query);
        refused(result, LoginRefusal::State);
    }
    assert_eq!(world.asked("/token"), 0);
}

#[test]
fn a_login_has_an_hour() {
    let world = World::new();
    let login = world.begin();
    world.fakes.advance(Duration::from_millis(3_599_999));
    let token = world.sign(&world.claims(&login));
    assert!(world.finish(&login, &token).is_ok());
    world.fakes.advance(Duration::from_millis(1));
    refused(world.finish(&login, &token), LoginRefusal::TooLate);
}

#[test]
fn a_provider_that_is_not_configured_any_more() {
    let mut world = World::new();
    let login = world.begin();
    world.provider.id = "other".parse().unwrap();
    let result = world.come_back(&login, "code=c0de");
    refused(result, LoginRefusal::UnknownProvider);
    assert_eq!(world.asked("/token"), 0);
}

#[test]
fn a_mix_up_is_noticed() {
    // RFC 9207 section 2.4.
    let world = World::new();
    let login = world.begin();
    let token = world.sign(&world.claims(&login));
    assert!(world.finish(&login, &token).is_ok(), "it need not send iss");
    let right = "code=c0de&iss=https%3A%2F%2Fid.example.com";
    assert!(world.come_back(&login, right).is_ok());
    for query in [
        "code=c0de&iss=https%3A%2F%2Fevil.example",
        "code=c0de&iss=https%3A%2F%2Fid.example.com%2F",
        "error=access_denied&iss=https%3A%2F%2Fevil.example",
    ] {
        let expected = LoginRefusal::Issuer("names another provider");
        refused(world.come_back(&login, query), expected);
    }
    let world = World::new();
    let mut document = document();
    document["authorization_response_iss_parameter_supported"] = json!(true);
    world.publish(&document);
    let login = world.begin();
    let token = world.sign(&world.claims(&login));
    let expected = LoginRefusal::Issuer("is missing, though its metadata promises it");
    refused(world.finish(&login, &token), expected);
    assert!(world.come_back(&login, right).is_ok());
}

#[test]
fn what_a_provider_says_instead_of_a_code() {
    let world = World::new();
    let login = world.begin();
    let answer = |query: &str| world.come_back(&login, query);
    let told = "&error_description=evil%3Cscript%3E";
    for (error, expected) in [
        ("access_denied", LoginRefusal::Denied),
        ("login_required", LoginRefusal::InteractionNeeded),
        ("interaction_required", LoginRefusal::InteractionNeeded),
        ("consent_required", LoginRefusal::InteractionNeeded),
        (
            "account_selection_required",
            LoginRefusal::InteractionNeeded,
        ),
        // Apple's word for it.
        ("user_cancelled_authorize", LoginRefusal::Denied),
        ("invalid_scope", LoginRefusal::Request("invalid_scope")),
        (
            "evil%3Cscript%3E",
            LoginRefusal::Request("an error code that no specification names"),
        ),
    ] {
        let result = answer(&format!("error={error}&code=c0de{told}"));
        assert!(!expected.reason().contains("evil"));
        refused(result, expected);
    }
    for error in ["server_error", "temporarily_unavailable"] {
        let answer = answer(&format!("error={error}{told}"));
        let Err(Failure::Unavailable(unavailable)) = &answer else {
            panic!("{answer:?}");
        };
        assert!(unavailable.cause.ends_with(error), "{unavailable:?}");
        is_unavailable(answer);
    }
    // Keycloak's way to say that a new login would do.
    let forgotten = "error=temporarily_unavailable&error_description=authentication_expired";
    refused(answer(forgotten), LoginRefusal::Forgotten);
    refused(answer("x=y"), LoginRefusal::NoCode);
    let long = format!("code={}", "a".repeat(4_097));
    refused(answer(&long), LoginRefusal::NoCode);
    assert_eq!(world.asked("/token"), 0);
}

#[test]
fn a_provider_that_does_not_take_the_code() {
    let world = World::new();
    let login = world.begin();
    for (status, body, expected) in [
        (
            400,
            r#"{"error":"invalid_grant"}"#,
            LoginRefusal::Code("invalid_grant"),
        ),
        (400, "", LoginRefusal::Code("without an error code")),
        (404, "<html>", LoginRefusal::Code("without an error code")),
        (
            400,
            r#"{"error":"invalid_client"}"#,
            LoginRefusal::Client("invalid_client"),
        ),
        (
            400,
            r#"{"error":"unauthorized_client"}"#,
            LoginRefusal::Client("unauthorized_client"),
        ),
        (
            401,
            r#"{"error":"invalid_grant"}"#,
            LoginRefusal::Client("invalid_grant"),
        ),
    ] {
        world.answer("/token", status, body);
        refused(world.come_back(&login, "code=c0de"), expected);
    }
}

#[test]
fn nothing_is_logged_and_no_secret_prints() {
    let world = World::new();
    let login = world.begin();
    let person = world.finish(&login, &world.sign(&world.claims(&login)));
    let person = person.unwrap();
    assert!(world.fakes.events().is_empty());
    let text = format!("{:?} {:?} {:?}", person, login, world.providers);
    for secret in [
        person.id_token.expose().as_str(),
        login.verifier().as_str(),
        "s3cret",
        "c0de",
    ] {
        assert!(!text.contains(secret), "{text}");
    }
}
