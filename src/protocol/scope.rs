//! Scopes (RFC 6749 section 3.3).
//!
//! ```text
//! scope       = scope-token *( SP scope-token )
//! scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
//! ```

use std::fmt;
use std::str::FromStr;

use super::join::join;

/// A set of scope tokens, in the order in which they were first written. It may be empty.
///
/// ```
/// use postern::protocol::Scope;
///
/// let scope: Scope = "orders:read orders:list".parse()?;
/// assert!(scope.contains("orders:read"));
/// assert!(scope.covers(&"orders:list".parse()?));
///
/// // Tokens are compared case-sensitively, and separated by single spaces.
/// assert!(!scope.contains("Orders:Read"));
/// assert!("orders:read  orders:list".parse::<Scope>().is_err());
/// # Ok::<(), postern::protocol::scope::ScopeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope(Vec<String>);

/// The text has a character that no scope token may have, or spaces that separate nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeError;

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "is not a list of scope tokens separated by single spaces (RFC 6749 section 3.3)",
        )
    }
}

/// Whether `text` is one scope token.
#[must_use]
pub fn is_scope_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b == 0x21 || (0x23..=0x5b).contains(&b) || (0x5d..=0x7e).contains(&b))
}

impl Scope {
    /// The scope of these tokens, each once.
    ///
    /// # Errors
    /// [`ScopeError`] if one of them is not a scope token.
    pub fn from_tokens<I: IntoIterator<Item = S>, S: AsRef<str>>(
        tokens: I,
    ) -> Result<Self, ScopeError> {
        let mut scope = Self::default();
        for token in tokens {
            let token = token.as_ref();
            if !is_scope_token(token) {
                return Err(ScopeError);
            }
            scope.insert(token);
        }
        Ok(scope)
    }

    fn insert(&mut self, token: &str) {
        if !self.contains(token) {
            self.0.push(token.to_owned());
        }
    }

    /// Its tokens.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether `token` is one of its tokens (compared as the RFC says: case-sensitively).
    #[must_use]
    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|t| t == token)
    }

    /// Whether each token of `needed` is one of these.
    #[must_use]
    pub fn covers(&self, needed: &Self) -> bool {
        needed.0.iter().all(|t| self.contains(t))
    }

    /// All tokens of both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        for token in other.tokens() {
            all.insert(token);
        }
        all
    }

    /// The tokens that both have, in this one's order.
    ///
    /// ```
    /// use postern::protocol::Scope;
    ///
    /// let granted: Scope = "read write delete".parse()?;
    /// let allowed_now: Scope = "list delete read".parse()?;
    /// assert_eq!(granted.common(&allowed_now).to_string(), "read delete");
    /// # Ok::<(), postern::protocol::scope::ScopeError>(())
    /// ```
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let mut common = self.clone();
        common.0.retain(|token| other.contains(token));
        common
    }

    /// Whether it has no token.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_tokens(text.split(' '))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&join(&self.0, " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_where_the_abnf_has_it() {
        for byte in 0..=0x7f_u8 {
            let text = char::from(byte).to_string();
            let expected =
                byte == 0x21 || (0x23..=0x5b).contains(&byte) || (0x5d..=0x7e).contains(&byte);
            assert_eq!(is_scope_token(&text), expected, "{byte:#x}");
        }
        assert!(!is_scope_token("é"));
    }

    #[test]
    fn spaces_must_separate_something() {
        for bad in ["", " ", "a ", " a", "a  b"] {
            assert_eq!(bad.parse::<Scope>(), Err(ScopeError), "{bad:?}");
        }
        let scope: Scope = "b a b".parse().unwrap();
        assert_eq!(scope.to_string(), "b a");
    }

    #[test]
    fn covers_is_a_subset_test() {
        let scope: Scope = "a b c".parse().unwrap();
        assert!(scope.covers(&"c a".parse().unwrap()));
        assert!(scope.covers(&Scope::default()));
        assert!(!scope.covers(&"a d".parse().unwrap()));
        assert!(!scope.covers(&"A".parse().unwrap()));
    }
}
