//! `headers` of a route: names of request headers.
//!
//! ```text
//! header = token              ; RFC 9110 section 5.6.2, in any case
//!        / prefix "-*"        ; every header whose name begins with the prefix and the hyphen
//! prefix = token
//! ```

/// A header, or a family of headers whose names begin alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderPattern {
    /// This header, in lower case.
    Name(String),
    /// Every header whose name begins with this, in lower case and with its last hyphen.
    Family(String),
}

impl HeaderPattern {
    /// Whether it takes the header `name`, in any case. Another sign in place of a hyphen makes another name.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => name.eq_ignore_ascii_case(own),
            Self::Family(prefix) => name
                .get(..prefix.len())
                .is_some_and(|begin| begin.eq_ignore_ascii_case(prefix)),
        }
    }
}

/// Whether it can be the name of a header, without a star (RFC 9110 section 5.6.2).
pub(super) fn is_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'+-.^_`|~".contains(&b);
    !name.is_empty() && name.bytes().all(fits)
}

/// Reads one.
pub(super) fn parse(text: &str) -> Result<HeaderPattern, &'static str> {
    let name = text.to_ascii_lowercase();
    if name == "*" {
        return Err("is every header: leave `headers` out for that");
    }
    match name.strip_suffix('*') {
        None if is_name(&name) => Ok(HeaderPattern::Name(name)),
        Some(prefix) if is_name(prefix) && prefix.ends_with('-') && prefix != "-" => {
            Ok(HeaderPattern::Family(prefix.to_owned()))
        }
        _ => Err(
            "is not the name of a header: write it as `x-app-version`, or `x-app-*` for all whose \
             names begin with `x-app-`",
        ),
    }
}
