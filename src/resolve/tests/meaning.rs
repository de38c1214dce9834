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
fn a_route_for_the_tokens_of_others_takes_none_of_its_own() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let token = issue(&fakes, 1);
    assert_eq!(ask(&resolver, &fakes, &token, &WEAK), Outcome::Active);
    let others = Demand {
        accept: Accept::NOBODY.and(0),
        ..WEAK
    };
    let refused = Outcome::Inactive(Inactive::NotAccepted);
    assert_eq!(ask(&resolver, &fakes, &token, &others), refused);
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
    // Without a cache to hold it, its coordinator is asked each time.
    let forgetful = Resolver::new(keys(), 0, [0; 16], A_LONG_LIFE);
    fakes.advance(Duration::from_millis(599_999));
    assert_eq!(ask(&forgetful, &fakes, &token, &STRONG), Outcome::Active);
    // Ten minutes later it still knows the token, but has no record of it: nobody can say more.
    fakes.advance(Duration::from_millis(1));
    for age in [0, 1_000, 1_999] {
        fakes.set_now(START.plus(Duration::from_secs(600 + age)));
        assert_eq!(
            ask(&forgetful, &fakes, &token, &STRONG),
            Outcome::Unavailable(Dependency::RecordStore),
            "{age} s later"
        );
    }
    fakes.calls.read.set_fault(Fault::Before);
    assert_eq!(
        ask(&forgetful, &fakes, &token, &STRONG),
        Outcome::Unavailable(Dependency::Coordinator)
    );
}

#[test]
fn a_token_that_its_coordinator_does_not_know_is_asked_about_once_a_minute() {
    let fakes = Fakes::default();
    let (token, other) = (issue(&fakes, 1), issue(&fakes, 2));
    let resolver = resolver();
    forget(&fakes, &token);
    fakes.advance(Duration::from_mins(10));
    let before = fakes.calls.read.count();
    for _ in 0..100 {
        assert_eq!(ask(&resolver, &fakes, &token, &STRONG), NO_RECORD);
    }
    assert_eq!(fakes.calls.read.count(), before + 1);
    assert_eq!(ask(&resolver, &fakes, &other, &STRONG), Outcome::Active);
    fakes.advance(Duration::from_mins(1));
    assert_eq!(ask(&resolver, &fakes, &token, &STRONG), NO_RECORD);
    assert_eq!(fakes.calls.read.count(), before + 2);
    // The store's own answer comes first, always.
    let key = RecordKey::access(TokenDigest::of(&token));
    fakes.put_record(&key, b"later format".to_vec());
    assert_eq!(
        ask(&resolver, &fakes, &token, &STRONG),
        Outcome::Unavailable(Dependency::RecordStore)
    );
}

#[test]
fn asking_about_a_token_whose_session_is_gone_leaves_nothing_at_its_coordinator() {
    let fakes = Fakes::default();
    let token = issue(&fakes, 1);
    forget(&fakes, &token);
    assert_eq!(ask(&resolver(), &fakes, &token, &STRONG), NO_RECORD);
    let session = SessionId::from_bytes([1; 16]);
    assert_eq!(fakes.state(session).wake_at(), None);
}

#[test]
fn a_text_of_another_length_is_not_hashed() {
    let resolver = resolver();
    let token = issue(&Fakes::default(), 1);
    let long = token.expose().clone() + "A";
    let short = token.expose()[..93].to_owned();
    for text in [long, short] {
        // Even a record that lies where its hash leads to is not found.
        let mut cache = resolver.cache.borrow_mut();
        let key = cache.key(&text);
        let session = CachedSession::new(record(), TokenDigest::of(&token));
        cache.insert(key, Rc::new(session), START);
        drop(cache);
        let looked = resolver.look(TokenKind::Access, &text, &WEAK, START);
        let Lookup::Known(resolution) = looked else {
            panic!("it asks about {text}");
        };
        assert_eq!(outcome(resolution), unsealable(Unsealable::Malformed));
    }
}

#[test]
fn a_miss_is_never_remembered() {
    let fakes = Fakes::default();
    let token = issue(&fakes, 1);
    let resolver = resolver();
    fakes.set_staleness(Staleness::MissesWrites);
    fakes.advance(Duration::from_mins(10));
    assert_eq!(
        ask(&resolver, &fakes, &token, &STRONG),
        Outcome::Unavailable(Dependency::RecordStore)
    );
    fakes.set_staleness(Staleness::None);
    assert_eq!(ask(&resolver, &fakes, &token, &STRONG), Outcome::Active);
}
