//! The list of a person's sessions, and ending them.

use std::time::Duration;

use futures_executor::block_on;

use super::*;
use crate::fakes::world::{ISSUER, assert_error, assert_page, leads_to, login_for};
use crate::fakes::{Fault, PickCall};
use crate::protocol::web_url::encode;
use crate::token::TokenKind;

/// A browser in which somebody has logged in with the form, so that it is listed.
fn logged_in(world: &World, name: &str) -> Browser {
    let browser = Browser::default();
    let page = world.get(&browser, &login_for("/"));
    let (return_to, token) = (hidden(&page, "return_to"), hidden(&page, "form_token"));
    let form = [
        ("return_to", return_to.as_str()),
        ("form_token", &token),
        ("username", name),
        ("password", crate::fakes::world::PASSWORD),
    ];
    let answer = world.submit(&browser, LOGIN, &form);
    assert_eq!(leads_to(&answer).as_deref(), Some("/"));
    browser
}

fn id(world: &World, kind: TokenKind, token: &str) -> String {
    let pointer = crate::fakes::world::keys().open(kind, token, world.fakes.now());
    pointer.unwrap().session.to_base64url()
}

fn session(world: &World, browser: &Browser) -> String {
    id(world, TokenKind::Ticket, &browser.ticket().unwrap())
}

#[test]
fn without_a_login_the_page_leads_to_the_login() {
    let world = World::new();
    for method in ["GET", "POST"] {
        let answer = world.browse(&Browser::default(), method, SESSIONS, &[], None);
        assert_eq!(answer.status, 303);
        assert_eq!(answer.header("location"), Some(&*login_for(SESSIONS)));
    }
}

#[test]
fn a_person_sees_their_own_sessions_and_nobody_elses() {
    let world = World::new();
    let (ann, elsewhere, bob) = (
        logged_in(&world, "ann"),
        logged_in(&world, "ann"),
        logged_in(&world, "bob"),
    );
    let tokens = world.authorized(&ann, "app");
    let page = world.get(&ann, SESSIONS);
    assert_page(&page, 200);
    assert!(page.body.contains("The App</h2>") && page.body.contains("Firefox on Linux"));
    assert!(page.body.contains("This browser"));
    // The session of this browser has a link to the logout instead.
    assert!(
        !page
            .body
            .contains(&format!("value=\"{}\"", session(&world, &ann)))
    );
    for listed in [
        session(&world, &elsewhere),
        id(&world, TokenKind::Access, &tokens.access),
    ] {
        assert!(page.body.contains(&format!("value=\"{listed}\"")));
    }
    assert!(!page.body.contains(&session(&world, &bob)));
    world.assert_unlogged(&[&hidden(&page, "form_token")]);
}

#[test]
fn ending_a_session_ends_all_that_came_from_it() {
    let world = World::new();
    let (ann, elsewhere) = (logged_in(&world, "ann"), logged_in(&world, "ann"));
    let (tokens, own) = (
        world.authorized(&elsewhere, "app"),
        world.authorized(&ann, "app"),
    );
    let there = session(&world, &elsewhere);
    let page = send_form(&world, &ann, SESSIONS, &[("session", &there)]);
    assert_page(&page, 200);
    assert!(page.body.contains("The session was ended") && !page.body.contains(&there));
    assert!(!world.login_counts(&elsewhere) && !world.counts(&tokens.access));
    assert_error(
        &world.refresh("app", tokens.refresh(), &[]),
        400,
        "invalid_grant",
    );
    assert!(world.login_counts(&ann) && world.counts(&own.access));
    // Only a client's session.
    let client = id(&world, TokenKind::Access, &own.access);
    send_form(&world, &ann, SESSIONS, &[("session", &client)]);
    assert!(!world.counts(&own.access) && world.login_counts(&ann));
}

#[test]
fn nobody_ends_another_persons_session() {
    let world = World::new();
    let (ann, bob) = (logged_in(&world, "ann"), logged_in(&world, "bob"));
    let tokens = world.authorized(&bob, "app");
    let robot = world.client_token("robot");
    for foreign in [
        session(&world, &bob),
        id(&world, TokenKind::Access, &tokens.access),
        id(&world, TokenKind::Access, &robot),
        "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        "x".to_owned(),
    ] {
        assert_eq!(
            send_form(&world, &ann, SESSIONS, &[("session", &foreign)]).status,
            200
        );
    }
    assert!(world.login_counts(&bob) && world.counts(&tokens.access) && world.counts(&robot));
    assert_eq!(world.fakes.log_entries(), []);
    // Bob's session is still listed.
    let page = world.get(&bob, SESSIONS);
    assert!(
        page.body
            .contains(&id(&world, TokenKind::Access, &tokens.access))
    );
}

#[test]
fn everything_of_a_person_ends_at_once() {
    let world = World::new();
    let (ann, elsewhere, bob) = (
        logged_in(&world, "ann"),
        logged_in(&world, "ann"),
        logged_in(&world, "bob"),
    );
    let kept = ann.copy();
    let code = world.code(&elsewhere, "spa", &[]);
    let tokens = [
        world.authorized(&ann, "app"),
        world.authorized(&elsewhere, "app"),
        world.authorized(&elsewhere, "spa"),
    ];
    let other = world.authorized(&bob, "app");
    let answer = send_form(&world, &ann, SESSIONS, &[("all", "yes")]);
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("You are signed out"));
    assert_eq!(ann.ticket(), None);
    for browser in [&kept, &elsewhere] {
        assert!(!world.login_counts(browser));
    }
    for tokens in &tokens {
        assert!(!world.counts(&tokens.access));
    }
    assert_error(&world.redeem("spa", &code), 400, "invalid_grant");
    assert_error(
        &world.refresh("app", tokens[1].refresh(), &[]),
        400,
        "invalid_grant",
    );
    assert!(world.login_counts(&bob) && world.counts(&other.access));
    // She may log in again at once, and nothing old is listed.
    let again = logged_in(&world, "ann");
    assert!(world.login_counts(&again));
    let page = world.get(&again, SESSIONS);
    assert!(!page.body.contains("name=\"session\""), "{}", page.body);
}

#[test]
fn everywhere_includes_the_provider() {
    let site = Site::new();
    let (browser, id_token) = site.person(&json!({}));
    let answer = send_form(&site, &browser, SESSIONS, &[("all", "yes")]);
    assert!(answer.body.contains(&format!("{IDP}/logout")) && answer.body.contains(&id_token));
}

#[test]
fn a_form_that_is_not_this_browsers_own_ends_nothing() {
    let world = World::new();
    let (ann, elsewhere) = (logged_in(&world, "ann"), logged_in(&world, "ann"));
    let there = session(&world, &elsewhere);
    let token = hidden(&world.get(&ann, SESSIONS), "form_token");
    let logout = hidden(&world.get(&ann, LOGOUT), "form_token");
    for what in [("session", there.as_str()), ("all", "yes")] {
        for bad in ["", "x", &logout] {
            assert_page(
                &world.submit(&ann, SESSIONS, &[("form_token", bad), what]),
                403,
            );
        }
        let form = [("form_token", token.as_str()), what];
        assert_page(
            &world.submit_from(&ann, "https://evil.example", SESSIONS, &form),
            403,
        );
        assert_page(&world.submit(&elsewhere, SESSIONS, &form), 403);
    }
    assert!(world.login_counts(&ann) && world.login_counts(&elsewhere));
}

#[test]
fn a_store_that_fails_is_503_and_a_retry_ends_the_session() {
    let calls: [(&str, PickCall); 3] = [
        ("since", |calls| &calls.since),
        ("append", |calls| &calls.append),
        ("end", |calls| &calls.end),
    ];
    for (name, call) in calls {
        for fault in Fault::FAILING {
            for all in [true, false] {
                let world = World::new();
                let (ann, elsewhere) = (logged_in(&world, "ann"), logged_in(&world, "ann"));
                let there = session(&world, &elsewhere);
                let token = hidden(&world.get(&ann, SESSIONS), "form_token");
                let what = if all {
                    ("all", "yes")
                } else {
                    ("session", there.as_str())
                };
                let form = [("form_token", token.as_str()), what];
                call(&world.fakes.calls).set_fault(fault);
                assert_page(&world.submit(&ann, SESSIONS, &form), 503);
                call(&world.fakes.calls).set_fault(Fault::None);
                let answer = world.submit(&ann, SESSIONS, &form);
                assert!(
                    [200, 303].contains(&answer.status),
                    "{name} {fault:?}: {}",
                    answer.body
                );
                assert!(!world.login_counts(&elsewhere), "{name} {fault:?}");
            }
        }
    }
    let world = World::new();
    let ann = logged_in(&world, "ann");
    for call in [
        &world.fakes.calls.index_sessions,
        &world.fakes.calls.index_consents,
    ] {
        call.set_fault(Fault::Before);
        assert_page(&world.get(&ann, SESSIONS), 503);
        call.set_fault(Fault::None);
    }
}

#[test]
fn the_list_is_without_what_a_cutoff_of_the_client_has_ended_and_without_unredeemed_codes() {
    let world = World::new();
    let ann = logged_in(&world, "ann");
    world.code(&ann, "spa", &[]);
    let page = world.get(&ann, SESSIONS);
    assert!(
        !page.body.contains("The App</h2>"),
        "nobody has redeemed it"
    );
    let tokens = world.authorized(&ann, "app");
    let listed = id(&world, TokenKind::Access, &tokens.access);
    assert!(world.get(&ann, SESSIONS).body.contains(&listed));
    let ops = world.client_token("ops");
    let bearer = format!("Bearer {ops}");
    let headers = [("authorization", bearer.as_str())];
    let path = "/_postern/admin/sessions";
    let form = Some("client_id=app");
    let ended = block_on(world.answer(&world.resolver, "POST", path, &headers, form));
    assert_eq!(ended.status, 200);
    assert!(!world.get(&ann, SESSIONS).body.contains(&listed));
}

#[test]
fn a_code_that_is_refused_lists_nothing_and_can_still_be_redeemed() {
    let world = World::new();
    let ann = logged_in(&world, "ann");
    let code = world.code(&ann, "app", &[]);
    let wrong = [("redirect_uri", "https://app.example.com/cb?tenant=1")];
    assert_error(
        &world.redeem_with("app", &code, &wrong),
        400,
        "invalid_grant",
    );
    assert!(!world.get(&ann, SESSIONS).body.contains("The App</h2>"));
    assert_eq!(world.redeem("app", &code).status, 200);
    assert!(world.get(&ann, SESSIONS).body.contains("The App</h2>"));
}

#[test]
fn many_sessions_are_shown_page_by_page_and_the_page_says_so() {
    let world = World::new();
    let ann = logged_in(&world, "ann");
    for _ in 0..150 {
        world.fakes.advance(std::time::Duration::from_secs(1));
        world.logged_in("ann");
    }
    let count = |page: &Answer| page.body.matches("name=\"session\"").count();
    let first = world.get(&ann, SESSIONS);
    assert_eq!(count(&first), crate::person::PAGE);
    let (_, link) = first.body.split_once("/_postern/sessions?after=").unwrap();
    let after = link.split('"').next().unwrap();
    let second = world.get(&ann, &format!("{SESSIONS}?after={after}"));
    // This browser's own has a link to the logout instead of a button.
    assert_eq!(count(&second), 150 - crate::person::PAGE);
    assert!(second.body.contains("This browser") && !second.body.contains("?after="));
}

#[test]
fn what_was_agreed_to_can_be_taken_back_and_is_asked_for_again() {
    let world = World::new();
    let (ann, bob) = (logged_in(&world, "ann"), logged_in(&world, "bob"));
    let mine = [world.authorized(&ann, "app"), world.authorized(&ann, "app")];
    let code = world.code(&ann, "app", &[]);
    let others = [world.authorized(&ann, "spa"), world.authorized(&bob, "app")];
    let page = world.get(&ann, SESSIONS);
    for part in ["What you have allowed", "The App", "May use read write"] {
        assert!(page.body.contains(part), "{part}");
    }
    let page = send_form(&world, &ann, SESSIONS, &[("withdraw", "app")]);
    assert_page(&page, 200);
    assert!(page.body.contains("The access was taken back"));
    assert!(!page.body.contains("value=\"app\""), "{}", page.body);
    for tokens in &mine {
        assert!(!world.counts(&tokens.access));
        let refreshed = world.refresh("app", tokens.refresh(), &[]);
        assert_error(&refreshed, 400, "invalid_grant");
    }
    assert_error(&world.redeem("app", &code), 400, "invalid_grant");
    assert!(world.login_counts(&ann));
    for tokens in &others {
        assert!(world.counts(&tokens.access));
    }
    let asked = crate::fakes::world::authorize("app", &[]);
    assert_page(&world.get(&ann, &asked), 200);
    let again = world.authorized(&ann, "app");
    assert!(world.counts(&again.access));
    // What nobody agreed to, and what is not a client, changes nothing.
    for id in ["web", "nobody", "a b"] {
        send_form(&world, &ann, SESSIONS, &[("withdraw", id)]);
        assert!(world.counts(&again.access));
    }
}

#[test]
fn a_form_of_another_browser_takes_nothing_back() {
    let world = World::new();
    let ann = logged_in(&world, "ann");
    let tokens = world.authorized(&ann, "app");
    let token = hidden(&world.get(&ann, SESSIONS), "form_token");
    let form = [("form_token", token.as_str()), ("withdraw", "app")];
    let evil = world.submit_from(&ann, "https://evil.example", SESSIONS, &form);
    assert_page(&evil, 403);
    let none = [("form_token", ""), ("withdraw", "app")];
    assert_page(&world.submit(&ann, SESSIONS, &none), 403);
    assert!(world.counts(&tokens.access));
}

#[test]
fn taking_back_is_certain_or_503_and_can_be_tried_again() {
    let calls: [PickCall; 3] = [
        |calls| &calls.index_withdraw,
        |calls| &calls.end,
        |calls| &calls.append,
    ];
    for call in calls {
        for fault in Fault::FAILING {
            let world = World::new();
            let ann = logged_in(&world, "ann");
            let tokens = world.authorized(&ann, "app");
            let token = hidden(&world.get(&ann, SESSIONS), "form_token");
            let form = [("form_token", token.as_str()), ("withdraw", "app")];
            call(&world.fakes.calls).set_fault(fault);
            let answer = world.submit(&ann, SESSIONS, &form);
            call(&world.fakes.calls).set_fault(Fault::None);
            if answer.status == 503 {
                assert_page(&world.submit(&ann, SESSIONS, &form), 200);
            }
            assert!(!world.counts(&tokens.access), "{fault:?}");
        }
    }
}

#[test]
fn one_request_makes_a_few_store_calls_however_many_sessions_it_ends() {
    let world = World::new();
    let ann = logged_in(&world, "ann");
    for _ in 0..200 {
        world.logged_in("ann");
    }
    let token = hidden(&world.get(&ann, SESSIONS), "form_token");
    let form = encode(&[("form_token", &token), ("all", "yes")]);
    let cookies = ann.header();
    let headers = [("cookie", cookies.as_str()), ("origin", ISSUER)];
    let before = world.fakes.io() + world.fakes.calls.end.count();
    let asked = world.answer(&world.resolver, "POST", SESSIONS, &headers, Some(&form));
    // In a race alarms ring by themselves, and every call of theirs waits until the request is answered.
    world.fakes.calls.end.set_slow(true);
    let count = || world.fakes.io() + world.fakes.calls.end.count();
    let counted = async {
        let answer = asked.await;
        (answer, count())
    };
    let ((answer, after), ()) = world.fakes.race(counted, async {}, &[]);
    assert_eq!(answer.status, 200);
    assert!(after - before < 40, "{}", after - before);
    assert!(count() - before >= 200, "the index ends them");
}

#[test]
fn every_page_with_a_login_keeps_it_going_except_those_that_end_it() {
    for target in ["/_postern/sessions", "/_postern/logout"] {
        let world = World::new();
        let ann = world.logged_in("ann");
        let before = ann.ticket().unwrap();
        let half = world.config.session_idle / 2;
        world
            .fakes
            .advance(half.saturating_sub(Duration::from_secs(1)));
        assert_eq!(world.get(&ann, target).status, 200);
        assert_eq!(ann.ticket().as_deref(), Some(before.as_str()), "{target}");
        world.fakes.advance(Duration::from_secs(1));
        assert_eq!(world.get(&ann, target).status, 200);
        assert_ne!(ann.ticket().as_deref(), Some(before.as_str()), "{target}");
        // The old one stays good: another tab may send it.
        world
            .fakes
            .advance(half.saturating_sub(Duration::from_secs(1)));
        let other_tab = Browser::default();
        other_tab.set("__Host-postern-session", &before);
        assert!(world.login_counts(&other_tab) && world.login_counts(&ann));
        world.fakes.advance(Duration::from_secs(1));
        assert!(!world.login_counts(&other_tab) && world.login_counts(&ann));
    }
    let world = World::new();
    let ann = world.logged_in("ann");
    let minute = Duration::from_mins(1);
    let half = world.config.session_idle / 2;
    world.fakes.advance(half.saturating_sub(minute));
    let page = world.get(&ann, "/_postern/logout");
    let touched = world.fakes.calls.touch.count();
    world.fakes.advance(2 * minute);
    let token = hidden(&page, "form_token");
    let answer = world.submit(&ann, "/_postern/logout", &[("form_token", &token)]);
    assert_eq!(answer.status, 200);
    assert_eq!(ann.ticket(), None);
    assert_eq!(world.fakes.calls.touch.count(), touched);
}
