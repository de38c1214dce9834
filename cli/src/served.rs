//! How Cloudflare serves static files around or beside the gate.

use postern::config::{Access, Glob, Route};
use toml::Value;

use crate::findings::Findings;
use crate::wrangler::Section;

/// Finds settings that serve files which the routes protect.
pub fn check(section: &Section<'_>, routes: &[Route], findings: &mut Findings) {
    let Some(assets) = section.inherited("assets") else {
        return;
    };
    if assets.get("run_worker_first").and_then(Value::as_bool) != Some(true) {
        findings.error(
            "assets.run_worker_first: static files are served before the gate is asked: write \
             `run_worker_first = true`",
        );
    }
    let handling = assets.get("html_handling").and_then(Value::as_str);
    for (at, route) in routes.iter().enumerate() {
        if route.access == Access::Public {
            continue;
        }
        let Some(alias) = alias(route.pattern.as_str(), handling) else {
            continue;
        };
        if is_public(&Glob::new(&alias), routes) {
            findings.error(format!(
                "routes[{at}].match: a page of `{}` is served at `{alias}`, where anyone may read \
                 it: add a route for `{alias}` with the same `access` before the public one, or \
                 write `html_handling = \"none\"` under `[assets]`",
                route.pattern
            ));
        }
    }
}

/// Whether the first route that takes all these paths lets everyone read them.
fn is_public(paths: &Glob, routes: &[Route]) -> bool {
    let Some(deciding) = routes.iter().find(|route| route.pattern.covers(paths)) else {
        return false;
    };
    let reads = |route: &&Route| {
        let methods = route.methods.as_ref();
        route.pattern == deciding.pattern
            && methods.is_none_or(|all| all.iter().any(|m| m == "GET" || m == "HEAD"))
    };
    let first_reading = routes.iter().find(reads);
    first_reading.is_some_and(|route| route.access == Access::Public)
}

/// At which other path `html_handling` serves a page of `pattern`.
///
/// <https://developers.cloudflare.com/workers/static-assets/routing/advanced/html-handling/>
fn alias(pattern: &str, handling: Option<&str>) -> Option<String> {
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
