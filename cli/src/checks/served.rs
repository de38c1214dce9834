//! How Cloudflare serves static files around or beside the gate.

use postern::config::{Access, Glob, OnOutage, Origin, Paths, Route};
use serde_json::Value;

use crate::findings::Findings;
use crate::project::Section;

/// Finds settings that serve files which the routes protect.
pub fn check(section: &Section<'_>, routes: &[Route], findings: &mut Findings) {
    let Some(assets) = section.inherited("assets") else {
        return;
    };
    check_not_found(assets, routes, findings);
    let handling = assets.get("html_handling").and_then(Value::as_str);
    for (at, own) in routes.iter().enumerate() {
        if own.access == Access::Public || !reads(own) {
            continue;
        }
        let Some(alias) = alias(own.pattern.as_str(), handling) else {
            continue;
        };
        for (_, other) in serving(&alias, at, routes) {
            if let Some(weaker) = weaker(own, other) {
                findings.config_error(
                    format!("routes[{}].match", own.place),
                    format!(
                        "a page of `{}` is served at `{alias}`, where routes[{}] (`{}`) decides with another \
                         `{weaker}`: add a route for `{alias}` with the same conditions before that one, or write \
                         `html_handling = \"none\"` under `[assets]` in the wrangler file",
                        own.pattern, other.place, other.pattern
                    ),
                );
            }
        }
    }
}

/// An origin may read a path that came as it was sent in a way that nobody has thought of. Then it serves what another route
/// of the same origin protects.
pub fn check_as_sent(routes: &[Route], findings: &mut Findings) {
    for (at, loose) in routes
        .iter()
        .enumerate()
        .filter(|(_, route)| route.paths == Paths::AsSent)
    {
        let same =
            |(_, other): &(usize, &Route)| other.origin == loose.origin || other.origin.is_none();
        let protected = routes.iter().enumerate().filter(same);
        for (index, own) in protected {
            let weaker = weaker(own, loose);
            let closed = (own.access == Access::Deny).then_some("access");
            if let Some(weaker) = weaker.or(closed).filter(|_| index != at) {
                findings.config_warning(
                    format!("routes[{}].paths", loose.place),
                    format!(
                        "`as-sent` lets paths through to the origin of routes[{}] (`{}`), which decides with a \
                         stricter `{weaker}`: if that origin reads such a path in a way of its own, it serves what \
                         that route protects. See SECURITY.md",
                        own.place, own.pattern
                    ),
                );
                break;
            }
        }
    }
}

/// Where a path has no file, `single-page-application` serves `/index.html`, whichever route took the path.
fn check_not_found(assets: &Value, routes: &[Route], findings: &mut Findings) {
    let handling = assets.get("not_found_handling").and_then(Value::as_str);
    if handling != Some("single-page-application") {
        return;
    }
    let Some(front) = routes
        .iter()
        .find(|route| route.pattern.matches("/") && reads(route))
    else {
        return;
    };
    for other in routes {
        let serves = reads(other) && other.origin == Some(Origin::Assets);
        if let Some(weaker) = weaker(front, other).filter(|_| serves) {
            findings.wrangler_warning(
                "assets.not_found_handling",
                format!(
                    "`/index.html` is served at every path without a file, those of routes[{}] (`{}`) included, \
                     which decides with another `{weaker}` than the route of `/`: if it must not be read there, write \
                     `not_found_handling = \"none\"`",
                    other.place, other.pattern
                ),
            );
        }
    }
}

/// Whether a route takes reading.
fn reads(route: &Route) -> bool {
    let methods = route.methods.as_ref();
    methods.is_none_or(|all| all.iter().any(|m| m == "GET" || m == "HEAD"))
}

/// The routes that decide about reading at `alias`, where files of the route at `own` are served. The first one that takes
/// all of these paths is the last that counts.
fn serving<'r>(alias: &str, own: usize, routes: &'r [Route]) -> Vec<(usize, &'r Route)> {
    let paths = Glob::new(alias);
    let meets = |pattern: &Glob| {
        let (one, more) = pattern.plain();
        let overlaps = |plain: &Glob| overlap(plain.as_str().as_bytes(), alias.as_bytes());
        overlaps(&one) || more.as_ref().is_some_and(overlaps)
    };
    let mut found = Vec::new();
    let mut seen: Vec<&Glob> = Vec::new();
    for (at, route) in routes.iter().enumerate() {
        let pattern = &route.pattern;
        if !meets(pattern) || seen.contains(&pattern) {
            continue;
        }
        seen.push(pattern);
        // Of the routes with the same pattern, the first that takes reading decides; without one nobody reads there.
        let mut group = routes.iter().enumerate().skip(at);
        let reading = group.find(|(_, other)| other.pattern == *pattern && reads(other));
        // An earlier route that ends with a star takes such a file under its own path too, so it is that file's own route.
        let is_its_own = at < own && pattern.as_str().ends_with('*');
        if let Some((index, other)) = reading
            && other.origin == Some(Origin::Assets)
            && index != own
            && !is_its_own
        {
            found.push((index, other));
        }
        if pattern.covers(&paths) {
            break;
        }
    }
    found
}

/// The key because of which `other` may let in somebody whom `own` does not.
fn weaker(own: &Route, other: &Route) -> Option<&'static str> {
    let (access, takes) = (other.access, own.access);
    if access == Access::Deny || takes == Access::Public {
        return None;
    }
    if access == Access::Public
        || (access.takes_tokens() && !takes.takes_tokens())
        || (access.takes_sessions() && !takes.takes_sessions())
    {
        return Some("access");
    }
    if access.takes_tokens() && !other.scope.covers(&own.scope) {
        return Some("scopes");
    }
    if access.takes_tokens() && own.audience.is_some() && other.audience != own.audience {
        return Some("audience");
    }
    if other.max_staleness > own.max_staleness {
        return Some("max_staleness");
    }
    (own.on_outage == OnOutage::Deny && other.on_outage == OnOutage::AllowCached)
        .then_some("on_outage")
}

/// Whether there is a path that both patterns match. `row[j]` says it of what was read of `one` and the first `j` bytes of
/// `other`.
fn overlap(one: &[u8], other: &[u8]) -> bool {
    let mut row: Vec<bool> = vec![true];
    row.extend(other.iter().scan(true, |all_stars, byte| {
        *all_stars &= *byte == b'*';
        Some(*all_stars)
    }));
    for a in one {
        let mut diagonal = row[0];
        row[0] &= *a == b'*';
        for (j, b) in other.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if *a == b'*' || *b == b'*' {
                above || row[j]
            } else {
                a == b && diagonal
            };
            diagonal = above;
        }
    }
    row[other.len()]
}

/// At which other path `html_handling` serves a page of `pattern`.
///
/// <https://developers.cloudflare.com/workers/static-assets/routing/advanced/html-handling/>
fn alias(pattern: &str, handling: Option<&str>) -> Option<String> {
    // A path and all below it has the page under each of its names.
    if pattern.ends_with("/**") {
        return None;
    }
    let index = pattern.strip_suffix("/index.html");
    let page = pattern.strip_suffix(".html");
    match handling {
        Some("none") => None,
        Some("drop-trailing-slash") => index
            .or(page)
            .or_else(|| pattern.strip_suffix("/*"))
            .or_else(|| pattern.strip_suffix('/'))
            .filter(|path| !path.is_empty())
            .map(str::to_owned),
        Some("force-trailing-slash") => {
            let is_page = !pattern.ends_with(['/', '*']) && !pattern.contains('.');
            let path = index.or(page).or_else(|| is_page.then_some(pattern))?;
            Some(format!("{path}/"))
        }
        // "auto-trailing-slash", the default.
        _ => index
            .map(|folder| format!("{folder}/"))
            .or_else(|| page.map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_share_a_path() {
        for (one, other, expected) in [
            ("/a", "/a", true),
            ("/a", "/b", false),
            ("/a", "/a/", false),
            ("/*", "/a", true),
            ("/*", "/a/*", true),
            ("/a/*", "/b/*", false),
            ("/a/*", "/*/b", true),
            ("/a/*c", "/*b", false),
            ("/a*b", "/ab*", true),
            ("/a*b*c", "/*bc", true),
            ("/a/*.json", "/a/b*", true),
            ("/a*", "/*a*b", true),
        ] {
            let (a, b) = (one.as_bytes(), other.as_bytes());
            assert_eq!(overlap(a, b), expected, "{one} {other}");
            assert_eq!(overlap(b, a), expected, "{other} {one}");
        }
    }

    #[test]
    fn where_else_a_page_is_served() {
        let drop = Some("drop-trailing-slash");
        let force = Some("force-trailing-slash");
        for (pattern, handling, expected) in [
            ("/a/index.html", None, Some("/a/")),
            ("/index.html", None, Some("/")),
            ("/a.html", None, Some("/a")),
            ("/a/*.html", None, Some("/a/*")),
            ("/a/*", None, None),
            ("/a", None, None),
            ("/a/index.html", drop, Some("/a")),
            ("/a.html", drop, Some("/a")),
            ("/a/*", drop, Some("/a")),
            ("/a/", drop, Some("/a")),
            ("/*", drop, None),
            ("/a/index.html", force, Some("/a/")),
            ("/a.html", force, Some("/a/")),
            ("/a", force, Some("/a/")),
            ("/a/*", force, None),
            ("/a.png", force, None),
            ("/a.html", Some("none"), None),
        ] {
            let found = alias(pattern, handling);
            assert_eq!(found.as_deref(), expected, "{pattern} {handling:?}");
        }
    }
}
