//! Stores that fail or answer stale.

use super::*;

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
