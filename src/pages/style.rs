//! The style sheet of every page.
//!
//! Its address contains a hash of its content: browsers may keep it, and a new style sheet has a new address.

use crate::protocol::Answer;

/// The style sheet itself.
pub const STYLE: &str = include_str!("style.css");

/// Its path.
pub const PATH: &str = "/_postern/style.css";

/// Its path with its version, as pages link to it.
pub const URL: &str = match std::str::from_utf8(&URL_BYTES) {
    Ok(url) => url,
    Err(_) => panic!("the path and hexadecimal digits are ASCII"),
};

const VERSION: &str = "?v=";
const DIGITS: usize = 8;

const URL_BYTES: [u8; PATH.len() + VERSION.len() + DIGITS] = {
    let mut url = [0; PATH.len() + VERSION.len() + DIGITS];
    let mut at = 0;
    while at < PATH.len() {
        url[at] = PATH.as_bytes()[at];
        at += 1;
    }
    while at < PATH.len() + VERSION.len() {
        url[at] = VERSION.as_bytes()[at - PATH.len()];
        at += 1;
    }
    let mut hash = fnv1a(STYLE.as_bytes());
    while at < url.len() {
        url[at] = b"0123456789abcdef"[(hash >> 28) as usize];
        hash <<= 4;
        at += 1;
    }
    url
};

/// FNV-1a, 32 bits: it names a version and protects nothing.
const fn fnv1a(bytes: &[u8]) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

/// The answer to a request for it. A request for this version may keep it; one for another version, from a page
/// of another release, must ask again.
#[must_use]
pub fn answer(query: Option<&str>) -> Answer {
    let is_this_version = URL.split_once('?').map(|(_, version)| version) == query;
    let cache_control = if is_this_version {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut answer = Answer::new(200)
        .with("content-type", "text/css; charset=utf-8")
        .with("cache-control", cache_control)
        .with("x-content-type-options", "nosniff");
    answer.body = STYLE.into();
    answer
}
