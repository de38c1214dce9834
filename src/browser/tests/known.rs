//! Which browsers are known, and under which names.

use std::time::Duration;

use crate::browser::known::{KNOWN_FOR, KnownBrowser, MOST_NAMES};
use crate::browser::sealed::Purpose;
use crate::fixtures::key_ring;
use crate::time::Time;
use crate::token::KeyRing;

const NOW: Time = Time::from_seconds(1_800_000_000);
const NONCE: [u8; 24] = [5; 24];

fn keys() -> KeyRing {
    key_ring("https://a.example", &[(1, 9)])
}

/// The `Cookie` header of a browser that keeps this.
fn header(browser: &KnownBrowser) -> String {
    let set = browser.set_cookie(&keys(), NOW, NONCE);
    set.split(';').next().unwrap().to_owned()
}

fn browser() -> KnownBrowser {
    KnownBrowser::new([7; 8]).with("Ann")
}

#[test]
fn a_browser_is_known_under_the_name_that_logged_in_and_no_other() {
    let read = KnownBrowser::read(&header(&browser()), &keys(), NOW).unwrap();
    assert_eq!(read, browser());
    assert_eq!(read.id(), [7; 8]);
    for same in ["ann", "ANN", "Ann"] {
        assert!(read.knows(same), "{same}");
    }
    for other in ["", "an", "anna", " ann", "bob"] {
        assert!(!read.knows(other), "{other:?}");
    }
    assert_eq!(format!("{read:?}"), "KnownBrowser(..)");
}

#[test]
fn it_is_known_for_ninety_days_and_not_a_moment_longer() {
    let header = header(&browser());
    let end = NOW.plus(KNOWN_FOR);
    let just_before = Time::from_millis(end.millis() - 1);
    assert!(KnownBrowser::read(&header, &keys(), just_before).is_some());
    assert_eq!(KnownBrowser::read(&header, &keys(), end), None);
    assert_eq!(KNOWN_FOR, Duration::from_hours(90 * 24));
}

#[test]
fn several_people_may_share_a_browser_and_the_last_ones_stay_known() {
    let mut shared = browser();
    for name in ["bob", "cy", "di", "eve", "ann", "bob"] {
        shared = shared.with(name);
    }
    let names = ["ann", "bob", "cy", "di", "eve"];
    assert_eq!(names.len(), MOST_NAMES);
    assert!(names.iter().all(|name| shared.knows(name)));
    let shared = shared.with("flo");
    let read = KnownBrowser::read(&header(&shared), &keys(), NOW).unwrap();
    assert!(read.knows("flo") && read.knows("ann") && read.knows("bob") && !read.knows("cy"));
    // The id stays, so its attempts go on being counted together.
    assert_eq!(read.id(), [7; 8]);
}

#[test]
fn what_postern_did_not_write_as_this_cookie_makes_nobody_known() {
    let good = header(&browser());
    let (name, value) = good.split_once('=').unwrap();
    assert_eq!(name, "__Host-postern-known");
    let others = [
        key_ring("https://a.example", &[(1, 8)]),
        key_ring("https://b.example", &[(1, 9)]),
        key_ring("https://a.example", &[(2, 9)]),
    ];
    for keys in &others {
        assert_eq!(KnownBrowser::read(&good, keys, NOW), None);
    }
    for at in 0..value.len() {
        let mut bad = value.to_owned();
        let other = if &bad[at..=at] == "A" { "B" } else { "A" };
        bad.replace_range(at..=at, other);
        let found = KnownBrowser::read(&format!("{name}={bad}"), &keys(), NOW);
        // The last character has bits that mean nothing, and base64 refuses those that are set.
        assert_eq!(found, None, "{at}");
    }
    for bad in [
        String::new(),
        format!("{name}="),
        format!("{name}={value}x"),
        format!("{good}; {good}"),
        format!("__Host-postern-login={value}"),
    ] {
        assert_eq!(KnownBrowser::read(&bad, &keys(), NOW), None, "{bad}");
    }
    // A key that only opens is as good as the one that seals.
    let rotated = key_ring("https://a.example", &[(2, 3), (1, 9)]);
    assert!(KnownBrowser::read(&good, &rotated, NOW).is_some());
}

#[test]
fn a_payload_of_another_length_makes_nobody_known() {
    let until = NOW.plus(KNOWN_FOR);
    for (length, is_good) in [
        (0, false),
        (7, false),
        (9, false),
        (23, false),
        (24, true),
        (25, false),
        (88, true),
        (104, false),
    ] {
        let payload = vec![1; length];
        let sealed =
            Purpose::KnownBrowser.seal(&keys(), "__Host-postern-known", &payload, until, NONCE);
        let header = format!("__Host-postern-known={sealed}");
        assert_eq!(
            KnownBrowser::read(&header, &keys(), NOW).is_some(),
            is_good,
            "{length}"
        );
    }
}
