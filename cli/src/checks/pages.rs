//! What people see before they log in: the logo, and the files that public pages name.
//!
//! Job: find what is behind the login though a page in front of it needs it. It reads the pages in the folder of the static
//! assets, a thousand at most. Not its job: what scripts load by themselves, and what style sheets name.

use postern::config::{Access, Config, Origin};
use serde_json::Value;

use crate::context::Context;
use crate::findings::Findings;
use crate::host::{self, Entry, Kind};
use crate::project::{Section, WranglerFile};

/// How many pages are read.
const MOST_PAGES: usize = 1_000;
/// The largest page that is read, in bytes.
const LARGEST_PAGE: u64 = 1 << 20;
/// How many of them are named.
const MOST_SAID: usize = 5;

/// Checks what public pages need.
pub fn check(
    context: &Context<'_>,
    file: &WranglerFile,
    section: &Section<'_>,
    config: &Config,
    findings: &mut Findings,
) {
    if let Some(logo) = &config.brand.logo
        && logo.as_str().starts_with('/')
        && config.access(logo.as_str()) != Some(Access::Public)
    {
        findings.config_warning(
            "logo",
            format!(
                "people see it before they log in, and `{}` is not public: add a route for it with `access = \
                 \"public\"` before the others",
                logo.as_str()
            ),
        );
    }
    let assets = section.inherited("assets");
    let Some(directory) = assets
        .and_then(|assets| assets.get("directory"))
        .and_then(Value::as_str)
    else {
        return;
    };
    let handling = assets
        .and_then(|assets| assets.get("html_handling"))
        .and_then(Value::as_str);
    let root = host::join(host::split(&file.path).0, directory);
    let mut files = Vec::new();
    walk(context, &root, "", (is_page, MOST_PAGES), &mut files);
    let mut said = 0;
    for file in files {
        let page = served_at(&file, handling);
        if !is_public(config, &page) {
            continue;
        }
        let Ok(Some(text)) = context.read_text(&host::join(&root, &file[1..])) else {
            continue;
        };
        let closed: Vec<String> = named(&text)
            .filter_map(|name| resolve(&page, name))
            .filter(|path| config.access(path) != Some(Access::Public))
            .collect();
        let Some(first) = closed.first() else {
            continue;
        };
        said += 1;
        if said > MOST_SAID {
            findings.config_warning(
                "routes",
                "there are more public pages that name files which are not public",
            );
            return;
        }
        let others = match closed.len() {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        findings.config_warning("routes", format!(
            "the page `{page}` is public, and `{first}`{others}, which it names, is not: add a route for such files \
             with `access = \"public\"`, or the page looks broken to whoever is not logged in"
        ));
    }
}

/// Whether everyone gets a page from the static assets.
fn is_public(config: &Config, page: &str) -> bool {
    config.access(page) == Some(Access::Public)
        && config
            .routes
            .iter()
            .find(|route| route.pattern.matches(page))
            .is_some_and(|route| route.origin == Some(Origin::Assets))
}

/// Adds the files in a folder that are `wanted`, each as a path from the root on, until there are `most`.
pub fn walk(
    context: &Context<'_>,
    folder: &str,
    path: &str,
    (wanted, most): (fn(&Entry) -> bool, usize),
    files: &mut Vec<String>,
) {
    let Ok(Some(entries)) = context.list(folder) else {
        return;
    };
    for entry in entries {
        let path = format!("{path}/{}", entry.name);
        // A link may lead anywhere, also in a circle: it is neither.
        match entry.kind {
            Kind::Folder if entry.name != "node_modules" => {
                let inner = host::join(folder, &entry.name);
                walk(context, &inner, &path, (wanted, most), files);
            }
            Kind::File if wanted(&entry) && files.len() < most => files.push(path),
            _ => {}
        }
    }
}

/// Whether it is a page that is not too large to be read.
fn is_page(entry: &Entry) -> bool {
    entry.name.strip_suffix(".html").is_some() && entry.size <= LARGEST_PAGE
}

/// The path at which a page is served.
///
/// <https://developers.cloudflare.com/workers/static-assets/routing/advanced/html-handling/>
pub fn served_at(file: &str, handling: Option<&str>) -> String {
    let page = file.strip_suffix(".html").unwrap_or(file);
    let folder = page.strip_suffix("/index");
    match (handling, folder) {
        (Some("none"), _) => file.to_owned(),
        (Some("drop-trailing-slash"), Some(folder)) if !folder.is_empty() => folder.to_owned(),
        (_, Some(folder)) => format!("{folder}/"),
        (Some("force-trailing-slash"), None) => format!("{page}/"),
        (_, None) => page.to_owned(),
    }
}

/// The files that a page names for itself: style sheets, scripts, pictures, icons.
fn named(page: &str) -> impl Iterator<Item = &str> {
    page.split('<').skip(1).filter_map(|rest| {
        let tag = &rest[..rest.find('>').unwrap_or(rest.len())];
        let name_ends = tag
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(tag.len());
        let (name, attributes) = tag.split_at(name_ends);
        match name.to_ascii_lowercase().as_str() {
            "script" | "img" | "source" | "audio" | "video" => attribute(attributes, "src"),
            "link" => {
                let relation = attribute(attributes, "rel")?.to_ascii_lowercase();
                let needs = ["stylesheet", "icon", "modulepreload", "preload", "manifest"];
                let is_needed = relation
                    .split_ascii_whitespace()
                    .any(|r| needs.contains(&r));
                attribute(attributes, "href").filter(|_| is_needed)
            }
            _ => None,
        }
    })
}

/// The value of an attribute of a tag: `name`, `name=value`, `name="value"`, `name='value'`.
fn attribute<'t>(attributes: &'t str, wanted: &str) -> Option<&'t str> {
    let blank = |c: char| c.is_ascii_whitespace();
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|c| blank(c) || c == '/');
        let ends = rest.find(|c| blank(c) || c == '=' || c == '/');
        let (name, after) = rest.split_at(ends.unwrap_or(rest.len()));
        if name.is_empty() && after.is_empty() {
            return None;
        }
        let mut value = "";
        rest = after.trim_start();
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            (value, rest) = match quote {
                Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                None => after.split_at(after.find(blank).unwrap_or(after.len())),
            };
        }
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
    }
}

/// The path of this site that a name on a page means; `None` if it is of another site, or of none.
fn resolve(page: &str, name: &str) -> Option<String> {
    let path = name.trim().split(['?', '#']).next().unwrap_or_default();
    let scheme = path
        .split('/')
        .next()
        .is_some_and(|first| first.contains(':'));
    if path.is_empty() || path.starts_with("//") || scheme {
        return None;
    }
    let (base, path) = match path.strip_prefix('/') {
        Some(path) => ("", path),
        None => (&page[..page.rfind('/').unwrap_or_default()], path),
    };
    let mut segments: Vec<&str> = base.split('/').skip(1).collect();
    for segment in path.split('/') {
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let path = format!("/{}", segments.join("/"));
    percent_encoding::percent_decode_str(&path)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_names() {
        let page = r#"<!doctype html><LINK href=/a.css rel="stylesheet"><link rel=canonical href="/x">
            <script data-src="/no.js" src='/b.js' defer></script><script>let src = "/no";</script>
            <img alt="src=/no" src = "c.png"><a href="/no.html"><link rel="shortcut icon" href="d.ico?x#y">
            <video src=https://elsewhere.example/v.mp4><img src="data:image/png;base64,x"><img src=//e.example/x>"#;
        let found: Vec<String> = named(page)
            .filter_map(|name| resolve("/docs/a/", name))
            .collect();
        assert_eq!(found, ["/a.css", "/b.js", "/docs/a/c.png", "/docs/a/d.ico"]);
    }

    #[test]
    fn names_on_a_page() {
        for (page, name, expected) in [
            ("/", "a.css", Some("/a.css")),
            ("/docs/page", "a.css", Some("/docs/a.css")),
            ("/docs/page", "../a.css", Some("/a.css")),
            ("/docs/page", "../../../a.css", Some("/a.css")),
            ("/docs/", "./b/a%20b.css", Some("/docs/b/a b.css")),
            ("/", "", None),
            ("/", "#x", None),
        ] {
            assert_eq!(resolve(page, name).as_deref(), expected, "{page} {name}");
        }
    }

    #[test]
    fn where_a_page_is_served() {
        for (file, handling, expected) in [
            ("/index.html", None, "/"),
            ("/a/index.html", None, "/a/"),
            ("/a.html", None, "/a"),
            ("/a/index.html", Some("drop-trailing-slash"), "/a"),
            ("/index.html", Some("drop-trailing-slash"), "/"),
            ("/a.html", Some("force-trailing-slash"), "/a/"),
            ("/a.html", Some("none"), "/a.html"),
        ] {
            assert_eq!(served_at(file, handling), expected, "{file} {handling:?}");
        }
    }
}
