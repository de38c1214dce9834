//! Requests of one isolate, the log, and how often it is asked.

use futures_util::future::join_all;

use super::*;

/// A bounded check that comes after others have had this many turns.
async fn check_after(
    turns: u32,
    resolver: &Resolver<()>,
    fakes: &Fakes,
    token: &PlainToken,
) -> bool {
    fakes.let_others_go_first(turns).await;
    let found = resolver
        .resolve(fakes, TokenKind::Access, token.expose(), &WEAK)
        .await;
    matches!(found, Resolution::Active(_))
}

#[test]
fn a_cold_isolate_asks_a_slow_log_once_for_all_who_take_a_copy_of_five_seconds() {
    let fakes = Fakes::default();
    let token = issue(&fakes, 1);
    let resolver = resolver();
    fakes.calls.since.set_delay(30);
    let checks = (0..20).map(|turns| check_after(turns, &resolver, &fakes, &token));
    assert!(block_on(join_all(checks)).into_iter().all(|active| active));
    assert_eq!(fakes.calls.since.count(), 1);
}

#[test]
fn a_silent_log_is_asked_once_for_all_who_take_a_copy_of_five_seconds() {
    let fakes = Fakes::default();
    let token = issue(&fakes, 1);
    let resolver = resolver();
    assert_eq!(ask(&resolver, &fakes, &token, &WEAK), Outcome::Active);
    fakes.advance(Duration::from_secs(5));
    fakes.calls.since.set_fault(Fault::Before);
    fakes.calls.since.set_delay(30);
    let checks = (0..20).map(|turns| check_after(turns, &resolver, &fakes, &token));
    assert!(block_on(join_all(checks)).into_iter().all(|active| !active));
    assert_eq!(fakes.calls.since.count(), 2);
    let unavailable = Outcome::Unavailable(Dependency::RevocationLog);
    for _ in 0..20 {
        assert_eq!(ask(&resolver, &fakes, &token, &WEAK), unavailable);
    }
    assert_eq!(fakes.calls.since.count(), 2, "they share the failure");
    let refresh = resolver
        .log()
        .begin_refresh(fakes.now(), WEAK.max_staleness);
    assert!(!refresh, "nor is it asked beside a request");
    fakes.calls.since.set_fault(Fault::None);
    fakes.advance(Duration::from_secs(1));
    assert_eq!(ask(&resolver, &fakes, &token, &WEAK), Outcome::Active);
    assert_eq!(fakes.calls.since.count(), 3);
}

#[test]
fn a_slow_record_does_not_make_the_copy_of_the_log_older_than_it_may_be() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let (first, second) = (issue(&fakes, 1), issue(&fakes, 2));
    assert_eq!(ask(&resolver, &fakes, &first, &WEAK), Outcome::Active);
    fakes.advance(Duration::from_secs(4));
    fakes.calls.record_read.set_delay(3);
    let read = resolver.resolve(&fakes, TokenKind::Access, second.expose(), &WEAK);
    let meanwhile = async {
        fakes.let_others_go_first(1).await;
        revoke_now(&fakes, &second).await;
        fakes.advance(Duration::from_secs(30));
    };
    let (resolution, ()) = block_on(future::join(read, meanwhile));
    assert_eq!(outcome(resolution), REVOKED);
    assert_eq!(fakes.calls.since.count(), 2);
}

async fn revoke_now(fakes: &Fakes, token: &PlainToken) {
    let target = Target::Token(TokenDigest::of(token));
    let entry = Entry::new(&target, fakes.now().plus(Duration::from_hours(1)));
    fakes.append(&entry).await.unwrap();
}

/// So many sessions are ended.
fn end_many(fakes: &Fakes, count: u32) {
    let until = fakes.now().plus(Duration::from_hours(1));
    fakes.append_all((0..count).map(|n| {
        let mut name = [0; 16];
        name[..4].copy_from_slice(&n.wrapping_mul(0x9E37_79B9).to_be_bytes());
        Entry::new(&Target::Session(SessionId::from_bytes(name)), until)
    }));
}

#[test]
fn a_cold_isolate_begins_with_the_snapshot_and_does_without_one_that_it_cannot_have() {
    let fakes = Fakes::default();
    let (token, revoked) = (issue(&fakes, 1), issue(&fakes, 2));
    revoke(&fakes, &revoked);
    end_many(&fakes, 25_000);
    assert!(fakes.make_snapshot() && !fakes.make_snapshot());
    let (since, snapshot) = (&fakes.calls.since, &fakes.calls.snapshot);
    for (fault, questions) in [(Fault::None, 2), (Fault::Before, 4)] {
        let (before, read) = (since.count(), snapshot.count());
        snapshot.set_fault(fault);
        let cold = resolver();
        assert_eq!(ask(&cold, &fakes, &token, &WEAK), Outcome::Active);
        assert_eq!(ask(&cold, &fakes, &revoked, &WEAK), REVOKED);
        assert_eq!(since.count() - before, questions);
        assert_eq!(snapshot.count() - read, 1);
    }
}
