//! The resolver against fakes that fail, delay and answer stale.

use std::time::Duration;

use futures_executor::block_on;
use futures_util::future;

use super::*;
use crate::fakes::{Fakes, Fault, START, Staleness};
use crate::fixtures::record;
use crate::ports::{Clock, Coordinator, RecordStore, RevocationLog};
use crate::revocation::Target;
use crate::session::coordinator::NewToken;
use crate::token::SessionId;

const KEEPING: usize = 1 << 20;
const STRONG: Demand = demand(0, None);
const WEAK: Demand = demand(5, None);
const GRACIOUS: Demand = demand(5, Some(60));

const fn demand(max_staleness: u64, grace: Option<u64>) -> Demand {
    Demand {
        max_staleness: Duration::from_secs(max_staleness),
        outage_grace: match grace {
            Some(seconds) => Some(Duration::from_secs(seconds)),
            None => None,
        },
    }
}

fn keys() -> KeyRing {
    KeyRing::parse(
        &KeyRing::write_pair(1, &[9; 32]),
        "https://auth.example.com",
    )
    .unwrap()
}

fn resolver() -> Resolver {
    Resolver::new(keys(), KEEPING, [0; 16])
}

/// Issues a token as the token endpoint does: the coordinator and the record store get its record.
fn issue(fakes: &Fakes, seed: u8) -> PlainToken {
    let session = SessionId::from_bytes([seed; 16]);
    let issued_at = Time::from_seconds(fakes.now().seconds());
    let expires_at = issued_at.plus(Duration::from_hours(1));
    let pointer = Pointer {
        session,
        issued_at,
        expires_at,
    };
    let token = keys().seal(TokenKind::Access, &pointer, [seed; 24]);
    let record = SessionRecord {
        session,
        issued_at,
        expires_at,
        ..record()
    };
    let sealed = SealedRecord::seal(&record, &token, &keys());
    let digest = TokenDigest::of(&token);
    let command = Command::Issue(NewToken {
        kind: TokenKind::Access,
        digest,
        client: record.client_id.clone(),
        expires_at,
        record: sealed.clone(),
    });
    block_on(fakes.ask(session, command)).unwrap();
    block_on(fakes.write(&RecordKey::access(digest), &sealed, expires_at)).unwrap();
    token
}

fn revoke(fakes: &Fakes, token: &PlainToken) {
    let target = Target::Token(TokenDigest::of(token));
    let entry = Entry::new(&target, fakes.now().plus(Duration::from_hours(1)));
    block_on(fakes.append(&entry)).unwrap();
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Active,
    Despite(Dependency),
    Inactive(Inactive),
    Unavailable(Dependency),
}

fn outcome(resolution: Resolution) -> Outcome {
    match resolution {
        Resolution::Active(Active { outage: None, .. }) => Outcome::Active,
        Resolution::Active(Active {
            outage: Some(outage),
            ..
        }) => Outcome::Despite(outage.unavailable.dependency),
        Resolution::Inactive(inactive) => Outcome::Inactive(inactive),
        Resolution::Unavailable(unavailable) => Outcome::Unavailable(unavailable.dependency),
    }
}

fn ask(resolver: &Resolver, fakes: &Fakes, token: &PlainToken, demand: &Demand) -> Outcome {
    outcome(block_on(resolver.resolve(
        fakes,
        TokenKind::Access,
        token.expose(),
        demand,
    )))
}

const REVOKED: Outcome = Outcome::Inactive(Inactive::Revoked);
const NO_RECORD: Outcome = Outcome::Inactive(Inactive::NoRecord);

fn unsealable(reason: Unsealable) -> Outcome {
    Outcome::Inactive(Inactive::Unsealable(reason))
}

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
    resolver.learn_revoked(&Entry::new(&target, START.plus(Duration::from_hours(1))));
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

#[test]
fn a_store_that_fails_is_never_a_no_and_never_a_yes() {
    for fault in Fault::FAILING {
        let fakes = Fakes::default();
        let token = issue(&fakes, 1);
        let resolver = resolver();
        fakes.calls.record_read.set_fault(fault);
        for demand in [STRONG, WEAK, GRACIOUS] {
            assert_eq!(
                ask(&resolver, &fakes, &token, &demand),
                Outcome::Unavailable(Dependency::RecordStore)
            );
        }
        fakes.calls.record_read.set_fault(Fault::None);
        fakes.set_staleness(Staleness::MissesWrites);
        fakes.calls.read.set_fault(fault);
        assert_eq!(
            ask(&resolver, &fakes, &token, &STRONG),
            Outcome::Unavailable(Dependency::Coordinator)
        );
        fakes.set_staleness(Staleness::None);
        fakes.calls.since.set_fault(fault);
        assert_eq!(
            ask(&resolver, &fakes, &token, &STRONG),
            Outcome::Unavailable(Dependency::RevocationLog)
        );
        fakes.calls.since.set_fault(Fault::None);
        assert_eq!(ask(&resolver, &fakes, &token, &STRONG), Outcome::Active);
    }
}

#[test]
fn a_log_that_answers_stale_is_unavailable() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let (token, other) = (issue(&fakes, 1), issue(&fakes, 2));
    revoke(&fakes, &other);
    assert_eq!(ask(&resolver, &fakes, &token, &STRONG), Outcome::Active);
    fakes.set_log_answers_up_to(Some(0));
    assert_eq!(
        ask(&resolver, &fakes, &token, &STRONG),
        Outcome::Unavailable(Dependency::RevocationLog)
    );
    fakes.set_log_answers_up_to(None);
    assert_eq!(ask(&resolver, &fakes, &token, &STRONG), Outcome::Active);
}

#[test]
fn a_record_that_cannot_be_read_is_unavailable() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let (token, other) = (issue(&fakes, 1), issue(&fakes, 2));
    let key = RecordKey::access(TokenDigest::of(&token));
    let moved = RecordKey::access(TokenDigest::of(&other));
    let moved = block_on(fakes.read(&moved)).unwrap().unwrap();
    for bytes in [
        b"".to_vec(),
        b"\x02later format".to_vec(),
        moved.as_bytes().to_vec(),
    ] {
        fakes.put_record(&key, bytes);
        assert_eq!(
            ask(&resolver, &fakes, &token, &STRONG),
            Outcome::Unavailable(Dependency::RecordStore)
        );
    }
}

#[test]
fn allow_cached_bridges_an_outage_of_the_log_for_as_long_as_it_says() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let token = issue(&fakes, 1);
    assert_eq!(ask(&resolver, &fakes, &token, &GRACIOUS), Outcome::Active);
    fakes.calls.since.set_fault(Fault::Before);
    fakes.advance(Duration::from_secs(5));
    let despite = Outcome::Despite(Dependency::RevocationLog);
    assert_eq!(ask(&resolver, &fakes, &token, &GRACIOUS), despite);
    let unavailable = Outcome::Unavailable(Dependency::RevocationLog);
    assert_eq!(ask(&resolver, &fakes, &token, &WEAK), unavailable);
    fakes.advance(Duration::from_millis(59_999));
    assert_eq!(ask(&resolver, &fakes, &token, &GRACIOUS), despite);
    fakes.advance(Duration::from_millis(1));
    assert_eq!(ask(&resolver, &fakes, &token, &GRACIOUS), unavailable);
}

#[test]
fn allow_cached_bridges_an_outage_of_the_record_store_as_well() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let token = issue(&fakes, 1);
    assert_eq!(ask(&resolver, &fakes, &token, &GRACIOUS), Outcome::Active);
    fakes.calls.record_read.set_fault(Fault::Before);
    fakes.advance(Duration::from_mins(1));
    let despite = Outcome::Despite(Dependency::RecordStore);
    assert_eq!(ask(&resolver, &fakes, &token, &GRACIOUS), despite);
    fakes.advance(Duration::from_millis(59_999));
    assert_eq!(ask(&resolver, &fakes, &token, &GRACIOUS), despite);
    fakes.advance(Duration::from_millis(1));
    let unavailable = Outcome::Unavailable(Dependency::RecordStore);
    assert_eq!(ask(&resolver, &fakes, &token, &GRACIOUS), unavailable);
}

#[test]
fn an_outage_never_lets_in_what_is_revoked_expired_or_unknown() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let (token, revoked, unknown) = (issue(&fakes, 1), issue(&fakes, 2), issue(&fakes, 3));
    assert_eq!(ask(&resolver, &fakes, &token, &GRACIOUS), Outcome::Active);
    assert_eq!(ask(&resolver, &fakes, &revoked, &GRACIOUS), Outcome::Active);
    revoke(&fakes, &revoked);
    assert_eq!(ask(&resolver, &fakes, &revoked, &STRONG), REVOKED);
    fakes.calls.since.set_fault(Fault::Before);
    fakes.calls.record_read.set_fault(Fault::Before);
    fakes.advance(Duration::from_secs(30));
    assert_eq!(ask(&resolver, &fakes, &revoked, &GRACIOUS), REVOKED);
    let unavailable = Outcome::Unavailable(Dependency::RecordStore);
    assert_eq!(ask(&resolver, &fakes, &unknown, &GRACIOUS), unavailable);
    fakes.advance(Duration::from_hours(1));
    let expired = unsealable(Unsealable::Expired);
    assert_eq!(ask(&resolver, &fakes, &token, &GRACIOUS), expired);
}

#[test]
fn a_cold_isolate_has_nothing_to_be_gracious_with() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let token = issue(&fakes, 1);
    fakes.calls.since.set_fault(Fault::Before);
    let unavailable = Outcome::Unavailable(Dependency::RevocationLog);
    assert_eq!(ask(&resolver, &fakes, &token, &GRACIOUS), unavailable);
}

#[test]
fn one_refresh_at_a_time_begins_when_half_the_budget_is_used() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let begin = |demand: &Demand| resolver.begin_refresh(fakes.now(), demand.max_staleness);
    assert!(!begin(&WEAK), "a cold isolate asks in the foreground");
    block_on(resolver.follow(&fakes)).unwrap();
    fakes.advance(Duration::from_millis(2_499));
    assert!(!begin(&WEAK));
    fakes.advance(Duration::from_millis(1));
    assert!(!begin(&STRONG), "a strong check asks in the foreground");
    assert!(begin(&WEAK));
    assert!(!begin(&WEAK), "one is running");
    block_on(resolver.refresh(&fakes)).unwrap();
    assert!(!begin(&WEAK), "the copy is new");
    fakes.advance(Duration::from_millis(2_500));
    assert!(begin(&WEAK));
    // The request that ran it was cancelled: it never ends.
    fakes.advance(Duration::from_secs(10));
    assert!(begin(&WEAK));
}

#[test]
fn under_steady_traffic_no_request_waits_for_the_log() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let token = issue(&fakes, 1);
    assert_eq!(ask(&resolver, &fakes, &token, &WEAK), Outcome::Active);
    for _ in 0..55 {
        fakes.advance(Duration::from_secs(1));
        let look = resolver.look(TokenKind::Access, token.expose(), &WEAK, fakes.now());
        assert!(
            matches!(look, Look::Done(Resolution::Active(_))),
            "{look:?}"
        );
        if resolver.begin_refresh(fakes.now(), WEAK.max_staleness) {
            block_on(resolver.refresh(&fakes)).unwrap();
        }
    }
    assert_eq!(fakes.calls.since.count(), 1 + 55 / 3);
}

#[test]
fn a_revocation_that_overtakes_a_lookup_is_seen_by_it() {
    // The record is slow, the log is quick, and the revocation comes in between: the token may
    // pass, as the lookup began before. But the next strong check refuses it.
    let fakes = Fakes::default();
    let resolver = resolver();
    let token = issue(&fakes, 1);
    fakes.calls.record_read.set_delay(5);
    let lookup = resolver.resolve(&fakes, TokenKind::Access, token.expose(), &STRONG);
    let target = Target::Token(TokenDigest::of(&token));
    let entry = Entry::new(&target, START.plus(Duration::from_hours(1)));
    let revocation = async {
        fakes.append(&entry).await.unwrap();
        resolver.learn_revoked(&entry);
    };
    let (resolution, ()) = block_on(future::join(lookup, revocation));
    assert_eq!(
        outcome(resolution),
        REVOKED,
        "this isolate knew before it answered"
    );
    assert_eq!(ask(&resolver, &fakes, &token, &STRONG), REVOKED);
}

#[test]
fn many_at_once_agree() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let tokens: Vec<PlainToken> = (0..50).map(|seed| issue(&fakes, seed)).collect();
    revoke(&fakes, &tokens[7]);
    fakes.calls.since.set_delay(3);
    fakes.calls.record_read.set_delay(2);
    let lookups = tokens
        .iter()
        .map(|token| resolver.resolve(&fakes, TokenKind::Access, token.expose(), &STRONG));
    for (n, resolution) in block_on(future::join_all(lookups)).into_iter().enumerate() {
        let expected = if n == 7 { REVOKED } else { Outcome::Active };
        assert_eq!(outcome(resolution), expected, "token {n}");
    }
}
