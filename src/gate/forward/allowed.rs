//! A route's allow list (`headers`): which of a client's headers its origin gets.
//!
//! Job: what a list lets through. [`should_strip`] comes first, so a list opens nothing that stops everywhere. Not its
//! job: the headers that Postern itself sets; they are set afterwards.

use super::should_strip;
use crate::config::HeaderPattern;

/// Headers that every list lets through, in lower case. Without them a request would be another one: its body could not
/// be read, its condition would be lost, a WebSocket would not open, or the origin could no longer see that another site
/// caused it. The last is why `origin`, `referer` and `sec-fetch-*` are here: an origin that does not find them may take
/// the request for one of no browser, and let it pass.
const NEEDED: &[&str] = &[
    "host",
    // The body.
    "content-type",
    "content-length",
    "content-encoding",
    "content-language",
    "content-range",
    "expect",
    // Which representation (RFC 9110 section 12.5).
    "accept",
    "user-agent",
    // On which condition, and how much of it (RFC 9110 sections 13 and 14).
    "range",
    "cache-control",
    "pragma",
    // From which site.
    "origin",
    "referer",
    // RFC 6455, and what else there is to upgrade to.
    "upgrade",
    // The origin's own session: Postern's cookies are taken out of it.
    "cookie",
    // Written by Cloudflare's edge with every request.
    "cdn-loop",
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "cf-ew-via",
    "cf-ipcountry",
    "cf-ray",
    "cf-visitor",
    "cf-worker",
    "x-real-ip",
    "x-forwarded-for",
    "x-forwarded-proto",
];

/// Families of the same kind.
const NEEDED_PREFIXES: &[&str] = &[
    "accept-",
    "if-",
    "sec-fetch-",
    "access-control-request-",
    "sec-websocket-",
];

/// Whether the origin gets the request header `name`, in any case. `allowed` is the list of its route; `None` for none.
#[must_use]
pub fn should_forward(name: &str, allowed: Option<&[HeaderPattern]>) -> bool {
    !should_strip(name)
        && allowed
            .is_none_or(|list| is_needed(name) || list.iter().any(|pattern| pattern.matches(name)))
}

/// Whether every list lets it through.
fn is_needed(name: &str) -> bool {
    let begins = |prefix: &&str| {
        let begin = name.get(..prefix.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
    };
    NEEDED.iter().any(|known| name.eq_ignore_ascii_case(known))
        || NEEDED_PREFIXES.iter().any(begins)
}
