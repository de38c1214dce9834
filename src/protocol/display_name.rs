//! Names that are shown to people: of the site, of an application, of an identity provider.

use std::fmt;
use std::str::FromStr;

/// The greatest number of characters.
const LONGEST: usize = 64;

/// One line of 1 to 64 characters. Spaces around it are dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

/// Why a text is not a name for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisplayNameError;

impl fmt::Display for DisplayNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "must be one line of 1 to {LONGEST} characters, without a control character"
        )
    }
}

impl DisplayName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DisplayName {
    type Err = DisplayNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim_matches(' ');
        let fits =
            (1..=LONGEST).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        fits.then(|| Self(name.to_owned())).ok_or(DisplayNameError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_is() {
        for (good, shown) in [
            ("A", "A"),
            ("Ærø & Søn <docs>", "Ærø & Søn <docs>"),
            (&*"é".repeat(64), &*"é".repeat(64)),
            (" a", "a"),
            ("a ", "a"),
        ] {
            let name: DisplayName = good.parse().unwrap();
            assert_eq!(name.as_str(), shown);
        }
        for bad in ["", " ", "a\nb", "a\u{7}", "a\n", &"a".repeat(65)] {
            assert_eq!(bad.parse::<DisplayName>(), Err(DisplayNameError), "{bad:?}");
        }
    }
}
