//! Cookies.

use std::time::Duration;

use proptest::prelude::*;

use crate::browser::CookieName;

#[test]
fn cookie_names_format_unchanged() {
    assert_eq!(CookieName::SESSION.as_str(), "__Host-postern-session");
    assert_eq!(CookieName::BROWSER.as_str(), "__Host-postern-browser");
    let login = CookieName::login("Ab-_0189rest of it").unwrap();
    assert_eq!(login.as_str(), "__Host-postern-login-Ab-_0189");
}

#[test]
fn a_login_cookie_is_named_by_base64url_only() {
    for bad in [
        "",
        "1234567",
        "1234567=",
        "1234567;",
        "123456 8",
        "1234567é",
        "%0d%0aSet",
    ] {
        assert_eq!(CookieName::login(bad), None, "{bad:?}");
    }
}

#[test]
fn reads_the_one_value_of_a_name() {
    let read = |header| CookieName::SESSION.read(header);
    for header in [
        "__Host-postern-session=pst_st_A-_9",
        "a=b; __Host-postern-session=pst_st_A-_9; c=d",
        "a=\"x,y\";__Host-postern-session=pst_st_A-_9",
        "\t__Host-postern-session=pst_st_A-_9 ;",
        ";; __Host-postern-session=pst_st_A-_9;;",
        "x__Host-postern-session=other; __Host-postern-session=pst_st_A-_9",
        "__Host-postern-session2=other; __Host-postern-session=pst_st_A-_9",
        // Names have a case (RFC 6265 section 5.3): this one is somebody else's.
        "__host-postern-session=other; __Host-postern-session=pst_st_A-_9",
    ] {
        assert_eq!(read(header), Some("pst_st_A-_9"), "{header:?}");
    }
    assert_eq!(read("__Host-postern-session=a=b="), Some("a=b="));
}

#[test]
fn a_tossed_or_strange_cookie_counts_as_absent() {
    for header in [
        "",
        "__Host-postern-session",
        "__Host-postern-session=",
        "__HOST-postern-session=a",
        "__Host-postern-session =a",
        // Twice, in any order, and equal too.
        "__Host-postern-session=a; __Host-postern-session=b",
        "__Host-postern-session=a; x=y; __Host-postern-session=a",
        "__Host-postern-session=; __Host-postern-session=a",
        "__Host-postern-session=a; __Host-postern-session=",
        // Two headers, joined as headers are.
        "__Host-postern-session=a, __Host-postern-session=b",
        // A value that was never ours.
        "__Host-postern-session=\"a\"",
        "__Host-postern-session=a b",
        "__Host-postern-session=a,b",
        "__Host-postern-session=a\\b",
        "__Host-postern-session=é",
        "__Host-postern-session=a\u{7f}",
        // Inside of another.
        "x=__Host-postern-session=a",
        "=__Host-postern-session=a",
    ] {
        assert_eq!(CookieName::SESSION.read(header), None, "{header:?}");
    }
}

/// standards.md, Cookies.
#[test]
fn a_cookie_has_every_attribute() {
    let set = |lifetime| CookieName::BROWSER.set("abc", lifetime).unwrap();
    let plain = "__Host-postern-browser=abc; Secure; HttpOnly; SameSite=Lax; Path=/";
    assert_eq!(set(None), plain);
    assert_eq!(
        set(Some(Duration::from_millis(600_900))),
        format!("{plain}; Max-Age=600")
    );
    assert_eq!(
        CookieName::BROWSER.clear(),
        "__Host-postern-browser=; Secure; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"
    );
}

#[test]
fn every_character_is_where_the_grammar_has_it() {
    for byte in 0..=0x7f_u8 {
        let text = char::from(byte).to_string();
        let expected = byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
        let set = CookieName::SESSION.set(&text, None);
        assert_eq!(set.is_some(), expected, "{byte:#x}");
    }
    assert_eq!(CookieName::SESSION.set("", None), None);
    assert_eq!(CookieName::SESSION.set("é", None), None);
}

proptest! {
    #[test]
    fn what_was_set_is_read(value in "[A-Za-z0-9_-]{1,90}", other in "[a-z=, ]{0,9}") {
        let set = CookieName::BROWSER.set(&value, None).unwrap();
        let (pair, _) = set.split_once(';').unwrap();
        let header = format!("x={other}; {pair}");
        prop_assert_eq!(CookieName::BROWSER.read(&header), Some(value.as_str()));
    }

    #[test]
    fn reading_never_panics(header in "\\PC{0,60}") {
        let _ = CookieName::SESSION.read(&header);
    }
}

#[test]
fn a_header_sets_one_cookie() {
    let set = CookieName::SESSION.set("x", None).unwrap();
    for header in [set, CookieName::SESSION.clear()] {
        assert!(CookieName::SESSION.is_set_by(&header));
        assert!(!CookieName::BROWSER.is_set_by(&header));
    }
    for header in ["", "x", "__Host-postern-session2=x; Path=/"] {
        assert!(!CookieName::SESSION.is_set_by(header));
    }
}
