//! The wire formats, byte for byte.

use crate::fixtures::hex;
use crate::revocation::wire::ENTRY;
use crate::revocation::wire::MOST_CHANGES;
use crate::revocation::{Change, Delta, Entry, LogId, News, Position, Question, Target};
use crate::time::Time;
use crate::token::SessionId;
use proptest::prelude::*;
use std::time::Duration;

fn delta() -> Delta {
    let at = Time::from_seconds;
    Delta {
        head: Position {
            log: LogId([7; 16]),
            sequence: 258,
        },
        age: Duration::from_millis(1_234),
        more: true,
        news: News::Entries(vec![
            Entry::new(&Target::Session(SessionId::from_bytes([3; 16])), at(2_000)),
            Entry::new(
                &Target::Issuer {
                    not_before: at(1_000),
                },
                at(5_000),
            ),
            Entry::new(
                &Target::ProviderSession {
                    name: [9; 16],
                    not_before: at(1_000),
                },
                at(2_000),
            ),
        ]),
    }
}

#[test]
fn delta_format_unchanged() {
    let hex = hex(&delta().to_bytes());
    assert_eq!(
        hex,
        "02\
         07070707070707070707070707070707\
         0000000000000102\
         000004d2\
         01\
         01\
         03030303030303030303030303030303\
         ffffffff\
         000007d0\
         04\
         04040404040404040404040404040404\
         000003e8\
         00001388\
         05\
         09090909090909090909090909090909\
         000003e8\
         000007d0"
    );
    assert_eq!(Delta::from_bytes(&delta().to_bytes()), Some(delta()));
}

#[test]
fn the_other_formats_are_unchanged() {
    let snapshot = Delta {
        news: News::Snapshot([5; 32]),
        ..delta()
    };
    assert_eq!(
        hex(&snapshot.to_bytes()),
        "02\
         07070707070707070707070707070707\
         0000000000000102\
         000004d2\
         03\
         0505050505050505050505050505050505050505050505050505050505050505"
    );
    assert_eq!(Delta::from_bytes(&snapshot.to_bytes()), Some(snapshot));
    let ask = Question {
        position: delta().head,
        max_age: Duration::from_millis(1_250),
        longest_life: Duration::from_hours(1),
        without_snapshot: true,
    };
    assert_eq!(
        hex(&ask.to_bytes()),
        "02\
         07070707070707070707070707070707\
         0000000000000102\
         000004e2\
         00000e10\
         01"
    );
    assert_eq!(Question::from_bytes(&ask.to_bytes()), Some(ask));
    let entries = delta();
    let changes = [
        Change::Append(entries.entries()[0]),
        Change::Shorten(entries.entries()[1]),
    ];
    assert_eq!(
        hex(&Change::to_bytes(&changes)),
        "02\
         01\
         01\
         03030303030303030303030303030303\
         ffffffff\
         000007d0\
         02\
         04\
         04040404040404040404040404040404\
         000003e8\
         00001388"
    );
    assert_eq!(
        Change::from_bytes(&Change::to_bytes(&changes)),
        Some(changes.to_vec())
    );
    let exchange = Change::exchange_to_bytes(&changes, &ask);
    assert_eq!(
        exchange,
        [ask.to_bytes(), Change::to_bytes(&changes)].concat()
    );
    assert_eq!(
        Change::exchange_from_bytes(&exchange),
        Some((changes.to_vec(), ask))
    );
}

#[test]
fn an_age_is_rounded_up() {
    let delta = Delta {
        age: Duration::from_nanos(1),
        ..Delta::default()
    };
    let read = Delta::from_bytes(&delta.to_bytes()).unwrap();
    assert_eq!(read.age, Duration::from_millis(1));
}

/// How a version reads what the next one may write: it does not guess. CONTRIBUTING.md says what follows from that.
#[test]
fn what_a_later_version_may_write_is_none() {
    let bytes = delta().to_bytes();
    let with = |at: usize, byte: u8| {
        let mut later = bytes.clone();
        later[at] = byte;
        later
    };
    let (format, flags, kind) = (with(0, 3), with(29, 4), with(30, 6));
    for later in [format, flags, kind] {
        assert_eq!(Delta::from_bytes(&later), None);
    }
    let ask = Question::default().to_bytes();
    let mut later = ask.clone();
    later[33] = 2;
    assert_eq!(Question::from_bytes(&later), None);
    let verb = [&[2, 3][..], &delta().entries()[0].to_bytes()].concat();
    assert_eq!(Change::from_bytes(&verb), None);
}

#[test]
fn a_cut_delta_is_none() {
    let bytes = delta().to_bytes();
    for length in 0..bytes.len() {
        let whole = length >= 30 && (length - 30) % ENTRY == 0;
        assert_eq!(
            Delta::from_bytes(&bytes[..length]).is_some(),
            whole,
            "{length}"
        );
    }
}

#[test]
fn too_many_changes_are_none() {
    let change = Change::Append(delta().entries()[0]);
    let changes = vec![change; MOST_CHANGES + 1];
    assert!(Change::from_bytes(&Change::to_bytes(&changes)).is_none());
    assert!(Change::from_bytes(&Change::to_bytes(&changes[1..])).is_some());
}

proptest! {
    #[test]
    fn parsing_never_panics(bytes: Vec<u8>) {
        let bytes = [&[2][..], &bytes].concat();
        if let Some(delta) = Delta::from_bytes(&bytes) {
            prop_assert_eq!(delta.to_bytes(), bytes.clone());
        }
        if let Some(ask) = Question::from_bytes(&bytes) {
            prop_assert_eq!(ask.to_bytes(), bytes.clone());
        }
        if let Some(changes) = Change::from_bytes(&bytes) {
            prop_assert_eq!(Change::to_bytes(&changes), bytes.clone());
        }
        if let Some((changes, ask)) = Change::exchange_from_bytes(&bytes) {
            prop_assert_eq!(Change::exchange_to_bytes(&changes, &ask), bytes.clone());
        }
        let _ = Position::from_bytes(&bytes);
    }
}
