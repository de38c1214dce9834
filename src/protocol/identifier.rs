//! Identifiers that need no quoting anywhere: letters, digits and a few signs.
//!
//! Job: one grammar for [`ClientId`](super::ClientId) and for the names of accounts, which differ in
//! their signs and their length ([`Grammar`]).
//!
//! ```text
//! identifier = ( ALPHA / DIGIT / first-sign ) *( ALPHA / DIGIT / sign )
//! ```

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// What one kind of identifier may look like.
pub trait Grammar: Clone + fmt::Debug + Ord + std::hash::Hash {
    /// The signs beside letters and digits.
    const SIGNS: &'static str;
    /// Those of them that it may begin with.
    const FIRST_SIGNS: &'static str;
    /// The greatest number of characters.
    const LONGEST: usize;
}

/// An identifier of the kind `G`, as it was written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier<G>(String, PhantomData<G>);

/// Why a text is not an identifier. It never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentifierError {
    /// It has no character at all.
    Empty,
    /// It has more characters than this.
    TooLong(usize),
    /// It begins with something other than a letter, a digit or one of these signs.
    BadStart(&'static str),
    /// It has a character other than letters, digits and these signs.
    BadCharacter(&'static str),
}

impl fmt::Display for IdentifierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, signs) = match self {
            Self::Empty => return f.write_str("is empty"),
            Self::TooLong(longest) => return write!(f, "is longer than {longest} characters"),
            Self::BadStart(signs) => ("begins with", signs),
            Self::BadCharacter(signs) => ("has", signs),
        };
        write!(f, "{what} a character other than A-Z a-z 0-9")?;
        for sign in signs.chars() {
            write!(f, " {sign}")?;
        }
        Ok(())
    }
}

impl<G: Grammar> Identifier<G> {
    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<G> Identifier<G> {
    /// One that does not fit the grammar, on purpose: so no other is like it.
    pub(super) const fn apart(text: String) -> Self {
        Self(text, PhantomData)
    }
}

impl<G: Grammar> FromStr for Identifier<G> {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        check(text, G::SIGNS, G::FIRST_SIGNS, G::LONGEST)?;
        Ok(Self(text.to_owned(), PhantomData))
    }
}

/// Apart from the type, so that there is one of it and not one for each kind.
fn check(
    text: &str,
    signs: &'static str,
    first_signs: &'static str,
    longest: usize,
) -> Result<(), IdentifierError> {
    let is_of = |b: u8, signs: &str| b.is_ascii_alphanumeric() || signs.as_bytes().contains(&b);
    let first = text.bytes().next().ok_or(IdentifierError::Empty)?;
    if !text.bytes().all(|b| is_of(b, signs)) {
        return Err(IdentifierError::BadCharacter(signs));
    }
    if text.len() > longest {
        return Err(IdentifierError::TooLong(longest));
    }
    if !is_of(first, first_signs) {
        return Err(IdentifierError::BadStart(first_signs));
    }
    Ok(())
}

impl<G: Grammar> fmt::Display for Identifier<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<G: Grammar> fmt::Debug for Identifier<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
