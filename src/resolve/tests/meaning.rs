//! What tokens mean, and what it costs to find out.

use super::*;

#[test]
fn what_was_never_sealed_costs_no_io() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let token = issue(&fakes, 1);
    let before = fakes.io();
    let garbage = PlainToken::new("garbage".to_owned());
    let mut forged = token.expose().clone();
    forged.replace_range(60..61, if &forged[60..61] == "A" { "B" } else { "A" });
    let forged = PlainToken::new(forged);
    for demand in [STRONG, WEAK, GRACIOUS] {
        assert_eq!(
            ask(&resolver, &fakes, &garbage, &demand),
            unsealable(Unsealable::Malformed)
        );
        assert_eq!(
            ask(&resolver, &fakes, &forged, &demand),
            unsealable(Unsealable::Forged)
        );
    }
    fakes.advance(Duration::from_hours(1));
    assert_eq!(
        ask(&resolver, &fakes, &token, &STRONG),
        unsealable(Unsealable::Expired)
    );
    assert_eq!(fakes.io(), before);
}

#[test]
fn a_known_session_costs_no_io_within_the_budget() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let token = issue(&fakes, 1);
    assert_eq!(ask(&resolver, &fakes, &token, &WEAK), Outcome::Active);
    let before = fakes.io();
    fakes.advance(Duration::from_millis(4_999));
    assert_eq!(ask(&resolver, &fakes, &token, &WEAK), Outcome::Active);
    assert_eq!(fakes.io(), before);
    fakes.advance(Duration::from_millis(1));
    assert_eq!(ask(&resolver, &fakes, &token, &WEAK), Outcome::Active);
    assert_eq!(fakes.io(), before + 1);
    assert_eq!(fakes.calls.record_read.count(), 1);
}

#[test]
fn a_strong_check_asks_the_log_every_time_and_sees_a_revocation_at_once() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let token = issue(&fakes, 1);
    for n in 1..4 {
        assert_eq!(ask(&resolver, &fakes, &token, &STRONG), Outcome::Active);
        assert_eq!(fakes.calls.since.count(), n);
    }
    // The record stays readable, here and in the store.
    revoke(&fakes, &token);
    assert_eq!(ask(&resolver, &fakes, &token, &STRONG), REVOKED);
}

#[test]
fn a_weak_check_sees_a_revocation_when_the_budget_is_over() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let token = issue(&fakes, 1);
    assert_eq!(ask(&resolver, &fakes, &token, &WEAK), Outcome::Active);
    revoke(&fakes, &token);
    fakes.advance(Duration::from_millis(4_999));
    assert_eq!(ask(&resolver, &fakes, &token, &WEAK), Outcome::Active);
    fakes.advance(Duration::from_millis(1));
    assert_eq!(ask(&resolver, &fakes, &token, &WEAK), REVOKED);
    let before = fakes.io();
    assert_eq!(ask(&resolver, &fakes, &token, &STRONG), REVOKED);
    assert_eq!(
        fakes.io(),
        before,
        "a revocation that is known is not asked for again"
    );
}

#[test]
fn what_this_isolate_revoked_is_refused_here_at_once() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let token = issue(&fakes, 1);
    assert_eq!(ask(&resolver, &fakes, &token, &WEAK), Outcome::Active);
    let target = Target::Token(TokenDigest::of(&token));
    resolver
        .log()
        .learn_revoked(&Entry::new(&target, START.plus(Duration::from_hours(1))));
    assert_eq!(ask(&resolver, &fakes, &token, &WEAK), REVOKED);
}

#[test]
fn cutoffs_reach_sessions_that_are_cached() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let token = issue(&fakes, 1);
    assert_eq!(ask(&resolver, &fakes, &token, &STRONG), Outcome::Active);
    let target = Target::Issuer {
        not_before: START.plus(Duration::from_secs(1)),
    };
    let entry = Entry::new(&target, START.plus(Duration::from_hours(1)));
    block_on(fakes.append(&entry)).unwrap();
    assert_eq!(ask(&resolver, &fakes, &token, &STRONG), REVOKED);
    fakes.advance(Duration::from_secs(1));
    let later = issue(&fakes, 2);
    assert_eq!(ask(&resolver, &fakes, &later, &STRONG), Outcome::Active);
}

#[test]
fn a_token_that_the_store_has_not_got_yet_is_found_at_its_coordinator() {
    let fakes = Fakes::default();
    let token = issue(&fakes, 1);
    fakes.set_staleness(Staleness::MissesWrites);
    let resolver = resolver();
    assert_eq!(ask(&resolver, &fakes, &token, &STRONG), Outcome::Active);
    assert_eq!(fakes.calls.read.count(), 1);
    // Without a cache to hold it, ten minutes later a missing record is believed.
    let forgetful = Resolver::new(keys(), 0, [0; 16]);
    fakes.advance(Duration::from_millis(599_999));
    assert_eq!(ask(&forgetful, &fakes, &token, &STRONG), Outcome::Active);
    fakes.advance(Duration::from_millis(1));
    let before = fakes.calls.read.count();
    assert_eq!(ask(&forgetful, &fakes, &token, &STRONG), NO_RECORD);
    assert_eq!(fakes.calls.read.count(), before);
}

#[test]
fn a_miss_is_never_remembered() {
    let fakes = Fakes::default();
    let token = issue(&fakes, 1);
    let resolver = resolver();
    fakes.set_staleness(Staleness::MissesWrites);
    fakes.advance(Duration::from_mins(10));
    assert_eq!(ask(&resolver, &fakes, &token, &STRONG), NO_RECORD);
    fakes.set_staleness(Staleness::None);
    assert_eq!(ask(&resolver, &fakes, &token, &STRONG), Outcome::Active);
}
