//! The parameter `acr_values`: the classes of logins of which one is asked for (OpenID Connect Core section 3.1.2.1, RFC
//! 9470 section 4).
//!
//! ```text
//! acr-values = acr *( SP acr )    ; at most 255 bytes
//! acr        = scope-token        ; as a challenge can have it
//! ```

use std::str::FromStr;

use super::scope::is_scope_token;

/// How long it may be, in bytes.
pub const LONGEST: usize = 255;

/// One class of logins or more, the most wanted first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcrValues(String);

/// The text is no such list, or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcrValuesError;

impl AcrValues {
    /// As it is written in a request.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a login of this class is one that is asked for.
    #[must_use]
    pub fn take(&self, acr: Option<&str>) -> bool {
        acr.is_some_and(|acr| self.0.split(' ').any(|one| one == acr))
    }
}

impl FromStr for AcrValues {
    type Err = AcrValuesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = text.len() <= LONGEST && text.split(' ').all(is_scope_token);
        fits.then(|| Self(text.to_owned())).ok_or(AcrValuesError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_them_is_enough() {
        let values: AcrValues = "phr urn:mfa".parse().unwrap();
        assert_eq!(values.as_str(), "phr urn:mfa");
        assert!(values.take(Some("phr")));
        assert!(values.take(Some("urn:mfa")));
        assert!(!values.take(Some("mfa")));
        assert!(!values.take(Some("phr urn:mfa")));
        assert!(!values.take(Some("")));
        assert!(!values.take(None));
    }

    #[test]
    fn what_is_no_list_of_classes() {
        let long = "a".repeat(256);
        for text in [
            "",
            " ",
            "a ",
            "a  b",
            "a\"b",
            "\u{e9}",
            "a\nb",
            long.as_str(),
        ] {
            assert_eq!(text.parse::<AcrValues>(), Err(AcrValuesError), "{text:?}");
        }
    }
}
