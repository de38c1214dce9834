//! Open streams: they go on as long as a new request with the same credential would be let in.

use super::*;
use crate::resolve::{OpenStream, Standing};

fn open(resolver: &Resolver<()>, fakes: &Fakes, token: &PlainToken) -> OpenStream {
    let kind = TokenKind::Access;
    let resolution = block_on(resolver.resolve(fakes, kind, token.expose(), &STRONG));
    let Resolution::Active(active) = resolution else {
        panic!("it is active: {resolution:?}");
    };
    let bytes = OpenStream::of(&active.session).to_bytes();
    assert!(bytes.len() <= 135, "{}", bytes.len());
    OpenStream::from_bytes(&bytes).unwrap()
}

const fn goes_on(millis: u64, is_due: bool) -> Standing {
    Standing::GoesOn {
        look_in: Duration::from_millis(millis),
        is_due,
    }
}

/// Looks at the stream as the edge does, until it may not go on or `until` has come, and asks the log where that is due.
fn follow(
    resolver: &Resolver<()>,
    fakes: &Fakes,
    stream: &OpenStream,
    demand: &Demand,
    until: Duration,
) -> (Standing, Duration) {
    let start = fakes.now();
    loop {
        let standing = resolver.standing(stream, demand, fakes.now());
        let passed = fakes.now().since(start);
        let Standing::GoesOn { look_in, is_due } = standing else {
            return (standing, passed);
        };
        assert!(!look_in.is_zero(), "it is looked at without a pause");
        if passed >= until {
            return (standing, passed);
        }
        let budget = demand.of_stream().max_staleness;
        if is_due && resolver.log().begin_refresh(fakes.now(), budget) {
            let _ = block_on(resolver.log().refresh(fakes, budget));
        }
        fakes.advance(look_in);
    }
}

/// A route may ask for a login that is new enough: what was opened with an older one is over then.
#[test]
fn a_stream_is_over_when_its_login_is_too_old() {
    // Whether somebody else is asked, when it expires, when it was issued and begun, and nothing that could end it.
    let bytes = [&[0; 8][..], &[9], &[0; 8]].concat();
    let until = |end: Option<u64>| {
        let stream = OpenStream::from_bytes(&bytes).unwrap();
        stream.until(end.map(Time::from_seconds)).to_bytes()[8]
    };
    assert_eq!(until(None), 9);
    assert_eq!(until(Some(10)), 9);
    assert_eq!(until(Some(7)), 7);
}

#[test]
fn a_stream_is_looked_at_before_the_copy_is_too_old() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let stream = open(&resolver, &fakes, &issue(&fakes, 1));
    let standing = |demand: &Demand| resolver.standing(&stream, demand, fakes.now());
    // At five seconds half of them are left for the log; at sixty, five seconds are enough.
    assert_eq!(standing(&WEAK), goes_on(2_500, false));
    assert_eq!(standing(&demand(60, None)), goes_on(55_000, false));
    assert_eq!(standing(&STRONG), goes_on(500, false), "as with one second");
    fakes.advance(Duration::from_millis(2_500));
    assert_eq!(standing(&WEAK), goes_on(200, true));
    fakes.advance(Duration::from_millis(2_400));
    assert_eq!(standing(&WEAK), goes_on(100, true), "at the very end");
    fakes.advance(Duration::from_millis(100));
    assert_eq!(standing(&WEAK), Standing::Unknown);
}

#[test]
fn a_stream_that_nobody_ended_goes_on_until_its_token_expires() {
    for demand in [STRONG, WEAK, GRACIOUS, demand(300, None)] {
        let fakes = Fakes::default();
        let resolver = resolver();
        let stream = open(&resolver, &fakes, &issue(&fakes, 1));
        let (standing, after) = follow(&resolver, &fakes, &stream, &demand, Duration::MAX);
        let expired = Inactive::Unsealable(Unsealable::Expired);
        assert_eq!(standing, Standing::Over(expired));
        assert_eq!(after, Duration::from_hours(1));
    }
}

#[test]
fn a_stream_ends_within_max_staleness_of_what_ended_its_token() {
    for seconds in [1, 2, 5, 60, 300] {
        for before in [0, 1, 499, 2_400, 2_600, 54_900, 56_000, 299_000] {
            let fakes = Fakes::default();
            let resolver = resolver();
            let token = issue(&fakes, 1);
            let stream = open(&resolver, &fakes, &token);
            let demand = demand(seconds, None);
            let before = Duration::from_millis(before);
            let (standing, _) = follow(&resolver, &fakes, &stream, &demand, before);
            assert!(matches!(standing, Standing::GoesOn { .. }), "{standing:?}");
            revoke(&fakes, &token);
            let (standing, after) = follow(&resolver, &fakes, &stream, &demand, Duration::MAX);
            assert_eq!(standing, Standing::Over(Inactive::Revoked));
            assert!(after <= demand.max_staleness, "{seconds} s: {after:?}");
        }
    }
}

#[test]
fn a_cutoff_of_everything_that_a_record_names_ends_its_stream() {
    let targets = [
        Target::Session(SessionId::from_bytes([1; 16])),
        Target::Subject {
            subject: record().subject,
            not_before: START.plus(Duration::from_secs(1)),
        },
        Target::Client {
            client: record().client_id,
            not_before: START.plus(Duration::from_secs(1)),
        },
        Target::Issuer {
            not_before: START.plus(Duration::from_secs(1)),
        },
    ];
    for target in targets {
        let fakes = Fakes::default();
        let resolver = resolver();
        let stream = open(&resolver, &fakes, &issue(&fakes, 1));
        let entry = Entry::new(&target, fakes.now().plus(Duration::from_hours(1)));
        block_on(fakes.append(&entry)).unwrap();
        let (standing, _) = follow(&resolver, &fakes, &stream, &WEAK, Duration::MAX);
        assert_eq!(standing, Standing::Over(Inactive::Revoked), "{target:?}");
    }
}

#[test]
fn while_the_log_does_not_answer_a_stream_ends_when_a_new_request_would_be_refused() {
    for fault in Fault::FAILING {
        for (demand, lives) in [(WEAK, 5), (GRACIOUS, 65), (STRONG, 1)] {
            let fakes = Fakes::default();
            let resolver = resolver();
            let token = issue(&fakes, 1);
            let stream = open(&resolver, &fakes, &token);
            revoke(&fakes, &token);
            fakes.calls.since.set_fault(fault);
            let (standing, after) = follow(&resolver, &fakes, &stream, &demand, Duration::MAX);
            assert_eq!(standing, Standing::Unknown, "could not find out is no yes");
            assert_eq!(after, Duration::from_secs(lives));
        }
    }
}

#[test]
fn a_copy_that_may_have_missed_an_entry_is_not_believed() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let stream = open(&resolver, &fakes, &issue(&fakes, 1));
    fakes.calls.since.set_fault(Fault::Before);
    let patient = demand(300, Some(3_600));
    let (standing, after) = follow(&resolver, &fakes, &stream, &patient, Duration::MAX);
    assert_eq!(standing, Standing::Unknown);
    assert_eq!(after, Duration::from_mins(55));
}

#[test]
fn other_bytes_are_no_stream() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let stream = open(&resolver, &fakes, &issue(&fakes, 1)).to_bytes();
    for length in (0..stream.len()).filter(|length| *length < 17 || (*length - 17) % 17 != 0) {
        assert!(
            OpenStream::from_bytes(&stream[..length]).is_none(),
            "{length}"
        );
    }
    let long = [stream.as_slice(), &[0; 17 * 8]].concat();
    assert!(OpenStream::from_bytes(&long).is_none());
}
