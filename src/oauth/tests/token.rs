//! RFC 6749 sections 3.2, 3.3, 4.4 and 5, and RFC 8707 section 2.

use futures_util::FutureExt as _;

use super::*;
use crate::fakes::{Fault, START};
use crate::token::{PlainToken, TokenDigest, TokenKind};

fn ask(client: &str, form: &str) -> Answer {
    world().post(Endpoint::Token, client, form)
}

fn grant(parameters: &str) -> String {
    format!("grant_type=client_credentials{parameters}")
}

#[test]
fn a_success_says_what_was_given() {
    let world = world();
    let answer = world.post(Endpoint::Token, "reports", &grant(""));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let token = json(&answer)["access_token"].as_str().unwrap().to_owned();
    assert_eq!(
        answer.body,
        format!(
            r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":3600,"scope":"orders:read orders:list"}}"#
        )
    );
    let pointer = keys().open(TokenKind::Access, &token, START).unwrap();
    assert_eq!(pointer.issued_at, START);
    assert_eq!(pointer.expires_at, START.plus(Duration::from_hours(1)));
    assert!(world.counts_elsewhere(&token));
}

#[test]
fn a_token_begins_and_ends_on_whole_seconds() {
    let world = world();
    world.fakes.advance(Duration::from_millis(999));
    let answer = world.post(Endpoint::Token, "reports", &grant(""));
    // What is left of it, rounded down: the client must not count on more.
    assert_eq!(json(&answer)["expires_in"], 3599);
    let token = world.token("reports");
    let last = START.plus(Duration::from_millis(3_599_999));
    world.fakes.set_now(last);
    assert!(world.counts_elsewhere(&token));
    world.fakes.advance(Duration::from_millis(1));
    assert!(!world.counts_elsewhere(&token));
}

#[test]
fn every_token_is_another_and_of_another_session() {
    let world = world();
    let tokens = [(); 3].map(|()| world.token("reports"));
    let session = |token: &String| {
        keys()
            .open(TokenKind::Access, token, START)
            .unwrap()
            .session
    };
    for (at, token) in tokens.iter().enumerate() {
        for earlier in &tokens[..at] {
            assert_ne!(token, earlier);
            assert_ne!(session(token), session(earlier));
        }
    }
}

#[test]
fn neither_the_stores_nor_the_log_hold_the_token() {
    let world = world();
    let token = world.token("reports");
    let digest = TokenDigest::of(&PlainToken::new(token.clone()));
    assert_eq!(
        world.fakes.live_records(),
        [format!("at:{}", digest.to_base64url())]
    );
    let event = world.last_event();
    assert_eq!(event["event"], "token_issued");
    assert_eq!(event["client_id"], "reports");
    assert_eq!(event["scope"], "orders:read orders:list");
    assert_eq!(event["expires_in"], 3600);
    for text in [world.fakes.dump(), event.to_string()] {
        assert!(!text.contains(&token[7..]), "{text}");
    }
    assert!(!world.fakes.dump().contains("orders:read"));
}

#[test]
fn grant_types() {
    assert_error(&ask("reports", ""), 400, "invalid_request");
    assert_error(&ask("reports", "grant_type="), 400, "invalid_request");
    for other in ["password", "implicit", "Client_Credentials"] {
        let answer = ask("reports", &format!("grant_type={other}"));
        assert_error(&answer, 400, "unsupported_grant_type");
    }
    for not_theirs in ["authorization_code", "refresh_token"] {
        let answer = ask("reports", &format!("grant_type={not_theirs}"));
        assert_error(&answer, 400, "unauthorized_client");
    }
    assert_error(&ask("gateway", &grant("")), 400, "unauthorized_client");
}

#[test]
fn a_parameter_twice_is_refused() {
    for twice in [
        "&scope=orders:read&scope=orders:list",
        "&grant_type=client_credentials",
        "&x=1&x=1",
        "&x&x",
    ] {
        assert_error(&ask("reports", &grant(twice)), 400, "invalid_request");
    }
    // Unknown ones are ignored (section 3.2).
    assert_eq!(ask("reports", &grant("&x=1&y=2")).status, 200);
}

#[test]
fn scope_is_narrowed_and_never_widened() {
    let scope = |parameters: &str| json(&ask("reports", &grant(parameters)))["scope"].clone();
    assert_eq!(scope("&scope=orders:list"), "orders:list");
    assert_eq!(
        scope("&scope=orders:list+orders:read+orders:list"),
        "orders:list orders:read"
    );
    assert_eq!(scope("&scope="), "orders:read orders:list");
    // Spaces that separate nothing.
    for sloppy in ["orders:read++orders:list", "+orders:read+orders:list+++"] {
        let parameters = format!("&scope={sloppy}");
        assert_eq!(scope(&parameters), "orders:read orders:list", "{sloppy}");
    }
    for beyond in [
        "orders:write",
        "orders:read+orders:write",
        "ORDERS:READ",
        "a%22",
        "a%5c",
        "+",
        "++",
        "orders:read%09orders:list",
        "%C3%A9",
    ] {
        let answer = ask("reports", &grant(&format!("&scope={beyond}")));
        assert_error(&answer, 400, "invalid_scope");
    }
}

#[test]
fn a_client_without_scope_gets_a_token_without() {
    let answer = ask("bare", &grant(""));
    assert_eq!(answer.status, 200);
    assert!(json(&answer).get("scope").is_none());
    let answer = ask("bare", &grant("&scope=orders:read"));
    assert_error(&answer, 400, "invalid_scope");
}

#[test]
fn resources_become_the_audience() {
    for (parameters, expected) in [
        ("", serde_json::json!([ORDERS, USERS])),
        ("&resource=", serde_json::json!([ORDERS, USERS])),
        (
            "&resource=https%3A%2F%2Fapi.example.com%2Fusers",
            serde_json::json!(USERS),
        ),
        (
            "&resource=https://api.example.com/users&resource=https://api.example.com/orders\
             &resource=https://api.example.com/users",
            serde_json::json!([USERS, ORDERS]),
        ),
    ] {
        let world = world();
        let answer = world.post(Endpoint::Token, "reports", &grant(parameters));
        let token = json(&answer)["access_token"].as_str().unwrap().to_owned();
        let aud = json(&world.introspect("gateway", &token))["aud"].clone();
        assert_eq!(aud, expected, "{parameters}");
    }
}

/// RFC 3986 section 6.2.3. What the token says is as the client has it, because servers compare it as a string.
#[test]
fn a_resource_with_an_empty_path_is_the_one_with_a_slash() {
    for (known, asked) in [
        ("https://host.example", "https://host.example/"),
        ("https://host.example/", "https://host.example"),
        ("https://host.example/", "https://host.example/"),
    ] {
        let mut world = world();
        let reports = world
            .config
            .clients
            .iter_mut()
            .find(|c| c.id.as_str() == "reports");
        reports.unwrap().audiences = vec![known.parse().unwrap(), ORDERS.parse().unwrap()];
        let both = format!("&resource={asked}&resource={known}");
        let answer = world.post(Endpoint::Token, "reports", &grant(&both));
        assert_eq!(answer.status, 200, "{asked}: {}", answer.body);
        let token = json(&answer)["access_token"].as_str().unwrap().to_owned();
        assert_eq!(json(&world.introspect("gateway", &token))["aud"], known);
        let deeper = grant(&format!("&resource={}/x", known.trim_end_matches('/')));
        assert_error(
            &world.post(Endpoint::Token, "reports", &deeper),
            400,
            "invalid_target",
        );
    }
}

#[test]
fn resources_that_the_client_may_not_have() {
    for resource in [
        "orders",
        "/orders",
        "https://api.example.com/orders%23fragment",
        "https://api.example.com/orders/",
        "https://API.example.com/orders",
        "https://other.example",
        "https://api.example.com/orders&resource=urn:x",
    ] {
        let answer = ask("reports", &grant(&format!("&resource={resource}")));
        assert_error(&answer, 400, "invalid_target");
    }
    let answer = ask("bare", &grant("&resource=https://api.example.com/orders"));
    assert_error(&answer, 400, "invalid_target");
}

#[test]
fn a_refusal_asks_no_one_and_is_logged() {
    let world = world();
    world.post(Endpoint::Token, "reports", &grant("&scope=all"));
    assert_eq!(world.fakes.io(), 0);
    let event = world.last_event();
    assert_eq!(event["event"], "request_refused");
    assert_eq!(event["error"], "invalid_scope");
    assert_eq!(event["reason"], "client reports may not have that scope");
}

#[test]
fn a_token_is_given_out_only_once_it_is_recorded() {
    let faults = [Fault::None, Fault::Before, Fault::After];
    for coordinator in faults {
        for store in faults {
            let world = world();
            world.fakes.calls.issue.set_fault(coordinator);
            world.fakes.calls.record_write.set_fault(store);
            let answer = world.post(Endpoint::Token, "reports", &grant(""));
            // The coordinator is told of no token whose record may not be there.
            let is_told = store == Fault::None;
            assert_eq!(world.fakes.calls.issue.count(), u32::from(is_told));
            if is_told && coordinator == Fault::None {
                assert_eq!(answer.status, 200);
                continue;
            }
            assert_eq!(answer, unavailable());
            assert_error(&answer, 503, "temporarily_unavailable");
            let events = world.fakes.events();
            let [event] = &events[..] else {
                panic!("{events:?}");
            };
            assert!(event.contains("\"event\":\"dependency_unavailable\""));
            // The client tries again, and gets a token that works and can be revoked.
            world.fakes.calls.issue.set_fault(Fault::None);
            world.fakes.calls.record_write.set_fault(Fault::None);
            let token = world.token("reports");
            assert!(world.counts_elsewhere(&token));
            assert_eq!(world.revoke("reports", &token).status, 200);
            assert!(!world.counts_elsewhere(&token));
        }
    }
}

#[test]
fn the_record_is_written_before_the_coordinator_is_told() {
    let world = world();
    world.fakes.calls.issue.set_delay(1);
    world.fakes.calls.record_write.set_delay(1);
    let header = basic("reports");
    let form = grant("");
    let request = form_request("/oauth/token", Some(&header), &form);
    let World {
        config,
        resolver,
        fakes,
    } = &world;
    let answer = answer(Endpoint::Token, request, config, resolver, fakes);
    // Polled once, the record store has been asked and has not answered.
    assert!(answer.now_or_never().is_none());
    assert_eq!(fakes.calls.record_write.count(), 1);
    assert_eq!(fakes.calls.issue.count(), 0);
}
