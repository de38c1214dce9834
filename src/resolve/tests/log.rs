//! Keeping the copy of the log up to now beside requests.

use super::*;

#[test]
fn one_refresh_at_a_time_begins_when_half_the_budget_is_used() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let begin = |demand: &Demand| {
        resolver
            .log()
            .begin_refresh(fakes.now(), demand.max_staleness)
    };
    assert!(!begin(&WEAK), "a cold isolate asks in the foreground");
    block_on(resolver.log().follow(&fakes, Duration::ZERO)).unwrap();
    fakes.advance(Duration::from_millis(2_499));
    assert!(!begin(&WEAK));
    fakes.advance(Duration::from_millis(1));
    assert!(!begin(&STRONG), "a strong check asks in the foreground");
    assert!(begin(&WEAK));
    assert!(!begin(&WEAK), "one is running");
    block_on(resolver.log().refresh(&fakes, WEAK.max_staleness)).unwrap();
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
        let lookup = resolver.look(TokenKind::Access, token.expose(), &WEAK, fakes.now());
        assert!(
            matches!(lookup, Lookup::Known(Resolution::Active(_))),
            "{lookup:?}"
        );
        if resolver
            .log()
            .begin_refresh(fakes.now(), WEAK.max_staleness)
        {
            block_on(resolver.log().refresh(&fakes, WEAK.max_staleness)).unwrap();
        }
    }
    assert_eq!(fakes.calls.since.count(), 1 + 55 / 3);
}

#[test]
fn a_log_that_was_started_anew_is_said_once_and_undoes_nothing() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let (token, revoked) = (issue(&fakes, 1), issue(&fakes, 2));
    revoke(&fakes, &revoked);
    assert_eq!(ask(&resolver, &fakes, &revoked, &STRONG), REVOKED);
    let events = fakes.events().len();
    fakes.lose_log();
    for _ in 0..3 {
        assert_eq!(ask(&resolver, &fakes, &token, &STRONG), Outcome::Active);
        assert_eq!(ask(&resolver, &fakes, &revoked, &STRONG), REVOKED);
    }
    let said = &fakes.events()[events..];
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("revocation_log_restarted"), "{said:?}");
}
