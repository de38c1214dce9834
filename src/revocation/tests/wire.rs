//! The wire formats, byte for byte.

use crate::fixtures::hex;
use crate::revocation::wire::ENTRY;
use crate::revocation::{Delta, Entry, LogId, Position, Target};
use crate::time::Time;
use crate::token::SessionId;
use proptest::prelude::*;

fn delta() -> Delta {
    let at = Time::from_seconds;
    Delta {
        head: Position {
            log: LogId([7; 16]),
            sequence: 258,
        },
        entries: vec![
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
        ],
    }
}

#[test]
fn delta_format_unchanged() {
    let hex = hex(&delta().to_bytes());
    assert_eq!(
        hex,
        "01\
         07070707070707070707070707070707\
         0000000000000102\
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
fn a_cut_delta_is_none() {
    let bytes = delta().to_bytes();
    for length in 0..bytes.len() {
        let whole = length >= 25 && (length - 25) % ENTRY == 0;
        assert_eq!(
            Delta::from_bytes(&bytes[..length]).is_some(),
            whole,
            "{length}"
        );
    }
    let mut other = bytes.clone();
    other[0] = 2;
    assert_eq!(Delta::from_bytes(&other), None);
    let mut unknown_kind = bytes;
    unknown_kind[25] = 6;
    assert_eq!(Delta::from_bytes(&unknown_kind), None);
}

proptest! {
    #[test]
    fn parsing_never_panics(bytes: Vec<u8>) {
        if let Some(delta) = Delta::from_bytes(&bytes) {
            prop_assert_eq!(delta.to_bytes(), bytes.clone());
        }
        let _ = Position::from_bytes(&bytes);
    }
}
