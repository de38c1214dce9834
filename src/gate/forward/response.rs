//! What may come back from a protected route: nothing that a shared cache would give to someone
//! else (RFC 9111 section 5.2.2).
//!
//! Job: the response headers that are changed. `Expires` stays as it is: next to `private` it speaks
//! to the browser's own cache alone. Not its job: what a runtime's `fetch` caches on its own; the
//! `edge` room tells it not to.

/// Response headers that are removed from protected routes: they speak to shared caches over the
/// head of `Cache-Control` (RFC 9213 and its vendors' forms).
pub const CDN_CACHE_HEADERS: &[&str] = &[
    "cdn-cache-control",
    "cloudflare-cdn-cache-control",
    "surrogate-control",
];

/// What `Cache-Control` must become, or `None` where it may stay as it is: it says `no-store`, or
/// `private` and nothing for shared caches. Otherwise `private` is added, what only shared caches
/// read (`public`, `s-maxage`, `proxy-revalidate`) goes, and the rest stays. `private="field"` keeps
/// no more than a field from a shared cache, so it counts as nothing.
#[must_use]
pub fn cache_control(existing: Option<&str>) -> Option<String> {
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

/// The directives of a `Cache-Control` value: what stands between commas outside quoted strings,
/// without empty ones. A quoted string without an end makes the directive that it is in, and so all
/// that follows, unreadable: it is left out.
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

/// Where the first directive ends; `None` inside a quoted string without an end.
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

/// What `Vary` must become, or `None` where it may stay as it is: it already names `Authorization`,
/// which decided, or says `*` (RFC 9110 section 12.5.5).
#[must_use]
pub fn vary(existing: Option<&str>) -> Option<String> {
    let existing = existing.unwrap_or_default();
    let mut names = existing.split(',').map(str::trim_ascii);
    if names.any(|name| name == "*" || name.eq_ignore_ascii_case("authorization")) {
        return None;
    }
    let existing = existing.trim_matches(|c: char| c == ',' || c.is_ascii_whitespace());
    Some(if existing.is_empty() {
        "Authorization".to_owned()
    } else {
        format!("{existing}, Authorization")
    })
}
