//! The names that people log in with.
//!
//! ```text
//! name = ( ALPHA / DIGIT / "_" ) *63( ALPHA / DIGIT / "." / "_" / "-" / "@" / "+" )
//! ```
//! An e-mail address is a name. Two names that differ only in letter case are the same name, because
//! people do not mind the case when they type, and phones capitalise. The name is kept as it was written.

use crate::protocol::identifier::{Grammar, Identifier};

/// The name of an account, as it was written.
pub type Name = Identifier<NameGrammar>;

/// What a name may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameGrammar {}

impl Grammar for NameGrammar {
    const SIGNS: &'static str = "._-@+";
    const FIRST_SIGNS: &'static str = "_";
    const LONGEST: usize = 64;
}

/// Whether someone who types `text` means `name`.
pub(super) fn means(text: &str, name: &Name) -> bool {
    name.as_str().eq_ignore_ascii_case(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::identifier::IdentifierError;

    #[test]
    fn boundaries() {
        let long = "a".repeat(64);
        for good in ["a", "_", "9", "Ann.B_c-d+e@example.com", long.as_str()] {
            let name: Name = good.parse().unwrap();
            assert_eq!(name.as_str(), good);
            assert_eq!(name.to_string(), good);
        }
        assert_eq!("".parse::<Name>(), Err(IdentifierError::Empty));
        assert_eq!(
            "a".repeat(65).parse::<Name>(),
            Err(IdentifierError::TooLong(64))
        );
        for bad in [".a", "-a", "@a", "+a"] {
            assert_eq!(
                bad.parse::<Name>(),
                Err(IdentifierError::BadStart("_")),
                "{bad:?}"
            );
        }
        for bad in [
            "a b", "a:b", "a,b", "a#", "é", "a\n", "a\0", "a/b", "a\\", "a'",
        ] {
            assert_eq!(
                bad.parse::<Name>(),
                Err(IdentifierError::BadCharacter("._-@+")),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn names_that_differ_only_in_letter_case_are_the_same() {
        let name: Name = "Ann".parse().unwrap();
        for same in ["Ann", "ann", "ANN"] {
            assert!(means(same, &name), "{same:?}");
        }
        for other in ["An", "Anna", " Ann", ""] {
            assert!(!means(other, &name), "{other:?}");
        }
    }
}
