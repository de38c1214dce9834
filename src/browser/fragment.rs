//! The fragment of a page that somebody wanted: the part of its URL behind `#`, which no server sees.
//!
//! ```text
//! fragment = 1*512( %x21-7E )
//! ```
//! Job: what a script on the login page gave back of it is put behind a [`super::ReturnTo`] again. Whatever stands behind a
//! `#` in a `Location` header or a link is part of that path's URL, so it leads nowhere else.

use std::fmt;
use std::str::FromStr;

/// How long one may be: it is kept in a cookie during a login with a provider.
const LONGEST: usize = 512;

/// The part of a URL behind its `#`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment(String);

/// The text is not one that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentError;

impl fmt::Display for FragmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is not a fragment that is kept")
    }
}

impl Fragment {
    /// Its text, without the `#`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Fragment {
    type Err = FragmentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits =
            (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.to_owned())).ok_or(FragmentError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept() {
        for good in [
            "second",
            "/orders/42?tab=a&b",
            "%C3%A9",
            "a#b",
            "//evil.example",
        ] {
            assert_eq!(good.parse::<Fragment>().unwrap().as_str(), good);
        }
        let longest = "a".repeat(LONGEST);
        assert!(longest.parse::<Fragment>().is_ok());
        for bad in [
            "",
            "a b",
            "a\r\nset-cookie: x=y",
            "\t",
            "é",
            &(longest + "a"),
        ] {
            assert_eq!(bad.parse::<Fragment>(), Err(FragmentError), "{bad:?}");
        }
    }
}
