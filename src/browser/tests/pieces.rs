//! Values in several cookies.

use std::time::Duration;

use crate::browser::CookieName;
use crate::browser::pieces::{LONGEST_VALUE, clear, read, set};

const HOUR: Option<Duration> = Some(Duration::from_hours(1));

fn name() -> CookieName {
    CookieName::login("Ab-_0189").unwrap()
}

/// What a browser sends after it has got these headers.
fn sent(headers: &[String]) -> String {
    let pairs = headers
        .iter()
        .map(|header| header.split(';').next().unwrap());
    pairs.collect::<Vec<_>>().join("; ")
}

#[test]
fn any_length_comes_back_and_no_piece_is_too_long_for_a_browser() {
    for (length, pieces) in [
        (1, 1),
        (3_800, 1),
        (3_801, 2),
        (7_600, 2),
        (7_601, 3),
        (11_400, 3),
        (LONGEST_VALUE, 4),
    ] {
        let value: String = (b'a'..=b'z').cycle().take(length).map(char::from).collect();
        let headers = set(&name(), &value, HOUR, "").unwrap();
        assert_eq!(headers.len(), pieces, "{length}");
        for header in &headers {
            // RFC 6265bis section 5.6: name and value without `=`.
            assert!(header.split(';').next().unwrap().len() - 1 <= 4_096);
            assert!(header.ends_with("; Secure; HttpOnly; SameSite=Lax; Path=/; Max-Age=3600"));
        }
        let cookies = format!("a=b; {}; c=d", sent(&headers));
        assert_eq!(read(&name(), &cookies).as_deref(), Some(&*value));
        assert_eq!(clear(&name(), &cookies).len(), pieces);
    }
}

#[test]
fn what_does_not_fit_is_not_set() {
    for bad in [
        "",
        "a b",
        "é",
        &"x".repeat(LONGEST_VALUE + 1),
        &format!("{};", "x".repeat(4_000)),
    ] {
        assert_eq!(set(&name(), bad, HOUR, ""), None);
    }
}

#[test]
fn a_shorter_value_leaves_no_piece_of_the_longer_one() {
    let long = sent(&set(&name(), &"x".repeat(LONGEST_VALUE), HOUR, "").unwrap());
    let headers = set(&name(), "short", HOUR, &long).unwrap();
    assert_eq!(headers.len(), 4);
    assert!(
        headers[1..]
            .iter()
            .all(|header| header.ends_with("Max-Age=0"))
    );
    assert_eq!(read(&name(), "a=b"), None);
}

#[test]
fn a_tossed_piece_makes_it_absent() {
    let value = "x".repeat(5_000);
    let cookies = sent(&set(&name(), &value, HOUR, "").unwrap());
    for tossed in [
        "__Host-postern-login-Ab-_0189-2=y",
        "__Host-postern-login-Ab-_0189=y",
    ] {
        assert_eq!(
            read(&name(), &format!("{cookies}; {tossed}")),
            None,
            "{tossed}"
        );
    }
    // Another login's pieces are not this one's.
    let other = format!("{cookies}; __Host-postern-login-Ab-_0180-2=y");
    assert_eq!(read(&name(), &other).as_deref(), Some(&*value));
}
