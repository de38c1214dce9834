//! RFC 6749 section 4.1.3, RFC 7636 section 4.6, RFC 8707 section 2.2.

use std::time::Duration;

use futures_executor::block_on;
use futures_util::future::join_all;

use crate::fakes::world::*;
use crate::fakes::{Fault, PickCall, START};
use crate::issue::ending::{announce, end_session};
use crate::oauth::tests::unavailable;
use crate::ports::Clock;
use crate::revocation::Target;
use crate::session::coordinator::{ANNOUNCING, RETRY};
use crate::token::{SessionId, TokenKind};

fn session_of(world: &World, kind: TokenKind, token: &str) -> SessionId {
    keys().open(kind, token, world.fakes.now()).unwrap().session
}

/// Ends everything of `ann` that was issued until now, in the log only.
fn cut_off(world: &World) {
    let target = Target::Subject {
        subject: "ann".to_owned(),
        not_before: START.plus(Duration::from_secs(1)),
    };
    let until = START.plus(world.config.longest_life());
    block_on(announce(&target, until, &isolate(), &world.fakes)).unwrap();
}

#[test]
fn a_success_says_what_was_given() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let code = world.code(&ann, "app", &[]);
    let answer = world.redeem("app", &code);
    let tokens = Tokens::of(&answer);
    // RFC 6749 section 5.1.
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    assert_eq!(json(&answer)["token_type"], "Bearer");
    assert_eq!(tokens.expires_in, 3600);
    assert_eq!(tokens.scope, "read write");
    assert!(tokens.refresh().starts_with("pst_rt_"));
    assert!(world.counts(&tokens.access));
    world.assert_unlogged(&[&code, &tokens.access, tokens.refresh()]);
    let dump = world.fakes.dump();
    for secret in [&code, &tokens.access, tokens.refresh()] {
        assert!(!dump.contains(&secret[7..]));
    }
    assert!(!dump.contains("ann"));
}

#[test]
fn only_a_client_with_the_grant_gets_a_refresh_token() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let tokens = world.authorized(&ann, "web");
    assert_eq!(tokens.refresh, None);
    assert!(world.counts(&tokens.access));
    assert!(world.authorized(&ann, "spa").refresh.is_some());
    // A client that has lost it since does not get one.
    let mut world = World::new();
    let code = world.code(&world.logged_in("ann"), "app", &[]);
    world.client_mut("app").grants.pop();
    assert_eq!(Tokens::of(&world.redeem("app", &code)).refresh, None);
}

#[test]
fn a_public_client_needs_no_secret_and_a_confidential_one_does() {
    // RFC 6749 sections 3.2.1 and 4.1.3.
    let world = World::new();
    let ann = world.logged_in("ann");
    assert!(world.counts(&world.authorized(&ann, "spa").access));
    let code = world.code(&ann, "app", &[]);
    let mut form = redemption("app", &code, &[]);
    form.push(("client_id", "app"));
    let form = crate::protocol::web_url::encode(&form);
    let answer = world.answer(&world.resolver, "POST", "/oauth/token", &[], Some(&form));
    assert_error(&block_on(answer), 401, "invalid_client");
    Tokens::of(&world.redeem("app", &code));
}

#[test]
fn what_is_missing_or_malformed_is_said_and_costs_nothing() {
    let world = World::new();
    let code = world.code(&world.logged_in("ann"), "app", &[]);
    let asked = world.fakes.calls.present.count();
    for change in [
        ("code", ""),
        ("redirect_uri", ""),
        // RFC 7636 section 4.5.
        ("code_verifier", ""),
        ("code_verifier", "short"),
        ("code_verifier", &"a".repeat(129)),
        ("code_verifier", &" ".repeat(43)),
    ] {
        assert_error(
            &world.redeem_with("app", &code, &[change]),
            400,
            "invalid_request",
        );
    }
    assert_eq!(world.fakes.calls.present.count(), asked);
    Tokens::of(&world.redeem("app", &code));
}

#[test]
fn a_wrong_verifier_redirect_uri_or_client_does_not_use_the_code_up() {
    let world = World::new();
    let code = world.code(&world.logged_in("ann"), "app", &[]);
    let other = "b".repeat(43);
    assert_error(
        &world.redeem_with("app", &code, &[("code_verifier", &other)]),
        400,
        "invalid_grant",
    );
    let uri = [("redirect_uri", "https://app.example.com/cb?tenant=1")];
    assert_error(&world.redeem_with("app", &code, &uri), 400, "invalid_grant");
    for client in ["spa", "web"] {
        assert_error(&world.redeem(client, &code), 400, "invalid_grant");
    }
    assert!(world.counts(&Tokens::of(&world.redeem("app", &code)).access));
}

#[test]
fn anything_that_is_not_a_code_is_refused() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let code = world.code(&ann, "app", &[]);
    let mut forged = code.clone();
    forged.replace_range(40..41, if &forged[40..41] == "A" { "B" } else { "A" });
    let tokens = world.authorized(&ann, "app");
    let ticket = ann.ticket().unwrap();
    let asked = world.fakes.calls.present.count();
    for bad in [
        "x",
        &forged,
        &tokens.access,
        tokens.refresh(),
        &ticket,
        &code[..90],
    ] {
        assert_error(&world.redeem("app", bad), 400, "invalid_grant");
    }
    assert_error(&world.refresh("app", &code, &[]), 400, "invalid_grant");
    assert_eq!(world.fakes.calls.present.count(), asked);
}

#[test]
fn scope_and_resource_are_narrowed_and_never_widened() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let code = |change: &[(&str, &str)]| world.code(&ann, "app", change);
    let tokens = Tokens::of(&world.redeem_with("app", &code(&[]), &[("scope", "read")]));
    assert_eq!(tokens.scope, "read");
    // RFC 8707 section 2.2.
    let answer = world.redeem_with("app", &code(&[]), &[("resource", USERS)]);
    let described = json(&world.api(
        "/oauth/introspect",
        "gateway",
        &[("token", &Tokens::of(&answer).access)],
    ));
    assert_eq!(described["aud"], USERS);
    let narrow = code(&[("scope", "read"), ("resource", USERS)]);
    for (beyond, error) in [
        (("scope", "read write"), "invalid_scope"),
        (("scope", "admin"), "invalid_scope"),
        (("scope", "  "), "invalid_scope"),
        (("scope", "read\t"), "invalid_scope"),
        (("resource", ORDERS), "invalid_target"),
        (("resource", "orders"), "invalid_target"),
    ] {
        assert_error(&world.redeem_with("app", &narrow, &[beyond]), 400, error);
    }
    // None of that used it up.
    assert_eq!(Tokens::of(&world.redeem("app", &narrow)).scope, "read");
}

#[test]
fn a_configuration_that_was_narrowed_since_counts() {
    let mut world = World::new();
    let ann = world.logged_in("ann");
    let codes = [(); 4].map(|()| world.code(&ann, "app", &[]));
    world.client_mut("app").scope = "write other".parse().unwrap();
    assert_eq!(Tokens::of(&world.redeem("app", &codes[0])).scope, "write");
    world.client_mut("app").audiences = vec![USERS.parse().unwrap()];
    let tokens = Tokens::of(&world.redeem("app", &codes[1]));
    let described = json(&world.api("/oauth/introspect", "gateway", &[("token", &tokens.access)]));
    assert_eq!(described["aud"], USERS);
    // A token for no audience would be good for more.
    world.client_mut("app").audiences = vec!["urn:other".parse().unwrap()];
    assert_error(&world.redeem("app", &codes[2]), 400, "invalid_target");
    world.client_mut("app").audiences.clear();
    assert_error(&world.redeem("app", &codes[2]), 400, "invalid_target");
    world.client_mut("app").grants.clear();
    assert_error(&world.redeem("app", &codes[3]), 400, "unauthorized_client");
}

#[test]
fn a_client_that_was_bound_to_audiences_since_gets_no_token_for_all() {
    let mut world = World::new();
    world.client_mut("app").audiences.clear();
    let code = world.code(&world.logged_in("ann"), "app", &[]);
    world.client_mut("app").audiences = vec![USERS.parse().unwrap()];
    let tokens = Tokens::of(&world.redeem("app", &code));
    let described = json(&world.api("/oauth/introspect", "gateway", &[("token", &tokens.access)]));
    assert_eq!(described["aud"], USERS);
}

#[test]
fn a_code_is_dead_from_the_second_in_which_it_expires() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let codes = [(); 2].map(|()| world.code(&ann, "app", &[]));
    world
        .fakes
        .set_now(START.plus(Duration::from_millis(59_999)));
    Tokens::of(&world.redeem("app", &codes[0]));
    world.fakes.set_now(START.plus(Duration::from_mins(1)));
    assert_error(&world.redeem("app", &codes[1]), 400, "invalid_grant");
}

#[test]
fn a_code_that_is_used_twice_takes_back_what_it_gave() {
    // RFC 6749 section 4.1.2.
    for client in ["app", "spa", "web"] {
        let world = World::new();
        let ann = world.logged_in("ann");
        let code = world.code(&ann, client, &[]);
        let tokens = Tokens::of(&world.redeem(client, &code));
        let other = world.authorized(&ann, client);
        assert!(world.counts(&tokens.access));
        assert_error(&world.redeem(client, &code), 400, "invalid_grant");
        assert!(!world.counts(&tokens.access));
        if let Some(refresh) = &tokens.refresh {
            assert_error(&world.refresh(client, refresh, &[]), 400, "invalid_grant");
        }
        // The login, and what it gave otherwise, are none the worse.
        assert!(world.login_counts(&ann) && world.counts(&other.access));
        assert!(
            world
                .fakes
                .events()
                .iter()
                .any(|e| e.contains("\"reason\":\"reuse\""))
        );
    }
}

#[test]
fn another_client_that_has_a_code_takes_nothing_back() {
    let world = World::new();
    let code = world.code(&world.logged_in("ann"), "app", &[]);
    let tokens = Tokens::of(&world.redeem("app", &code));
    assert_error(&world.redeem("spa", &code), 400, "invalid_grant");
    assert!(world.counts(&tokens.access));
}

#[test]
fn a_second_use_reaches_the_log_however_often_that_failed() {
    for fault in Fault::FAILING {
        let world = World::new();
        let code = world.code(&world.logged_in("ann"), "app", &[]);
        let tokens = Tokens::of(&world.redeem("app", &code));
        world.fakes.calls.append.set_fault(fault);
        for _ in 0..2 {
            assert_eq!(world.redeem("app", &code), unavailable());
        }
        world.fakes.calls.append.set_fault(Fault::None);
        assert_error(&world.redeem("app", &code), 400, "invalid_grant");
        assert!(!world.counts(&tokens.access));
        // And if nobody came again, the alarm tells it.
        let world = World::new();
        let code = world.code(&world.logged_in("ann"), "app", &[]);
        let tokens = Tokens::of(&world.redeem("app", &code));
        world.fakes.calls.append.set_fault(fault);
        assert_eq!(world.redeem("app", &code), unavailable());
        world.fakes.calls.append.set_fault(Fault::None);
        world.fakes.advance(RETRY);
        block_on(world.fakes.run_alarms());
        assert!(!world.counts(&tokens.access));
        assert_error(&world.redeem("app", &code), 400, "invalid_grant");
    }
}

#[test]
fn of_many_redemptions_at_once_one_succeeds_and_its_tokens_are_taken_back() {
    for delays in [[0, 0, 0], [3, 0, 0], [0, 2, 1], [1, 1, 1]] {
        let world = World::new();
        let code = world.code(&world.logged_in("ann"), "app", &[]);
        let calls = &world.fakes.calls;
        calls.present.set_delay(delays[0]);
        calls.record_write.set_delay(delays[1]);
        calls.redeem.set_delay(delays[2]);
        let form = redemption("app", &code, &[]);
        let redeem = || world.api_future(&world.resolver, "/oauth/token", "app", &form);
        let answers = block_on(join_all((0..20).map(|_| redeem())));
        let given: Vec<Tokens> = answers
            .iter()
            .filter(|a| a.status == 200)
            .map(Tokens::of)
            .collect();
        assert_eq!(given.len(), 1);
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            assert_error(refused, 400, "invalid_grant");
        }
        assert!(!world.counts(&given[0].access));
        assert_error(
            &world.refresh("app", given[0].refresh(), &[]),
            400,
            "invalid_grant",
        );
    }
}

#[test]
fn an_outage_is_never_invalid_grant_and_gives_no_token_that_is_not_recorded() {
    let calls: [(&str, PickCall); 4] = [
        ("present", |calls| &calls.present),
        ("redeem", |calls| &calls.redeem),
        ("record_write", |calls| &calls.record_write),
        ("since", |calls| &calls.since),
    ];
    for (name, call) in calls {
        for fault in Fault::FAILING {
            let world = World::new();
            let code = world.code(&world.logged_in("ann"), "app", &[]);
            call(&world.fakes.calls).set_fault(fault);
            assert_eq!(world.redeem("app", &code), unavailable(), "{name}");
            assert_eq!(world.last_event()["event"], "dependency_unavailable");
            call(&world.fakes.calls).set_fault(Fault::None);
            let again = world.redeem("app", &code);
            if name == "redeem" && fault == Fault::After {
                // It was taken, and nobody knows who has what it gave: it counts as used twice.
                assert_error(&again, 400, "invalid_grant");
                continue;
            }
            let tokens = Tokens::of(&again);
            assert!(world.counts(&tokens.access), "{name}");
            Tokens::of(&world.refresh("app", tokens.refresh(), &[]));
        }
    }
}

#[test]
fn a_code_of_a_login_that_was_ended_is_worth_nothing() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let code = world.code(&ann, "app", &[]);
    let tokens = world.authorized(&ann, "app");
    let login = session_of(&world, TokenKind::Ticket, &ann.ticket().unwrap());
    // The log knows it; the sessions that came from it do not know it yet.
    world.fakes.calls.end.set_fault(Fault::Before);
    let until = START.plus(world.config.longest_life());
    let target = Target::Session(login);
    block_on(announce(&target, until, &isolate(), &world.fakes)).unwrap();
    assert_error(&world.redeem("app", &code), 400, "invalid_grant");
    assert_error(
        &world.refresh("app", tokens.refresh(), &[]),
        400,
        "invalid_grant",
    );
    assert!(!world.counts(&tokens.access));
}

#[test]
fn a_cutoff_of_the_subject_ends_codes_and_refresh_tokens() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let code = world.code(&ann, "app", &[]);
    let tokens = world.authorized(&ann, "app");
    cut_off(&world);
    for _ in 0..2 {
        assert_error(&world.redeem("app", &code), 400, "invalid_grant");
        assert_error(
            &world.refresh("app", tokens.refresh(), &[]),
            400,
            "invalid_grant",
        );
        world.fakes.advance(Duration::from_secs(5));
    }
    // Logging in afterwards works.
    let again = world.authorized(&world.logged_in("ann"), "app");
    assert!(world.counts(&again.access));
    Tokens::of(&world.refresh("app", again.refresh(), &[]));
}

#[test]
fn the_end_of_a_login_reaches_what_came_from_it() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let code = world.code(&ann, "app", &[]);
    let tokens = world.authorized(&ann, "app");
    let login = session_of(&world, TokenKind::Ticket, &ann.ticket().unwrap());
    let child = session_of(&world, TokenKind::Access, &tokens.access);
    block_on(end_session(login, None, &world.resolver, &world.fakes)).unwrap();
    world.fakes.advance(ANNOUNCING);
    assert!(!world.counts(&tokens.access));
    assert_error(&world.redeem("app", &code), 400, "invalid_grant");
    // Its coordinator has nothing left to do.
    assert_eq!(
        world.fakes.state(child),
        crate::session::coordinator::State::default()
    );
    assert_eq!(world.fakes.live_records(), [""; 0]);
}
