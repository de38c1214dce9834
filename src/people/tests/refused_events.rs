//! Pushes that are not taken (RFC 8935 section 2.3).

use futures_executor::block_on;

use super::security_events::{ENDPOINT, PATH, REVOKED, SECRET, about, assert_taken, site};
use super::*;
use crate::config::PushAuthorization;
use crate::fakes::world::{assert_error, json as body};

#[track_caller]
fn assert_refused(answer: &Answer, code: &str) {
    // Section 2.3.
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(body(answer)["err"], code, "{}", answer.body);
    assert!(body(answer)["description"].is_string());
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[test]
fn a_token_that_is_none_for_this_stream_ends_nothing() {
    let site = site();
    let (ann, _) = site.person(&json!({}));
    let good = json!({ "sub_id": about("7"), "events": { REVOKED: {} } });
    let with = |more: &Value| {
        let mut claims = good.clone();
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        site.set_with("1", &claims)
    };
    let now = site.fakes.now().seconds();
    for (claims, code) in [
        (json!({ "iss": "https://other.example" }), "invalid_issuer"),
        (
            json!({ "aud": "https://auth.example.com" }),
            "invalid_audience",
        ),
        (json!({ "aud": ["x", "y"] }), "invalid_audience"),
        (json!({ "aud": null }), "invalid_request"),
        (json!({ "jti": null }), "invalid_request"),
        (json!({ "jti": "j".repeat(256) }), "invalid_request"),
        (json!({ "iat": null }), "invalid_request"),
        (json!({ "iat": now + 61 }), "invalid_request"),
        (json!({ "iat": "1" }), "invalid_request"),
        (json!({ "nbf": now + 61 }), "invalid_request"),
        (json!({ "exp": now }), "invalid_request"),
        (json!({ "events": {} }), "invalid_request"),
        (json!({ "events": [REVOKED] }), "invalid_request"),
        (json!({ "events": { REVOKED: "x" } }), "invalid_request"),
        (json!({ "events": null }), "invalid_request"),
        (json!({ "sub_id": null }), "invalid_request"),
        (json!({ "sub_id": "7" }), "invalid_request"),
        (json!({ "sub_id": {} }), "invalid_request"),
        (json!({ "sub_id": { "format": 1 } }), "invalid_request"),
        (
            json!({ "sub_id": { "format": "iss_sub", "iss": IDP } }),
            "invalid_request",
        ),
        (
            json!({ "sub_id": { "format": "opaque", "id": "a\n" } }),
            "invalid_request",
        ),
        (
            json!({ "sub_id": { "format": "aliases", "identifiers": [] } }),
            "invalid_request",
        ),
    ] {
        assert_refused(&site.push(&with(&claims)), code);
    }
    let mut many = json!({});
    for n in 0..9 {
        many[format!("https://example.com/{n}")] = json!({});
    }
    assert_refused(
        &site.push(&with(&json!({ "events": many }))),
        "invalid_request",
    );
    assert!(site.login_counts(&ann));
    assert_eq!(site.fakes.log_entries(), []);
}

#[test]
fn a_token_of_another_kind_or_with_another_signature_ends_nothing() {
    let site = site();
    let (ann, id_token) = site.person(&json!({}));
    let now = site.fakes.now().seconds();
    let claims = |header: &Value| {
        let mut claims = json!({ "iss": IDP, "aud": ENDPOINT, "iat": now, "jti": "1" });
        claims["sub_id"] = about("7");
        claims["events"] = json!({ REVOKED: {} });
        Site::sign_as(header, &claims)
    };
    for (header, code) in [
        (json!({ "alg": "RS256" }), "invalid_request"),
        (json!({ "alg": "RS256", "typ": "JWT" }), "invalid_request"),
        (
            json!({ "alg": "RS256", "typ": "at+jwt" }),
            "invalid_request",
        ),
        (
            json!({ "alg": "RS256", "typ": "logout+jwt" }),
            "invalid_request",
        ),
        (
            json!({ "alg": "none", "typ": "secevent+jwt" }),
            "invalid_key",
        ),
        (
            json!({ "alg": "HS256", "typ": "secevent+jwt" }),
            "invalid_key",
        ),
        (
            json!({ "alg": "RS256", "typ": "secevent+jwt", "crit": ["x"] }),
            "invalid_request",
        ),
        (
            json!({ "alg": "ES256", "typ": "secevent+jwt" }),
            "invalid_key",
        ),
    ] {
        assert_refused(&site.push(&claims(&header)), code);
    }
    let token = claims(&json!({ "alg": "RS256", "typ": "secevent+jwt" }));
    let mut forged = token.clone();
    forged.pop();
    forged.push(if token.ends_with('A') { 'E' } else { 'A' });
    assert_eq!(site.push(&forged).status, 400);
    for bad in [&id_token, "", "x", "a.b.c", &"x".repeat(33 * 1024)] {
        assert_refused(&site.push(bad), "invalid_request");
    }
    let plain = [
        ("authorization", SECRET),
        ("content-type", "application/jwt"),
    ];
    assert_refused(&site.push_with(&token, &plain), "invalid_request");
    assert!(site.login_counts(&ann));
    assert_eq!(site.fakes.log_entries(), []);
    site.assert_unlogged(&[&token, SECRET]);
    assert_taken(&site.push(&token));
    assert!(!site.login_counts(&ann));
}

#[test]
fn a_push_must_have_what_was_agreed_on() {
    let mut site = site();
    let token = |jti: &str| site.set(jti, &about("7"), &json!({ REVOKED: {} }));
    let good = token("1");
    for headers in [
        vec![],
        vec![("authorization", "")],
        vec![("authorization", "Bearer ")],
        vec![("authorization", "a-l0ng-s3cret")],
        vec![("authorization", "Bearer a-l0ng-s3cre")],
        vec![("authorization", "Bearer a-l0ng-s3crets")],
    ] {
        assert_refused(&site.push_with(&good, &headers), "authentication_failed");
    }
    let sent = site.fakes.sent().len();
    assert_eq!(sent, 0, "nothing is asked for those");
    for path in ["other", "", "acme/", "ACME"] {
        let path = format!("/_postern/events/{path}");
        let headers = [("authorization", SECRET)];
        let answer = block_on(site.answer(&site.resolver, "POST", &path, &headers, Some("x")));
        assert_error(&answer, 404, "invalid_request");
    }
    assert_eq!(site.get(&Browser::default(), PATH).status, 405);
    // A bare secret may be sent behind `Bearer`.
    let bare = Secret::new("a-l0ng-s3cret".to_owned());
    site.world.config.transmitters[0].authorization = PushAuthorization::Secret(Some(bare));
    assert_taken(&site.push(&good));
    // One that is not known refuses; none that is needed takes.
    site.world.config.transmitters[0].authorization = PushAuthorization::Secret(None);
    assert_refused(&site.push_with(&good, &[]), "authentication_failed");
    site.world.config.transmitters[0].authorization = PushAuthorization::None;
    assert_taken(&site.push_with(&good, &[]));
}
