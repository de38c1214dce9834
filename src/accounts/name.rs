//! The names that people log in with.
//!
//! ```text
//! name = ( ALPHA / DIGIT / "_" ) *63( ALPHA / DIGIT / "." / "_" / "-" / "@" / "+" )
//! ```
//! An e-mail address is a name. Two names that differ in letter case alone are the same name, since
//! people type them as it comes and phones capitalise; what is kept is the name as it was written.

use std::fmt;
use std::str::FromStr;

/// How many characters a name has at most.
const LONGEST: usize = 64;

/// The name of an account, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// Why a text is no name. It never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// It has no character at all.
    Empty,
    /// It has more than 64 characters.
    TooLong,
    /// It begins with something other than a letter, a digit or `_`.
    BadStart,
    /// It has a character other than `A-Z a-z 0-9 . _ - @ +`.
    BadCharacter,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the name is empty",
            Self::TooLong => "the name is longer than 64 characters",
            Self::BadStart => "the name begins with something other than a letter, a digit or `_`",
            Self::BadCharacter => {
                "the name has a character other than A-Z a-z 0-9 . _ - @ + (no spaces)"
            }
        })
    }
}

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether someone who types `text` means this name.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.0.eq_ignore_ascii_case(text)
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let first = text.bytes().next().ok_or(NameError::Empty)?;
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"._-@+".contains(&b);
        if !text.bytes().all(fits) {
            return Err(NameError::BadCharacter);
        }
        if text.len() > LONGEST {
            return Err(NameError::TooLong);
        }
        if !first.is_ascii_alphanumeric() && first != b'_' {
            return Err(NameError::BadStart);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries() {
        let long = "a".repeat(64);
        for good in ["a", "_", "9", "Ann.B_c-d+e@example.com", long.as_str()] {
            let name: Name = good.parse().unwrap();
            assert_eq!(name.as_str(), good);
            assert_eq!(name.to_string(), good);
        }
        assert_eq!("".parse::<Name>(), Err(NameError::Empty));
        assert_eq!("a".repeat(65).parse::<Name>(), Err(NameError::TooLong));
        for bad in [".a", "-a", "@a", "+a"] {
            assert_eq!(bad.parse::<Name>(), Err(NameError::BadStart), "{bad:?}");
        }
        for bad in [
            "a b", "a:b", "a,b", "a#", "é", "a\n", "a\0", "a/b", "a\\", "a'",
        ] {
            assert_eq!(bad.parse::<Name>(), Err(NameError::BadCharacter), "{bad:?}");
        }
    }

    #[test]
    fn letter_case_makes_no_other_name() {
        let name: Name = "Ann".parse().unwrap();
        assert!(name.is("Ann") && name.is("ann") && name.is("ANN"));
        assert!(!name.is("An") && !name.is("Anna") && !name.is(" Ann") && !name.is(""));
    }
}
