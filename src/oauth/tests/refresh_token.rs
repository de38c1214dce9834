//! RFC 6749 section 6, RFC 9700 section 4.14.2.

use std::time::Duration;

use futures_executor::block_on;
use futures_util::future::join_all;

use crate::fakes::world::*;
use crate::fakes::{Fault, PickCall, START};
use crate::oauth::tests::unavailable;
use crate::resolve::Resolver;
use crate::token::KeyRing;

/// The default of `refresh_grace`.
const REFRESH_GRACE: Duration = Duration::from_secs(30);

/// `app` with what it was authorized to by `ann`.
pub(super) fn authorized() -> (World, Tokens) {
    let world = World::new();
    let tokens = world.authorized(&world.logged_in("ann"), "app");
    (world, tokens)
}

#[track_caller]
fn refreshed(world: &World, tokens: &Tokens) -> Tokens {
    Tokens::of(&world.refresh("app", tokens.refresh(), &[]))
}

#[track_caller]
fn assert_over(world: &World, tokens: &[&Tokens]) {
    for tokens in tokens {
        assert!(!world.counts(&tokens.access));
        assert_error(
            &world.refresh("app", tokens.refresh(), &[]),
            400,
            "invalid_grant",
        );
    }
}

/// Uses the token of `used` once more, which ends all of them.
#[track_caller]
fn assert_reused(world: &World, used: &Tokens, tokens: &[&Tokens]) {
    let answer = world.refresh("app", used.refresh(), &[]);
    assert_error(&answer, 400, "invalid_grant");
    assert_over(world, tokens);
}

#[test]
fn each_use_gives_a_new_access_token_and_a_new_refresh_token() {
    let (world, first) = authorized();
    let second = refreshed(&world, &first);
    let third = refreshed(&world, &second);
    assert_ne!(first.refresh, second.refresh);
    assert_ne!(second.refresh, third.refresh);
    for tokens in [&first, &second, &third] {
        assert!(world.counts(&tokens.access));
        assert_eq!(tokens.scope, "read write");
        world.assert_unlogged(&[&tokens.access, tokens.refresh()]);
        assert!(!world.fakes.dump().contains(&tokens.refresh()[7..]));
    }
}

#[test]
fn a_missing_or_malformed_refresh_token_is_refused() {
    let (world, tokens) = authorized();
    assert_error(&world.refresh("app", "", &[]), 400, "invalid_request");
    let mut forged = tokens.refresh().to_owned();
    forged.replace_range(40..41, if &forged[40..41] == "A" { "B" } else { "A" });
    for bad in [
        "x",
        &tokens.access,
        &forged,
        &tokens.access.replace("_at_", "_rt_"),
    ] {
        assert_error(&world.refresh("app", bad, &[]), 400, "invalid_grant");
    }
    assert_error(
        &world.refresh("web", tokens.refresh(), &[]),
        400,
        "unauthorized_client",
    );
    refreshed(&world, &tokens);
}

#[test]
fn everyone_who_uses_it_at_once_gets_the_same_successor() {
    for delays in [[0, 0, 0], [2, 0, 0], [0, 3, 0], [0, 0, 2], [1, 2, 3]] {
        let (world, first) = authorized();
        let calls = &world.fakes.calls;
        calls.present.set_delay(delays[0]);
        calls.record_write.set_delay(delays[1]);
        calls.refresh.set_delay(delays[2]);
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", first.refresh()),
        ];
        let elsewhere = isolate();
        let one = |at: usize| {
            let resolver = if at.is_multiple_of(2) {
                &world.resolver
            } else {
                &elsewhere
            };
            world.api_future(resolver, "/oauth/token", "app", &form)
        };
        let answers = block_on(join_all((0..50_usize).map(one)));
        let given: Vec<Tokens> = answers.iter().map(Tokens::of).collect();
        let mut accesses: Vec<&str> = given.iter().map(|t| t.access.as_str()).collect();
        assert!(
            given
                .iter()
                .all(|tokens| tokens.refresh == given[0].refresh)
        );
        accesses.sort_unstable();
        accesses.dedup();
        assert_eq!(accesses.len(), 50);
        assert!(accesses.iter().all(|access| world.counts(access)));
        refreshed(&world, &given[7]);
    }
}

#[test]
fn uses_at_once_that_see_different_times_get_the_same_successor() {
    let (world, first) = authorized();
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", first.refresh()),
    ];
    world.fakes.calls.refresh.set_delay(1);
    let early = world.api_future(&world.resolver, "/oauth/token", "app", &form);
    let late = async {
        world.fakes.advance(Duration::from_secs(3));
        world
            .api_future(&world.resolver, "/oauth/token", "app", &form)
            .await
    };
    let (early, late) = block_on(futures_util::future::join(early, late));
    assert_eq!(Tokens::of(&early).refresh, Tokens::of(&late).refresh);
    refreshed(&world, &Tokens::of(&late));
}

#[test]
fn a_narrower_scope_is_only_for_the_access_token() {
    // RFC 6749 section 6: the refresh token's scope is the one that was granted.
    let (world, first) = authorized();
    let narrow = Tokens::of(&world.refresh("app", first.refresh(), &[("scope", "read")]));
    assert_eq!(narrow.scope, "read");
    let wide = refreshed(&world, &narrow);
    assert_eq!(wide.scope, "read write");
    // Nothing beyond the original, and a refusal uses nothing up.
    let code = world.code(&world.logged_in("ann"), "app", &[("scope", "read")]);
    let tokens = Tokens::of(&world.redeem("app", &code));
    for beyond in ["read write", "write", "admin", "read  write"] {
        let answer = world.refresh("app", tokens.refresh(), &[("scope", beyond)]);
        assert_error(&answer, 400, "invalid_scope");
    }
    assert_eq!(refreshed(&world, &tokens).scope, "read");
}

#[test]
fn a_resource_is_one_of_those_that_were_granted() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let code = world.code(&ann, "app", &[]);
    let tokens = Tokens::of(&world.redeem_with("app", &code, &[("resource", USERS)]));
    let aud = |tokens: &Tokens| {
        json(&world.api("/oauth/introspect", "gateway", &[("token", &tokens.access)]))["aud"]
            .clone()
    };
    // RFC 8707 section 2.2: another token for another resource of the same grant.
    let orders = Tokens::of(&world.refresh("app", tokens.refresh(), &[("resource", ORDERS)]));
    assert_eq!([aud(&tokens), aud(&orders)], [USERS, ORDERS]);
    let code = world.code(&ann, "app", &[("resource", USERS)]);
    let tokens = Tokens::of(&world.redeem("app", &code));
    let answer = world.refresh("app", tokens.refresh(), &[("resource", ORDERS)]);
    assert_error(&answer, 400, "invalid_target");
}

#[test]
fn a_configuration_that_was_narrowed_since_counts() {
    let (mut world, tokens) = authorized();
    world.client_mut("app").scope = "write".parse().unwrap();
    let tokens = refreshed(&world, &tokens);
    assert_eq!(tokens.scope, "write");
    world.client_mut("app").audiences = vec!["urn:other".parse().unwrap()];
    assert_error(
        &world.refresh("app", tokens.refresh(), &[]),
        400,
        "invalid_target",
    );
    world.client_mut("app").grants.pop();
    assert_error(
        &world.refresh("app", tokens.refresh(), &[]),
        400,
        "unauthorized_client",
    );
}

#[test]
fn the_one_before_counts_for_a_moment_and_then_ends_the_session() {
    let (world, first) = authorized();
    let second = refreshed(&world, &first);
    world
        .fakes
        .advance(REFRESH_GRACE.saturating_sub(Duration::from_millis(1)));
    let again = refreshed(&world, &first);
    assert_eq!(again.refresh, second.refresh);
    world.fakes.advance(Duration::from_millis(1));
    assert_error(
        &world.refresh("app", first.refresh(), &[]),
        400,
        "invalid_grant",
    );
    assert_over(&world, &[&first, &second, &again]);
    assert!(
        world
            .fakes
            .events()
            .iter()
            .any(|e| e.contains("\"reason\":\"reuse\""))
    );
}

#[test]
fn the_grace_is_the_clients_own() {
    for seconds in [1, 30, 60] {
        let mut world = World::new();
        let grace = Duration::from_secs(seconds);
        world.client_mut("app").refresh_grace = grace;
        let first = world.authorized(&world.logged_in("ann"), "app");
        let second = refreshed(&world, &first);
        world
            .fakes
            .advance(grace.saturating_sub(Duration::from_millis(1)));
        let again = refreshed(&world, &first);
        assert_eq!(again.refresh, second.refresh, "{seconds}");
        world.fakes.advance(Duration::from_millis(1));
        assert_reused(&world, &first, &[&first, &second, &again]);
    }
}

#[test]
fn without_a_grace_a_second_use_ends_the_session_at_once() {
    let world = || {
        let mut world = World::new();
        world.client_mut("app").refresh_grace = Duration::ZERO;
        let first = world.authorized(&world.logged_in("ann"), "app");
        (world, first)
    };
    let (here, first) = world();
    let second = refreshed(&here, &first);
    let third = refreshed(&here, &second);
    assert!(here.counts(&third.access));
    assert_reused(&here, &second, &[&first, &second, &third]);
    // A lost answer is a second use.
    let (here, first) = world();
    here.fakes.calls.refresh.set_fault(Fault::After);
    let lost = here.refresh("app", first.refresh(), &[]);
    assert_eq!(lost, unavailable());
    here.fakes.calls.refresh.set_fault(Fault::None);
    assert_reused(&here, &first, &[&first]);
    // And so is another request at the same time.
    let (here, first) = world();
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", first.refresh()),
    ];
    let ask = || here.api_future(&here.resolver, "/oauth/token", "app", &form);
    let (one, other) = block_on(futures_util::future::join(ask(), ask()));
    let mut answers = [one.status, other.status];
    answers.sort_unstable();
    assert_eq!(answers, [200, 400]);
    let given = Tokens::of(if one.status == 200 { &one } else { &other });
    assert_over(&here, &[&first, &given]);
}

#[test]
fn the_one_before_counts_until_the_newest_is_used() {
    let (world, first) = authorized();
    let second = refreshed(&world, &first);
    let third = refreshed(&world, &second);
    assert_error(
        &world.refresh("app", first.refresh(), &[]),
        400,
        "invalid_grant",
    );
    assert_over(&world, &[&second, &third]);
}

#[test]
fn a_reuse_reaches_the_log_however_often_that_failed() {
    for fault in Fault::FAILING {
        let (world, first) = authorized();
        let second = refreshed(&world, &first);
        world.fakes.advance(REFRESH_GRACE);
        world.fakes.calls.append.set_fault(fault);
        for _ in 0..2 {
            assert_eq!(world.refresh("app", first.refresh(), &[]), unavailable());
        }
        world.fakes.calls.append.set_fault(Fault::None);
        assert_error(
            &world.refresh("app", first.refresh(), &[]),
            400,
            "invalid_grant",
        );
        assert_over(&world, &[&second]);
    }
}

#[test]
fn another_clients_token_is_refused_and_nothing_ends() {
    let (world, first) = authorized();
    let second = refreshed(&world, &first);
    world.fakes.advance(REFRESH_GRACE);
    for token in [first.refresh(), second.refresh()] {
        assert_error(&world.refresh("spa", token, &[]), 400, "invalid_grant");
    }
    assert!(world.counts(&second.access));
    refreshed(&world, &second);
}

#[test]
fn a_refresh_token_that_is_not_used_ends() {
    let (world, first) = authorized();
    let idle = world.config.client("app").unwrap().refresh_idle;
    world.fakes.set_now(START.plus(idle));
    assert_error(
        &world.refresh("app", first.refresh(), &[]),
        400,
        "invalid_grant",
    );
    let (world, first) = authorized();
    world
        .fakes
        .set_now(START.plus(idle.saturating_sub(Duration::from_millis(1))));
    let second = refreshed(&world, &first);
    // From its own issue it lasts as long again.
    world
        .fakes
        .advance(idle.saturating_sub(Duration::from_secs(1)));
    refreshed(&world, &second);
}

#[test]
fn what_was_authorized_ends_however_often_it_is_refreshed() {
    let (world, mut tokens) = authorized();
    let lifetime = world.config.client("app").unwrap().refresh_lifetime;
    let end = START.plus(lifetime);
    for hour in (20..240).step_by(20) {
        world.fakes.set_now(START.plus(Duration::from_hours(hour)));
        tokens = refreshed(&world, &tokens);
        assert_eq!(tokens.expires_in, 3600);
    }
    world
        .fakes
        .set_now(START.plus(lifetime.saturating_sub(Duration::from_mins(10))));
    tokens = refreshed(&world, &tokens);
    assert_eq!(tokens.expires_in, 600);
    world
        .fakes
        .set_now(START.plus(lifetime.saturating_sub(Duration::from_millis(1))));
    let last = refreshed(&world, &tokens);
    assert_eq!(last.expires_in, 0, "less than a second is left");
    assert!(world.counts(&last.access));
    world.fakes.set_now(end);
    assert_over(&world, &[&tokens, &last]);
}

#[test]
fn a_lost_answer_does_not_log_out() {
    for fault in Fault::FAILING {
        let (world, first) = authorized();
        world.fakes.calls.refresh.set_fault(fault);
        for _ in 0..3 {
            assert_eq!(world.refresh("app", first.refresh(), &[]), unavailable());
        }
        world.fakes.calls.refresh.set_fault(Fault::None);
        world
            .fakes
            .advance(REFRESH_GRACE.saturating_sub(Duration::from_secs(1)));
        let second = refreshed(&world, &first);
        assert!(world.counts(&second.access));
        refreshed(&world, &second);
    }
}

#[test]
fn an_outage_is_never_invalid_grant_and_costs_nobody_their_session() {
    let calls: [(&str, PickCall); 4] = [
        ("present", |calls| &calls.present),
        ("record_write", |calls| &calls.record_write),
        ("since", |calls| &calls.since),
        ("refresh", |calls| &calls.refresh),
    ];
    for (name, call) in calls {
        for fault in Fault::FAILING {
            let (world, first) = authorized();
            call(&world.fakes.calls).set_fault(fault);
            assert_eq!(
                world.refresh("app", first.refresh(), &[]),
                unavailable(),
                "{name}"
            );
            assert_eq!(world.last_event()["event"], "dependency_unavailable");
            call(&world.fakes.calls).set_fault(Fault::None);
            let second = refreshed(&world, &first);
            assert!(world.counts(&second.access) && world.counts(&first.access));
            refreshed(&world, &second);
        }
    }
}

#[test]
fn what_only_shows_something_may_fail() {
    for fault in Fault::FAILING {
        let (world, first) = authorized();
        world.fakes.calls.index_seen.set_fault(fault);
        let second = refreshed(&world, &first);
        refreshed(&world, &second);
    }
}

#[test]
fn replacing_the_sealing_keys_does_not_log_out() {
    // Some isolates seal with the new key already, and open both.
    let ring = |ids: [u8; 2]| {
        let pairs = ids.map(|id| KeyRing::write_pair(id, &[if id == 1 { 9 } else { id }; 32]));
        KeyRing::parse(&pairs.join(","), ISSUER).unwrap()
    };
    let (world, first) = authorized();
    let old = Resolver::new(ring([1, 2]), 1 << 20, [7; 16], crate::fixtures::A_LONG_LIFE);
    let new = Resolver::new(ring([2, 1]), 1 << 20, [7; 16], crate::fixtures::A_LONG_LIFE);
    let refresh = |resolver: &Resolver<()>, token: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        world.api_in(resolver, "/oauth/token", "app", &form)
    };
    let mut presented = first;
    for (one, other) in [(&old, &new), (&new, &old), (&old, &new)] {
        let next = Tokens::of(&refresh(one, presented.refresh()));
        // Within the grace, the other isolate gives what the first one made.
        for isolate in [other, one, other] {
            let again = Tokens::of(&refresh(isolate, presented.refresh()));
            assert_eq!(again.refresh, next.refresh);
            assert!(world.counts_in(isolate, &again.access));
        }
        presented = next;
    }
    // Both at once, and the answer of the first one comes last.
    for delays in [[0, 3], [3, 0]] {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", presented.refresh()),
        ];
        let ask = |resolver| world.api_future(resolver, "/oauth/token", "app", &form);
        let one = async {
            world.fakes.let_others_go_first(delays[0]).await;
            ask(&old).await
        };
        let other = async {
            world.fakes.let_others_go_first(delays[1]).await;
            ask(&new).await
        };
        let (one, other) = block_on(futures_util::future::join(one, other));
        let (one, other) = (Tokens::of(&one), Tokens::of(&other));
        assert_eq!(one.refresh, other.refresh);
        presented = one;
    }
}
