//! Postern's own cookies, taken out of a `Cookie` header (RFC 6265 section 4.2.1) and of what an origin sets.
//!
//! ```text
//! cookie-string = cookie-pair *( ";" SP cookie-pair )
//! cookie-pair   = cookie-name "=" cookie-value
//! ```

/// How the names of Postern's cookies begin. Browsers ignore the case of these prefixes, so the comparison
/// does too.
const OWN: [&str; 2] = ["__host-postern", "__secure-postern"];

/// What becomes of a `Cookie` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CookieHeader {
    /// It goes on unchanged.
    Unchanged,
    /// Nothing is left of it.
    Removed,
    /// This is what is left of it.
    Rewritten(String),
}

/// Takes Postern's cookies out of the value of a `Cookie` header, and the cookie `token`, in which a token came. The other
/// pairs stay unchanged and in order.
#[must_use]
pub fn strip_own_cookies(header: &str, token: Option<&str>) -> CookieHeader {
    let must_go = |pair: &str| {
        is_own_cookie(pair)
            || token.is_some_and(|name| name_and_value(pair).is_some_and(|(n, _)| n == name))
    };
    if !header.split(';').any(must_go) {
        return CookieHeader::Unchanged;
    }
    let mut rest = String::with_capacity(header.len());
    for pair in header.split(';').filter(|pair| !must_go(pair)) {
        let pair = pair.trim_matches(WHITE_SPACE);
        if pair.is_empty() {
            continue;
        }
        if !rest.is_empty() {
            rest.push_str("; ");
        }
        rest.push_str(pair);
    }
    if rest.is_empty() {
        CookieHeader::Removed
    } else {
        CookieHeader::Rewritten(rest)
    }
}

fn name_and_value(pair: &str) -> Option<(&str, &str)> {
    let (name, value) = pair.split_once('=')?;
    Some((
        name.trim_matches(WHITE_SPACE),
        value.trim_matches(WHITE_SPACE),
    ))
}

/// The one value of the cookie `name`; `None` where there is none, and where there are two: another host of the same domain
/// can set one of the same name.
#[must_use]
pub fn cookie_of<'h>(header: &'h str, name: &str) -> Option<&'h str> {
    let mut values = header
        .split(';')
        .filter_map(|pair| name_and_value(pair).filter(|(other, _)| *other == name));
    let (_, value) = values.next()?;
    values.next().is_none().then_some(value)
}

const WHITE_SPACE: [char; 2] = [' ', '\t'];

/// Whether a pair is one of Postern's. A `Set-Cookie` line begins with a pair, so this says it of a line as well. A pair
/// without a name (`=value`) is read by its value, as some servers and older browsers do.
#[must_use]
pub fn is_own_cookie(pair: &str) -> bool {
    let pair = pair.trim_start_matches(WHITE_SPACE);
    let pair = pair.strip_prefix('=').unwrap_or(pair);
    let pair = pair.trim_start_matches(WHITE_SPACE).as_bytes();
    OWN.iter().any(|own| {
        pair.get(..own.len())
            .is_some_and(|name| name.eq_ignore_ascii_case(own.as_bytes()))
    })
}
