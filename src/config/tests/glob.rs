//! What globs match and cover.

use proptest::prelude::*;

use crate::config::glob::{Glob, GlobError, PATH_LIMIT};

/// As plain as can be: each star tries every length.
fn naive(pattern: &[u8], path: &[u8]) -> bool {
    match pattern.split_first() {
        None => path.is_empty(),
        Some((b'*', rest)) => (0..=path.len()).any(|taken| naive(rest, &path[taken..])),
        Some((byte, rest)) => path
            .split_first()
            .is_some_and(|(first, others)| first == byte && naive(rest, others)),
    }
}

#[test]
fn what_a_glob_is() {
    let long = "/".to_owned() + &"a/".repeat(500);
    for good in [
        "/",
        "/*",
        "/a",
        "/a*",
        "/*.html",
        "/a/*/b/*",
        "/.*",
        "/...",
        "/café/*",
        "/a*.",
        &long,
        "/a/**",
        "/a/b.c/**",
        "/café/**",
    ] {
        assert_eq!(
            good.parse::<Glob>().map(|g| g.to_string()),
            Ok(good.to_owned())
        );
    }
    for (bad, error) in [
        ("", GlobError::NoLeadingSlash),
        ("a", GlobError::NoLeadingSlash),
        ("*", GlobError::NoLeadingSlash),
        ("https://a.example/", GlobError::NoLeadingSlash),
        ("/a b", GlobError::Blank),
        ("/a\n", GlobError::Blank),
        ("/a\u{a0}", GlobError::Blank),
        ("/\u{7f}", GlobError::Blank),
        ("/a%20b", GlobError::BadCharacter('%')),
        ("/a;b", GlobError::BadCharacter(';')),
        ("/a\\b", GlobError::BadCharacter('\\')),
        ("/a?b", GlobError::BadCharacter('?')),
        ("/a#b", GlobError::BadCharacter('#')),
        ("//", GlobError::DoubleSlash),
        ("/a//b", GlobError::DoubleSlash),
        ("/.", GlobError::DotSegment),
        ("/a/./b", GlobError::DotSegment),
        ("/a/..", GlobError::DotSegment),
        ("/**", GlobError::DoubleStar),
        ("/a**", GlobError::DoubleStar),
        ("/**/a", GlobError::DoubleStar),
        ("/a/**/b", GlobError::DoubleStar),
        ("/a/***", GlobError::DoubleStar),
        ("/*/**", GlobError::DoubleStar),
        ("/a/*/**", GlobError::DoubleStar),
        ("/a/**/**", GlobError::DoubleStar),
        ("/a//**", GlobError::DoubleSlash),
        ("/a/../**", GlobError::DotSegment),
    ] {
        assert_eq!(Glob::try_from(bad), Err(error), "{bad:?}");
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn a_pattern_that_is_longer_than_any_path_is_refused() {
    let glob = |character: char, count: usize| {
        let text: String = std::iter::repeat_n(character, count).collect();
        format!("/{text}").parse::<Glob>().map(|_| ())
    };
    assert_eq!(glob('a', PATH_LIMIT - 1), Ok(()));
    assert_eq!(glob('a', PATH_LIMIT), Err(GlobError::TooLong));
    // Two bytes, six as they are sent.
    assert_eq!(glob('é', (PATH_LIMIT - 1) / 6), Ok(()));
    assert_eq!(glob('é', PATH_LIMIT / 6 + 1), Err(GlobError::TooLong));
    assert!(GlobError::TooLong.to_string().contains("8192 bytes"));
}

#[test]
fn a_star_takes_slashes_and_nothing_too() {
    let matches = |pattern: &str, path: &str| Glob::new(pattern).matches(path);
    assert!(matches("/api/*", "/api/"));
    assert!(matches("/api/*", "/api/a/b"));
    assert!(!matches("/api/*", "/api"));
    assert!(!matches("/api/*", "/API/a"));
    assert!(!matches("/a", "/a/"));
    assert!(matches("/*.html", "/x/y.html"));
    assert!(!matches("/aba*ba", "/aba"));
    assert!(matches("/a*b*c", "/abbbc"));
    assert!(!matches("/a*b*c", "/abbbcd"));
    assert!(matches("/café/*", "/café/ü"));
    assert!(matches("/*", "/*"));
    assert!(!matches("/a", "/*"));
}

#[test]
fn two_stars_at_the_end_are_a_path_and_everything_below_it() {
    let orders: Glob = "/orders/**".parse().unwrap();
    for path in [
        "/orders",
        "/orders/",
        "/orders/7",
        "/orders/a/b",
        "/orders/**",
    ] {
        assert!(orders.matches(path), "{path}");
    }
    for path in [
        "/",
        "/order",
        "/orders-old",
        "/orders.html",
        "/ordersx/y",
        "/Orders",
        "/a/orders",
        "",
    ] {
        assert!(!orders.matches(path), "{path}");
    }
    let covers = |all: &str, some: &str| Glob::new(all).covers(&Glob::new(some));
    for (all, some) in [
        ("/*", "/a/**"),
        ("/a*", "/a/**"),
        ("/a/**", "/a/**"),
        ("/a/**", "/a/b/**"),
        ("/a/**", "/a"),
        ("/a/**", "/a/*"),
        ("/a/**", "/a/b*c"),
        ("/a/**", "/a/*/*"),
    ] {
        assert!(covers(all, some), "{all} {some}");
    }
    for (all, some) in [
        ("/a/*", "/a/**"),
        ("/a", "/a/**"),
        ("/a/**", "/a*"),
        ("/a/b/**", "/a/**"),
        ("/a/**", "/*"),
        ("/a/**", "/ab/**"),
    ] {
        assert!(!covers(all, some), "{all} {some}");
    }
}

#[test]
fn many_stars_do_not_take_exponential_time() {
    let pattern = Glob::new(&format!("/{}b", "a*".repeat(200)));
    assert!(!pattern.matches(&format!("/{}", "a".repeat(16_000))));
}

#[test]
fn what_covers_what() {
    let covers = |all: &str, some: &str| Glob::new(all).covers(&Glob::new(some));
    assert!(covers("/*", "/a/*"));
    assert!(covers("/a*", "/a/*"));
    assert!(covers("/a/*", "/a/*"));
    assert!(covers("/a/*", "/a/b"));
    assert!(covers("/a*c", "/ab*bc"));
    assert!(!covers("/a/*", "/a*"));
    assert!(!covers("/a/*", "/a"));
    assert!(!covers("/a", "/a*"));
    assert!(!covers("/a*b", "/a*"));
    assert!(!covers("/*a*", "/*"));
}

proptest! {
    #[test]
    fn agrees_with_the_naive_matcher(pattern in "[ab/*]{0,8}", path in "[ab/*]{0,12}") {
        prop_assert_eq!(
            Glob::new(&pattern).matches(&path),
            naive(pattern.as_bytes(), path.as_bytes())
        );
    }

    #[test]
    fn matches_what_it_was_made_from(parts in prop::collection::vec("[a-cé/]{0,4}", 1..6)) {
        let pattern = Glob::new(&format!("/{}", parts.join("*")));
        prop_assert!(pattern.matches(&format!("/{}", parts.join("éa"))), "{}", pattern);
    }

    /// A path and all below it is the two plain patterns, and nothing else.
    #[test]
    fn a_tree_is_its_two_plain_patterns(path in "(/[ab]{1,2}){1,2}", tried in "[ab/*]{0,8}") {
        let tree: Glob = format!("{path}/**").parse().unwrap();
        let (one, more) = tree.plain();
        let more = more.unwrap();
        prop_assert_eq!(one.as_str(), &path);
        prop_assert_eq!(tree.matches(&tried), one.matches(&tried) || more.matches(&tried));
        let tried = Glob::new(&format!("/{tried}"));
        if !tried.as_str().contains("**") {
            prop_assert_eq!(tried.covers(&tree), tried.covers(&one) && tried.covers(&more));
        }
    }

    /// What covers matches at least as much; what does not, misses a path that has in place of
    /// each star a character that is in neither.
    #[test]
    fn covers_is_exact(all in "[ab*]{0,5}", some in "[ab*]{0,5}", fill in "[abz]{0,3}") {
        let (all, some) = (Glob::new(&all), Glob::new(&some));
        if all.covers(&some) {
            prop_assert!(all.matches(&some.as_str().replace('*', &fill)));
        } else {
            let witness = some.as_str().replace('*', "z");
            prop_assert!(some.matches(&witness) && !all.matches(&witness));
        }
    }
}
