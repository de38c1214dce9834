//! A value that may be too long for one cookie, in several.
//!
//! Job: browsers take 4,096 bytes of a cookie, name and value together (RFC 6265bis section 5.6). A login with a
//! provider remembers the page that was wanted, which may be longer. What it remembers is sealed as a whole and then cut. So a
//! missing or foreign piece is noticed when the seal is opened.
//!
//! ```text
//! name = value[..3800], name-2 = value[3800..7600], name-3 = value[7600..11400], name-4 = the rest
//! ```

use std::borrow::Cow;
use std::time::Duration;

use super::cookies::CookieName;

/// How many characters a piece has at most: with its name, less than what every browser takes.
const LONGEST: usize = 3_800;
/// How many pieces there are at most.
const MOST: usize = 4;

/// The longest value, in characters.
pub const LONGEST_VALUE: usize = LONGEST * MOST;

/// The values of `Set-Cookie` headers that set a cookie, in pieces if it is long. Pieces of an earlier value that the request
/// brought in `cookies` are taken away. `None` where the value is empty, longer than [`LONGEST_VALUE`] or has a character
/// other than a cookie-octet.
#[must_use]
pub fn set(
    name: &CookieName,
    value: &str,
    lifetime: Option<Duration>,
    cookies: &str,
) -> Option<Vec<String>> {
    if value.len() > LONGEST_VALUE || !value.is_ascii() {
        return None;
    }
    let mut headers = Vec::new();
    let mut rest = value;
    for piece in 1..=MOST {
        let name = name.piece(piece);
        let (text, after) = rest.split_at(rest.len().min(LONGEST));
        rest = after;
        if !text.is_empty() || piece == 1 {
            headers.push(name.set(text, lifetime)?);
        } else if name.is_in(cookies) {
            headers.push(name.clear());
        }
    }
    Some(headers)
}

/// The value of a cookie in a `Cookie` header that was set in pieces. `None` where it or one of its pieces is not good.
#[must_use]
pub fn read<'h>(name: &CookieName, cookies: &'h str) -> Option<Cow<'h, str>> {
    let mut value = Cow::Borrowed(name.read(cookies)?);
    for piece in 2..=MOST {
        let name = name.piece(piece);
        if !name.is_in(cookies) {
            break;
        }
        value.to_mut().push_str(name.read(cookies)?);
    }
    Some(value)
}

/// The values of `Set-Cookie` headers that take a cookie away, with all of its pieces that the request brought.
#[must_use]
pub fn clear(name: &CookieName, cookies: &str) -> Vec<String> {
    let others = (2..=MOST).map(|piece| name.piece(piece));
    let others = others.filter(|piece| piece.is_in(cookies));
    let mut headers = vec![name.clear()];
    headers.extend(others.map(|piece| piece.clear()));
    headers
}
