//! Paths with which a difference between two lists of patterns is seen.
//!
//! Job: what two patterns have in common, as patterns, and a path for each. Whether the first pattern that fits decides
//! differently in two lists is seen at one of these paths, if it is seen at any. For let the route P decide about a path x in
//! one list, and Q in the other. Then x fits one of the patterns that P and Q have in common, C. Take the path that has a
//! text of its own in place of each star of C, one that no pattern has in it. A pattern that stands before P or Q and takes
//! that path would have to take the text by a star. So it would take anything there, x included, and decide about x.

use crate::config::Glob;

/// How many steps the search takes. Patterns with one or two stars need a few hundred at most.
const MOST: usize = 20_000;

/// What two patterns have in common: patterns that together match just what both match, in which `*` is all that is special.
#[must_use]
pub fn intersections(one: &Glob, other: &Glob) -> Vec<Glob> {
    let plain = |glob: &Glob| {
        let (first, second) = glob.plain();
        [Some(first), second]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
    };
    let mut found: Vec<Vec<u8>> = Vec::new();
    for one in plain(one) {
        for other in plain(other) {
            let (one, other) = (one.as_str().as_bytes(), other.as_str().as_bytes());
            if may_meet(one, other) {
                let mut search = Search::default();
                search.meet(one, other);
                found.extend(search.found);
            }
        }
    }
    let all: Vec<Glob> = found
        .iter()
        .filter_map(|text| std::str::from_utf8(text).ok())
        .map(Glob::new)
        .collect();
    // One that another covers shows nothing that the other does not.
    let is_needed = |at: usize, glob: &Glob| {
        !all.iter().enumerate().any(|(index, other)| {
            index != at && other.covers(glob) && (index < at || !glob.covers(other))
        })
    };
    let needed = all
        .iter()
        .enumerate()
        .filter(|(at, glob)| is_needed(*at, glob));
    needed.map(|(_, glob)| glob.clone()).collect()
}

/// Whether the parts before the first stars and behind the last ones fit each other.
fn may_meet(one: &[u8], other: &[u8]) -> bool {
    fn begins<'t>(a: impl Iterator<Item = &'t u8>, b: impl Iterator<Item = &'t u8>) -> bool {
        a.zip(b)
            .take_while(|(a, b)| **a != b'*' && **b != b'*')
            .all(|(a, b)| a == b)
    }
    begins(one.iter(), other.iter()) && begins(one.iter().rev(), other.iter().rev())
}

/// What two patterns have in common, from left to right.
#[derive(Default)]
struct Search {
    begun: Vec<u8>,
    found: Vec<Vec<u8>>,
    steps: usize,
}

impl Search {
    /// Adds what the rests of two patterns have in common, behind what is begun.
    fn meet(&mut self, one: &[u8], other: &[u8]) {
        self.steps += 1;
        if self.steps > MOST {
            return;
        }
        match (one, other) {
            ([], rest) | (rest, []) => {
                let is_all_stars = rest.iter().all(|byte| *byte == b'*');
                if is_all_stars && !self.found.contains(&self.begun) {
                    self.found.push(self.begun.clone());
                }
            }
            ([b'*', ones @ ..], [b'*', others @ ..]) => {
                let length = self.begun.len();
                if self.begun.last() != Some(&b'*') {
                    self.begun.push(b'*');
                }
                // One of the two stars ends first.
                self.meet(ones, other);
                self.meet(one, others);
                self.begun.truncate(length);
            }
            ([b'*', ones @ ..], [byte, others @ ..]) => {
                self.meet(ones, other);
                self.step(*byte, one, others);
            }
            ([byte, ones @ ..], [b'*', others @ ..]) => {
                self.meet(one, others);
                self.step(*byte, ones, other);
            }
            ([a, ones @ ..], [b, others @ ..]) => {
                if a == b {
                    self.step(*a, ones, others);
                }
            }
        }
    }

    fn step(&mut self, byte: u8, one: &[u8], other: &[u8]) {
        self.begun.push(byte);
        self.meet(one, other);
        self.begun.pop();
    }
}

/// A character that no pattern has, to stand in place of stars.
pub(super) fn fresh(all: &[&Glob]) -> String {
    let is_free = |text: &str| !all.iter().any(|glob| glob.as_str().contains(text));
    let plain = ('a'..='z').rev().chain('0'..='9').chain(['~', '_']);
    // There are more of the others than a configuration can have.
    let mut all = plain.chain('\u{4e00}'..).map(String::from);
    all.find(|text| is_free(text)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn both(one: &str, other: &str) -> Vec<String> {
        let found = intersections(&Glob::new(one), &Glob::new(other));
        let mut texts: Vec<String> = found.iter().map(ToString::to_string).collect();
        texts.sort();
        texts
    }

    #[test]
    fn what_two_patterns_have_in_common() {
        for (one, other, expected) in [
            ("/a", "/a", &["/a"][..]),
            ("/a", "/b", &[]),
            ("/a/*", "/*", &["/a/*"]),
            ("/a/*", "/b/*", &[]),
            ("/a/*", "/*.css", &["/a/*.css"]),
            ("/ab*", "/*ba", &["/ab*ba", "/aba"]),
            ("/a/**", "/a/*", &["/a/*"]),
            ("/a/**", "/*", &["/a", "/a/*"]),
            ("/a/**", "/a", &["/a"]),
            ("/*/x", "/a/*", &["/a/*/x", "/a/x"]),
        ] {
            assert_eq!(both(one, other), expected, "{one} {other}");
            assert_eq!(both(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn many_stars_come_to_an_end() {
        let one = format!("/{}", "*a".repeat(40));
        let other = format!("/{}", "*b".repeat(40));
        assert!(intersections(&Glob::new(&one), &Glob::new(&other)).len() < MOST);
    }

    #[test]
    fn a_character_that_no_pattern_has() {
        let all = Glob::new("/abcdefghijklmnopqrstuvwxyz0123456789");
        assert_eq!(fresh(&[&all]), "~");
        assert_eq!(fresh(&[]), "z");
    }

    proptest! {
        #[test]
        fn a_path_fits_both_if_it_fits_what_they_have_in_common(
            one in "/[ab]{0,3}(\\*[ab]{0,3}){0,2}",
            other in "/[ab]{0,3}(\\*[ab]{0,3}){0,2}",
            path in "/[ab]{0,9}",
        ) {
            let (one, other) = (Glob::new(&one), Glob::new(&other));
            let common = intersections(&one, &other);
            prop_assert_eq!(
                common.iter().any(|both| both.matches(&path)),
                one.matches(&path) && other.matches(&path)
            );
        }
    }
}
