//! Sessions for administrators.

use std::time::Duration;

use futures_executor::block_on;

use super::*;
use crate::fakes::world::{assert_error, json as body, keys};
use crate::fakes::{Fault, PickCall};
use crate::protocol::web_url::encode;
use crate::token::TokenKind;

const PATH: &str = "/_postern/admin/sessions";

fn ask(world: &World, token: Option<&str>, query: &str) -> Answer {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = bearer
        .iter()
        .map(|b| ("authorization", b.as_str()))
        .collect();
    let target = format!("{PATH}{query}");
    block_on(world.answer(&world.resolver, "GET", &target, &headers, None))
}

fn end(world: &World, token: &str, form: &[(&str, &str)]) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    block_on(world.answer(&world.resolver, "POST", PATH, &headers, Some(&encode(form))))
}

fn session_of(world: &World, kind: TokenKind, token: &str) -> String {
    let pointer = keys().open(kind, token, world.fakes.now()).unwrap();
    pointer.session.to_base64url()
}

#[test]
fn it_takes_an_access_token_with_the_scope() {
    // RFC 6750 section 3.1.
    let world = World::new();
    let ann = world.logged_in("ann");
    let ticket = ann.ticket().unwrap();
    let revoked = world.client_token("ops");
    world.api("/oauth/revoke", "ops", &[("token", &revoked)]);
    let answer = ask(&world, None, "?sub=ann");
    assert_error(&answer, 401, "invalid_token");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    for bad in ["x", &ticket, &revoked, "a b", ""] {
        let answer = ask(&world, Some(bad), "?sub=ann");
        assert_error(&answer, 401, "invalid_token");
        assert!(
            answer
                .header("www-authenticate")
                .unwrap()
                .starts_with("Bearer")
        );
        assert_error(
            &end(&world, bad, &[("everything", "true")]),
            401,
            "invalid_token",
        );
    }
    // A login is not an access token, whoever it belongs to.
    assert_eq!(world.get(&ann, &format!("{PATH}?sub=ann")).status, 401);
    // A token for another resource is refused: that resource could send it on.
    let elsewhere = world.authorized(&ann, "app").access;
    assert_eq!(ask(&world, Some(&elsewhere), "?sub=ann").status, 401);
    let token = world.client_token("robot");
    let answer = ask(&world, Some(&token), "?sub=ann");
    assert_error(&answer, 403, "insufficient_scope");
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.contains("error=\"insufficient_scope\", scope=\"postern:admin\""));
    assert_error(
        &end(&world, &token, &[("everything", "true")]),
        403,
        "insufficient_scope",
    );
    world.assert_unlogged(&[&token, &revoked, &ticket]);
    assert!(world.login_counts(&ann));
    let ops = world.client_token("ops");
    world.fakes.advance(Duration::from_hours(1));
    assert_error(&ask(&world, Some(&ops), "?sub=ann"), 401, "invalid_token");
}

#[test]
fn a_token_that_stands_for_a_person_administers_nothing() {
    // The configuration refuses such a client; a token may be older than the configuration.
    let mut world = World::new();
    let app = world
        .config
        .clients
        .iter_mut()
        .find(|c| c.id.as_str() == "app");
    let app = app.unwrap();
    app.scope = "read postern:admin".parse().unwrap();
    app.audiences = Vec::new();
    let ann = world.logged_in("ann");
    let token = world.authorized(&ann, "app").access;
    let answer = ask(&world, Some(&token), "?sub=ann");
    assert_error(&answer, 403, "insufficient_scope");
    for form in [("everything", "true"), ("sub", "bob")] {
        assert_error(&end(&world, &token, &[form]), 403, "insufficient_scope");
    }
    assert_eq!(world.fakes.log_entries(), []);
    assert!(world.login_counts(&ann));
}

#[test]
fn a_request_names_its_target_in_exactly_one_way() {
    let world = World::new();
    let ops = world.client_token("ops");
    for query in ["", "?", "?sub=", "?sub=a&sub=b", "?x=ann"] {
        assert_error(&ask(&world, Some(&ops), query), 400, "invalid_request");
    }
    for form in [
        vec![],
        vec![("everything", "yes")],
        vec![("session", "x")],
        vec![("client_id", "a b")],
        vec![("sub", "ann"), ("client_id", "a b")],
        vec![("sub", "ann"), ("session", "x")],
        vec![("sub", "ann"), ("everything", "true")],
        vec![("sub", "ann"), ("sub", "bob")],
    ] {
        assert_error(&end(&world, &ops, &form), 400, "invalid_request");
    }
    let bearer = format!("Bearer {ops}");
    let headers = [("authorization", bearer.as_str())];
    let answer = world.answer(&world.resolver, "DELETE", PATH, &headers, None);
    assert_eq!(block_on(answer).status, 405);
    assert_eq!(world.fakes.log_entries(), []);
}

#[test]
fn a_persons_sessions_are_listed() {
    let site = Site::new();
    let (browser, _) = site.person(&json!({}));
    let tokens = site.authorized(&browser, "app");
    let ops = site.client_token("ops");
    let answer = ask(&site, Some(&ops), "?sub=acme%3A7");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let listed = body(&answer);
    assert_eq!(listed["sub"], "acme:7");
    let mut sessions: Vec<[&str; 2]> = listed["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            [
                one["client_id"].as_str().unwrap(),
                one["session"].as_str().unwrap(),
            ]
        })
        .collect();
    sessions.sort_unstable();
    let login = session_of(&site, TokenKind::Ticket, &browser.ticket().unwrap());
    let client = session_of(&site, TokenKind::Access, &tokens.access);
    assert_eq!(sessions, [["app", &*client], ["postern", &*login]]);
    let nobody = body(&ask(&site, Some(&ops), "?sub=nobody"));
    assert_eq!(nobody["sessions"], json!([]));
}

#[test]
fn one_session_is_ended() {
    let world = World::new();
    let (ann, elsewhere) = (world.logged_in("ann"), world.logged_in("ann"));
    let tokens = world.authorized(&ann, "app");
    let (ops, robot) = (world.client_token("ops"), world.client_token("robot"));
    let login = session_of(&world, TokenKind::Ticket, &ann.ticket().unwrap());
    let answer = end(&world, &ops, &[("session", &login)]);
    assert_eq!(
        body(&answer),
        json!({ "ended": "session", "session": login, "was_open": true })
    );
    assert!(!world.login_counts(&ann) && !world.counts(&tokens.access));
    assert!(world.login_counts(&elsewhere) && world.counts(&robot));
    // A session of a program, without a person.
    let session = session_of(&world, TokenKind::Access, &robot);
    assert_eq!(
        body(&end(&world, &ops, &[("session", &session)]))["was_open"],
        true
    );
    assert!(!world.counts(&robot));
    let unknown = end(&world, &ops, &[("session", "AAAAAAAAAAAAAAAAAAAAAA")]);
    assert_eq!(
        (unknown.status, &body(&unknown)["was_open"]),
        (200, &json!(false))
    );
}

#[test]
fn everything_of_a_person_a_client_or_all_is_ended() {
    for (what, ends_ann, ends_app, ends_ops) in [
        (("sub", "ann"), true, false, false),
        (("client_id", "app"), false, true, false),
        (("everything", "true"), true, true, true),
    ] {
        let world = World::new();
        let (ann, bob) = (world.logged_in("ann"), world.logged_in("bob"));
        let (hers, his) = (world.authorized(&ann, "spa"), world.authorized(&bob, "app"));
        let code = world.code(&bob, "app", &[]);
        let ops = world.client_token("ops");
        let next_second = world.fakes.now().seconds() + 1;
        let answer = body(&end(&world, &ops, &[what]));
        assert_eq!(answer["issued_before"], next_second);
        assert_eq!(world.login_counts(&ann), !ends_ann, "{what:?}");
        assert_eq!(world.counts(&hers.access), !ends_ann, "{what:?}");
        assert_eq!(
            world.refresh("spa", hers.refresh(), &[]).status == 200,
            !ends_ann
        );
        assert_eq!(world.counts(&his.access), !ends_app, "{what:?}");
        assert_eq!(
            world.refresh("app", his.refresh(), &[]).status == 200,
            !ends_app
        );
        assert_eq!(world.redeem("app", &code).status == 200, !ends_app);
        assert_eq!(world.login_counts(&bob), what.0 != "everything");
        assert_eq!(world.counts(&ops), !ends_ops);
        let events = world.fakes.events().join("\n");
        assert!(
            events.contains("\"event\":\"cut_off\"") && events.contains("\"reason\":\"admin\"")
        );
        world.assert_unlogged(&[&ops, &code, &hers.access]);
        // Tokens issued from then on are valid.
        let ann = world.logged_in("ann");
        let again = world.authorized(&ann, "app");
        assert!(world.login_counts(&ann) && world.counts(&again.access));
    }
}

#[test]
fn a_store_that_fails_is_503() {
    let calls: [PickCall; 3] = [
        |calls| &calls.since,
        |calls| &calls.append,
        |calls| &calls.end,
    ];
    for call in calls {
        for fault in Fault::FAILING {
            let world = World::new();
            let ann = world.logged_in("ann");
            let ops = world.client_token("ops");
            let login = session_of(&world, TokenKind::Ticket, &ann.ticket().unwrap());
            call(&world.fakes.calls).set_fault(fault);
            let answer = end(&world, &ops, &[("session", &login)]);
            assert_eq!(answer, Answer::unavailable());
            call(&world.fakes.calls).set_fault(Fault::None);
            assert_eq!(end(&world, &ops, &[("session", &login)]).status, 200);
            assert!(!world.login_counts(&ann));
        }
    }
    let world = World::new();
    let ops = world.client_token("ops");
    world.fakes.calls.index_sessions.set_fault(Fault::Before);
    assert_eq!(ask(&world, Some(&ops), "?sub=ann"), Answer::unavailable());
}

#[test]
fn an_administrator_sees_and_takes_back_what_a_person_agreed_to() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let (tokens, other) = (world.authorized(&ann, "app"), world.authorized(&ann, "spa"));
    let ops = world.client_token("ops");
    let listed = body(&ask(&world, Some(&ops), "?sub=ann"));
    assert_eq!(listed["next_after"], serde_json::Value::Null);
    let consents = listed["consents"].as_array().unwrap();
    let app = consents.iter().find(|one| one["client_id"] == "app");
    assert_eq!(app.unwrap()["scope"], "read write");
    assert_eq!(consents.len(), 2);
    let form = [("sub", "ann"), ("client_id", "app")];
    let answer = end(&world, &ops, &form);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        body(&answer),
        serde_json::json!({
            "ended": "consent", "sub": "ann", "client_id": "app",
            "sessions_ended": 1, "sessions_being_ended": 0,
        })
    );
    assert!(!world.counts(&tokens.access) && world.counts(&other.access));
    assert!(world.login_counts(&ann));
    let listed = body(&ask(&world, Some(&ops), "?sub=ann"));
    assert_eq!(listed["consents"].as_array().unwrap().len(), 1);
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 2);
    let wrong = ask(&world, Some(&ops), "?sub=ann&after=x");
    assert_error(&wrong, 400, "invalid_request");
}
