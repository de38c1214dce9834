//! Where a login leads back to.

use percent_encoding::percent_decode_str;
use proptest::prelude::*;

use crate::browser::ReturnTo;
use crate::browser::return_to::{LONGEST, ReturnToError};

#[test]
fn paths_of_this_site() {
    for good in [
        "/",
        "/a",
        "/a/",
        "/a/b.html?c=d&e",
        "/?",
        "/?a=//b/../c",
        "/a?b=https://other.example/",
        "/a:b@c",
        // Browsers send these as they are in a query (URL Standard, "query percent-encode set").
        "/a?q=\\d+&dir=C:\\temp",
        "/?\\\\evil.example/^`{|}",
        "/%C3%A9?x=%00%0D%0A",
        "/oauth/authorize?client_id=a&redirect_uri=https%3A%2F%2Fb.example%2Fcb&state=x",
        "/_postern/sessions",
        "/_postern/sessions?x=y",
        "/_posternish",
        "/a/_postern/login",
        "/...",
        "/.well-known/x",
    ] {
        assert_eq!(good.parse::<ReturnTo>().unwrap().as_str(), good);
    }
    assert_eq!(ReturnTo::default(), "/".parse().unwrap());
    let of = |path, query| ReturnTo::of(path, query).map(|r| r.as_str().to_owned());
    assert_eq!(of("/a", None), Ok("/a".to_owned()));
    assert_eq!(of("/a", Some("b?c")), Ok("/a?b?c".to_owned()));
    assert_eq!(of("//a", Some("b")), Err(ReturnToError));
}

/// What an open redirect is made of.
#[test]
fn hostile_destinations() {
    for bad in [
        "",
        // Another site, plainly.
        "https://evil.example",
        "https:evil.example",
        "https:/evil.example",
        "HTTPS://evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.example",
        "evil.example/",
        "?a",
        "#a",
        "@evil.example",
        ":80",
        ".evil.example",
        // A path that a browser reads as a host.
        "//evil.example",
        "///evil.example",
        "////evil.example",
        "//",
        "//evil.example/..",
        "//user@evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/a\\b",
        // What browsers strip before they read it.
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r/evil.example",
        "\t//evil.example",
        " /a",
        "/a ",
        "\u{0}/a",
        "/a\u{0}",
        "/\u{7f}/evil.example",
        "/a\r\nset-cookie: x=y",
        // What is stripped or decoded by someone on the way.
        "/%09/evil.example",
        "/%0a/evil.example",
        "/%0D%0ASet-Cookie:%20x=y",
        "/%00/a",
        "/%7F/a",
        "/%2F/evil.example",
        "/%2fevil.example",
        "/%5cevil.example",
        "/%5Cevil.example",
        "/a%5c..%5cb",
        "/a%2f%2fevil.example",
        // Dot segments, which a browser resolves, also when they are encoded.
        "/..//evil.example",
        "/.//evil.example",
        "/a/..//evil.example",
        "/a/../b",
        "/..",
        "/.",
        "/%2e%2e//evil.example",
        "/%2E/a",
        "/.%2e/a",
        "/a/%2e%2e/_postern/logout",
        "/a/..%2f_postern/logout",
        // Empty segments in the middle.
        "/a//evil.example",
        "/a//",
        // Beyond visible ASCII.
        "/é",
        "/\u{2f}\u{ff0f}evil.example",
        "/\u{3000}/evil.example",
        "/\u{feff}/evil.example",
        "/\u{85}/evil.example",
        // A fragment.
        "/a#b",
        // Postern's own pages, however they are written.
        "/_postern",
        "/_postern/",
        "/_postern/login",
        "/_postern/login?return_to=/",
        "/_postern/logout",
        "/_postern/callback?code=x",
        "/_postern/sessions/",
        "/_postern/sessions/x",
        "/_POSTERN/login",
        "/%5fpostern/login",
        "/_postern%2flogin",
        "/_postern/%73essions",
    ] {
        assert_eq!(bad.parse::<ReturnTo>(), Err(ReturnToError), "{bad:?}");
    }
}

#[test]
fn at_most_eight_thousand_octets() {
    assert_eq!(LONGEST, 8_000);
    let long = format!("/{}", "a".repeat(LONGEST - 1));
    assert!(long.parse::<ReturnTo>().is_ok());
    assert!(format!("{long}a").parse::<ReturnTo>().is_err());
}

#[test]
fn the_login_leads_back() {
    let login = |text: &str| text.parse::<ReturnTo>().unwrap().login();
    assert_eq!(login("/"), "/_postern/login?return_to=/");
    assert_eq!(
        login("/a/b?c=d&e=%20+\"<'"),
        "/_postern/login?return_to=/a/b%3Fc%3Dd%26e%3D%2520%2B%22%3C%27"
    );
}

proptest! {
    /// A browser resolves a `Location` by RFC 3986 section 5.2 with the liberties above: whatever
    /// is taken begins with one slash and has nothing in it that a liberty applies to.
    #[test]
    fn whatever_is_taken_stays_here(text in "/[/\\\\a.%25?#:@ \t]{0,12}") {
        if let Ok(taken) = text.parse::<ReturnTo>() {
            prop_assert_eq!(taken.as_str(), &text);
            prop_assert!(!text.starts_with("//"));
            prop_assert!(!text.contains(['#', ' ', '\t']));
            prop_assert!(!text.split('?').next().unwrap().contains('\\'));
            let login = taken.login();
            let (_, encoded) = login.split_once("return_to=").unwrap();
            let decoded = percent_decode_str(encoded).decode_utf8().unwrap();
            prop_assert_eq!(decoded, text);
        }
    }

    #[test]
    fn parsing_never_panics(text in "\\PC{0,40}") {
        let _ = text.parse::<ReturnTo>();
    }
}
