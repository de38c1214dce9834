//! `token_from` of a route: where else a token may be, for those who migrate.

use super::access::Access;
use super::header;
use super::table::{Problems, Read, Table};

/// Where a token may be beside `Authorization`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenFrom {
    /// `{ header = "x-api-token" }`: in this header, in lower case.
    Header(String),
    /// `{ cookie = "session" }`: in this cookie.
    Cookie(String),
}

const KEYS: &[&str] = &["header", "cookie"];

const HOW_TO_WRITE: &str = "write `{ header = \"x-api-token\" }` or `{ cookie = \"session\" }`";

/// Headers that say something else, or that the platform or the gate reads.
const TAKEN: [&str; 12] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "host",
    "origin",
    "referer",
    "connection",
    "upgrade",
    "content-type",
    "content-length",
    "transfer-encoding",
    "user-agent",
];

/// Reads `token_from`.
pub(super) fn read(
    table: &Table<'_>,
    access: Read<Access>,
    problems: &mut Problems,
) -> Read<Option<TokenFrom>> {
    let key = "token_from";
    let Some(value) = table.value(key) else {
        return Ok(None);
    };
    let from = Table::open(table.key(key), value, KEYS, problems)?;
    let header = from.parsed("header", header_name, problems);
    let cookie = from.parsed("cookie", cookie_name, problems);
    match (header?, cookie?) {
        (Some(name), None) => Ok(Some(TokenFrom::Header(name))),
        (None, Some(_)) if access == Ok(Access::Any) => {
            let message = "a cookie means nothing beside a login, which is one too: write `access = \"token\"`, and \
                           people who come with the cookie do not need a login";
            Err(problems.add(from.key("cookie"), message))
        }
        (None, Some(name)) => Ok(Some(TokenFrom::Cookie(name))),
        _ => Err(problems.add(
            table.key(key),
            format!("needs one of the two: {HOW_TO_WRITE}"),
        )),
    }
}

fn header_name(text: &str) -> Result<String, &'static str> {
    let name = text.to_ascii_lowercase();
    let is_ours = name.starts_with("x-postern-") || name.starts_with("cf-");
    if !header::is_name(&name) {
        Err("is not the name of a header: write it as `x-api-token`")
    } else if TAKEN.contains(&name.as_str()) || is_ours {
        Err("says something else already: name a header that is for the token alone")
    } else {
        Ok(name)
    }
}

/// A name of RFC 6265 section 4.1.1, which is a `token`.
fn cookie_name(text: &str) -> Result<String, &'static str> {
    let lower = text.to_ascii_lowercase();
    if !header::is_name(&lower) {
        Err("is not the name of a cookie: write it as `session`")
    } else if lower.contains("-postern") {
        Err("is the name of one of Postern's own cookies: write another")
    } else {
        Ok(text.to_owned())
    }
}
