//! How the first pattern is found that matches a path.
//!
//! Job: to leave out what cannot match. Which patterns match is asked of them, so this never decides.

use crate::config::Glob;
use crate::config::globs::Globs;

/// With how many patterns the index finds one sooner than a look at the head of each.
const MANY: usize = 32;

/// A search among patterns, each under the number of its place.
#[derive(Clone, Debug)]
pub enum Search {
    /// One by one: the heads, in the same order.
    Few(Vec<Head>),
    /// By an index, so that the last of a thousand costs little more than one of ten.
    Many(Box<Globs>),
}

impl Search {
    /// Among these.
    #[must_use]
    pub fn new(patterns: &[&Glob]) -> Self {
        if patterns.len() < MANY {
            Self::Few(patterns.iter().map(|pattern| Head::new(pattern)).collect())
        } else {
            Self::Many(Box::new(Globs::new(patterns)))
        }
    }

    /// The first of those that match `path`; `matches` says whether one does.
    #[inline]
    pub fn first(&self, path: &str, matches: impl Fn(usize) -> bool) -> Option<usize> {
        match self {
            Self::Few(heads) => {
                let window = words(path.as_bytes());
                let mut heads = heads.iter().enumerate();
                let found = heads.find(|(at, head)| head.fits(window) && matches(*at));
                found.map(|(at, _)| at)
            }
            Self::Many(globs) => globs.first(path, matches),
        }
    }
}

/// How many bytes of a path are compared at once, before its whole pattern.
const WINDOW: usize = 16;

/// The beginning of a pattern up to where it leaves something open. It turns away most paths with two comparisons of
/// numbers.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    mask: [u64; 2],
    bytes: [u64; 2],
}

impl Head {
    fn new(pattern: &Glob) -> Self {
        let (text, is_whole) = pattern.head();
        let text = text.as_bytes();
        // Without a star, the zeros behind the text count as well: no path has one.
        let length = if is_whole { WINDOW } else { text.len() };
        let mut mask = [0; WINDOW];
        mask[..length.min(WINDOW)].fill(0xff);
        let mask = words(&mask);
        let bytes = words(text);
        Self {
            mask,
            bytes: [bytes[0] & mask[0], bytes[1] & mask[1]],
        }
    }

    const fn fits(self, path: [u64; 2]) -> bool {
        path[0] & self.mask[0] == self.bytes[0] && path[1] & self.mask[1] == self.bytes[1]
    }
}

/// The first sixteen bytes as two numbers, with zeros behind a shorter text.
fn words(text: &[u8]) -> [u64; 2] {
    let mut window = [0; WINDOW];
    let length = text.len().min(WINDOW);
    window[..length].copy_from_slice(&text[..length]);
    let both = u128::from_le_bytes(window);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "each number takes its own half"
    )]
    [both as u64, (both >> 64) as u64]
}
