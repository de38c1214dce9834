//! `application/x-www-form-urlencoded` bodies (RFC 6749 appendix B).
//!
//! Job: parameters that appear once each, with empty ones counted as absent (sections 3.1 and 3.2).
//! Only a parameter whose own document says so may appear several times (`resource`, RFC 8707 section
//! 2). The values may be secrets, so the form does not print.

use std::fmt;

use crate::secret::Secret;

/// How large a form may be, in bytes. A page's form may carry a URL of 8,000 octets, each of which may be written as three.
pub const FORM_LIMIT: usize = 32 * 1024;

/// The parameters of a form.
pub struct Form(Vec<(String, Secret<String>)>);

/// Why a body is not a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormError {
    /// A parameter appears twice (RFC 6749 section 3.2).
    Repeated,
    /// It is not UTF-8 once decoded.
    NotUtf8,
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repeated => "a parameter appears more than once",
            Self::NotUtf8 => "the form is not UTF-8",
        })
    }
}

impl Form {
    /// Parses a body in which no parameter may appear twice.
    ///
    /// # Errors
    /// [`FormError`] says which rule the body breaks.
    pub fn parse(body: &[u8]) -> Result<Self, FormError> {
        Self::parse_repeatable(body, &[])
    }

    /// Parses a body in which only the parameters named in `repeatable` may appear several times.
    ///
    /// # Errors
    /// [`FormError`] says which rule the body breaks.
    pub fn parse_repeatable(body: &[u8], repeatable: &[&str]) -> Result<Self, FormError> {
        let mut parameters: Vec<(String, Secret<String>)> = Vec::new();
        for pair in body.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
            let name = decode(&pair[..at])?;
            let value = decode(pair.get(at + 1..).unwrap_or_default())?;
            let again = parameters.iter().any(|(n, _)| *n == name);
            if again && !repeatable.contains(&name.as_str()) {
                return Err(FormError::Repeated);
            }
            parameters.push((name, Secret::new(value)));
        }
        Ok(Self(parameters))
    }

    /// The value of `name`; an empty one counts as absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// Every value of `name`, in order; empty ones count as absent.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(n, _)| n == name)
            // Exposed to the endpoint that asked for this parameter by its name.
            .map(|(_, value)| value.expose().as_str())
            .filter(|value| !value.is_empty())
    }
}

/// Decodes one name or value of a form: `+` is a space, `%XX` a byte, the whole UTF-8.
///
/// # Errors
/// [`FormError::NotUtf8`].
pub fn decode(text: &[u8]) -> Result<String, FormError> {
    let spaced = text.iter().map(|b| if *b == b'+' { b' ' } else { *b });
    let spaced: Secret<Vec<u8>> = Secret::new(spaced.collect());
    // Exposed to be decoded into the value, which is a secret as well.
    percent_encoding::percent_decode(spaced.expose())
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| FormError::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_and_finds() {
        let form = Form::parse(b"grant_type=client_credentials&scope=a+b%20c&x").unwrap();
        assert_eq!(form.get("grant_type"), Some("client_credentials"));
        assert_eq!(form.get("scope"), Some("a b c"));
        assert_eq!(form.get("x"), None);
        assert_eq!(form.get("y"), None);
    }

    #[test]
    fn a_repeated_parameter_is_refused_even_when_empty() {
        for body in ["a=1&a=2", "a=1&a", "a=&a=", "a=1&%61=2"] {
            assert_eq!(
                Form::parse(body.as_bytes()).err(),
                Some(FormError::Repeated),
                "{body}"
            );
        }
    }

    #[test]
    fn only_a_repeatable_parameter_may_be_repeated() {
        let parse = |body: &str| Form::parse_repeatable(body.as_bytes(), &["resource"]);
        let form = parse("resource=urn:a&a=1&resource=&resource=urn%3Ab").unwrap();
        assert_eq!(
            form.get_all("resource").collect::<Vec<_>>(),
            ["urn:a", "urn:b"]
        );
        assert_eq!(form.get("resource"), Some("urn:a"));
        assert_eq!(parse("a=1&resource=x&a=1").err(), Some(FormError::Repeated));
        assert_eq!(
            Form::parse(b"resource=a&resource=a").err(),
            Some(FormError::Repeated)
        );
    }

    #[test]
    fn empty_counts_as_absent() {
        assert_eq!(Form::parse(b"a=").unwrap().get("a"), None);
        assert!(Form::parse(b"").is_ok());
        assert!(Form::parse(b"&&").is_ok());
    }

    #[test]
    fn not_utf8_is_refused() {
        assert_eq!(Form::parse(b"a=%ff").err(), Some(FormError::NotUtf8));
        assert_eq!(Form::parse(b"a=\xff").err(), Some(FormError::NotUtf8));
    }
}
