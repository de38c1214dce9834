//! The globs of `run_worker_first`: `*` matches any characters, `/` included. Beside that, `/**` at the end of a path is
//! that path itself and everything below it: `/orders/**` is `/orders` and `/orders/*`, and not `/orders-old`.
//!
//! ```text
//! glob    = "/" *( "*" / literal ) / 1*( "/" 1*literal ) "/**"
//! literal = any character but control characters, white space and % ; \ ? # *
//! ```
//!
//! A path is matched after percent-decoding, so a glob is written decoded: `/café/*`. What the gate
//! refuses in a path (`//`, dot segments, an encoded slash) is refused in a glob too, because it
//! could never match.

use std::fmt;
use std::str::FromStr;

/// The longest path that the gate reads, in bytes as they are sent.
pub const PATH_LIMIT: usize = 8 * 1024;

/// A pattern that a whole path must match, case-sensitively.
///
/// ```
/// use postern::config::Glob;
///
/// let api: Glob = "/api/*".parse()?;
/// assert!(api.matches("/api/orders/7"));
/// assert!(api.matches("/api/"));
/// assert!(!api.matches("/api"));
///
/// // A route with this pattern hides every later one whose pattern it covers.
/// assert!(api.covers(&"/api/admin/*".parse()?));
/// assert!(!api.covers(&"/*.json".parse()?));
///
/// // The list as well as what is in it.
/// let orders: Glob = "/orders/**".parse()?;
/// assert!(orders.matches("/orders") && orders.matches("/orders/7"));
/// assert!(!orders.matches("/orders-of-others"));
///
/// // Elsewhere two stars are a mistake: one takes slashes already.
/// assert!("/api/**/orders".parse::<Glob>().is_err());
/// # Ok::<(), postern::config::glob::GlobError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    text: String,
    shape: Shape,
}

/// Where the stars of a pattern are, so that matching need not look for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// There is none: one comparison.
    Exact,
    /// There is one, at this byte: two comparisons.
    OneStar(usize),
    /// It is a path of this many bytes and everything below it.
    Tree(usize),
    /// There are several: the general search.
    Stars,
}

/// Why a text is not a glob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlobError {
    /// It is empty, or begins with something other than `/`.
    NoLeadingSlash,
    /// It has a control character or white space.
    Blank,
    /// It has this character, which the gate refuses in a path.
    BadCharacter(char),
    /// It has `//`.
    DoubleSlash,
    /// It has a segment `.` or `..`.
    DotSegment,
    /// It has `**`.
    DoubleStar,
    /// No path that is as long is read: see [`PATH_LIMIT`].
    TooLong,
}

impl fmt::Display for GlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLeadingSlash => {
                f.write_str("does not begin with `/`: write a path such as `/api/*`")
            }
            Self::Blank => f.write_str(
                "has white space or a control character: write `*` where the path may have one",
            ),
            Self::BadCharacter('%') => f.write_str(
                "has `%`: paths are matched after percent-decoding, so write the characters \
                 themselves",
            ),
            Self::BadCharacter('?' | '#') => {
                f.write_str("has `?` or `#`: only the path is matched, so end it before that")
            }
            Self::BadCharacter(c) => write!(f, "has `{c}`, which the gate refuses in every path"),
            Self::DoubleSlash => {
                f.write_str("has `//`, which the gate refuses in every path: write `/`")
            }
            Self::DotSegment => f.write_str(
                "has a segment `.` or `..`, which the gate refuses in every path: write the \
                 path that it stands for",
            ),
            Self::TooLong => write!(
                f,
                "is longer than any path that the gate reads, {PATH_LIMIT} bytes: shorten it with `*`"
            ),
            Self::DoubleStar => {
                f.write_str(
                    "has `**`: one `*` already matches any characters, `/` included. Only the end may be \
                     `/**`, behind a path without a star: `/orders/**` is `/orders` and all below it",
                )
            }
        }
    }
}

impl Glob {
    /// The pattern of this text, unchecked: for patterns that are written in the source. All others are
    /// parsed.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let shape = match (text.find('*'), text.rfind('*')) {
            _ if tree(text).is_some() => Shape::Tree(text.len() - TREE.len()),
            (Some(first), Some(last)) if first == last => Shape::OneStar(first),
            (Some(_), _) => Shape::Stars,
            (None, _) => Shape::Exact,
        };
        Self {
            text: text.to_owned(),
            shape,
        }
    }

    /// The same as plain patterns, in which `*` is all that is special: one, or two for a path and what is below it.
    #[must_use]
    pub fn plain(&self) -> (Self, Option<Self>) {
        let (one, more) = self.as_paths();
        (Self::new(one), more.map(Self::new))
    }

    /// What each path that it matches begins with, and whether that is all of it.
    #[must_use]
    pub fn head(&self) -> (&str, bool) {
        match self.shape {
            Shape::Exact => (&self.text, true),
            Shape::OneStar(at) | Shape::Tree(at) => (&self.text[..at], false),
            Shape::Stars => (self.text.split('*').next().unwrap_or_default(), false),
        }
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole of `path`, which is percent-decoded, matches.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let (pattern, path) = (self.text.as_bytes(), path.as_bytes());
        match self.shape {
            Shape::Exact => pattern == path,
            Shape::OneStar(at) => {
                let (head, tail) = (&pattern[..at], &pattern[at + 1..]);
                path.len() >= head.len() + tail.len()
                    && path.starts_with(head)
                    && path.ends_with(tail)
            }
            Shape::Tree(length) => {
                let below = path.strip_prefix(&pattern[..length]);
                below.is_some_and(|below| matches!(below, [] | [b'/', ..]))
            }
            Shape::Stars => matches_stars(pattern, path),
        }
    }

    /// Whether every path that `other` matches is matched by this one too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        // A star of `other` stands for any characters, so only a star of `self` can take all of them.
        // Read as a path, `other` has the character `*` in that place, which no literal of `self`
        // matches. So the question is whether that path matches.
        let (one, more) = other.as_paths();
        self.matches(one) && more.is_none_or(|more| self.matches(more))
    }

    /// Itself read as a path; a path and everything below it as two, `/orders` and `/orders/*`. Whatever covers this
    /// pattern matches them.
    #[must_use]
    pub fn as_paths(&self) -> (&str, Option<&str>) {
        match self.shape {
            Shape::Tree(length) => (&self.text[..length], Some(&self.text[..=length + 1])),
            _ => (&self.text, None),
        }
    }

    /// What stands behind its stars: each path that it matches has these somewhere. There is none that is empty.
    #[must_use]
    pub fn inner(&self) -> Vec<&str> {
        let mut pieces = Vec::new();
        let mut rest = match self.shape {
            Shape::OneStar(_) | Shape::Stars => self.text.as_str(),
            Shape::Exact | Shape::Tree(_) => "",
        };
        while let Some(star) = rest.rfind('*') {
            if star + 1 < rest.len() {
                pieces.push(&rest[star + 1..]);
            }
            rest = &rest[..star];
        }
        pieces
    }
}

/// The end of a pattern that is a path and everything below it.
const TREE: &str = "/**";

/// The path of such a pattern. It has no star, and is not the root, where `/*` says it.
fn tree(text: &str) -> Option<&str> {
    let path = text.strip_suffix(TREE)?;
    (!path.is_empty() && !path.contains('*')).then_some(path)
}

/// Whether `byte` stands twice in a row.
fn has_twice(text: &str, byte: u8) -> bool {
    text.as_bytes().windows(2).any(|two| two == [byte, byte])
}

/// Matches from left to right. After a mismatch only the last star takes a byte more: an earlier one
/// could only reach what the last one reaches as well.
fn matches_stars(pattern: &[u8], path: &[u8]) -> bool {
    let (mut in_pattern, mut in_path) = (0, 0);
    let mut last_star = None;
    while in_path < path.len() {
        match pattern.get(in_pattern) {
            Some(b'*') => {
                in_pattern += 1;
                last_star = Some((in_pattern, in_path));
            }
            Some(&byte) if byte == path[in_path] => {
                in_pattern += 1;
                in_path += 1;
            }
            _ => {
                let Some((after_star, taken_to)) = last_star else {
                    return false;
                };
                in_pattern = after_star;
                in_path = taken_to + 1;
                last_star = Some((after_star, in_path));
            }
        }
    }
    pattern[in_pattern..].iter().all(|&byte| byte == b'*')
}

impl FromStr for Glob {
    type Err = GlobError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.starts_with('/') {
            return Err(GlobError::NoLeadingSlash);
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(GlobError::Blank);
        }
        let bad = |c: char| matches!(c, '%' | ';' | '\\' | '?' | '#');
        if let Some(c) = text.chars().find(|&c| bad(c)) {
            return Err(GlobError::BadCharacter(c));
        }
        if has_twice(text, b'/') {
            return Err(GlobError::DoubleSlash);
        }
        if text.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(GlobError::DotSegment);
        }
        if has_twice(text, b'*') && tree(text).is_none() {
            return Err(GlobError::DoubleStar);
        }
        // Each byte of a character that is not ASCII is sent as three.
        let sent = text.bytes().map(|byte| if byte.is_ascii() { 1 } else { 3 });
        if sent.sum::<usize>() > PATH_LIMIT {
            return Err(GlobError::TooLong);
        }
        Ok(Self::new(text))
    }
}

impl TryFrom<&str> for Glob {
    type Error = GlobError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
