//! What the gate takes for a path.

use proptest::prelude::*;

use crate::gate::path::{Ambiguous, PATH_LIMIT, normalise, split};
use std::borrow::Cow;

#[test]
fn slices_path_and_query() {
    for (url, path, query) in [
        ("https://a.example/", "/", None),
        ("https://a.example/x/y?z=1?2", "/x/y", Some("z=1?2")),
        ("https://a.example:8443/x?", "/x", Some("")),
        ("http://[::1]:80/x", "/x", None),
        ("https://u:p@a.example/x", "/x", None),
        ("https://a.example", "", None),
        ("https://a.example?x=/y", "", Some("x=/y")),
        ("https://a.example#/x", "#/x", None),
        ("https://a.example\\x/y", "\\x/y", None),
        ("https://a.example//b", "//b", None),
        ("https://a.example/x://y", "/x://y", None),
        ("/x", "", None),
        ("", "", None),
    ] {
        assert_eq!(split(url), (path, query), "{url}");
    }
}

#[test]
fn plain_paths_are_borrowed() {
    for path in [
        "/",
        "/index.html",
        "/a/b/",
        "/.well-known/x",
        "/...",
        "/a../b",
        "/..a",
        "/a/.b/..c",
        "/~u/a-b_c.d!$&'()*+,=:@",
        "/a\"<>^`{|}b",
    ] {
        assert!(
            matches!(normalise(path), Ok(Cow::Borrowed(p)) if p == path),
            "{path}"
        );
    }
}

#[test]
fn escapes_are_decoded_once() {
    for (raw, path) in [
        ("/caf%C3%A9", "/café"),
        ("/a%20b", "/a b"),
        ("/%20a%20/.%20b.", "/ a /. b."),
        ("/%61dmin", "/admin"),
        ("/100%25", "/100%"),
        ("/100%25-off", "/100%-off"),
        ("/a%2Eb", "/a.b"),
        ("/%2E%2E%2E", "/..."),
        ("/%7Euser", "/~user"),
    ] {
        assert_eq!(normalise(raw).as_deref(), Ok(path), "{raw}");
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    use Ambiguous as A;
    for (raw, reason) in [
        ("", A::NotAbsolute),
        ("*", A::NotAbsolute),
        ("a/b", A::NotAbsolute),
        ("#/x", A::NotAbsolute),
        ("\\x", A::Backslash),
        ("/a b", A::BadCharacter),
        ("/a\tb", A::BadCharacter),
        ("/a\0", A::BadCharacter),
        ("/a\u{7f}", A::BadCharacter),
        ("/é", A::BadCharacter),
        ("/a\\b", A::Backslash),
        ("/a%5Cb", A::Backslash),
        ("/a%5cb", A::Backslash),
        ("/a%2Fb", A::EncodedSlash),
        ("/a%2fb", A::EncodedSlash),
        ("/%2f", A::EncodedSlash),
        ("/a%00", A::Control),
        ("/a%0d%0aX: y", A::BadCharacter),
        ("/a%0d%0aX:y", A::Control),
        ("/a%1f", A::Control),
        ("/a%7F", A::Control),
        ("/a%C2%85", A::Control),
        // Windows and some servers trim spaces and dots at a segment's end: `.. ` is `..` there, and ` ` is nothing.
        ("/..%20/admin", A::DotSegment),
        ("/.%20", A::DotSegment),
        ("/%20../x", A::DotSegment),
        ("/%20.%20.%20", A::DotSegment),
        ("/...%20", A::DotSegment),
        ("/a/%2E%2E%20/b", A::DotSegment),
        ("/%20", A::DotSegment),
        ("/a/%20%20/b", A::DotSegment),
        ("//", A::EmptySegment),
        ("//evil.example/x", A::EmptySegment),
        ("/a//b", A::EmptySegment),
        ("/a//", A::EmptySegment),
        ("/.", A::DotSegment),
        ("/..", A::DotSegment),
        ("/a/../b", A::DotSegment),
        ("/a/./b", A::DotSegment),
        ("/a/..", A::DotSegment),
        ("/a/%2e%2e/b", A::DotSegment),
        ("/a/.%2E/b", A::DotSegment),
        ("/a/%2e", A::DotSegment),
        ("/a;b", A::Semicolon),
        ("/a/..;/b", A::Semicolon),
        ("/a%3Bb", A::Semicolon),
        ("/a%3bb", A::Semicolon),
        ("/a#b", A::Delimiter),
        ("/a%23b", A::Delimiter),
        ("/a%3Fb", A::Delimiter),
        ("/a%", A::BadEscape),
        ("/a%2", A::BadEscape),
        ("/a%zz", A::BadEscape),
        ("/a%u002e", A::BadEscape),
        ("/a%%32%65", A::BadEscape),
        ("/a%252e", A::DoubleEncoding),
        ("/a%252F", A::DoubleEncoding),
        ("/a%25%32%65", A::DoubleEncoding),
        ("/a%252%65", A::DoubleEncoding),
        ("/a%25252e", A::DoubleEncoding),
        ("/a%ff", A::NotUtf8),
        ("/a%c0%ae", A::NotUtf8),
        ("/a%c0%af", A::NotUtf8),
        ("/a%e0%80%af", A::NotUtf8),
        ("/a%f0%80%80%af", A::NotUtf8),
        ("/a%ed%a0%80", A::NotUtf8),
        ("/a%C3", A::NotUtf8),
    ] {
        assert_eq!(normalise(raw), Err(reason), "{raw:?}");
    }
}

#[test]
fn the_limit_is_in_raw_bytes() {
    let longest = format!("/{}", "a".repeat(PATH_LIMIT - 1));
    assert!(normalise(&longest).is_ok());
    assert_eq!(normalise(&format!("{longest}a")), Err(Ambiguous::TooLong));
}

#[test]
fn every_byte_has_its_rule() {
    for byte in 0..=0x7f_u8 {
        let c = char::from(byte);
        let raw_fits =
            (0x21..0x7f).contains(&byte) && !matches!(c, '%' | '\\' | ';' | '#' | '?' | '/');
        // A slash between two letters is fine raw.
        let raw = format!("/a{c}b");
        assert_eq!(normalise(&raw).is_ok(), raw_fits || c == '/', "{raw:?}");
        let decoded_fits = raw_fits || matches!(c, ' ' | '%');
        let encoded = format!("/a%{byte:02x}z");
        assert_eq!(normalise(&encoded).is_ok(), decoded_fits, "{encoded:?}");
    }
}

#[test]
fn reasons_have_names_of_their_own() {
    let mut names: Vec<_> = Ambiguous::ALL.map(Ambiguous::as_str).to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Ambiguous::ALL.len());
}

/// Removes dot segments as the URL Standard does, `%2e` included, and takes `\` for `/`.
fn without_dot_segments(raw: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = raw[1..].split(['/', '\\']).collect();
    for (at, segment) in segments.iter().enumerate() {
        let last = at + 1 == segments.len();
        match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
            ".." => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            "." => {
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

/// Paths made of the pieces that attacks are made of.
fn hostile_path() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("/".to_owned()),
        Just(".".to_owned()),
        Just("%2e".to_owned()),
        Just("%2F".to_owned()),
        Just("%5c".to_owned()),
        Just("\\".to_owned()),
        Just("%25".to_owned()),
        Just("2e".to_owned()),
        Just("%".to_owned()),
        Just(";".to_owned()),
        Just("%c0%ae".to_owned()),
        Just("%C3%A9".to_owned()),
        "[a-z]{1,3}",
        any::<u8>().prop_map(|byte| format!("%{byte:02x}")),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    #[test]
    fn never_panics(raw in any::<String>(), url in any::<String>()) {
        let _ = normalise(&raw);
        let _ = normalise(split(&url).0);
    }

    #[test]
    fn accepted_paths_have_one_reading(raw in hostile_path()) {
        let Ok(path) = normalise(&raw) else { return Ok(()) };
        prop_assert!(path.starts_with('/'));
        prop_assert!(!path.contains("//"));
        prop_assert!(!path.contains(['\\', ';', '?', '#', '\0']));
        prop_assert!(!path.chars().any(char::is_control));
        prop_assert!(!path.split('/').any(|segment| segment == "." || segment == ".."));
        // The same number of segments before and after decoding.
        prop_assert_eq!(path.matches('/').count(), raw.matches('/').count());
        // A URL parser on the way leaves it unchanged.
        prop_assert_eq!(&without_dot_segments(&raw), &raw);
        // Decoding it again changes nothing.
        let again = percent_encoding::percent_decode_str(&path).decode_utf8_lossy();
        prop_assert_eq!(again, path.as_ref());
    }
}
