//! What may come back from a protected route: nothing that a shared cache would give to someone else (RFC
//! 9111 section 5.2.2), and from behind a login nothing that a browser would show again after the logout.
//!
//! Job: the response headers that are changed. `Expires` is not changed: next to `private` it only concerns
//! the browser's own cache. Not its job: what a runtime's `fetch` caches by itself; the `edge` room tells it
//! not to.

/// Response headers that are removed from protected routes: shared caches obey them rather than
/// `Cache-Control` (RFC 9213 and its vendors' forms).
pub const CDN_CACHE_HEADERS: &[&str] = &[
    "cdn-cache-control",
    "cloudflare-cdn-cache-control",
    "surrogate-control",
];

/// Which credentials a route takes, and whether Postern answers CORS: this decides how its responses may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent: each is a bit of the number"
)]
pub struct Guard {
    /// It takes access tokens.
    pub tokens: bool,
    /// It takes login sessions.
    pub sessions: bool,
    /// Which script may read the response depends on `Origin` (the Fetch Standard, "CORS protocol and HTTP caches").
    pub cors: bool,
    /// A browser may keep the parts of pages without asking (`keep = true`). Only with `sessions`.
    pub keeps: bool,
}

/// The headers of a response that say how it may be kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Received<'r> {
    /// `Cache-Control`.
    pub cache_control: Option<&'r str>,
    /// `Vary`.
    pub vary: Option<&'r str>,
    /// `Content-Type`. Only read on routes that take login sessions.
    pub content_type: Option<&'r str>,
    /// Its status. Only read on routes that take login sessions.
    pub status: u16,
}

impl Guard {
    /// Whether it takes any.
    #[must_use]
    pub const fn is_some(self) -> bool {
        self.tokens || self.sessions
    }

    /// As a number for `host.js`; 0 if it takes none.
    #[must_use]
    pub fn bits(self) -> u32 {
        u32::from(self.tokens)
            | u32::from(self.sessions) << 1
            | u32::from(self.cors) << 2
            | u32::from(self.keeps) << 3
    }

    /// The reverse of [`Self::bits`].
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self {
            tokens: bits & 1 != 0,
            sessions: bits & 2 != 0,
            cors: bits & 4 != 0,
            keeps: bits & 8 != 0,
        }
    }

    /// What `Cache-Control` must become; `None` if it may stay unchanged.
    #[must_use]
    pub fn cache_control(self, received: &Received<'_>) -> Option<String> {
        if self.sessions {
            behind_login(received, self.keeps)
        } else if self.tokens {
            cache_control(received.cache_control)
        } else {
            None
        }
    }

    /// What `Vary` must become; `None` if it may stay unchanged: it already names the headers that decided,
    /// or says `*` (RFC 9110 section 12.5.5).
    #[must_use]
    pub fn vary(self, received: &Received<'_>) -> Option<String> {
        let existing = received.vary.unwrap_or_default();
        let has = |wanted: &str| {
            let mut names = existing.split(',').map(str::trim_ascii);
            names.any(|name| name == "*" || name.eq_ignore_ascii_case(wanted))
        };
        let mut value = existing
            .trim_matches(|c: char| c == ',' || c.is_ascii_whitespace())
            .to_owned();
        let mut changed = false;
        let names = [
            (self.tokens, "Authorization"),
            (self.sessions, "Cookie"),
            (self.cors, "Origin"),
        ];
        for (decided, name) in names {
            if decided && !has(name) {
                changed = true;
                if !value.is_empty() {
                    value.push_str(", ");
                }
                value.push_str(name);
            }
        }
        changed.then_some(value)
    }
}

/// `Cache-Control` behind a login. Going back after the logout must show nothing. A browser that goes back
/// asks no server: it shows what it kept, even with `no-cache` (RFC 9111 section 6). So nothing may be kept
/// that could have been shown as a page, whatever its type. Parts of pages may be kept, if the browser asks
/// for them each time.
///
/// A 304 has no content and may have no type. The browser kept the response that it confirms, so that was a
/// part of a page.
///
/// Nothing that is sent says two things at once: what would contradict `no-cache` is taken out.
fn behind_login(received: &Received<'_>, keeps: bool) -> Option<String> {
    let existing = received.cache_control.unwrap_or_default();
    let has = |name: &str| directives(existing).any(|d| is_named(d, name));
    if has("no-store") {
        return None;
    }
    let is_not_modified = received.status == 304;
    if !is_not_modified && !received.content_type.is_some_and(is_part_of_a_page) {
        return Some("private, no-store".to_owned());
    }
    let is_whole = matches!(received.status, 200 | 203 | 206 | 304);
    if keeps && is_whole && !has("no-cache") {
        return if directives(existing).any(is_lasting) {
            cache_control(received.cache_control)
        } else {
            Some(KEPT.to_owned())
        };
    }
    let mut value = "private, no-cache".to_owned();
    for directive in directives(existing) {
        if !is_for_shared_caches(directive) && !contradicts_no_cache(directive) {
            value.push_str(", ");
            value.push_str(directive);
        }
    }
    (value != existing).then_some(value)
}

/// What a route with `keep = true` says of a part of a page of which its origin says nothing, or `max-age=0`, which static
/// assets say by themselves. Such files have a name that changes with their content.
const KEPT: &str = "private, max-age=31536000, immutable";

/// Whether a directive is a `max-age` of more than nothing.
fn is_lasting(directive: &str) -> bool {
    let seconds = directive.split_once('=').map(|(_, seconds)| seconds);
    let is_some = |s: &str| {
        s.trim_matches([' ', '"'])
            .bytes()
            .any(|b| (b'1'..=b'9').contains(&b))
    };
    is_named(directive, "max-age") && seconds.is_some_and(is_some)
}

/// Whether `no-cache` takes its place, or it says the opposite.
fn contradicts_no_cache(directive: &str) -> bool {
    [
        "private",
        "no-cache",
        "max-age",
        "immutable",
        "must-revalidate",
        "stale-while-revalidate",
        "stale-if-error",
    ]
    .iter()
    .any(|name| is_named(directive, name))
}

/// Whether a media type is one of parts of pages, and not of pages.
fn is_part_of_a_page(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    let essence = essence.trim_ascii();
    let is = |name: &&str| essence.eq_ignore_ascii_case(name);
    let begins = |prefix: &&str| {
        let begin = essence.get(..prefix.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
    };
    [
        "text/css",
        "text/javascript",
        "application/javascript",
        "application/wasm",
    ]
    .iter()
    .any(is)
        || ["font/", "image/", "audio/", "video/"].iter().any(begins)
}

/// What `Cache-Control` must become; `None` if it may stay unchanged: it says `no-store`, or `private` and
/// nothing for shared caches. Otherwise `private` is added, the directives for shared caches (`public`,
/// `s-maxage`, `proxy-revalidate`) are removed, and the rest stays. `private="field"` keeps only one field
/// from a shared cache, so it does not count.
fn cache_control(existing: Option<&str>) -> Option<String> {
    let existing = existing.unwrap_or_default();
    let has = |name: &str| directives(existing).any(|d| d.eq_ignore_ascii_case(name));
    if has("no-store") || (has("private") && !directives(existing).any(is_for_shared_caches)) {
        return None;
    }
    let mut value = String::with_capacity("private, ".len() + existing.len());
    value.push_str("private");
    for directive in directives(existing) {
        if !is_for_shared_caches(directive) && !is_named(directive, "private") {
            value.push_str(", ");
            value.push_str(directive);
        }
    }
    Some(value)
}

fn is_for_shared_caches(directive: &str) -> bool {
    ["public", "s-maxage", "proxy-revalidate"]
        .iter()
        .any(|name| is_named(directive, name))
}

fn is_named(directive: &str, name: &str) -> bool {
    let before = directive
        .split_once('=')
        .map_or(directive, |(name, _)| name);
    before.trim_ascii().eq_ignore_ascii_case(name)
}

/// The directives of a `Cache-Control` value: the parts between commas outside quoted strings, without
/// empty ones. If a quoted string has no end, its directive and everything after it is left out.
fn directives(value: &str) -> impl Iterator<Item = &str> {
    let mut rest = value;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = end_of_directive(rest);
            let directive = end.and_then(|end| rest.get(..end)).unwrap_or_default();
            let directive = directive.trim_ascii();
            rest = end.and_then(|end| rest.get(end + 1..)).unwrap_or_default();
            if !directive.is_empty() {
                return Some(directive);
            }
        }
        None
    })
}

/// Where the first directive ends; `None` if it has a quoted string without an end.
fn end_of_directive(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => return Some(at),
            _ => {}
        }
    }
    (!quoted).then_some(text.len())
}
