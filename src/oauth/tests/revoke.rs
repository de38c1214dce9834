//! RFC 7009.

use super::*;
use crate::fakes::{Fault, PickCall, Staleness};
use crate::session::coordinator::{RETRY, State};
use crate::token::TokenKind;

#[track_caller]
fn assert_revoked(answer: &Answer) {
    assert_eq!((answer.status, &*answer.body), (200, ""));
    let empty = Answer::new(200).with("cache-control", "no-store");
    assert_eq!(answer.headers, Endpoint::Revoke.readable(empty).headers);
}

#[test]
fn a_revoked_token_counts_nowhere_from_then_on() {
    let world = world();
    let (token, sibling) = (world.token("reports"), world.token("reports"));
    assert!(world.counts_elsewhere(&token));
    world.introspect("gateway", &token);
    assert_revoked(&world.revoke("reports", &token));
    assert!(!world.counts_elsewhere(&token));
    assert_eq!(json(&world.introspect("gateway", &token))["active"], false);
    assert!(world.counts_elsewhere(&sibling));
    let event = &world.fakes.events()[2];
    assert!(event.contains(r#""event":"token_revoked","client_id":"reports""#));
    assert!(!event.contains(&token[7..]));
    assert_eq!(world.fakes.live_records().len(), 1);
}

#[test]
fn this_isolate_knows_at_once_without_asking() {
    let mut world = world();
    world.config.clients[3].introspect_max_staleness = Duration::from_mins(1);
    let token = world.token("reports");
    assert_eq!(json(&world.introspect("gateway", &token))["active"], true);
    world.revoke("reports", &token);
    let asked = world.fakes.calls.since.count();
    assert_eq!(json(&world.introspect("gateway", &token))["active"], false);
    assert_eq!(world.fakes.calls.since.count(), asked);
}

#[test]
fn what_the_record_store_still_shows_does_not_matter() {
    let world = world();
    let token = world.token("reports");
    world.revoke("reports", &token);
    world.fakes.set_staleness(Staleness::KeepsDeleted);
    assert!(!world.counts_elsewhere(&token));
}

#[test]
fn an_unknown_token_is_revoked_already() {
    let world = world();
    let good = world.token("reports");
    let mut forged = good.clone();
    forged.replace_range(40..41, if &forged[40..41] == "A" { "B" } else { "A" });
    let io = world.fakes.io();
    for unknown in ["x", &forged, &good.replace("_at_", "_rt_"), "%00"] {
        assert_revoked(&world.revoke("reports", unknown));
    }
    assert_eq!(world.fakes.io(), io);
    // Sealed with our key, and never issued.
    let stolen_key = keys().seal(
        TokenKind::Access,
        &keys()
            .open(TokenKind::Access, &good, crate::fakes::START)
            .unwrap(),
        [8; 24],
    );
    assert_eq!(world.fakes.log_entries(), []);
    assert_revoked(&world.revoke("reports", stolen_key.expose()));
    // It is genuine, so the log has it: at most until it expires.
    assert_eq!(world.fakes.log_entries().len(), 1);
    world.fakes.advance(Duration::from_hours(1));
    let io = world.fakes.io();
    assert_revoked(&world.revoke("reports", &good));
    assert_eq!(world.fakes.io(), io);
}

#[test]
fn a_token_of_another_issuer_is_not_said_to_be_revoked() {
    let mut world = world();
    world.config.issuers = vec![crate::fixtures::issuer("idp", "https://id.example.com")];
    for token in ["eyJh.e30.AA", "opaque", "pst_"] {
        let answer = world.revoke("reports", token);
        assert_error(&answer, 400, "unsupported_token_type");
    }
    assert_eq!(world.fakes.io(), 0);
    // What is ours by its form is, also if it never existed.
    assert_revoked(&world.revoke("reports", "pst_at_x"));
    let token = world.token("reports");
    assert_revoked(&world.revoke("reports", &token));
}

#[test]
fn a_token_of_another_client_stays_good() {
    let world = world();
    let token = world.token("reports");
    for client in ["other", "gateway"] {
        assert_error(&world.revoke(client, &token), 400, "unauthorized_client");
        assert_eq!(
            world.last_event()["reason"],
            format!("client {client} presented a token of another client")
        );
    }
    assert!(world.counts_elsewhere(&token));
    assert_eq!(world.fakes.log_entries(), []);
    assert_revoked(&world.revoke("reports", &token));
}

#[test]
fn the_request_must_be_whole() {
    let world = world();
    let token = world.token("reports");
    for form in ["", "token=", "token_type_hint=access_token"] {
        let answer = world.post(Endpoint::Revoke, "reports", form);
        assert_error(&answer, 400, "invalid_request");
    }
    let form = format!("token={token}");
    let anonymous = world.send(form_request("/oauth/revoke", None, &form));
    assert_error(&anonymous, 401, "invalid_client");
    assert!(world.counts_elsewhere(&token));
}

#[test]
fn a_hint_changes_nothing() {
    for hint in ["access_token", "refresh_token", "nonsense", ""] {
        let world = world();
        let token = world.token("reports");
        let form = format!("token={token}&token_type_hint={hint}");
        assert_revoked(&world.post(Endpoint::Revoke, "reports", &form));
        assert!(!world.counts_elsewhere(&token), "{hint}");
    }
}

#[test]
fn after_any_failure_a_retry_finishes() {
    let steps: [(PickCall, &str); 3] = [
        (|calls| &calls.find, "session coordinator"),
        (|calls| &calls.append, "revocation log"),
        (|calls| &calls.forget, "session coordinator"),
    ];
    for (at, (step, dependency)) in steps.into_iter().enumerate() {
        for fault in Fault::FAILING {
            let world = world();
            let token = world.token("reports");
            step(&world.fakes.calls).set_fault(fault);
            for _ in 0..2 {
                let answer = world.revoke("reports", &token);
                let deleted = at == 2 && fault == Fault::After;
                if deleted && answer.status == 200 {
                    // The first try did everything but hear of it.
                    break;
                }
                assert_eq!(answer, unavailable());
                assert_error(&answer, 503, "temporarily_unavailable");
                assert_eq!(world.last_event()["event"], "dependency_unavailable");
                assert_eq!(world.last_event()["dependency"], dependency);
            }
            // What is in the log holds, whatever the client was told.
            let logged = !world.fakes.log_entries().is_empty();
            assert_eq!(logged, at == 2 || (at == 1 && fault == Fault::After));
            assert_eq!(world.counts_elsewhere(&token), !logged);
            step(&world.fakes.calls).set_fault(Fault::None);
            assert_revoked(&world.revoke("reports", &token));
            assert!(!world.counts_elsewhere(&token));
            assert_eq!(world.fakes.live_records(), [""; 0]);
        }
    }
}

#[test]
fn a_failed_forget_is_known_here_all_the_same() {
    let mut world = world();
    world.config.clients[3].introspect_max_staleness = Duration::from_mins(1);
    let token = world.token("reports");
    assert_eq!(json(&world.introspect("gateway", &token))["active"], true);
    world.fakes.calls.forget.set_fault(Fault::Before);
    assert_eq!(world.revoke("reports", &token), unavailable());
    assert_eq!(json(&world.introspect("gateway", &token))["active"], false);
}

#[test]
fn a_record_that_cannot_be_deleted_does_not_hinder_anyone() {
    let world = world();
    let token = world.token("reports");
    let session = keys()
        .open(TokenKind::Access, &token, crate::fakes::START)
        .unwrap()
        .session;
    world.fakes.calls.record_delete.set_fault(Fault::Before);
    assert_revoked(&world.revoke("reports", &token));
    assert!(!world.counts_elsewhere(&token));
    // Revoking it again is not an error and reaches the log again.
    assert_revoked(&world.revoke("reports", &token));
    assert_eq!(world.fakes.live_records().len(), 1);
    world.fakes.calls.record_delete.set_fault(Fault::None);
    world.fakes.advance(RETRY);
    block_on(world.fakes.run_alarms());
    assert_eq!(world.fakes.live_records(), [""; 0]);
    assert_eq!(world.fakes.state(session), State::default());
    assert_revoked(&world.revoke("reports", &token));
}

#[test]
fn a_genuine_token_is_revoked_whatever_its_coordinator_remembers() {
    let world = world();
    let token = world.token("reports");
    let pointer = keys()
        .open(TokenKind::Access, &token, crate::fakes::START)
        .unwrap();
    world.fakes.lose_coordinator(pointer.session);
    // The record is still there.
    assert!(world.counts_elsewhere(&token));
    for _ in 0..2 {
        assert_revoked(&world.revoke("reports", &token));
        assert!(!world.counts_elsewhere(&token));
        let [entry] = world.fakes.log_entries()[..] else {
            panic!("{:?}", world.fakes.log_entries());
        };
        assert_eq!(entry.keep_until(), pointer.expires_at);
    }
    // Nothing is kept at a coordinator that knew nothing.
    assert_eq!(world.fakes.state(pointer.session), State::default());
    for fault in Fault::FAILING {
        world.fakes.calls.append.set_fault(fault);
        assert_eq!(world.revoke("reports", &token), unavailable());
    }
}

#[test]
fn revoked_at_once_from_two_sides() {
    for delays in [[0, 0], [1, 0], [0, 2]] {
        let world = world();
        let token = world.token("reports");
        let [find, append] = delays;
        world.fakes.calls.find.set_delay(find);
        world.fakes.calls.append.set_delay(append);
        let header = basic("reports");
        let form = format!("token={token}");
        let there = isolate();
        let one = |resolver| {
            let request = form_request("/oauth/revoke", Some(&header), &form);
            answer(
                Endpoint::Revoke,
                request,
                &world.config,
                resolver,
                &world.fakes,
            )
        };
        let both = futures_util::future::join(one(&world.resolver), one(&there));
        let (here, there) = block_on(both);
        assert_revoked(&here);
        assert_revoked(&there);
        assert!(!world.counts_elsewhere(&token));
    }
}

mod refresh_tokens {
    //! RFC 7009 section 2.1: a refresh token's access tokens go with it.

    use super::super::refresh_token::authorized;
    use crate::fakes::world::*;
    use crate::fakes::{Fault, PickCall};
    use crate::oauth::tests::unavailable;
    use crate::protocol::Answer;

    const PATH: &str = "/oauth/revoke";

    fn revoke(world: &World, client: &str, token: &str, hint: &str) -> Answer {
        world.api(PATH, client, &[("token", token), ("token_type_hint", hint)])
    }

    #[test]
    fn a_revoked_refresh_token_ends_its_session_and_nothing_else() {
        for hint in ["refresh_token", "access_token", "nonsense", ""] {
            let world = World::new();
            let ann = world.logged_in("ann");
            let (tokens, other) = (world.authorized(&ann, "app"), world.authorized(&ann, "app"));
            let newer = Tokens::of(&world.refresh("app", tokens.refresh(), &[]));
            super::assert_revoked(&revoke(&world, "app", newer.refresh(), hint));
            for tokens in [&tokens, &newer] {
                assert!(!world.counts(&tokens.access));
                let answer = world.refresh("app", tokens.refresh(), &[]);
                assert_error(&answer, 400, "invalid_grant");
            }
            assert!(world.login_counts(&ann) && world.counts(&other.access));
            assert_eq!(world.last_event()["event"], "request_refused");
            assert!(
                world
                    .fakes
                    .events()
                    .iter()
                    .any(|e| e.contains("\"reason\":\"revoked\""))
            );
            world.assert_unlogged(&[&newer.access, newer.refresh()]);
            // Doing it again is not an error (section 2.2).
            super::assert_revoked(&revoke(&world, "app", newer.refresh(), hint));
        }
    }

    #[test]
    fn one_within_its_grace_ends_it_too() {
        let (world, first) = authorized();
        let second = Tokens::of(&world.refresh("app", first.refresh(), &[]));
        super::assert_revoked(&revoke(&world, "app", first.refresh(), ""));
        assert!(!world.counts(&second.access));
    }

    #[test]
    fn one_that_was_used_long_ago_ends_its_session_if_its_client_revokes_it() {
        let (world, first) = authorized();
        let second = Tokens::of(&world.refresh("app", first.refresh(), &[]));
        let third = Tokens::of(&world.refresh("app", second.refresh(), &[]));
        // The client may have lost every answer since.
        super::assert_revoked(&revoke(&world, "spa", first.refresh(), ""));
        assert!(world.counts(&third.access), "it is another client's");
        super::assert_revoked(&revoke(&world, "app", first.refresh(), ""));
        assert!(!world.counts(&third.access));
        let answer = world.refresh("app", third.refresh(), &[]);
        assert_error(&answer, 400, "invalid_grant");
        super::assert_revoked(&revoke(&world, "app", first.refresh(), ""));
    }

    #[test]
    fn a_public_client_revokes_its_own() {
        let world = World::new();
        let tokens = world.authorized(&world.logged_in("ann"), "spa");
        super::assert_revoked(&revoke(&world, "spa", tokens.refresh(), ""));
        assert!(!world.counts(&tokens.access));
    }

    #[test]
    fn another_client_is_refused() {
        let (world, tokens) = authorized();
        for client in ["spa", "web", "gateway"] {
            let answer = revoke(&world, client, tokens.refresh(), "");
            assert_error(&answer, 400, "unauthorized_client");
        }
        assert!(world.counts(&tokens.access));
        Tokens::of(&world.refresh("app", tokens.refresh(), &[]));
    }

    #[test]
    fn codes_and_tickets_cannot_be_revoked() {
        let world = World::new();
        let ann = world.logged_in("ann");
        let code = world.code(&ann, "app", &[]);
        for token in [&code, &ann.ticket().unwrap()] {
            super::assert_revoked(&revoke(&world, "app", token, ""));
        }
        assert!(world.login_counts(&ann));
        Tokens::of(&world.redeem("app", &code));
    }

    #[test]
    fn a_store_that_fails_is_503_and_a_retry_does_what_is_left() {
        let calls: [(&str, PickCall); 3] = [
            ("find", |calls| &calls.find),
            ("end", |calls| &calls.end),
            ("append", |calls| &calls.append),
        ];
        for (name, call) in calls {
            for fault in Fault::FAILING {
                let (world, tokens) = authorized();
                // An isolate that knows the access token, and asks the log about it.
                let elsewhere = isolate();
                let counts_there = || {
                    let form = [("token", tokens.access.as_str())];
                    let answer = world.api_in(&elsewhere, "/oauth/introspect", "gateway", &form);
                    json(&answer)["active"] == true
                };
                assert!(counts_there());
                call(&world.fakes.calls).set_fault(fault);
                let answer = revoke(&world, "app", tokens.refresh(), "");
                assert_eq!(answer, unavailable(), "{name} {fault:?}");
                call(&world.fakes.calls).set_fault(Fault::None);
                super::assert_revoked(&revoke(&world, "app", tokens.refresh(), ""));
                assert!(!world.counts(&tokens.access), "{name} {fault:?}");
                assert!(!counts_there(), "{name} {fault:?}");
            }
        }
    }
}
