//! The set of what is ended, against a plain one.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::revocation::ended::{Ended, SLOT};
use crate::revocation::entry::TargetId;
use crate::token::{SessionId, TokenDigest};

/// As random as session ids are.
fn session(n: u64) -> TargetId {
    let mut bytes = [0; 16];
    let mixed = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bytes[..8].copy_from_slice(&mixed.to_be_bytes());
    bytes[8..].copy_from_slice(
        &(mixed ^ (mixed >> 29))
            .wrapping_mul(0xBF58_476D_1CE4_E5B9)
            .to_be_bytes(),
    );
    TargetId::session(SessionId::from_bytes(bytes))
}

#[test]
fn a_million_take_less_than_sixteen_megabytes() {
    let mut ended = Ended::default();
    assert_eq!(ended.memory(), 0);
    for n in 0..1_000_000 {
        assert!(ended.insert(session(n), 5_000));
    }
    assert_eq!(ended.len(), 1_000_000);
    let memory = ended.memory();
    assert!(memory < 16_000_000, "{memory} bytes");
    assert!(memory >= 1_000_000 * SLOT);
    assert!(
        (0..1_000_000)
            .step_by(997)
            .all(|n| ended.contains(session(n)))
    );
    assert!((1_000_000..2_000_000).all(|n| !ended.contains(session(n))));
    // What has gone leaves its room to what comes.
    assert!(ended.purge(6_000));
    assert!(ended.is_empty() && ended.memory() < 1_000_000);
}

#[test]
fn the_last_second_that_there_is_is_kept_and_never_wraps() {
    let mut ended = Ended::default();
    ended.insert(session(1), u32::MAX);
    assert!(!ended.purge(u32::MAX - 512));
    assert!(ended.contains(session(1)));
}

#[test]
fn tokens_and_sessions_are_found_by_their_first_ten_bytes() {
    let mut ended = Ended::default();
    let mut digest = [7; 32];
    ended.insert(TargetId::token(TokenDigest::from_bytes(digest)), 5_000);
    digest[9] = 8;
    assert!(!ended.contains(TargetId::token(TokenDigest::from_bytes(digest))));
}

proptest! {
    #[test]
    fn nothing_goes_before_its_time_and_nothing_stays_for_long(
        steps in prop::collection::vec((0..30_u64, 1..100_000_u32, any::<bool>()), 1..200),
    ) {
        let mut ended = Ended::default();
        let mut plain: BTreeMap<u64, u32> = BTreeMap::new();
        let mut now = 0;
        for (n, seconds, is_purge) in steps {
            if is_purge {
                now += seconds / 8;
                ended.purge(now);
                for (n, until) in &plain {
                    prop_assert!(*until <= now || ended.contains(session(*n)), "{n} lives until {until}");
                    prop_assert!(*until + 512 > now || !ended.contains(session(*n)), "{n} lives until {until}");
                }
                plain.retain(|_, until| *until > now);
            } else {
                let until = now + seconds;
                ended.insert(session(n), until);
                let known = plain.entry(n).or_default();
                *known = until.max(*known);
            }
        }
    }
}
