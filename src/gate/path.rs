//! The path of a request, sliced out of its URL and made unambiguous.
//!
//! Job: one reading of a path that the gate and every origin share. A path that some server might read in
//! another way (RFC 3986 sections 3.3 and 6.2.2) is refused, because a path that means `/public` to the
//! gate and `/admin` to the origin is a way around the gate. Not its job: differences that come from an
//! origin's own configuration, such as letter case or a trailing slash, dot or space. A list of routes that
//! ends with a closed one (`match = "/*"`) covers those.
//!
//! Refused, raw or percent-encoded: control characters, `\`, `;` (path parameters, which some
//! servers cut off), `?` and `#` (a server that decodes first would end the path there), `//`, dot
//! segments, and segments of nothing but dots and spaces. Refused when encoded: `/`, bytes that are not UTF-8, and paths that still have an escape once
//! decoded (`%252e`). Refused raw: space and everything outside ASCII, which no URL has.
//! A route may take some of these (`paths = "as-sent"`): see [`super::readings`].
//!
//! Accepted although RFC 3986 does not allow them: `"`, `<`, `>`, `^`, `` ` ``, `{`, `|` and `}`.
//! Browsers send some of them raw, and raw or encoded they come to the same character for everyone.

use std::borrow::Cow;

pub use crate::config::glob::PATH_LIMIT;

/// Why a path is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ambiguous {
    /// It is empty or begins with something other than `/`.
    NotAbsolute,
    /// It is longer than [`PATH_LIMIT`].
    TooLong,
    /// It has a raw space, control character or byte outside ASCII.
    BadCharacter,
    /// It has an encoded control character.
    Control,
    /// It has a backslash.
    Backslash,
    /// It has an encoded slash.
    EncodedSlash,
    /// It has a `;`.
    Semicolon,
    /// It has a raw `#`, or an encoded `#` or `?`.
    Delimiter,
    /// It has an empty segment: `//`.
    EmptySegment,
    /// It has a segment `.` or `..`, or one of nothing but dots and spaces.
    DotSegment,
    /// It has a `%` without two hexadecimal digits after it.
    BadEscape,
    /// It has an escape left once it is decoded.
    DoubleEncoding,
    /// It is not UTF-8 once it is decoded.
    NotUtf8,
}

impl Ambiguous {
    /// Every reason.
    pub const ALL: [Self; 13] = [
        Self::NotAbsolute,
        Self::TooLong,
        Self::BadCharacter,
        Self::Control,
        Self::Backslash,
        Self::EncodedSlash,
        Self::Semicolon,
        Self::Delimiter,
        Self::EmptySegment,
        Self::DotSegment,
        Self::BadEscape,
        Self::DoubleEncoding,
        Self::NotUtf8,
    ];

    /// Its name in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAbsolute => "path_not_absolute",
            Self::TooLong => "path_too_long",
            Self::BadCharacter => "path_bad_character",
            Self::Control => "path_control_character",
            Self::Backslash => "path_backslash",
            Self::EncodedSlash => "path_encoded_slash",
            Self::Semicolon => "path_semicolon",
            Self::Delimiter => "path_encoded_delimiter",
            Self::EmptySegment => "path_empty_segment",
            Self::DotSegment => "path_dot_segment",
            Self::BadEscape => "path_bad_escape",
            Self::DoubleEncoding => "path_double_encoding",
            Self::NotUtf8 => "path_not_utf8",
        }
    }
}

/// The path and the query of a URL (`scheme://authority[path][?query]`), as they were sent. The path
/// is empty if there is none.
#[must_use]
pub fn split(url: &str) -> (&str, Option<&str>) {
    let target = target(url);
    match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    }
}

/// Scheme and authority of a URL, as they were sent: what a browser writes into `Origin` on a page of
/// this site.
#[must_use]
pub fn origin(url: &str) -> &str {
    &url[..url.len() - target(url).len()]
}

/// The rest of a URL after its authority: path, query and fragment. A backslash ends the authority as well:
/// the URL parsers of browsers take it for a slash, and [`normalise`] then refuses it.
pub(super) fn target(url: &str) -> &str {
    let bytes = url.as_bytes();
    let authority = bytes.windows(3).position(|three| three == b"://");
    authority
        .and_then(|scheme| bytes.get(scheme + 3..))
        .and_then(|rest| {
            let ends = |byte: &u8| matches!(byte, b'/' | b'?' | b'#' | b'\\');
            let length = rest.len() - rest.iter().position(ends)?;
            url.get(url.len() - length..)
        })
        .unwrap_or_default()
}

/// What a byte means in a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Itself and nothing else.
    Plain,
    /// `/`: not twice in a row.
    Slash,
    /// `.`: perhaps a dot segment.
    Dot,
    /// `%`: an escape.
    Percent,
    /// Anything else. Decoded text may have the space and characters outside ASCII.
    Bad,
    Backslash,
    Semicolon,
    Delimiter,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Bad; 256];
    let mut byte = 0x21;
    while byte < 0x7f {
        classes[byte] = Class::Plain;
        byte += 1;
    }
    classes[b'/' as usize] = Class::Slash;
    classes[b'.' as usize] = Class::Dot;
    classes[b'%' as usize] = Class::Percent;
    classes[b'\\' as usize] = Class::Backslash;
    classes[b';' as usize] = Class::Semicolon;
    classes[b'#' as usize] = Class::Delimiter;
    classes[b'?' as usize] = Class::Delimiter;
    classes
};

/// The path that a raw path stands for: percent-decoded once, or the raw text itself where it has no
/// escape.
///
/// ```
/// use postern::gate::path::{Ambiguous, normalise};
///
/// assert_eq!(normalise("/orders/7")?, "/orders/7");
/// assert_eq!(normalise("/caf%C3%A9")?, "/café");
/// // Some servers read each of these as another path.
/// assert_eq!(normalise("/public/../admin"), Err(Ambiguous::DotSegment));
/// assert_eq!(normalise("/public%2F..%2Fadmin"), Err(Ambiguous::EncodedSlash));
/// assert_eq!(normalise("/public/%252e%252e/admin"), Err(Ambiguous::DoubleEncoding));
/// # Ok::<(), Ambiguous>(())
/// ```
///
/// # Errors
/// [`Ambiguous`] says which part of it a server might read in another way.
pub fn normalise(raw: &str) -> Result<Cow<'_, str>, Ambiguous> {
    if raw.len() > PATH_LIMIT {
        return Err(Ambiguous::TooLong);
    }
    if !raw.starts_with('/') {
        return Err(match raw.as_bytes().first() {
            Some(b'\\') => Ambiguous::Backslash,
            _ => Ambiguous::NotAbsolute,
        });
    }
    let escaped = scan(raw.as_bytes())?;
    if escaped {
        decode(raw.as_bytes()).map(Cow::Owned)
    } else {
        Ok(Cow::Borrowed(raw))
    }
}

/// Checks a raw path against the rules, in one pass. Returns whether it has an escape.
fn scan(bytes: &[u8]) -> Result<bool, Ambiguous> {
    let mut escaped = false;
    let mut after_slash = false;
    for (at, byte) in bytes.iter().enumerate() {
        let class = CLASSES[usize::from(*byte)];
        match class {
            Class::Slash if after_slash => return Err(Ambiguous::EmptySegment),
            Class::Slash => {
                after_slash = true;
                continue;
            }
            Class::Dot if after_slash && is_dot_segment(&bytes[at..]) => {
                return Err(Ambiguous::DotSegment);
            }
            Class::Plain | Class::Dot => {}
            Class::Percent => escaped = true,
            Class::Bad => return Err(Ambiguous::BadCharacter),
            Class::Backslash => return Err(Ambiguous::Backslash),
            Class::Semicolon => return Err(Ambiguous::Semicolon),
            Class::Delimiter => return Err(Ambiguous::Delimiter),
        }
        after_slash = false;
    }
    Ok(escaped)
}

/// Whether the segment that begins here is `.` or `..`.
fn is_dot_segment(rest: &[u8]) -> bool {
    matches!(
        rest,
        [b'.'] | [b'.', b'/', ..] | [b'.', b'.'] | [b'.', b'.', b'/', ..]
    )
}

/// Decodes a path that [`scan`] accepted, and checks the result against the same rules.
fn decode(raw: &[u8]) -> Result<String, Ambiguous> {
    let decoded = unescape(raw, false)?;
    if has_dot_segment(&decoded) {
        return Err(Ambiguous::DotSegment);
    }
    Ok(decoded)
}

/// The same for a path in which an encoded `/`, `?` or `#`, and `;` and `//`, are taken. It may have dot segments.
pub(super) fn decode_all(raw: &str) -> Result<String, Ambiguous> {
    if raw.len() > PATH_LIMIT {
        return Err(Ambiguous::TooLong);
    }
    if !raw.starts_with('/') {
        return Err(Ambiguous::NotAbsolute);
    }
    for byte in raw.bytes() {
        match CLASSES[usize::from(byte)] {
            Class::Bad => return Err(Ambiguous::BadCharacter),
            Class::Backslash => return Err(Ambiguous::Backslash),
            Class::Delimiter => return Err(Ambiguous::Delimiter),
            Class::Plain | Class::Slash | Class::Dot | Class::Percent | Class::Semicolon => {}
        }
    }
    unescape(raw.as_bytes(), true)
}

/// Decodes the escapes, once. `takes_all` says whether those are taken that some servers read in another way.
fn unescape(raw: &[u8], takes_all: bool) -> Result<String, Ambiguous> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte != b'%' {
            decoded.push(*byte);
            continue;
        }
        let [high, low, after @ ..] = rest else {
            return Err(Ambiguous::BadEscape);
        };
        let (Some(high), Some(low)) = (hex(*high), hex(*low)) else {
            return Err(Ambiguous::BadEscape);
        };
        rest = after;
        let byte = high << 4 | low;
        match CLASSES[usize::from(byte)] {
            Class::Backslash => return Err(Ambiguous::Backslash),
            Class::Slash if !takes_all => return Err(Ambiguous::EncodedSlash),
            Class::Semicolon if !takes_all => return Err(Ambiguous::Semicolon),
            Class::Delimiter if !takes_all => return Err(Ambiguous::Delimiter),
            Class::Bad if byte < b' ' || byte == 0x7f => return Err(Ambiguous::Control),
            _ => decoded.push(byte),
        }
    }
    let decoded = String::from_utf8(decoded).map_err(|_| Ambiguous::NotUtf8)?;
    // U+0080 to U+009F are control characters too, and some servers trim U+0085.
    if decoded.chars().any(char::is_control) {
        return Err(Ambiguous::Control);
    }
    let has_escape = |window: &[u8]| matches!(window, [b'%', high, low] if hex(*high).is_some() && hex(*low).is_some());
    if decoded.as_bytes().windows(3).any(has_escape) {
        return Err(Ambiguous::DoubleEncoding);
    }
    Ok(decoded)
}

/// Whether a decoded path has a dot segment, or one of nothing but dots and spaces: some servers trim both at a segment's
/// end, and have a dot segment left, or nothing.
pub(super) fn has_dot_segment(path: &str) -> bool {
    let is_trimmed_away = |s: &str| s.contains(' ') && s.bytes().all(|b| matches!(b, b'.' | b' '));
    path.split('/')
        .any(|s| matches!(s, "." | "..") || is_trimmed_away(s))
}

/// The value of a hexadecimal digit.
const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
