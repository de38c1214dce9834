//! How attempts, replies and counts are written.

use std::time::Duration;

use proptest::prelude::*;

use super::secret;
use crate::accounts::{Attempt, Counts, NameMark, Reply, Sender};
use crate::secret::Secret;
use crate::time::Time;

fn attempt() -> Attempt {
    Attempt {
        mark: NameMark([1; 16]),
        sender: Sender::Browser([2; 8]),
        name: secret("ann"),
        password: secret("hunter2"),
    }
}

#[test]
fn attempt_format_unchanged() {
    let bytes = attempt().to_bytes().unwrap();
    let expected = [&[1][..], &[1; 16], &[1], &[2; 8], &[0, 3], b"annhunter2"];
    assert_eq!(*bytes.expose(), expected.concat());
    let read = Attempt::from_bytes(&bytes).unwrap();
    assert_eq!((read.mark, read.sender), (attempt().mark, attempt().sender));
    assert!(read.name == secret("ann") && read.password == secret("hunter2"));
    assert_eq!(format!("{read:?}"), "Attempt(..)");
}

#[test]
fn an_attempt_without_a_name_or_a_password_travels_too_and_a_name_without_end_does_not() {
    let mut empty = attempt();
    (empty.name, empty.password) = (secret(""), secret(""));
    empty.sender = Sender::Source([0; 8]);
    let read = Attempt::from_bytes(&empty.to_bytes().unwrap()).unwrap();
    assert_eq!(read.sender, Sender::Source([0; 8]));
    assert!(read.name == secret("") && read.password == secret(""));
    empty.name = secret(&"a".repeat(65_536));
    assert!(empty.to_bytes().is_none());
}

#[test]
fn what_is_not_an_attempt_reads_as_none() {
    let good = attempt().to_bytes().unwrap().expose().clone();
    let read = |bytes: &[u8]| Attempt::from_bytes(&Secret::new(bytes.to_vec())).is_some();
    assert!(read(&good));
    // Whatever is left out after the name is taken from the password.
    for end in 0..31 {
        assert!(!read(&good[..end]), "{end}");
    }
    for (at, other) in [(0, 0), (0, 2), (17, 2), (26, 1), (28, 0xff), (31, 0xff)] {
        let mut bad = good.clone();
        bad[at] = other;
        assert!(!read(&bad), "{at}");
    }
}

#[test]
fn reply_format_unchanged() {
    let wait = Duration::from_mins(6);
    for (reply, bytes) in [
        (Reply::Right, &[1, 0][..]),
        (Reply::Wrong, &[1, 1]),
        (Reply::TooMany(wait), &[1, 2, 0, 0, 1, 104]),
        (Reply::Busy, &[1, 3]),
    ] {
        assert_eq!(reply.to_bytes(), bytes);
        assert_eq!(Reply::from_bytes(bytes), Some(reply));
        assert_eq!(Reply::from_bytes(&bytes[1..]), None);
        assert_eq!(Reply::from_bytes(&[bytes, &[0]].concat()), None);
    }
    let barely = Duration::from_millis(359_001);
    assert_eq!(
        Reply::TooMany(barely).to_bytes(),
        Reply::TooMany(wait).to_bytes()
    );
    for bad in [&[][..], &[1], &[0, 0], &[2, 0], &[1, 4], &[1, 2, 0, 0, 1]] {
        assert_eq!(Reply::from_bytes(bad), None, "{bad:?}");
    }
}

#[test]
fn counts_format_unchanged() {
    let now = Time::from_millis(1_000);
    let counts = Counts::default()
        .after_wrong(Sender::Source([3; 8]), now)
        .after_wrong(Sender::Browser([4; 8]), now);
    let until = (361_000_u64).to_be_bytes();
    let expected = [
        &[1][..],
        &until,
        &[0],
        &[3; 8],
        &until,
        &[1],
        &[4; 8],
        &until,
    ];
    assert_eq!(counts.to_bytes(), expected.concat());
    assert_eq!(Counts::from_bytes(&counts.to_bytes()), Some(counts));
    assert_eq!(
        Counts::from_bytes(&Counts::default().to_bytes()),
        Some(Counts::default())
    );
    for bad in [&[][..], &[1], &[2, 0, 0, 0, 0, 0, 0, 0, 0]] {
        assert_eq!(Counts::from_bytes(bad), None);
    }
    let whole = expected.concat();
    for end in (10..whole.len()).filter(|end| (end - 9) % 17 != 0) {
        assert_eq!(Counts::from_bytes(&whole[..end]), None, "{end}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = Counts::from_bytes(&bytes);
        let _ = Reply::from_bytes(&bytes);
        let _ = Attempt::from_bytes(&Secret::new(bytes));
    }
}
